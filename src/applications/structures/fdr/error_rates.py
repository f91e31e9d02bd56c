"""Error rates of scored pairs against decoys: target-decoy FDR, conformal p, BH, local FDR, pi0.

All functions take scores of which larger is better. A tie counts for the decoy (``>=``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

from ....eval.terms.enrichment import benjamini_hochberg
from ..complexes import Floats, Mask

STOREY = 0.5
"""Pairs of a p above this count as null for pi0 (Storey 2002, doi:10.1111/1467-9868.00346)."""

LEAST_DECOYS = 100
"""Decoys that a stratum needs for p values of its own: below, p cannot fall under .01."""


@dataclass(frozen=True)
class Decoys:
    """Scores of pairs that do not bind, and the weight of each.

    Attributes:
        scores: ``(D,)``
        weights: ``(D,)`` share of each, together 1.
        size: How many independent decoys they are equal to.
    """

    scores: Floats
    weights: Floats
    size: float

    @classmethod
    def of(cls, scores: Floats) -> Decoys:
        """Take decoys as independent."""
        return cls(scores, np.full(len(scores), 1 / len(scores)), float(len(scores)))

    def above(self, scores: Floats, tilt: float = 1.0) -> Floats:
        """Return the weight of the decoys of at least each score.

        Args:
            scores: ``(C,)``
            tilt: How many times as often as it is such a decoy may really occur.
        """
        order = np.argsort(self.scores)
        tail = np.append(np.cumsum(self.weights[order][::-1])[::-1], 0.0)
        share = tail[np.searchsorted(self.scores[order], scores, side="left")]
        return np.asarray(tilt * share / (tilt * share + 1 - share))

    def conformal(self, scores: Floats, tilt: float = 1.0) -> Floats:
        """Return conformal p values, (1 + decoys of at least the score) / (decoys + 1).

        Valid where a pair that does not bind is exchangeable with the decoys. Source: Bates et al.
        2023, doi:10.1214/22-AOS2244.
        """
        return np.asarray((1 + self.size * self.above(scores, tilt)) / (self.size + 1))


def null_share(p: Floats) -> float:
    """Return pi0 in (0, 1], the share of pairs that do not bind: those of p > .5, doubled."""
    return float(min(1.0, (1 + (p > STOREY).sum()) / (len(p) * (1 - STOREY))))


def decoy_fdr(scores: Floats, decoys: Decoys) -> Floats:
    """Return the target-decoy FDR at each score: share of decoys by share of candidates above.

    Normalised by the sizes of both sets; pi0 is taken as 1. Not made monotone, may exceed 1.
    """
    return np.asarray(decoys.above(scores) / above_share(scores))


def above_share(scores: Floats) -> Floats:
    """Return the share of the candidates that have at least each candidate's score."""
    return Decoys.of(scores).above(scores)


def monotone(scores: Floats, rates: Floats) -> Floats:
    """Return the lowest rate at which each pair is accepted: the least at its score or below it.

    >>> monotone(np.array([3.0, 2.0, 1.0]), np.array([0.2, 0.1, 0.5])).tolist()
    [0.1, 0.1, 0.5]
    """
    order = np.argsort(scores, kind="stable")
    running = np.empty_like(rates)
    running[order] = np.minimum.accumulate(rates[order])
    equal = np.unique(scores, return_inverse=True)[1]
    least = np.full(equal.max() + 1, np.inf)
    np.minimum.at(least, equal, running)
    return np.minimum(least[equal], 1.0)


def local_fdr(scores: Floats, decoys: Floats, pi0: float) -> Floats:
    """Return the local FDR of each candidate, 0..1: pi0 times the ratio of both densities.

    The ratio is that of an isotonic regression of candidate against decoy; one more decoy above
    all scores keeps it from 0.
    """
    everything = np.concatenate([scores, decoys, [max(scores.max(), decoys.max())]])
    is_candidate = np.repeat([1.0, 0.0], [len(scores), len(decoys) + 1])
    share = IsotonicRegression(y_min=0, y_max=1).fit(everything, is_candidate).predict(scores)
    odds = (1 - share) / np.maximum(share, 1e-12) * len(scores) / (len(decoys) + 1)
    return np.asarray(np.minimum(1.0, pi0 * odds))


def by_stratum(
    scores: Floats, decoys: Floats, strata: Sequence[str], of_decoys: Sequence[str]
) -> tuple[Floats, tuple[str, ...]]:
    """Return conformal p within strata (Mondrian), and the strata that have too few decoys.

    Pairs of these are compared with all decoys.
    """
    own, other = np.array(strata, object), np.array(of_decoys, object)
    p, pooled = Decoys.of(decoys).conformal(scores), []
    for name in dict.fromkeys(strata):
        mine = other == name
        if mine.sum() >= LEAST_DECOYS:
            p[own == name] = Decoys.of(decoys[mine]).conformal(scores[own == name])
        else:
            pooled.append(name)
    return p, tuple(pooled)


def certified(p: Floats, level: float) -> Mask:
    """Return which pairs Benjamini-Hochberg accepts at a level."""
    return np.asarray(benjamini_hochberg(p) <= level)


def needed_at_floor(candidates: int, decoys: float, level: float) -> int:
    """Return how many pairs must beat all decoys for any to be certified at a level.

    >>> needed_at_floor(1666, 904, 0.1)
    19
    """
    return int(np.ceil(round(candidates / ((decoys + 1) * level), 9)))


def spread_alike(first: Floats, second: Floats) -> float:
    """Return the Kolmogorov-Smirnov distance of two samples, 0..1."""
    points = np.sort(np.concatenate([first, second]))
    shares = (np.searchsorted(np.sort(x), points, side="right") / len(x) for x in (first, second))
    one, other = shares
    return float(np.abs(one - other).max())
