"""Exact distribution of a sum of winsorized negative-binomial counts, compiled.

A gene's count N scores ``round(UNIT * w * min(N, cap))``: whole numbers, so that the distribution
of a sum over genes is a convolution, every term of which is positive, and tails are exact however
far out. Where more genes of the genome exceed their expectation than the model allows (drivers,
artefacts), the tail of every gene is raised to what was seen.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ...similarity.compiled import compiled

UNIT = 2.0
"""Units of score that one mutation of full weight has."""

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@compiled
def survival(mean: float, dispersion: float, most: int) -> Floats:
    """Return ``(most + 1,)`` probabilities of at least 0, 1, .. by a negative binomial."""
    size = 1.0 / dispersion
    tail = np.empty(most + 1)
    ratio = math.log(mean / (size + mean))
    log_p = size * math.log(size / (size + mean))
    left = 1.0
    for n in range(most + 1):
        tail[n] = max(left, 1e-300)
        left -= math.exp(log_p)
        log_p += math.log((n + size) / (n + 1.0)) + ratio
    return tail


@compiled
def caps_of(means: Floats, dispersions: Floats, tail: float) -> Whole:
    """Return ``(n,)`` the smallest counts that are reached with less than some probability."""
    caps = np.empty(len(means), np.int64)
    for k in range(len(means)):
        most = 16
        while True:
            left = survival(means[k], dispersions[k], most)
            if left[most] < tail:
                break
            most *= 2
        caps[k] = len(left) - np.searchsorted(left[::-1], tail, side="left")
    return caps


@compiled
def raised(tails: Floats, seen: Floats) -> Floats:
    """Return tail probabilities, none below the share of genes with one as small.

    Args:
        tails: Probabilities.
        seen: ``(G,)`` those of the counts of all genes, sorted.
    """
    raised_tails = np.empty_like(tails)
    total = len(seen) + 1.0
    for k in range(len(tails)):
        share = (1.0 + np.searchsorted(seen, tails[k] * (1 + 1e-12), side="right")) / total
        raised_tails[k] = max(tails[k], share)
    return raised_tails


@compiled
def scores(weight: float, cap: int) -> Whole:
    """Return ``(cap + 1,)`` what each count of a gene scores."""
    score = np.empty(cap + 1, np.int64)
    for n in range(cap + 1):
        score[n] = math.floor(UNIT * weight * n + 0.5)
    return score


@compiled
def sum_tail(
    means: Floats, dispersions: Floats, weights: Floats, caps: Whole, seen: Floats, reached: int
) -> float:
    """Return the probability that genes score `reached` or more together.

    Args:
        means: ``(n,)`` expected counts.
        dispersions: ``(n,)`` squared relative deviations beyond Poisson's.
        weights: ``(n,)`` of a gene's score, above 0.
        caps: ``(n,)`` counts beyond which a gene scores no more.
        seen: ``(G,)`` tail probabilities of all genes, sorted, see `raised`.
        reached: The score.
    """
    total = np.ones(1)
    for k in range(len(means)):
        tails = raised(survival(means[k], dispersions[k], caps[k]), seen)
        units = scores(weights[k], caps[k])
        chance = np.zeros(units[-1] + 1)
        for n in range(caps[k]):
            chance[units[n]] += tails[n] - tails[n + 1]
        chance[units[-1]] += tails[-1]
        longer = np.zeros(len(total) + len(chance) - 1)
        for j in range(len(chance)):
            share = chance[j]
            if share > 0:
                for i in range(len(total)):
                    longer[i + j] += share * total[i]
        total = longer
    return float(min(1.0, total[reached:].sum()))
