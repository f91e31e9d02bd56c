"""Calibration of probabilities: reliability, calibration error, slope and intercept, intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit
from scipy.stats import binomtest, rankdata
from sklearn.linear_model import LogisticRegression

from ...eval.terms.overlap import Index, Values

BINS = 10
DRAWS = 1000
PROBABILITY_MARGIN = 1e-4
"""Probabilities are kept so far from 0 and 1 where their logit is taken."""

Outcomes = NDArray[np.bool_]


def calibration_error(confidence: Values, right: Outcomes) -> float:
    """Return the expected calibration error over `BINS` bins of equal width, in 0..1.

    The mean over bins, weighted by their counts, of the distance between the mean confidence and
    the share that is right. Best: 0; a calibrated score of n values has about sqrt(1 / n).

    Source: Naeini et al., AAAI 2015; Guo et al., ICML 2017 (arXiv:1706.04599).
    """
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    excess = np.bincount(which, confidence - right, minlength=BINS)
    return float(np.abs(excess).sum() / max(len(confidence), 1))


def calibrated_error(confidence: Values, seed: int) -> tuple[float, float]:
    """Return the 95 % range of the error that the same confidences have where they are calibrated.

    Each is taken as the probability of its own outcome, `DRAWS` times.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.random((DRAWS, len(confidence))) < confidence
    low, high = np.quantile([calibration_error(confidence, one) for one in drawn], [0.025, 0.975])
    return float(low), float(high)


def calibration_line(confidence: Values, right: Outcomes) -> tuple[float, float]:
    """Return slope and intercept of the log-odds of being right over those of the confidence.

    Calibrated: 1 and 0. A slope below 1 says that the confidences are too extreme. The intercept
    is that of the slope's line.

    Source: Cox, Biometrika 45:562 (1958).
    """
    odds = logit(np.clip(confidence, PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN))[:, None]
    line = LogisticRegression(C=np.inf, max_iter=1000).fit(odds, right)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def auroc(values: Values, right: Outcomes) -> float:
    """Return the AUROC, chance .5, best 1; NaN where all or none are right."""
    above, below = int(right.sum()), int((~right).sum())
    if not above or not below:
        return float("nan")
    ranks = rankdata(values)[right].sum() - above * (above + 1) / 2
    return float(ranks / (above * below))


def interval(
    statistic: Callable[[Index], float], groups: Index, seed: int, draws: int = DRAWS
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a statistic over groups of observations.

    Args:
        statistic: Of positions of observations, repeated as they are drawn.
        groups: ``(n,)`` group of each observation; groups are drawn whole.
        seed: Of the draws.
        draws: How many; those whose statistic is not a number are left out.
    """
    rng = np.random.default_rng(seed)
    _, group = np.unique(groups, return_inverse=True)
    order, count = np.argsort(group, kind="stable"), int(group.max()) + 1
    parts = np.split(order, np.cumsum(np.bincount(group))[:-1])
    values = [
        statistic(np.concatenate([parts[k] for k in rng.integers(count, size=count)]))
        for _ in range(draws)
    ]
    known = np.array([value for value in values if np.isfinite(value)])
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    return float(low), float(high)


def reliability(confidence: Values, right: Outcomes) -> pd.DataFrame:
    """Return one row per bin: ``confidence right right_lo right_hi names``.

    The interval is Wilson's, of 95 %.
    """
    which = np.minimum((confidence * BINS).astype(int), BINS - 1)
    rows = []
    for k in np.unique(which):
        inside = which == k
        low, high = wilson(int(right[inside].sum()), int(inside.sum()))
        rows.append((confidence[inside].mean(), right[inside].mean(), low, high, inside.sum()))
    return pd.DataFrame(rows, columns=["confidence", "right", "right_lo", "right_hi", "names"])


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a share.

    Source: Wilson, J. Am. Stat. Assoc. 22:209 (1927).
    """
    bounds = binomtest(successes, trials).proportion_ci(method="wilson")
    return float(bounds.low), float(bounds.high)


def calibration_table(
    confidence: Values, right: Outcomes, groups: Index, seed: int
) -> pd.DataFrame:
    """Return calibration error, slope, intercept and AUROC: ``metric value lo hi``.

    The error comes with the range of a calibrated score; the others with the bootstrap
    interval over groups.
    """
    low, high = calibrated_error(confidence, seed)
    rows = [("calibration_error", calibration_error(confidence, right), low, high)]
    metrics: dict[str, Callable[[Index], float]] = {
        "slope": lambda k: _line(confidence[k], right[k])[0],
        "intercept": lambda k: _line(confidence[k], right[k])[1],
        "auroc": lambda k: auroc(confidence[k], right[k]),
    }
    everything = np.arange(len(confidence))
    for name, statistic in metrics.items():
        rows.append((name, statistic(everything), *interval(statistic, groups, seed, 200)))
    return pd.DataFrame(rows, columns=["metric", "value", "lo", "hi"])


def _line(confidence: Values, right: Outcomes) -> tuple[float, float]:
    both = 0 < right.sum() < len(right)
    return calibration_line(confidence, right) if both else (float("nan"), float("nan"))
