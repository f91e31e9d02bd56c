"""Protein-centric scores of predicted terms as in CAFA: Fmax, weighted Fmax, Smin, coverage.

Every protein with a true term counts once, however many terms it has. Intervals are from resampling
proteins; predictors of the same proteins share the draws, so that their difference is paired.

Source: Clark & Radivojac 2013, doi:10.1093/bioinformatics/btt228; Radivojac et al. 2013,
doi:10.1038/nmeth.2340.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..errors import DataError

Values = NDArray[np.float64]

THRESHOLDS = np.round(np.geomspace(0.001, 0.99, 120), 6)
"""Of probabilities, finer where they are small: most terms are rare."""

NAMES = ("fmax", "wfmax", "smin", "coverage")


@dataclass(frozen=True)
class ProteinCentric:
    """Per-protein precision, recall and information at each of ``K`` thresholds.

    Attributes:
        thresholds: ``(K,)`` rising.
        precision: ``(n, K)`` share of the predicted terms that are true, 0 where there is none.
        recall: ``(n, K)`` share of the true terms that are predicted.
        weighted_precision: As `precision`, terms counting by their information.
        weighted_recall: As `recall`, likewise.
        predicted: ``(n, K)`` whether any term is predicted.
        missed: ``(n, K)`` information of the true terms that are not predicted, bits.
        false: ``(n, K)`` information of the predicted terms that are not true, bits.
    """

    thresholds: Values
    precision: Values
    recall: Values
    weighted_precision: Values
    weighted_recall: Values
    predicted: Values
    missed: Values
    false: Values

    @classmethod
    def of(
        cls,
        predicted: sparse.csr_array,
        true: sparse.csr_array,
        information: Values,
        thresholds: Values = THRESHOLDS,
    ) -> ProteinCentric:
        """Count, for each protein and threshold, terms predicted at or above it.

        Args:
            predicted: ``(n, T)`` probabilities; entries not stored are not predicted.
            true: ``(n, T)`` bool; proteins without a true term are left out.
            information: ``(T,)`` information content of each term, bits.
            thresholds: ``(K,)`` rising.

        Raises:
            DataError: If no protein has a true term.
        """
        judged = np.flatnonzero(np.diff(true.indptr) > 0)
        if not len(judged):
            raise DataError("No protein has a true term, so that no prediction can be judged.")
        guesses, truth = sparse.csr_array(predicted[judged]), sparse.csr_array(true[judged])
        bits = np.asarray(information, float)
        hits = sparse.csr_array(guesses.multiply(truth))
        counts = (_counted(m, w, thresholds) for m in (guesses, hits) for w in (None, bits))
        predictions, weighted, right, weighted_right = counts
        sizes = np.diff(truth.indptr)[:, None].astype(float)
        bits_of = (truth.astype(float) @ bits)[:, None]
        return cls(
            thresholds,
            _ratio(right, predictions),
            right / sizes,
            _ratio(weighted_right, weighted),
            _ratio(weighted_right, bits_of),
            (predictions > 0).astype(float),
            np.maximum(bits_of - weighted_right, 0),
            np.maximum(weighted - weighted_right, 0),
        )

    def metrics(self) -> dict[str, float]:
        """Return the best value of each score over thresholds.

        ``fmax``: harmonic mean of mean precision, over proteins with a prediction, and mean recall,
        over all; 0..1, best 1. ``wfmax``: the same, terms counting by information. ``smin``:
        length of (mean missed, mean false information), bits, best 0. ``coverage``: share of
        proteins with a prediction at the threshold of ``fmax``.
        """
        ones = np.ones((1, len(self.precision)))
        return {name: float(values[0]) for name, values in self._metrics(ones).items()}

    def drawn(self, draws: int = 1000, seed: int = 0) -> dict[str, Values]:
        """Return ``(draws,)`` values of each score on proteins drawn with replacement."""
        n = len(self.precision)
        rng = np.random.default_rng(seed)
        return self._metrics(rng.multinomial(n, np.full(n, 1 / n), draws).astype(float))

    def _metrics(self, weights: Values) -> dict[str, Values]:
        """Return ``(B,)`` scores with ``(B, n)`` weights of the proteins."""
        whole = weights.sum(axis=1, keepdims=True)
        covered = weights @ self.predicted
        plain = _f(_ratio(weights @ self.precision, covered), weights @ self.recall / whole)
        precision = _ratio(weights @ self.weighted_precision, covered)
        weighted = _f(precision, weights @ self.weighted_recall / whole)
        distance = np.hypot(weights @ self.missed / whole, weights @ self.false / whole)
        best = plain.argmax(axis=1)[:, None]
        coverage = np.take_along_axis(covered / whole, best, 1)[:, 0]
        values = (plain.max(axis=1), weighted.max(axis=1), distance.min(axis=1), coverage)
        return dict(zip(NAMES, values, strict=True))


def interval(drawn: Values, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of resampled values."""
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _counted(matrix: sparse.csr_array, weights: Values | None, thresholds: Values) -> Values:
    """Return ``(n, K)`` how many entries of each row, or their weight, reach each threshold."""
    n, k = matrix.shape[0], len(thresholds)
    row = np.repeat(np.arange(n), np.diff(matrix.indptr))
    reached = np.searchsorted(thresholds, matrix.data, side="right")
    entry_weights = None if weights is None else weights[matrix.indices]
    counts = np.bincount(row * (k + 1) + reached, weights=entry_weights, minlength=n * (k + 1))
    upward = counts.reshape(n, k + 1)[:, ::-1].cumsum(axis=1)[:, ::-1]
    return np.asarray(upward[:, 1:], float)


def _ratio(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _f(precision: Values, recall: Values) -> Values:
    return _ratio(2 * precision * recall, precision + recall)
