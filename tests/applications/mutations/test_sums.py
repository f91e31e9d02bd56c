"""Exact sums of winsorized counts, against scipy and against enumeration."""

import itertools

import numpy as np
from scipy import stats

from cytoweave.applications.mutations.sums import (
    UNIT,
    caps_of,
    raised,
    scores,
    sum_tail,
    survival,
)


def test_tails_of_a_negative_binomial_are_scipys() -> None:
    for mean, dispersion in [(0.1, 0.2), (3.0, 0.05), (800.0, 0.01)]:
        size = 1 / dispersion
        wanted = stats.nbinom.sf(np.arange(-1, 60), size, size / (size + mean))
        result = survival(mean, dispersion, 60)
        np.testing.assert_allclose(result, np.maximum(wanted, 1e-300), atol=1e-12)


def test_caps_are_quantiles() -> None:
    means, dispersions = np.array([0.05, 2.0, 300.0]), np.array([0.3, 0.1, 0.05])
    caps = caps_of(means, dispersions, 1e-3)
    tails = stats.nbinom.sf(caps - 1, 1 / dispersions, 1 / (1 + dispersions * means))
    before = stats.nbinom.sf(caps - 2, 1 / dispersions, 1 / (1 + dispersions * means))
    assert np.all(tails < 1e-3)
    assert np.all(before >= 1e-3)


def test_tails_are_raised_to_what_was_seen() -> None:
    seen = np.array([1e-6, 1e-6, 0.2, 0.9])
    result = raised(np.array([1.0, 0.5, 1e-3, 1e-9]), seen)
    np.testing.assert_allclose(result, [1.0, 4 / 5, 3 / 5, 1 / 5])


def test_a_sum_is_the_enumerated_one() -> None:
    means, dispersions = np.array([0.4, 1.5, 3.0]), np.array([0.2, 0.1, 0.3])
    weights, caps = 1 / (1 + dispersions * means), np.array([4, 6, 8])
    seen = np.sort(np.random.default_rng(0).random(50))
    chances, units = [], []
    for mean, dispersion, weight, cap in zip(means, dispersions, weights, caps, strict=True):
        tails = raised(survival(mean, dispersion, cap), seen)
        chances.append(-np.diff(np.append(tails, 0.0)))
        units.append(scores(weight, cap))
    for reached in (0, 3, 9, 20):
        wanted = sum(
            np.prod([chance[n] for chance, n in zip(chances, counts, strict=True)])
            for counts in itertools.product(*(range(cap + 1) for cap in caps))
            if sum(unit[n] for unit, n in zip(units, counts, strict=True)) >= reached
        )
        result = sum_tail(means, dispersions, weights, caps, seen, reached)
        np.testing.assert_allclose(result, wanted, rtol=1e-10)


def test_a_sum_without_winsorizing_is_a_negative_binomial() -> None:
    """Equal genes of weight 1: the sum of n has n times the mean and n times the size."""
    seen = np.ones(10**6)
    means, dispersions = np.full(4, 2.0), np.full(4, 0.25)
    for reached in (8, 14, 25):
        result = sum_tail(means, dispersions, np.ones(4), np.full(4, 60), seen, int(UNIT) * reached)
        wanted = stats.nbinom.sf(reached - 1, 16, 16 / (16 + 8.0))
        np.testing.assert_allclose(result, wanted, rtol=0.02)
