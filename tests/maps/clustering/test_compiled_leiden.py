"""Our Leiden against igraph's and against all partitions of small networks."""

import random
from collections.abc import Iterator

import igraph
import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray

from cytoweave.maps.clustering.leiden import Layers, Run, cluster

Ints = NDArray[np.int32]
Values = NDArray[np.float64]


def labels_of(n: int, edges: Ints, weights: Values, runs: list[Run], workers: int = 1) -> Ints:
    return cluster(n, Layers.of(edges, weights, weights), runs, workers=workers)


def quality(n: int, edges: Ints, weights: Values, run: Run, labels: NDArray[np.integer]) -> float:
    """The definition: weight within communities, less what is expected there."""
    i, j = edges.T
    within = weights[labels[i] == labels[j]].sum()
    if run.quality == "cpm":
        sizes = np.bincount(labels)
        return float(within - run.resolution * (sizes * (sizes - 1)).sum() / 2)
    strength = np.bincount(edges.ravel(), np.repeat(weights, 2), n)
    held = np.bincount(labels, strength)
    return float(within - run.resolution * (held**2).sum() / (4 * weights.sum()))


def planted(seed: int, *, weighted: bool, n: int = 400) -> tuple[int, Ints, Values]:
    """Proteins in groups of 8 inside groups of 50."""
    rng = np.random.default_rng(seed)
    i, j = np.triu_indices(n, 1)
    share = np.where(i // 8 == j // 8, 0.7, np.where(i // 50 == j // 50, 0.12, 3.2 / n))
    linked = rng.random(len(i)) < share
    edges = np.column_stack([i, j])[linked].astype(np.int32)
    weights = rng.random(len(edges)) if weighted else np.ones(len(edges))
    return n, edges, weights


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("name", "resolutions"),
    [("cpm", (0.01, 0.03, 0.1, 0.3)), ("modularity", (0.2, 1.0, 3.0, 10.0))],
)
def test_quality_is_igraphs(name: str, resolutions: tuple[float, ...], weighted: bool) -> None:
    """Mean over seeds and resolutions at least that of igraph's, less a thousandth."""
    n, edges, weights = planted(0, weighted=weighted, n=1600)
    graph = igraph.Graph(n=n, edges=edges)
    ratios = []
    for resolution in resolutions:
        runs = [Run(name, resolution, 0, seed, iterations=2) for seed in range(12)]
        theirs = [_igraphs(graph, weights, run) for run in runs]
        labels = labels_of(n, edges, weights, runs)
        ours, best = (
            np.mean([quality(n, edges, weights, *pair) for pair in zip(runs, rows, strict=True)])
            for rows in (labels, theirs)
        )
        ratios.append(ours / best)
    assert np.mean(ratios) >= 0.999
    assert min(ratios) >= 0.997


def _igraphs(graph: igraph.Graph, weights: Values, run: Run) -> Ints:
    igraph.set_random_number_generator(random.Random(run.seed))
    result = graph.community_leiden(
        objective_function="CPM" if run.quality == "cpm" else run.quality,
        weights=weights.tolist(),
        resolution=run.resolution,
        n_iterations=run.iterations,
    )
    return np.array(result.membership, np.int32)


def partitions(n: int) -> Iterator[list[int]]:
    """Every partition of `n` things."""
    if n == 0:
        yield []
        return
    for labels in partitions(n - 1):
        yield from ([*labels, k] for k in range(max(labels, default=-1) + 2))


@pytest.mark.parametrize("seed", range(4))
def test_best_of_all_partitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    i, j = np.triu_indices(7, 1)
    linked = rng.random(len(i)) < 0.5
    edges, weights = np.column_stack([i, j])[linked].astype(np.int32), rng.random(linked.sum())
    for run in (Run("cpm", 0.2, 0, 0), Run("modularity", 1.0, 0, 0)):
        best = max(quality(7, edges, weights, run, np.array(p)) for p in partitions(7))
        runs = [Run(run.quality, run.resolution, 0, seed) for seed in range(10)]
        labels = labels_of(7, edges, weights, runs)
        result = max(quality(7, edges, weights, run, row) for row in labels)
        assert result == pytest.approx(best)


def test_communities_are_connected() -> None:
    n, edges, weights = planted(1, weighted=True)
    graph: nx.Graph[int] = nx.Graph(edges.tolist())
    runs = [Run(q, r, 0, s, iterations=1) for q, r in MANY for s in range(10)]
    for labels in labels_of(n, edges, weights, runs):
        for label in range(labels.max() + 1):
            assert nx.is_connected(graph.subgraph(np.flatnonzero(labels == label).tolist()))


MANY = [("cpm", 0.02), ("cpm", 0.2), ("modularity", 0.3), ("modularity", 2.0)]


def test_more_passes_do_not_lower_the_quality() -> None:
    n, edges, weights = planted(2, weighted=True)
    for name, resolution in MANY:
        runs = [Run(name, resolution, 0, 5, iterations=k) for k in (1, 2, 4, 8)]
        result = [
            quality(n, edges, weights, run, labels)
            for run, labels in zip(runs, labels_of(n, edges, weights, runs), strict=True)
        ]
        assert result == sorted(result)


def test_seeds_decide_and_threads_do_not() -> None:
    n, edges, weights = planted(3, weighted=False)
    runs = [Run(q, r, 0, s) for s in (1, 2**61) for q, r in MANY]
    one, two = (labels_of(n, edges, weights, runs, workers=w) for w in (1, 2))
    assert one.tobytes() == two.tobytes()
    assert (one[: len(MANY)] != one[len(MANY) :]).any()


def test_isolated_proteins_stay_alone() -> None:
    edges = np.array([[0, 1], [0, 2], [1, 2], [4, 5]], np.int32)
    for name in ("cpm", "modularity"):
        labels = labels_of(7, edges, np.ones(4), [Run(name, 0.5, 0, 0)])[0]
        assert labels.tolist() == [0, 0, 0, 1, 2, 2, 3]


def test_without_edges_all_are_alone() -> None:
    for name in ("cpm", "modularity"):
        labels = labels_of(3, np.empty((0, 2), np.int32), np.empty(0), [Run(name, 0.5, 0, 0)])[0]
        assert labels.tolist() == [0, 1, 2]
