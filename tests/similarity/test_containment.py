"""Set algebra against brute force on random sets."""

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from cytoweave.similarity.containment import (
    boolean,
    containments,
    descendants,
    jaccard_index,
    jaccards,
    overlaps,
    without_shortcuts,
)

Sets = list[set[int]]


def matrix(sets: Sets, n: int) -> sparse.csr_array:
    dense = np.array([[k in s for k in range(n)] for s in sets], np.float32).reshape(-1, n)
    return sparse.csr_array(dense)


@pytest.fixture
def sets() -> Sets:
    rng = np.random.default_rng(7)
    return [
        set(rng.choice(20, size=size, replace=False).tolist()) for size in rng.integers(1, 18, 25)
    ]


def test_jaccards(sets: Sets) -> None:
    members = matrix(sets, 20)
    expected = [[len(a & b) / len(a | b) for b in sets] for a in sets]
    np.testing.assert_allclose(jaccards(members, members).toarray(), expected)


def test_overlaps_count_supports_as_members(sets: Sets) -> None:
    members = matrix(sets, 20)
    members.data *= 0.6
    i, j, shared = overlaps(members, members)
    assert (np.diff(i * len(sets) + j) > 0).all()
    assert shared.tolist() == [len(sets[a] & sets[b]) for a, b in zip(i, j, strict=True)]


def test_containments(sets: Sets) -> None:
    expected = [[a is not b and len(a & b) >= 0.75 * len(b) for b in sets] for a in sets]
    assert containments(matrix(sets, 20), 0.75).toarray().tolist() == expected


def test_exactly_the_threshold_counts() -> None:
    sets: Sets = [set(range(10)), {0, 1, 2, 15}]
    assert containments(matrix(sets, 16), 0.75).toarray().tolist() == [
        [False, True],
        [False, False],
    ]


def test_order_against_networkx() -> None:
    rng = np.random.default_rng(3)
    graph = nx.DiGraph([(int(a), int(b)) for a, b in rng.integers(0, 30, (90, 2)) if a < b])
    pairs = np.array(list(graph.edges))
    arcs = boolean((pairs[:, 0], pairs[:, 1]), 30)
    reached = nx.transitive_closure_dag(graph).edges
    assert set(zip(*map(np.ndarray.tolist, descendants(arcs).nonzero()), strict=True)) == set(
        reached
    )
    reduced = nx.transitive_reduction(graph).edges
    result = without_shortcuts(arcs).nonzero()
    assert set(zip(*map(np.ndarray.tolist, result), strict=True)) == set(reduced)


def test_nothing_at_all() -> None:
    empty = matrix([], 5)
    assert jaccards(empty, empty).shape == (0, 0)
    assert without_shortcuts(containments(empty, 0.75)).shape == (0, 0)


def test_the_jaccard_index_of_counts() -> None:
    shared = np.array([[1, 0], [3, 2]])
    result = jaccard_index(shared, np.array([2, 4])[:, None], np.array([3, 2])[None, :])
    assert np.allclose(result, [[1 / 4, 0], [3 / 4, 2 / 4]])
