"""Consensus and weaving, by their consequences."""

import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy
from cytoweave.maps.persistence import occurrences, recurrences, similar
from cytoweave.maps.ranking import best_distinct
from cytoweave.maps.weaving import weave

Sets = list[set[int]]


def matrix(sets: Sets, n: int) -> sparse.csr_array:
    dense = np.array([[k in s for k in range(n)] for s in sets], np.float32).reshape(-1, n)
    return sparse.csr_array(dense)


def woven(sets: Sets, n: int, returns: list[int] | None = None) -> Hierarchy:
    return weave(
        [f"P{k:03d}" for k in range(n)],
        matrix(sets, n),
        np.array(returns or [1] * len(sets), np.int64),
        np.full(len(sets), 0.5, np.float32),
        containment=0.75,
        redundancy=0.9,
    )


def listed(hierarchy: Hierarchy) -> dict[str, set[int]]:
    return {
        name: set(hierarchy.membership[[k]].indices.tolist())
        for k, name in enumerate(hierarchy.names)
    }


def links(hierarchy: Hierarchy) -> set[tuple[str, str]]:
    return {(hierarchy.names[p], hierarchy.names[c]) for p, c in hierarchy.edges.tolist()}


def test_nested_sets_become_a_chain_without_shortcuts() -> None:
    result = woven([set(range(3)), set(range(20)), set(range(8))], 30)
    assert [len(s) for s in listed(result).values()] == [30, 20, 8, 3]
    assert links(result) == {
        ("Cluster0-0", "Cluster1-0"),
        ("Cluster1-0", "Cluster2-0"),
        ("Cluster2-0", "Cluster3-0"),
    }


def test_a_child_may_have_two_parents_and_both_take_all_of_it() -> None:
    left, right, child = set(range(12)), set(range(8, 22)), {8, 9, 10, 11, 25}
    result = woven([left, right, child], 30)
    held = listed(result)
    assert links(result) >= {("Cluster1-0", "Cluster2-0"), ("Cluster1-1", "Cluster2-0")}
    assert held["Cluster1-0"] == right | child
    assert held["Cluster1-1"] == left | child
    assert result.parents_of(3) == ("Cluster1-0", "Cluster1-1")


def test_mutually_contained_sets_are_one_and_keep_the_most_returns() -> None:
    """Ten sets that each hold 90 % of every other; no path is enumerated."""
    sets: Sets = [set(range(40)) - {k, k + 10} for k in range(10)]
    result = woven(sets, 50, returns=[1, 2, 3, 9, 5, 6, 7, 8, 4, 1])
    assert list(listed(result).values()) == [set(range(50)), sets[3]]
    assert result.persistence.tolist() == [0, 9]


def test_parents_that_grow_like_their_child_are_one_with_it() -> None:
    """Two children fill a parent up to a twin of another assembly."""
    parent, twin, child = set(range(20)), set(range(19)) | {30, 31}, {17, 18, 19, 30, 31}
    result = woven([parent, twin, child], 60, returns=[3, 1, 2])
    held = list(listed(result).values())
    assert len(held) == 2 or all(
        len(a & b) / len(a | b) < 0.9 for a in held for b in held if a is not b
    )
    assert held[1] >= parent


def test_what_holds_nearly_all_proteins_is_the_root() -> None:
    result = woven([set(range(19)), set(range(5))], 20)
    assert [len(s) for s in listed(result).values()] == [20, 5]


def test_parents_hold_their_children_and_every_row_has_a_parent() -> None:
    rng = np.random.default_rng(0)
    sets: Sets = [
        set(rng.choice(60, size=int(s), replace=False).tolist()) for s in rng.integers(4, 50, 80)
    ]
    sets += [{*list(s)[: len(s) // 2], 59} for s in sets]
    result = woven(sets, 60)
    held = result.membership.toarray() > 0
    assert all((held[p] >= held[c]).all() for p, c in result.edges)
    assert set(result.edges[:, 1].tolist()) == set(range(1, len(result.names)))
    assert held[0].all()


def test_only_the_root_when_nothing_persists() -> None:
    result = woven([], 5)
    assert result.names == ("Cluster0-0",)
    assert result.sizes.tolist() == [5]
    assert result.edges.shape == (0, 2)


def test_names_follow_depth_then_size() -> None:
    result = woven([{1, 2, 3, 4}, {10, 11, 12, 13, 14}, {1, 2}], 20)
    assert [len(listed(result)[name]) for name in ("Cluster1-0", "Cluster1-1", "Cluster2-0")] == [
        5,
        4,
        2,
    ]


def test_distinct_clusters_are_counted_once() -> None:
    labels = np.array([[0, 0, 0, 1, 1, 2], [1, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]], np.int32)
    result = occurrences(labels, 2)
    sets = [tuple(result.members[[k]].indices.tolist()) for k in range(len(result.returns))]
    returns = result.returns.tolist()
    assert dict(zip(sets, returns, strict=True)) == {(0, 1, 2): 2, (3, 4): 1, (3, 4, 5): 1}
    assert sorted(sets[k] for k in result.cluster[result.partition == 0]) == [(0, 1, 2), (3, 4)]
    assert sorted(sets[k] for k in result.cluster[result.partition == 1]) == [(0, 1, 2), (3, 4, 5)]


@pytest.mark.parametrize("threshold", [0.5, 0.75])
def test_similar_against_brute_force(threshold: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cytoweave.maps.persistence.BLOCK_ROWS", 7)
    rng = np.random.default_rng(1)
    sets: Sets = [
        set(rng.choice(12, size=int(s), replace=False).tolist()) for s in rng.integers(3, 12, 60)
    ]
    expected = [[len(a & b) / len(a | b) > threshold for b in sets] for a in sets]
    assert similar(matrix(sets, 12), threshold).toarray().tolist() == expected


def test_the_consensus_is_the_majority_of_all_returns() -> None:
    """A cluster seen three times outvotes two variants seen once."""
    clusters = matrix([{0, 1, 2, 3}, {0, 1, 2, 3, 4}, {0, 1, 2}, {10, 11, 12, 13}], 20)
    result = recurrences(clusters, np.array([3, 1, 1, 1]), 0.6, 4, 0)
    assert result.returns.tolist() == [5, 1]
    assert result.members[[0]].indices.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(result.members[[0]].data, [1, 1, 1, 0.8])


def test_a_drifting_chain_is_not_one_assembly() -> None:
    """Each step is like the last; the ends share nothing with each other."""
    chain: Sets = [set(range(k, k + 20)) for k in range(0, 40, 2)]
    result = recurrences(matrix(chain, 70), np.ones(20, np.int64), 0.6, 4, 0)
    assert result.members.shape[0] >= 4
    assert result.returns.sum() == 20


def test_the_best_are_kept_and_what_resembles_them_left_out() -> None:
    members = matrix([{0, 1, 2, 3}, {0, 1, 2, 3, 4}, {5, 6, 7}, {8, 9}], 10)
    score = np.array([1.0, 3.0, 2.0, 2.0])
    assert best_distinct(members, score, 10, 0.5).tolist() == [1, 2, 3]
    assert best_distinct(members, score, 2, 0.5).tolist() == [1, 2]
    assert best_distinct(members, score, 10, 0.9).tolist() == [0, 1, 2, 3]
