"""Average-linkage dendrograms of a network by several similarities, with edge resampling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ...artifacts import Ints, Network
from ...nodes.ranges import Natural, UnitInside, checked
from ...terminal.workers import in_threads
from .communities import contrasted
from .compiled_leiden import Values
from .compiled_linkage import linkage, tanimoto

SIMILARITIES = 4
"""Number of similarities of linked proteins, see `Dendrograms`."""


@checked
@dataclass(frozen=True)
class Dendrograms:
    """Average-linkage dendrograms by four similarities of linked proteins.

    The weight; the Tanimoto index of the proteins' weighted neighbourhoods, once with large
    clusters favoured; the product of the two; the weight over the root of both strengths. Weights
    are scaled to .05 .. 1.05, equal ones are 1. The whole network is linked by each similarity, a
    resampled one by one of them in turn: more networks make the agreement of clusters less noisy
    than more similarities of the same network.

    Args:
        resamples: Number of edge-subsampled networks, for the agreement of clusters.
        kept: Share of edges in a resampled network, between 0 and 1.
    """

    resamples: Natural = 40
    kept: UnitInside = 0.9

    def __call__(self, network: Network, *, seed: int, workers: int = 1) -> Ints:
        """Return ``(4 + R, 2N)`` parents, see `linkage`; the first four are of all edges.

        Args:
            network: ``N`` proteins.
            seed: Seed of ties and of the resampled edges.
            workers: Threads, without effect on the result.
        """
        seeds = np.random.SeedSequence(seed).spawn(1 + self.resamples)
        tasks = [(network, 1.0, seeds[0], k) for k in range(SIMILARITIES)]
        tasks += [(network, self.kept, own, k % SIMILARITIES) for k, own in enumerate(seeds[1:])]
        return np.array([*in_threads(_dendrogram, tasks, workers)], np.int32)


def _dendrogram(network: Network, kept: float, seed: np.random.SeedSequence, which: int) -> Ints:
    """Return the ``(2N,)`` parents by one similarity of a share of the edges, -1 for none."""
    n, random = len(network.proteins), np.random.default_rng(seed)
    marks = random.integers(2**64, size=n, dtype=np.uint64)
    chosen = random.random(len(network.edges)) < kept
    weights = contrasted(network.weights, 1)[chosen]
    table = _table(n, network.edges[chosen], weights)
    similarities, power = _similarity(table, which)
    merged = linkage((table.indptr, table.indices, similarities, np.ones(n)), power, marks)
    parents = np.full(2 * n, -1, np.int32)
    parents[: len(merged)] = merged
    return parents


def _table(n: int, edges: Ints, weights: Values) -> sparse.csr_array:
    i, j = edges.T
    both = np.concatenate([i, j]), np.concatenate([j, i])
    table = sparse.csr_array((np.tile(weights, 2), both), shape=(n, n))
    table.sort_indices()
    return table


def _similarity(table: sparse.csr_array, which: int) -> tuple[Values, float]:
    """Return one of the similarities of the entries of a table, and its power of the masses."""
    if which == 0:
        return table.data, 1.0
    if which == 3:
        root = np.sqrt(np.asarray(table.sum(axis=1)).ravel())
        row = np.repeat(np.arange(len(root)), np.diff(table.indptr))
        return table.data / (root[row] * root[table.indices]), 1.0
    alike = tanimoto(table.indptr, table.indices, table.data)
    return (alike, 0.8) if which == 1 else (table.data * alike, 1.0)
