"""Ranking of pairs to fold: probability of direct binding x novelty per GPU hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from ..complexes import Floats, Index, Mask
from .pairs import Ends

GROUPS = 6
"""Groups of proteins: a pair is judged by a model of pairs of the four groups it is not in."""

LEAST_KNOWN = 20
"""Known pairs that a model is fitted to."""

STRENGTH = 0.1
"""Inverse of the ridge penalty, on standardised features."""

POINTS = ((1024, 62.0), (3072, 703.0))
"""Residues and seconds of one prediction: AlphaFold 3 on one A100 of 80 GB, from its
documentation (docs/performance.md)."""


@dataclass(frozen=True)
class Cost:
    """GPU time of a prediction: a constant, and the square of its residues.

    Attributes:
        constant: Seconds.
        square: Seconds a residue squared.
    """

    constant: float
    square: float

    @classmethod
    def through(cls, points: tuple[tuple[float, float], tuple[float, float]] = POINTS) -> Cost:
        """Return the cost curve through two measured points (residues, seconds)."""
        (first, early), (second, late) = points
        square = (late - early) / (second**2 - first**2)
        return cls(max(0.0, early - square * first**2), square)

    def hours(self, residues: Floats) -> Floats:
        """Return GPU hours of predictions of so many residues."""
        return np.asarray((self.constant + self.square * residues**2) / 3600)


def protein_disjoint(
    features: Floats, known: Mask, ends: Ends, rng: np.random.Generator
) -> Floats | None:
    """Return the chance of each pair to be known, by logistic models of pairs of other proteins.

    Proteins are put into groups at random. A pair is judged by a model fitted to the pairs both of
    whose proteins are in other groups than its own two.

    Args:
        features: ``(P, F)``
        known: ``(P,)`` whether a reference has the pair.
        ends: ``(P, 2)`` both proteins.
        rng: Source of chance.

    Returns:
        ``(P,)`` in 0..1; None where a model would have too few known pairs.
    """
    group = rng.integers(GROUPS, size=int(ends.max()) + 1)[ends]
    predicted = np.full(len(ends), np.nan)
    for a in range(GROUPS):
        for b in range(a, GROUPS):
            judged = (np.sort(group, axis=1) == (a, b)).all(axis=1)
            others = ~np.isin(group, (a, b)).any(axis=1)
            if not judged.any():
                continue
            if known[others].sum() < LEAST_KNOWN / 2 or known[others].all():
                return None
            predicted[judged] = _fitted(features[others], known[others], features[judged])
    return predicted


def _fitted(features: Floats, known: Mask, judged: Floats) -> Floats:
    scaler = StandardScaler().fit(features)
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(scaler.transform(features), known)
    return np.asarray(model.predict_proba(scaler.transform(judged))[:, 1])


def spread(value: Floats, assembly: Index) -> Floats:
    """Return the gain of each pair when pairs are taken one by one, each the best then.

    The k-th pair of an assembly counts 1/k, so that every assembly gets its first pairs before any
    gets its last: the greedy maximum of a submodular sum.
    """
    order = np.argsort(-value, kind="stable")
    seen: dict[int, int] = {}
    gain = np.empty(len(value))
    for row in order.tolist():
        seen[int(assembly[row])] = rank = seen.get(int(assembly[row]), 0) + 1
        gain[row] = value[row] / rank
    return gain


def area(hits: Mask, cost: Floats, order: Index) -> float:
    """Return the area under share of hits by share of cost when pairs are folded in an order.

    .5 is chance; 1 is the best.
    """
    spent = np.cumsum(cost[order]) / cost.sum()
    share = np.cumsum(hits[order]) / hits.sum()
    before = np.concatenate([[0.0], share[:-1]])
    return float((np.diff(spent, prepend=0.0) * (share + before) / 2).sum())


def cost_of_share(hits: Mask, cost: Floats, order: Index, share: float) -> float:
    """Return which share of the whole cost has been spent when a share of the hits is found."""
    recovered = np.cumsum(hits[order]) / hits.sum()
    place = int(np.searchsorted(recovered, share - 1e-12))
    return float(np.cumsum(cost[order])[place] / cost.sum())
