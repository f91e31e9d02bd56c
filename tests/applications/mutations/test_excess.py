"""The test of excess on simulated genes: calibrated without signal, and finds what is planted."""

import numpy as np
import pandas as pd
import pytest

from cytoweave.applications.mutations.background import Background, Line, design
from cytoweave.applications.mutations.excess import CohortTest
from cytoweave.applications.mutations.factor import AssemblyFactor
from cytoweave.eval.terms.overlap import Index, Values

GENES, RATIO, SHAPE = 4000, 3.0, 8.0


@pytest.fixture(scope="module")
def lengths() -> Values:
    return np.asarray(np.exp(np.random.default_rng(1).normal(6, 0.8, GENES)))


@pytest.fixture(scope="module")
def rates(lengths: Values) -> Values:
    gamma = np.random.default_rng(2).gamma(SHAPE, 1 / SHAPE, GENES)
    return np.asarray(lengths / lengths.mean() * 3 * gamma)


def known(lengths: Values) -> Values:
    names = tuple(map(str, range(GENES)))
    return design(names, pd.DataFrame(), pd.Series(lengths, index=list(names)))


def sets_of(rng: np.random.Generator, count: int, size: int) -> list[Index]:
    return [rng.choice(GENES, size, replace=False) for _ in range(count)]


def cohort_test(
    rates: Values, covariates: Values, sets: list[Index], seed: int, more: Values | float = 0.0
) -> CohortTest:
    rng = np.random.default_rng(seed)
    background = Background.of_silent(rng.poisson(rates).astype(float), covariates)
    counts = rng.poisson(rates * RATIO + more).astype(float)
    factor = AssemblyFactor.fit(background, sets)
    return CohortTest(counts, background, Line.fit(counts, background), factor)


def test_the_background_is_recovered(rates: Values, lengths: Values) -> None:
    test = cohort_test(rates, known(lengths), sets_of(np.random.default_rng(3), 50, 10), 4)
    assert test.background.shape == pytest.approx(SHAPE, rel=0.2)
    assert test.line.slope == pytest.approx(1.0, abs=0.05)
    assert test.line.spread < 0.02
    assert np.corrcoef(test.expected, rates * RATIO)[0, 1] > 0.9
    assert test.expected.mean() == pytest.approx((rates * RATIO).mean(), rel=0.03)


@pytest.mark.parametrize("has_lengths", [True, False])
def test_p_is_not_below_uniform_even_where_long_genes_cluster(
    rates: Values, lengths: Values, has_lengths: bool
) -> None:
    """Without covariates the background of long genes is shrunk; their assemblies must not pass."""
    order = np.argsort(lengths)
    sets = [order[k : k + 12] for k in range(0, GENES, 12)]
    covariates = known(lengths) if has_lengths else np.ones((GENES, 1))
    test = cohort_test(rates, covariates, sets, 5)
    p = np.array([test.test(one).p for one in sets])
    for level in (0.01, 0.05, 0.2, 0.5):
        assert (p <= level).mean() <= level + 2 * np.sqrt(level / len(sets))


def test_a_driver_alone_is_told_from_a_few_more_in_every_gene(
    rates: Values, lengths: Values
) -> None:
    rng = np.random.default_rng(6)
    sets = sets_of(rng, 60, 10)
    more = np.zeros(GENES)
    more[sets[0]] = 10.0
    more[sets[1][0]] = 400.0
    test = cohort_test(rates, known(lengths), sets, 7, more)
    spread, single = test.test(sets[0]), test.test(sets[1])
    assert spread.p < 1e-5
    assert test.p_value(sets[0][sets[0] != spread.top]) < 0.05
    assert single.p < 0.02
    assert single.top == sets[1][0]
    assert test.p_value(sets[1][sets[1] != single.top]) > 0.05
    assert spread.observed > spread.expected + 60


def test_drivers_anywhere_do_not_make_assemblies_significant(
    rates: Values, lengths: Values
) -> None:
    """Of 400 sets of ten, 100 hold one of 100 drivers: heavy tails are in the null."""
    rng = np.random.default_rng(8)
    more = np.zeros(GENES)
    more[rng.choice(GENES, 100, replace=False)] = 200.0
    sets = list(rng.permutation(GENES).reshape(400, 10))
    test = cohort_test(rates, known(lengths), sets, 9, more)
    p = np.array([test.test(one).p for one in sets])
    assert (p <= 0.01).mean() <= 0.02
    assert (p * len(sets)).min() > 0.05


def test_detectable_excess_falls_with_size(rates: Values, lengths: Values) -> None:
    rng = np.random.default_rng(10)
    test = cohort_test(rates, known(lengths), sets_of(rng, 20, 10), 11)
    few, many = rng.choice(GENES, 5, replace=False), rng.choice(GENES, 100, replace=False)
    assert 1 < test.detectable(many, 1e-3) < test.detectable(few, 1e-3)
    more = np.zeros(GENES)
    more[many] = (test.detectable(many, 1e-2, power=0.99) - 1) * test.expected[many]
    repeated = cohort_test(rates, known(lengths), sets_of(rng, 20, 10), 12, more)
    assert repeated.test(many).p < 0.05


def test_without_silent_mutations_covariates_stand_alone(rates: Values, lengths: Values) -> None:
    rng = np.random.default_rng(13)
    counts = rng.poisson(rates * RATIO).astype(float)
    background = Background.of_covariates(counts, known(lengths))
    test = CohortTest(counts, background, Line.fit(counts, background), AssemblyFactor(0.0))
    assert (background.uncertainty(slice(None)) > 0.1).all()
    sets = sets_of(rng, 200, 10)
    p = np.array([test.test(one).p for one in sets])
    assert (p <= 0.05).mean() <= 0.08
