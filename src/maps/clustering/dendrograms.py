"""Average-linkage dendrograms of a network by several similarities, with edge resampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ...artifacts import Ints, Network
from ...nodes.ranges import Natural, UnitInside, checked
from .communities import contrasted
from .compiled_leiden import Values
from .compiled_linkage import linkage, tanimoto


@checked
@dataclass(frozen=True)
class Dendrograms:
    """Average-linkage dendrograms by four similarities of linked proteins.

    The weight; the Tanimoto index of the proteins' weighted neighbourhoods, once with large
    clusters favoured; the product of the two; the weight over the root of both strengths. Weights
    are scaled to .05 .. 1.05, equal ones are 1.

    Args:
        resamples: Number of edge-subsampled networks, for the agreement of clusters.
        kept: Share of edges in a resampled network, between 0 and 1.
    """

    resamples: Natural = 5
    kept: UnitInside = 0.9

    def __call__(self, network: Network, *, seed: int) -> Ints:
        """Return ``(R, 4, 2N)`` parents, see `linkage`; row 0 is of all edges.

        Args:
            network: ``N`` proteins.
            seed: Seed of ties and of the resampled edges.
        """
        n, random = len(network.proteins), np.random.default_rng(seed)
        weights = contrasted(network.weights, 1)
        trees = np.full((1 + self.resamples, 4, 2 * n), -1, np.int32)
        for replicate in range(1 + self.resamples):
            kept = random.random(len(weights)) < (self.kept if replicate else 1)
            table = _table(n, network.edges[kept], weights[kept])
            marks = random.integers(2**64, size=n, dtype=np.uint64)
            for k, (similarities, power) in enumerate(_similarities(table)):
                graph = (table.indptr, table.indices, similarities, np.ones(n))
                parents = linkage(graph, power, marks)
                trees[replicate, k, : len(parents)] = parents
        return trees


def _table(n: int, edges: Ints, weights: Values) -> sparse.csr_array:
    i, j = edges.T
    both = np.concatenate([i, j]), np.concatenate([j, i])
    table = sparse.csr_array((np.tile(weights, 2), both), shape=(n, n))
    table.sort_indices()
    return table


def _similarities(table: sparse.csr_array) -> list[tuple[Values, float]]:
    """Similarities of the entries of a table, each with its power of the masses."""
    alike = tanimoto(table.indptr, table.indices, table.data)
    root = np.sqrt(np.asarray(table.sum(axis=1)).ravel())
    row = np.repeat(np.arange(len(root)), np.diff(table.indptr))
    normal = table.data / (root[row] * root[table.indices])
    return [(table.data, 1.0), (alike, 0.8), (table.data * alike, 1.0), (normal, 1.0)]
