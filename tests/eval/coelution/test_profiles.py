"""Elution profiles chosen for pictures."""

import numpy as np
import pandas as pd
import pytest

from cytoweave.artifacts import ElutionProfiles, Scores
from cytoweave.errors import ConfigError
from cytoweave.eval import drawn_profiles, surest, with_profiles

from ..conftest import MapBuilder


@pytest.fixture(scope="module")
def profiles() -> ElutionProfiles:
    """Two replicates of four fractions; ``e`` was never detected, ``a`` in the first alone."""
    amounts = np.random.default_rng(0).random((2, 6, 4)).astype(np.float32)
    amounts[:, 4] = np.nan
    amounts[1, 0] = np.nan
    return ElutionProfiles(tuple("abcdef"), amounts)


def test_members_and_quartiles_by_hand(build_map: MapBuilder, profiles: ElutionProfiles) -> None:
    table = drawn_profiles(build_map({"A": "a b e"}), profiles, ["A"])
    members = table[table["kind"] == "member"]
    assert members["protein"].unique().tolist() == ["a", "b"]
    heights = np.nan_to_num(profiles.amounts).mean(axis=0)
    scaled = heights / np.maximum(heights.max(axis=1, keepdims=True), 1e-9)
    assert members["amount"].tolist() == pytest.approx(scaled[:2].ravel().tolist())
    median = table[table["kind"] == "median"]
    assert median["fraction"].tolist() == [1, 2, 3, 4]
    assert median["amount"].tolist() == pytest.approx(np.median(scaled[[2, 3, 5]], axis=0).tolist())


def test_the_surest_are_unlike_one_another(build_map: MapBuilder) -> None:
    result = build_map({"A": "a b c d", "copy": "a b c", "B": "e f g", "no": "h i j", "few": "k l"})
    table = pd.DataFrame(
        {
            "assembly": ["A", "copy", "B", "no", "few"],
            "proteins": [4, 3, 3, 3, 2],
            "coelution": [0.9, 0.95, 0.5, 0.9, 0.9],
            "coelution_by_chance": 0.1,
            "matched_p": [0.01, 0.001, 0.02, 0.001, 0.001],
            "coelutes": [True, True, True, False, True],
        }
    )
    assert surest(table, result) == ["copy", "B"]
    assert surest(table, result, shown=1) == ["copy"]
    published = table[["assembly", "proteins"]].assign(
        p=[0.3, 0.2, 0.1, 0.0, 0.0], auroc=0.9, validated=[True, True, True, False, True]
    )
    assert surest(published, result) == ["B", "copy"]


def test_chosen_assemblies_are_drawn(build_map: MapBuilder, profiles: ElutionProfiles) -> None:
    result, references = build_map({"A": "a b c", "B": "d f"}), {"sec": profiles, "corum": None}
    tested = pd.DataFrame({"assembly": ["A"], "reference": ["sec"], "proteins": [3], "p": [0.9],
                           "auroc": [0.1], "validated": [False]})  # fmt: skip
    scores = Scores({}, {"coelution": tested})
    assert len(with_profiles(scores, result, references).tables["profiles"]) == 0
    table = with_profiles(scores, result, references, ["B"]).tables["profiles"]
    assert set(table["assembly"]) == {"B"}
    assert set(table["reference"]) == {"sec"}
    assert "profiles" not in with_profiles(Scores({}), result, references).tables
    with pytest.raises(ConfigError, match="drawn: the map has no assembly 'C'; it has 2, such as"):
        with_profiles(scores, result, references, ["C"])
    with pytest.raises(ConfigError, match="no elution profiles were scored; set drawn=null"):
        with_profiles(Scores({}), result, references, ["A"])
