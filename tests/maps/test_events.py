"""Births, deaths, splits and merges between two maps whose history is known."""

from collections.abc import Mapping

import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy
from cytoweave.errors import DataError
from cytoweave.maps.events import DIED, KEPT, MERGED, SPLIT, events

PROTEINS = tuple(f"P{k:02}" for k in range(40))


def map_of(
    sets: Mapping[str, range | list[int]], proteins: tuple[str, ...] = PROTEINS
) -> Hierarchy:
    """Return a flat map of some sets of proteins."""
    members = np.array([[k in inside for k in range(len(proteins))] for inside in sets.values()])
    rows = np.vstack([np.ones((1, len(proteins))), members]).astype(np.float32)
    edges = np.array([(0, k) for k in range(1, len(rows))])
    unknown = np.full(len(rows), np.nan, np.float32)
    names = ("root", *sets)
    ones = np.ones(len(rows), int)
    return Hierarchy(proteins, names, sparse.csr_array(rows), edges, ones, unknown)


FIRST = map_of(
    {
        "same": range(8),
        "splits": range(8, 16),
        "left": range(16, 20),
        "right": range(20, 24),
        "dies": range(24, 30),
        "tiny": range(38, 40),
    }
)
SECOND = map_of(
    {
        "same": range(1, 9),
        "half": range(8, 12),
        "other half": range(12, 16),
        "both": range(16, 24),
        "new": [24, 27, 30, 31, 32, 33, 34],
    }
)


def test_what_became_of_each_assembly() -> None:
    result = events(FIRST, SECOND)
    kinds = {FIRST.names[row]: kind for row, kind in result.by_row.items()}
    assert kinds["same"] == KEPT
    assert kinds["dies"] == DIED
    assert "tiny" not in kinds
    pairs = dict(zip(result.rows.tolist(), result.partners, strict=True))
    assert [SECOND.names[k] for k in pairs[1]] == ["same"]
    # one half, one of the merged: each the best partner of what was larger or smaller
    assert sorted([kinds["splits"], kinds["left"], kinds["right"]]) == [KEPT, KEPT, MERGED]


def test_parts_below_the_bar_of_a_match_are_a_split_and_a_merge() -> None:
    whole = map_of({"whole": range(12), "else": range(30, 36)})
    parts = map_of(
        {
            "a": range(4),
            "b": range(4, 8),
            "c": range(8, 12),
            "in c": range(8, 11),
            "else": range(30, 36),
        }
    )
    apart = events(whole, parts)
    assert apart.kinds == (SPLIT, KEPT)
    assert [parts.names[k] for k in apart.partners[0]] == ["a", "b", "c"]
    together = events(parts, whole)
    kinds = {parts.names[row]: kind for row, kind in together.by_row.items()}
    assert [kinds[name] for name in ("a", "b", "c")] == [MERGED] * 3
    assert whole.names[together.partners[0][0]] == "whole"


def test_a_birth_is_a_death_seen_from_the_other_map() -> None:
    back = events(SECOND, FIRST)
    assert back.by_row[SECOND.names.index("new")] == DIED
    assert all(kind == KEPT for kind in events(FIRST, FIRST).kinds)
    assert events(FIRST, FIRST).jaccard == pytest.approx(1)


def test_maps_of_other_proteins_are_refused() -> None:
    other = map_of({"a": range(5)}, tuple(f"Q{k}" for k in range(40)))
    with pytest.raises(DataError, match="share no protein"):
        events(FIRST, other)
