"""Paired comparison of two configs over seeds: t intervals, power, Holm's correction."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from ..errors import DataError

Values = NDArray[np.float64]

POWER = 0.8
"""Power at which a true difference should be detected. Source: Cohen, Statistical Power Analysis
for the Behavioral Sciences (1988), doi:10.4324/9780203771587, section 2.4."""

QUADRATURE = 400
"""Points of the integral of `power`, which is then accurate to four digits."""

MAX_SEEDS = 100
"""Maximum number of seeds to advise: a difference that needs more is too small to matter."""


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval.

    Attributes:
        mean: Of the values.
        low: Lower end, by Student's t; NaN for a single value.
        high: Upper end.
        p: Two-sided p value of the t test that the true mean is 0; 1 where all values are 0, NaN
            for a single value and where all are equal, so that no variance can be estimated.
    """

    mean: float
    low: float
    high: float
    p: float


def estimate(values: Sequence[float] | Values) -> Estimate:
    """Return the mean of values with its t interval; a paired test if these are differences.

    The t test assumes that differences over seeds are normal: with five of them, no test that
    assumes less can reach p = .05 (the smallest p of a sign-flip test is 1/16).

    Args:
        values: At least one number, finite.

    Raises:
        DataError: If there is none, or one is not finite.
    """
    x = np.asarray(values, float)
    if not len(x) or not np.isfinite(x).all():
        raise DataError(f"expected finite numbers, got {x.tolist()}.")
    mean = float(x.mean())
    if len(x) == 1:
        return Estimate(mean, float("nan"), float("nan"), float("nan"))
    error = float(x.std(ddof=1)) / len(x) ** 0.5
    if error == 0:
        return Estimate(mean, mean, mean, 1.0 if mean == 0 else float("nan"))
    reach = float(stats.t.ppf(0.975, len(x) - 1)) * error
    p = 2 * float(stats.t.sf(abs(mean) / error, len(x) - 1))
    return Estimate(mean, mean - reach, mean + reach, p)


def power(n: int, effect: float, level: float = 0.05) -> float:
    """Return the power of a paired t test: the probability to detect a true difference.

    Args:
        n: Differences, one per seed, at least 2.
        effect: Their true mean over their standard deviation.
        level: Two-sided level of the test; for the first step of `holm`, .05 over the number of
            tests.
    """
    freedom, centre = n - 1, abs(effect) * n**0.5
    reach = float(stats.t.ppf(1 - level / 2, freedom))
    # Integrated over the sample standard deviation: scipy 1.17's noncentral t is NaN for few seeds.
    nodes, weights = np.polynomial.legendre.leggauss(QUADRATURE)
    measured = np.sqrt(stats.chi2.ppf((1 + nodes) / 2, freedom) / freedom)
    seen = stats.norm.cdf(centre - reach * measured) + stats.norm.cdf(-centre - reach * measured)
    return float(weights @ seen / 2)


@cache
def detectable(n: int, level: float = 0.05) -> float:
    """Return the smallest difference detected at a power of `POWER`, in standard deviations.

    Args:
        n: Differences, one per seed, at least 2.
        level: As of `power`.
    """
    high = 1.0
    while power(n, high, level) < POWER:
        high *= 2
    return float(optimize.brentq(lambda effect: power(n, effect, level) - POWER, 0, high))


def seeds_to_see(effect: float, level: float = 0.05) -> int | None:
    """Return the number of seeds to detect a difference at `POWER`; None if over `MAX_SEEDS`.

    Args:
        effect: The true difference over the standard deviation of the paired differences.
        level: As of `power`.
    """
    wanted = POWER - 1e-6  # of the integral
    if power(MAX_SEEDS, effect, level) < wanted:
        return None
    counts = range(2, MAX_SEEDS + 1)
    return counts[bisect.bisect_left(counts, wanted, key=lambda n: power(n, effect, level))]


def holm(p: Sequence[float] | Values) -> Values:
    """Return p values corrected for multiple testing by Holm's step-down method, in the same order.

    The family-wise error rate stays below the level, whatever the dependence of the tests.
    NaN stays NaN and does not count.

    Source: Holm, Scand. J. Stat. 6:65 (1979), https://www.jstor.org/stable/4615733.
    """
    given = np.asarray(p, float)
    known = np.flatnonzero(~np.isnan(given))
    order = known[np.argsort(given[known], kind="stable")]
    factors = len(order) - np.arange(len(order))
    corrected = np.full(len(given), np.nan)
    corrected[order] = np.minimum(np.maximum.accumulate(given[order] * factors), 1)
    return corrected


def clipped_to_range(interval: Estimate, form: str) -> Estimate:
    """Return an estimate with its interval clipped to the possible range.

    Args:
        interval: Estimate of a count, share or index.
        form: ``count``, from 0; ``share``, in 0..1; ``index``, unbounded.
    """
    least, most = {"count": (0.0, np.inf), "share": (0.0, 1.0)}.get(form, (-np.inf, np.inf))
    low, high = np.clip([interval.low, interval.high], least, most)
    return Estimate(interval.mean, float(low), float(high), interval.p)
