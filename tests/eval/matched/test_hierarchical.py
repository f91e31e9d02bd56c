"""A parent is asked only for what its children do not explain."""

import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy
from cytoweave.eval.matched.conditional import CountTest
from cytoweave.eval.matched.hierarchical import Lineage, beyond_children


def hierarchy(sets: dict[str, range], edges: list[tuple[int, int]]) -> Hierarchy:
    rows = np.zeros((len(sets), 200), np.float32)
    for k, held in enumerate(sets.values()):
        rows[k, list(held)] = 1
    n = len(sets)
    return Hierarchy(
        tuple(f"P{k}" for k in range(200)),
        tuple(sets),
        sparse.csr_array(rows),
        np.array(edges, np.int32),
        np.ones(n, np.int32),
        np.ones(n, np.float32),
    )


@pytest.fixture
def family() -> Hierarchy:
    sets = {
        "root": range(200),
        "grand": range(80),
        "parent": range(60),
        "child": range(20),
        "other": range(20, 40),
    }
    return hierarchy(sets, [(0, 1), (1, 2), (2, 3), (2, 4)])


def p_of(family: Hierarchy, marked: np.ndarray) -> tuple[dict[str, float], dict[str, list[str]]]:
    rows = np.arange(1, len(family.names))
    members = sparse.csr_array(family.membership[rows])
    test = CountTest(members, marked, np.zeros(200, np.intp))
    p, below = beyond_children(
        Lineage.of(family, rows), members, test.p_values(), test.rest, fdr=0.05
    )
    names = family.names[1:]
    named = [[names[k] for k in one] for one in below]
    return dict(zip(names, p, strict=True)), dict(zip(names, named, strict=True))


def test_a_parent_whose_child_explains_all_is_not_significant(family: Hierarchy) -> None:
    p, explained = p_of(family, np.arange(200) < 20)
    assert p["child"] < 1e-10
    assert p["parent"] == p["grand"] == 1
    assert explained["grand"] == explained["parent"] == ["child"]


def test_a_parent_with_more_than_its_child_is(family: Hierarchy) -> None:
    marked = np.arange(200) < 60
    p, explained = p_of(family, marked)
    assert p["parent"] < 1e-8
    assert explained["parent"] == ["child", "other"]
    assert explained["grand"] == ["parent", "child", "other"]
    assert p["grand"] == 1


def test_without_signal_nothing_is_taken_out(family: Hierarchy) -> None:
    p, explained = p_of(family, np.arange(200) % 7 == 0)
    assert not any(explained.values())
    assert min(p.values()) > 0.05


def test_an_assembly_that_is_not_tested_passes_its_children_on(family: Hierarchy) -> None:
    lineage = Lineage.of(family, np.array([1, 3]))  # without "parent"
    assert lineage.children == ((1,), ())
    assert lineage.order == (1, 0)
