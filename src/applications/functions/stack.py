"""Stacking of predictors by logistic regression, cross-fitted and calibrated.

A logistic regression for each aspect of the ontology adds up what the predictors say of a pair of
protein and term, as log-odds beyond the term's frequency. Boosted trees were tried on the same
proteins: they rank the first thousand pairs better, and are worse in log-likelihood, Fmax and Smin.
Two regressions are fitted, each on the proteins of one half; a pair of a protein that is in neither
half gets the mean of both, and calibration is learned from what each says of the other half. So no
protein helps to judge itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from ...errors import DataError
from .features import Pairs
from .knowledge import Mask, Values
from .voters import Shares

SAMPLE = 100_000
"""Pairs of an aspect that a half is fitted to."""

PENALTY = 0.1
"""Inverse strength of the ridge penalty on standardised log-odds."""

SIZES = (10, 30, 100, 300)
"""Bounds of the number of a term's proteins between which probabilities are calibrated apart."""

MIN_BIN_PAIRS = 2000
"""Pairs that a bin needs for a calibration of its own."""

TOP = 200
"""Pairs of a bin, the surest ones, whose share of hits no probability may exceed."""


@dataclass(frozen=True)
class Weights:
    """A logistic regression.

    Attributes:
        coefficients: ``(C,)`` of the columns that a pair shows.
        offset: Of the log-odds.
    """

    coefficients: Values
    offset: float

    @classmethod
    def fit(cls, seen: Shares, true: Mask, rng: np.random.Generator) -> Weights:
        """Fit to pairs; the frequency alone where all or none are true."""
        if true.all() or not true.any():
            return cls(np.zeros(seen.shape[1]), float(_log_odds(np.array([true.mean()]))[0]))
        chosen = np.arange(len(true))
        if len(true) > SAMPLE:
            chosen = rng.choice(len(true), SAMPLE, replace=False)
        mean, scale = seen[chosen].mean(axis=0), np.maximum(seen[chosen].std(axis=0), 1e-6)
        model = LogisticRegression(C=PENALTY, max_iter=300)
        model.fit((seen[chosen] - mean) / scale, true[chosen])
        coefficients = np.asarray(model.coef_[0] / scale, float)
        return cls(coefficients, float(model.intercept_[0] - coefficients @ mean))

    def __call__(self, seen: Shares) -> Values:
        """Return ``(P,)`` log-odds."""
        return np.asarray(seen @ self.coefficients + self.offset, float)


@dataclass(frozen=True)
class Stack:
    """Two regressions for each aspect, and a calibration by size of term.

    Attributes:
        halves: For each half, a regression for each aspect.
        calibration: By bin of term size, slope and offset of the log-odds (Platt scaling, which
            unlike steps keeps the order of pairs), and the largest probability that was borne out:
            a logistic curve goes on to 1 where no pair has shown it.
        aspect: ``(T,)`` position of each term's aspect.
        counts: ``(T,)`` number of proteins of each term.
    """

    halves: tuple[tuple[Weights, ...], tuple[Weights, ...]]
    calibration: tuple[tuple[float, float, float], ...]
    aspect: NDArray[np.intp]
    counts: NDArray[np.int64]

    @classmethod
    def fit(
        cls,
        pairs: Pairs,
        true: Mask,
        half: Mask,
        aspect: NDArray[np.intp],
        counts: NDArray[np.int64],
        seed: int,
    ) -> tuple[Stack, Shares]:
        """Fit to pairs of which it is hidden whether they are true.

        Args:
            pairs: What predictors say without the hidden annotations.
            true: ``(P,)`` whether each is a hidden annotation.
            half: ``(P,)`` in which half its protein is.
            aspect: ``(T,)`` position of each term's aspect.
            counts: ``(T,)`` number of proteins of each term.
            seed: Of the pairs that are drawn.

        Returns:
            The stack, and ``(P,)`` the calibrated probability of each pair by the other half.

        Raises:
            DataError: If in a half all pairs are true, or none is.
        """
        if not can_learn(true, half):
            raise DataError(
                f"annotations: of {len(true)} pairs of protein and term to learn from {true.sum()} "
                "are hidden annotations; in each half some must be, and some not; give more "
                "annotations of the map's proteins."
            )
        seen, rng = pairs.matrix(), np.random.default_rng(seed)
        of = aspect[pairs.term]
        first, second = (
            tuple(
                Weights.fit(seen[side & (of == one)], true[side & (of == one)], rng)
                for one in range(int(aspect.max()) + 1)
            )
            for side in (~half, half)
        )
        crossed = np.where(half, _by_aspect(first, seen, of), _by_aspect(second, seen, of))
        bins = np.searchsorted(SIZES, counts[pairs.term])
        whole = _platt(crossed, true)
        calibration = tuple(
            _platt(crossed[bins == one], true[bins == one])
            if (bins == one).sum() >= MIN_BIN_PAIRS
            else whole
            for one in range(len(SIZES) + 1)
        )
        stack = cls((first, second), calibration, aspect, counts)
        return stack, stack._calibrated(crossed, pairs.term)

    def __call__(self, pairs: Pairs) -> Shares:
        """Return ``(P,)`` the probability of each pair."""
        seen, of = pairs.matrix(), self.aspect[pairs.term]
        odds = np.mean([_by_aspect(half, seen, of) for half in self.halves], axis=0)
        return self._calibrated(odds, pairs.term)

    def _calibrated(self, odds: Values, term: NDArray[np.intp]) -> Shares:
        bins = np.searchsorted(SIZES, self.counts[term])
        slope, offset, most = np.array(self.calibration).T[:, bins]
        probability = expit(slope * odds + offset)
        beyond = np.maximum(probability - most, 0) / np.maximum(
            1 - most, 1e-6
        )  # a trace, for the order
        return np.asarray(np.minimum(probability, most) + 1e-3 * beyond * (1 - most), np.float32)


def _by_aspect(weights: tuple[Weights, ...], seen: Shares, of: NDArray[np.intp]) -> Values:
    odds = np.empty(len(seen))
    for one, regression in enumerate(weights):
        odds[of == one] = regression(seen[of == one])
    return odds


def can_learn(true: Mask, half: Mask) -> bool:
    """Return whether both halves hold pairs that are hidden annotations, and pairs that are not."""
    sides = (true[half], true[~half])
    return all(bool(side.any()) and not side.all() for side in sides)


def _platt(odds: Values, true: Mask) -> tuple[float, float, float]:
    """Return slope, offset, and the share of hits among the surest pairs, by Laplace's rule."""
    surest = true[np.argsort(-odds, kind="stable")[:TOP]]
    most = (surest.sum() + 1) / (len(surest) + 2)
    if true.all() or not true.any():
        return 1.0, 0.0, float(most)
    fitted = LogisticRegression(C=1e3).fit(odds[:, None], true)
    return max(float(fitted.coef_[0, 0]), 0.05), float(fitted.intercept_[0]), float(most)


def _log_odds(share: Values) -> Values:
    return np.asarray(logit(np.clip(share, 1e-6, 1 - 1e-6)), float)
