"""A driver list among members that drove no call: planted cancer genes, and none."""

import numpy as np
import pytest

from cytoweave.applications.mutations.background import Background, Line
from cytoweave.applications.mutations.drivers import ALL_CALLED, Validation, driving
from cytoweave.applications.mutations.excess import CohortTest
from cytoweave.applications.mutations.factor import AssemblyFactor

GENES = 3000


@pytest.fixture
def test() -> CohortTest:
    """The first three genes are mutated far more than expected."""
    rng = np.random.default_rng(0)
    rates = rng.gamma(8, 0.5, GENES)
    counts = rng.poisson(3 * rates).astype(float)
    counts[:3] += 60
    background = Background.of_silent(rng.poisson(rates).astype(float), np.ones((GENES, 1)))
    return CohortTest(counts, background, Line.fit(counts, background), AssemblyFactor(0.0))


def test_the_genes_that_drive_a_call_are_the_planted_ones(test: CohortTest) -> None:
    assert set(driving(test, np.arange(20)).tolist()) == {0, 1, 2}


def test_a_list_is_enriched_where_it_was_planted_and_nowhere_else(test: CohortTest) -> None:
    names = np.array([f"G{k}" for k in range(GENES)], object)
    whole = {"S": np.arange(20)}
    planted, spread = np.zeros(GENES, bool), np.zeros(GENES, bool)
    planted[[0, 1, 2, *range(5, 15), *range(200, 220)]] = True
    spread[::10] = True
    rows = {}
    for name, listed in (("planted", planted), ("spread", spread)):
        made = Validation(test, names, listed, np.arange(GENES), whole, whole, 1)
        rows[name] = made.table().set_index("assembly").loc["S"]
        assert set(str(rows[name]["drove"]).split()) == {"G0", "G1", "G2"}
    assert rows["planted"]["listed"] == 10
    assert rows["planted"]["drove_listed"] == 3
    assert rows["planted"]["p"] < 0.01
    assert rows["planted"]["expected"] < 3
    assert rows["spread"]["p"] > 0.05


def test_without_calls_nothing_is_left(test: CohortTest) -> None:
    names = np.array([f"G{k}" for k in range(GENES)], object)
    made = Validation(test, names, np.ones(GENES, bool), np.arange(GENES), {}, {}, 1).table()
    assert made["assembly"].tolist() == [ALL_CALLED]
    assert made["listed"].tolist() == [0]
    assert made["p"].tolist() == [1.0]
