"""Leiden communities of a network, or jointly of several layers, in parallel.

A single network is clustered by our compiled Leiden; several layers, whose modularity is optimised
jointly, by leidenalg. This is the only module of maps that imports igraph and leidenalg (GPL).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import igraph
import leidenalg
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Ints
from ...terminal.progress import tracked
from ...terminal.workers import in_processes, in_threads

BATCHES_PER_WORKER = 4  # balances the load, as resolutions differ in time
TINY = 1e-300  # in place of the weight of no edges


@dataclass(frozen=True)
class Run:
    """Settings of one Leiden run: quality function, resolution, edges and seed.

    Attributes:
        quality: ``cpm`` or ``modularity``.
        resolution: Resolution of that quality function, > 0.
        replicate: 0 for all edges, else the number of the resampled network.
        seed: Seed of Leiden.
        edges_seed: With `replicate`, seed of the edges of the resampled network.
        iterations: Passes of Leiden, at least 1; 2 is leidenalg's and HiDeF's choice.
    """

    quality: str
    resolution: float
    replicate: int
    seed: int
    edges_seed: int = 0
    iterations: int = 2


@dataclass(frozen=True)
class Layers:
    """One network, or several nested ones on the same proteins.

    Attributes:
        edges: ``(E, 2)`` rows of proteins.
        weights: ``(E,)`` > 0.
        ranks: ``(E,)`` place of an edge among all, the strongest 0; ties in the given order.
        shares: Share of the strongest edges in each layer, in (0, 1]; one layer of all if empty.
    """

    edges: Ints
    weights: NDArray[np.float64]
    ranks: NDArray[np.int64]
    shares: tuple[float, ...] = ()

    @classmethod
    def of(
        cls,
        edges: Ints,
        similarities: NDArray[np.floating],
        weights: NDArray[np.float64],
        shares: Sequence[float] = (),
    ) -> Layers:
        """Rank edges by `similarities`, the largest first."""
        ranks = np.empty(len(weights), np.int64)
        ranks[np.argsort(-similarities, kind="stable")] = np.arange(len(weights))
        return cls(edges, weights, ranks, tuple(shares))

    def resampled(self, kept: float, seed: Sequence[int]) -> Layers:
        """Return a random share of the edges, in their layers."""
        chosen = np.random.default_rng(seed).random(len(self.edges)) < kept
        return Layers(self.edges[chosen], self.weights[chosen], self.ranks[chosen], self.shares)

    def graphs(self, n: int, total: int) -> list[igraph.Graph]:
        """Return one graph of `n` proteins for each layer, of `total` ranked edges."""
        return [
            _graph(n, self.edges[inside], self.weights[inside])
            for inside in (self.ranks < np.ceil(share * total) for share in self.shares or (1.0,))
        ]

    def summed(self, n: int, total: int) -> sparse.csr_array:
        """Return ``(N, N)`` weights, an edge counted once for each of its layers.

        Under the constant Potts model, layers optimised jointly are exactly this network.
        """
        shares = np.array(self.shares or (1.0,))
        times = (self.ranks[:, None] < np.ceil(shares * total)[None, :]).sum(axis=1)
        i, j = self.edges[times > 0].T
        weights = (self.weights * times)[times > 0]
        both = np.concatenate([i, j]), np.concatenate([j, i])
        return sparse.csr_array((np.tile(weights, 2), both), shape=(n, n))


def cluster(
    n: int, layers: Layers, runs: Sequence[Run], *, kept: float = 1.0, workers: int = 1
) -> Ints:
    """Return ``(R, N)`` int32 labels of all runs.

    Every run has its own seed, so that the result does not depend on the number of workers.

    Args:
        n: Number of proteins.
        layers: Their edges.
        runs: The runs.
        kept: Share of the edges in a resampled network.
        workers: Threads; processes for leidenalg, which holds the GIL.
    """
    batches = _batches(runs, workers)
    given = [(n, layers, [runs[k] for k in batch], kept) for batch in batches]
    if len(layers.shares) > 1:
        memberships = in_processes(_clustered, given, workers)
    else:
        memberships = in_threads(_clustered, given, workers)
    labels = np.empty((len(runs), n), np.int32)
    rows_of = tracked(memberships, "clustering", len(batches))
    for batch, rows in zip(batches, rows_of, strict=True):
        labels[batch] = rows
    return labels


def _batches(runs: Sequence[Run], workers: int) -> list[list[int]]:
    """Positions of runs by batch; a batch has one network and a mix of resolutions."""
    by_replicate: dict[int, list[int]] = {}
    for k, run in enumerate(runs):
        by_replicate.setdefault(run.replicate, []).append(k)
    share = max(1, len(runs) // (workers * BATCHES_PER_WORKER))
    batches = []
    for positions in by_replicate.values():
        pieces = -(-len(positions) // share)
        batches += [positions[k::pieces] for k in range(pieces)]
    return batches


def _clustered(n: int, layers: Layers, runs: Sequence[Run], kept: float) -> Ints:
    """``(R, N)`` labels of runs that share a network."""
    total = len(layers.edges)
    if runs[0].replicate:
        layers = layers.resampled(kept, [runs[0].edges_seed, runs[0].replicate])
    summed = layers.summed(n, total)
    several = layers.graphs(n, total) if len(layers.shares) > 1 else []
    return np.array([_labels(summed, several, run) for run in runs], np.int32)


def _labels(summed: sparse.csr_array, several: Sequence[igraph.Graph], run: Run) -> Ints:
    if several and run.quality == "modularity":
        return np.array(_jointly(several, run), np.int32)
    from .compiled_leiden import leiden  # half a second to load

    if run.quality == "cpm":
        masses = np.full(summed.shape[0], np.sqrt(run.resolution * max(1, len(several))))
    else:
        strengths = np.asarray(summed.sum(axis=1)).ravel()
        masses = strengths * np.sqrt(run.resolution / max(strengths.sum(), TINY))
    starts, neighbours = summed.indptr.astype(np.int32), summed.indices.astype(np.int32)
    graph = starts, neighbours, summed.data, masses
    return leiden(graph, run.seed % 2**32, run.iterations)


def _jointly(graphs: Sequence[igraph.Graph], run: Run) -> list[int]:
    """Labels that maximise the sum of the layers' modularity, iterated until convergence."""
    optimiser = leidenalg.Optimiser()
    optimiser.set_rng_seed(run.seed % 2**31)
    parts = [
        leidenalg.RBConfigurationVertexPartition(
            graph, weights="weight", resolution_parameter=run.resolution
        )
        for graph in graphs
    ]
    optimiser.optimise_partition_multiplex(parts, n_iterations=-1)
    membership: list[int] = parts[0].membership
    return membership


def _graph(n: int, edges: Ints, weights: NDArray[np.float64]) -> igraph.Graph:
    graph = igraph.Graph(n=n, edges=np.ascontiguousarray(edges))
    graph.es["weight"] = weights.tolist()
    return graph


def maximal_cliques(links: sparse.csr_array) -> list[NDArray[np.int64]]:
    """Return the maximal cliques of an undirected graph, rows ascending in each.

    Args:
        links: ``(C, C)`` symmetric; the diagonal does not count.
    """
    above = sparse.triu(links, k=1).tocoo()
    graph = igraph.Graph(n=links.shape[0], edges=np.column_stack([above.row, above.col]))
    return [np.sort(np.array(clique, np.int64)) for clique in graph.maximal_cliques()]
