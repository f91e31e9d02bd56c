"""Negative-binomial regression against statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from cytoweave.applications.mutations.regression import fit_counts, log_likelihood


def test_weights_and_shape_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(0)
    design = np.column_stack([np.ones(3000), rng.normal(size=(3000, 3))])
    means = np.exp(design @ [0.7, 0.8, -0.3, 0.0])
    counts = rng.negative_binomial(4.0, 4.0 / (4.0 + means)).astype(float)
    result = fit_counts(counts, design)
    wanted = sm.NegativeBinomial(counts, design).fit(disp=0)
    np.testing.assert_allclose(result.weights, wanted.params[:-1], atol=1e-4)
    assert 1 / result.shape == pytest.approx(wanted.params[-1], rel=1e-3)


def test_the_likelihood_is_scipys_but_for_the_factorial() -> None:
    counts, means, shape = np.array([0.0, 3.0, 7.0]), np.array([1.0, 2.0, 9.0]), 2.5
    wanted = stats.nbinom.logpmf(counts, shape, shape / (shape + means))
    result = log_likelihood(counts, means, shape)
    np.testing.assert_allclose(result - np.log([1.0, 6.0, 5040.0]), wanted, atol=1e-10)
