"""Sparse average linkage against scipy and a loop over all pairs; Jaccard against sets."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.hierarchy import linkage as scipy_linkage

from cytoweave.maps.clustering.compiled_linkage import best_jaccards, laid_out, linkage

Table = NDArray[np.float64]
Family = set[frozenset[int]]


def table_of(n: int, seed: int, share: float, *, tied: bool = False) -> Table:
    """A symmetric table of similarities, 0 for pairs without an edge."""
    rng = np.random.default_rng(seed)
    table = np.triu((rng.random((n, n)) < share) * (1.0 if tied else rng.random((n, n))), 1)
    return table + table.T


def dendrogram(
    table: Table,
    power: float = 1.0,
    masses: Table | None = None,
    marks: NDArray[np.uint64] | None = None,
) -> NDArray[np.int32]:
    n = len(table)
    rows = sparse.csr_array(table)
    graph = (
        rows.indptr.astype(np.int32), rows.indices.astype(np.int32), rows.data,
        np.ones(n) if masses is None else masses,
    )  # fmt: skip
    if marks is None:
        marks = np.random.default_rng(9).integers(2**63, size=n, dtype=np.uint64)
    return linkage(graph, power, marks)


def clusters(parents: NDArray[np.int32], n: int) -> Family:
    """All merged clusters, by walking up from each node."""
    members: dict[int, set[int]] = {}
    for v in range(n):
        c = int(parents[v])
        while c >= 0:
            members.setdefault(c, set()).add(v)
            c = int(parents[c])
    return {frozenset(result) for result in members.values()}


def merged_by_hand(table: Table, power: float, masses: Table) -> Family:
    groups = [frozenset([k]) for k in range(len(table))]
    result: Family = set()

    def similarity(a: frozenset[int], b: frozenset[int]) -> float:
        between = table[np.ix_(sorted(a), sorted(b))].sum()
        return float(between / (masses[sorted(a)].sum() * masses[sorted(b)].sum()) ** power)

    while len(groups) > 1:
        pairs = [(similarity(a, b), a, b) for k, a in enumerate(groups) for b in groups[:k]]
        best, a, b = max(pairs, key=lambda pair: pair[0])
        if best == 0:
            break
        groups = [g for g in groups if g not in (a, b)] + [a | b]
        result.add(a | b)
    return result


@pytest.mark.parametrize("seed", range(3))
def test_a_full_table_gives_scipys_average_linkage(seed: int) -> None:
    n = 40
    table = table_of(n, seed, 1.0)
    tree = scipy_linkage(1 - table[np.triu_indices(n, 1)], "average")
    theirs = [frozenset([k]) for k in range(n)]
    for a, b in tree[:, :2].astype(int).tolist():
        theirs.append(theirs[a] | theirs[b])
    assert clusters(dendrogram(table), n) == set(theirs[n:])


@pytest.mark.parametrize("power", [0.8, 1.0])
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_sparse_tables_are_merged_as_by_hand(share: float, power: float) -> None:
    n = 45
    table = table_of(n, 1, share)
    masses = np.random.default_rng(2).random(n) + 0.5
    assert clusters(dendrogram(table, power, masses), n) == merged_by_hand(table, power, masses)


def test_neither_the_order_of_nodes_nor_of_ties_shows() -> None:
    n = 60
    table = table_of(n, 3, 0.15, tied=True)
    marks = np.random.default_rng(4).integers(2**63, size=n, dtype=np.uint64)
    order = np.random.default_rng(5).permutation(n)
    moved = clusters(dendrogram(table[np.ix_(order, order)], marks=marks[order]), n)
    assert {frozenset(order[list(c)].tolist()) for c in moved} == clusters(
        dendrogram(table, marks=marks), n
    )
    assert clusters(dendrogram(table, marks=marks[::-1].copy()), n) != clusters(
        dendrogram(table, marks=marks), n
    )


def test_what_is_not_linked_is_not_merged() -> None:
    table = np.zeros((6, 6))
    table[0, 1] = table[1, 0] = table[2, 3] = table[3, 2] = 1
    assert clusters(dendrogram(table), 6) == {frozenset([0, 1]), frozenset([2, 3])}
    assert len(dendrogram(np.zeros((4, 4)))) == 4
    assert len(dendrogram(np.zeros((0, 0)))) == 0


def test_clusters_are_intervals_and_jaccards_those_of_sets() -> None:
    n = 50
    parents = dendrogram(table_of(n, 6, 0.1))
    family = clusters(parents, n)
    order, starts, sizes = laid_out(parents, n)
    assert sorted(order.tolist()) == list(range(n))
    laid = {frozenset(order[s : s + k].tolist()) for s, k in zip(starts, sizes, strict=True)}
    assert laid == family | {frozenset([k]) for k in range(n)}
    rng = np.random.default_rng(7)
    chosen = [np.sort(rng.choice(n, size, replace=False)) for size in (3, 5, 8, 13, 20, 40)]
    chosen += [np.array(sorted(c)) for c in list(family)[:5]]
    bounds = np.cumsum([0, *map(len, chosen)])
    result = best_jaccards(bounds, np.concatenate(chosen).astype(np.int32), parents, sizes)
    for value, given in zip(result, chosen, strict=True):
        wanted = set(given.tolist())
        near = [c for c in laid if len(c) <= 4 * len(wanted)]
        assert value == pytest.approx(max(len(wanted & c) / len(wanted | c) for c in near))
