"""Paired comparisons against SciPy and statsmodels."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from cytoweave.errors import DataError
from cytoweave.eval.intervals import estimate, holm


def test_an_estimate_is_the_t_test_of_scipy() -> None:
    x = np.random.default_rng(0).normal(0.3, 1, 7)
    theirs = stats.ttest_1samp(x, 0)
    found = estimate(x)
    interval = theirs.confidence_interval()
    assert found.low == pytest.approx(float(interval.low))
    assert found.high == pytest.approx(float(interval.high))
    assert found.p == pytest.approx(theirs.pvalue)


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
