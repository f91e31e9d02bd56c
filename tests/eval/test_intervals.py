"""Paired comparisons against SciPy and statsmodels."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from cytoweave.errors import DataError
from cytoweave.eval.intervals import POWER, detectable, estimate, holm, power, seeds_to_see


def test_an_estimate_is_the_t_test_of_scipy() -> None:
    x = np.random.default_rng(0).normal(0.3, 1, 7)
    theirs = stats.ttest_1samp(x, 0)
    result = estimate(x)
    interval = theirs.confidence_interval()
    assert result.low == pytest.approx(float(interval.low))
    assert result.high == pytest.approx(float(interval.high))
    assert result.p == pytest.approx(theirs.pvalue)


def test_values_alike_have_an_interval_of_one_point() -> None:
    assert estimate([0.0, 0.0]).p == 1
    assert estimate([2.0, 2.0]).low == estimate([2.0, 2.0]).high == 2
    assert np.isnan(estimate([2.0, 2.0]).p)
    assert np.isnan(estimate([1.0]).p)


def test_holm_is_that_of_statsmodels() -> None:
    p = np.random.default_rng(1).uniform(0, 0.2, 9)
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])
    np.testing.assert_allclose(holm([0.01, np.nan, 0.04]), [0.02, np.nan, 0.04])


def test_what_is_not_a_number_is_refused() -> None:
    with pytest.raises(DataError, match="expected finite numbers"):
        estimate([1.0, float("nan")])


@pytest.mark.parametrize("n", [3, 5, 20])
@pytest.mark.parametrize("level", [0.05, 0.00625])
def test_power_is_that_of_statsmodels(n: int, level: float) -> None:
    for effect in (0.3, 1.0):
        theirs = TTestPower().power(effect, n, level)
        assert power(n, effect, level) == pytest.approx(theirs, abs=1e-4)
    assert power(n, 0, level) == pytest.approx(level, abs=1e-4)


def test_a_detectable_difference_is_seen_four_times_in_five() -> None:
    rng = np.random.default_rng(0)
    for n in (2, 4, 5):
        effect = detectable(n, 0.025)
        drawn = rng.normal(effect, 1, (4000, n))
        seen = np.mean(stats.ttest_1samp(drawn, 0, axis=1).pvalue < 0.025)
        assert seen == pytest.approx(POWER, abs=0.02)
        assert seeds_to_see(effect, 0.025) == n
        assert seeds_to_see(0.99 * effect, 0.025) == n + 1


def test_no_number_of_seeds_sees_next_to_nothing() -> None:
    assert seeds_to_see(0.01) is None
    assert seeds_to_see(0.0) is None
    assert seeds_to_see(1e6) == 2
