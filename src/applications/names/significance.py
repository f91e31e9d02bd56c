"""Hypergeometric enrichment on a log scale, for p values below the smallest float."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from ...eval.terms.overlap import Values

LEFT_OUT = 1e-9
"""Share of a tail below which its further summands are left out."""


def log10_tails(shared: ArrayLike, drawn: ArrayLike, marked: ArrayLike, universe: int) -> Values:
    """Return -log10 P[X >= k], 0 where k is not above its expectation.

    X is the number of ``n`` marked proteins among ``m`` that are drawn from `universe` without
    replacement. Summands from k on fall, so that few are needed; error below 1e-8.

    Args:
        shared: k, proteins of both.
        drawn: m, proteins of the assembly.
        marked: n, proteins of the term.
        universe: All proteins.
    """
    k, m, n = (np.asarray(one, float) for one in np.broadcast_arrays(shared, drawn, marked))
    score = np.zeros(k.shape)
    above = k > m * n / universe
    k, m, n = k[above], m[above], n[above]
    first = _log_choose(n, k) + _log_choose(universe - n, m - k) - _log_choose(universe, m)
    total, summand, step = np.ones(k.shape), np.ones(k.shape), 0
    while summand.size and (summand > LEFT_OUT * total).any():
        j = k + step
        summand = summand * np.maximum((m - j) * (n - j), 0)
        summand /= np.maximum((j + 1) * (universe - m - n + j + 1), 1)
        total += summand
        step += 1
    score[above] = np.maximum(-(first + np.log(total)) / np.log(10), 0)
    return score


def _log_choose(n: Values | int, k: Values) -> Values:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1) - gammaln(n - k + 1), float)
