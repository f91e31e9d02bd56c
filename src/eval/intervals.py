"""Comparing two ways of making a map that were run with the same seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import DataError

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval.

    Attributes:
        mean: Of the values.
        low: Lower end, by Student's t; NaN for a single value.
        high: Upper end.
        p: Two-sided, that the mean is 0 in truth, by the t test; 1 where all values are 0, NaN for
            a single value and where all are alike, whose spread the test cannot know.
    """

    mean: float
    low: float
    high: float
    p: float


def estimate(values: Sequence[float] | Values) -> Estimate:
    """Return the mean of values with its t interval; a paired test if these are differences.

    The t test takes differences over seeds for normal: with five of them, no test that assumes
    less can reach p = .05 (the smallest p of a sign-flip test is 1/16).

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


def holm(p: Sequence[float] | Values) -> Values:
    """Return p values corrected for their number by Holm's step-down method, in the same order.

    The chance that any true null is rejected stays below the level, whatever their dependence.
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


def smallest_seen(differences: Sequence[float] | Values, power: float = 0.8) -> float:
    """Return the smallest mean difference that as many pairs would show at 5 %, two-sided.

    Args:
        differences: At least two, finite.
        power: Chance of showing it, in (0, 1).
    """
    x = np.asarray(differences, float)
    return _shown_by(len(x), float(x.std(ddof=1)), power)


def seeds_needed(
    differences: Sequence[float] | Values, most: int = 100, power: float = 0.8
) -> int | None:
    """Return how many pairs would show the mean of these differences; None beyond `most`.

    Args:
        differences: At least two, finite.
        most: Largest number that is looked at.
        power: Chance of showing it, in (0, 1).
    """
    x = np.asarray(differences, float)
    spread, wanted = float(x.std(ddof=1)), abs(float(x.mean()))
    enough = (n for n in range(2, most + 1) if _shown_by(n, spread, power) <= wanted)
    return next(enough, None)


def _shown_by(pairs: int, spread: float, power: float) -> float:
    reach = float(stats.t.ppf(0.975, pairs - 1) + stats.t.ppf(power, pairs - 1))
    return float(reach * spread / pairs**0.5)


def within(found: Estimate, form: str) -> Estimate:
    """Return an estimate whose interval holds only values that there can be.

    Args:
        found: Of counts, shares or indices.
        form: ``count``, from 0; ``share``, in 0..1; ``index``, whatever it is.
    """
    least, most = {"count": (0.0, np.inf), "share": (0.0, 1.0)}.get(form, (-np.inf, np.inf))
    low, high = np.clip([found.low, found.high], least, most)
    return Estimate(found.mean, float(low), float(high), found.p)
