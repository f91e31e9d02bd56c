import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy
from cytoweave.errors import DataError
from cytoweave.report.tree import NODE_GAP, drawing_order, levels, main_parents, radial_places


def star(leaves: int) -> Hierarchy:
    members = sparse.csr_array(np.vstack([np.ones(leaves), np.eye(leaves)]).astype(np.float32))
    return Hierarchy(
        tuple(f"P{k}" for k in range(leaves)),
        tuple(f"A{k}" for k in range(leaves + 1)),
        members,
        np.array([(0, k + 1) for k in range(leaves)], np.int32),
        np.ones(leaves + 1, np.int32),
        np.ones(leaves + 1, np.float32),
    )


def test_main_parent_is_the_one_of_highest_jaccard(hierarchy: Hierarchy) -> None:
    # AB (4 proteins) lies in A (12) and in B (14): 4/12 > 4/14.
    assert main_parents(hierarchy).tolist() == [-1, 0, 0, 1, 1, 2]


def test_main_parents_agree_with_a_loop_over_sets(hierarchy: Hierarchy) -> None:
    sets = [set(hierarchy.members_of(k)) for k in range(len(hierarchy.names))]
    for child, parent in enumerate(main_parents(hierarchy).tolist()):
        above = [p for p, c in hierarchy.edges.tolist() if c == child]
        if above:
            jaccard = [len(sets[p] & sets[child]) / len(sets[p] | sets[child]) for p in above]
            assert parent == above[int(np.argmax(jaccard))]


def test_level_is_the_longest_way_down() -> None:
    edges = np.array([(0, 1), (0, 2), (1, 2), (2, 3), (0, 3)], np.int32)
    members = sparse.csr_array(np.ones((4, 2), np.float32))
    result = Hierarchy(
        ("x", "y"),
        ("r", "a", "b", "c"),
        members,
        edges,
        np.ones(4, np.int32),
        np.ones(4, np.float32),
    )
    assert levels(result).tolist() == [0, 1, 2, 3]


def test_a_circle_is_refused() -> None:
    circle = Hierarchy(
        ("x",),
        ("r", "a", "b"),
        sparse.csr_array(np.ones((3, 1), np.float32)),
        np.array([(0, 1), (1, 2), (2, 1)], np.int32),
        np.ones(3, np.int32),
        np.ones(3, np.float32),
    )
    with pytest.raises(DataError, match="run in a circle"):
        levels(circle)


def test_drawing_order_walks_branches_large_first(hierarchy: Hierarchy) -> None:
    names = [hierarchy.names[k] for k in drawing_order(hierarchy)]
    assert names == ["root", "B", "<b>B1</b>", "A", "A1", "AB"]


@pytest.mark.parametrize("leaves", [1, 2, 7, 150])
def test_places_keep_their_distance(leaves: int) -> None:
    places = radial_places(star(leaves))
    gap = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert gap[~np.eye(len(places), dtype=bool)].min() >= NODE_GAP * 0.99
    assert places[0].tolist() == [0, 0]


def test_a_root_alone_stands_in_the_middle() -> None:
    alone = Hierarchy(
        ("x",),
        ("r",),
        sparse.csr_array(np.ones((1, 1), np.float32)),
        np.empty((0, 2), np.int32),
        np.zeros(1, np.int32),
        np.full(1, np.nan, np.float32),
    )
    assert radial_places(alone).tolist() == [[0, 0]]
    assert main_parents(alone).tolist() == [-1]
