"""What a moving protein leaves and enters, on directions drawn by hand."""

import numpy as np
import pytest
from scipy import sparse

from cytoweave.applications.contrast.context import Contexts
from cytoweave.applications.contrast.model import model_of
from cytoweave.applications.contrast.places import leaves_and_enters
from cytoweave.artifacts import Hierarchy

BEFORE = {
    "a1": -2.0, "a2": 1.0, "a3": 2.5, "mover": 0.0,
    "b1": 88.0, "b2": 90.5, "b3": 93.0,
    "c1": 213.0, "c2": 215.5, "c3": 218.0,
    "guest": 215.0,
}  # fmt: skip
"""Direction of the profile of each protein in degrees; like directions, like profiles."""

AFTER = BEFORE | {"mover": 90.0, "guest": 0.5}

SETS = {
    "root": list(BEFORE),
    "A": ["a1", "a2", "a3", "mover"],
    "BC": ["b1", "b2", "b3", "c1", "c2", "c3"],
    "B": ["b1", "b2", "b3"],
    "C": ["c1", "c2", "c3"],
}
PROTEINS = (*BEFORE, "absent")


def contexts(*conditions: dict[str, float]) -> Contexts:
    """Two replicates of each condition, the second turned as a whole; none has ``absent``."""
    angles = [np.array(list(one.values())) + turn for one in conditions for turn in (0, 70)]
    units = [np.column_stack([np.cos(np.deg2rad(a)), np.sin(np.deg2rad(a))]) for a in angles]
    lacking = np.full((len(units), 1, 2), np.nan)
    vectors = np.concatenate([np.array(units), lacking], axis=1)
    complete = np.arange(len(BEFORE))
    return Contexts(PROTEINS, vectors, tuple(units), complete, np.ones(len(complete)))


@pytest.fixture
def hierarchy() -> Hierarchy:
    members = np.array([[name in inside for name in PROTEINS] for inside in SETS.values()], float)
    return Hierarchy(
        PROTEINS,
        tuple(SETS),
        sparse.csr_array(members.astype(np.float32)),
        np.array([[0, 1], [0, 2], [2, 3], [2, 4]]),
        np.ones(len(SETS), np.int64),
        np.full(len(SETS), np.nan, np.float32),
    )


def places(
    hierarchy: Hierarchy, first: dict[str, float], second: dict[str, float], *proteins: str
) -> list[tuple[str, str]]:
    labels = ["control", "control", "treated", "treated"]
    model = model_of(labels, [""] * 4, None)
    rows = np.arange(1, len(SETS))
    both = leaves_and_enters(hierarchy, contexts(first, second), model, rows, proteins)
    return list(zip(*both, strict=True))


def test_a_mover_leaves_its_assembly_and_enters_the_one_it_is_now_most_like(
    hierarchy: Hierarchy,
) -> None:
    """Members of B rise by 3 ranks for the mover, those of C by none, so those of BC by less."""
    assert places(hierarchy, BEFORE, AFTER, "mover") == [("A", "B")]
    assert places(hierarchy, AFTER, BEFORE, "mover")[0][0] == ""  # it was in A by name alone


def test_what_is_in_no_assembly_enters_one_and_leaves_none(hierarchy: Hierarchy) -> None:
    assert places(hierarchy, BEFORE, AFTER, "guest") == [("", "A")]


def test_who_stays_leaves_nothing_and_who_is_not_measured_has_no_place(
    hierarchy: Hierarchy,
) -> None:
    assert places(hierarchy, BEFORE, BEFORE, "c1", "absent", "mover") == [("", "")] * 3
    first, second, third = places(hierarchy, BEFORE, AFTER, "c1", "absent", "mover")
    assert first[0] == ""
    assert second == ("", "")
    assert third == ("A", "B")
