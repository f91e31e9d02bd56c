"""How much of a reference comes back in a map: recovered terms and maximum matching ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from .overlap import Index, Overlap, Values, overlap

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SIZES = ((4, 10), (10, 50), (50, 500))
"""Least size, and the size below which, terms are small, medium and large."""


def recovered_terms(found: Overlap, at: float = 0.5) -> NDArray[np.bool_]:
    """Return ``(T,)`` whether some assembly reaches Jaccard `at` with each term."""
    hit = np.zeros(len(found.column_sizes), bool)
    hit[found.column[found.jaccard >= at]] = True
    return hit


def group_terms(annotations: sparse.csr_array, at: float = 0.5) -> Index:
    """Return ``(T,)`` group numbers: terms of Jaccard >= `at` are linked (single linkage).

    Near-copies of one complex fall into one group, so that recovering them all counts once.

    Args:
        annotations: ``(U, T)`` proteins x terms.
        at: Jaccard from which two terms are linked, in (0, 1].
    """
    terms = sparse.csr_array(annotations.T.tocsr())
    pairs = overlap(terms, annotations)
    close = pairs.jaccard >= at
    links = (np.ones(close.sum(), bool), (pairs.row[close], pairs.column[close]))
    graph = sparse.coo_array(links, shape=(terms.shape[0],) * 2)
    return np.asarray(sparse.csgraph.connected_components(graph, directed=False)[1], np.intp)


def recovery_curve(found: Overlap, assemblies: int, groups: Index) -> pd.DataFrame:
    """Return precision, recall and F1 of assemblies against terms over thresholds.

    At a Jaccard of ``at``, ``precision`` is the share of all assemblies that reach it with some
    term, ``recall`` the share of groups of similar terms with a term that some assembly reaches,
    ``f1`` their harmonic mean. Chance level: by label permutation. Best: 1.

    Args:
        found: Overlaps of assemblies (rows) and terms (columns).
        assemblies: Number of assemblies, those without annotated members included.
        groups: ``(T,)`` from `group_terms`.
    """
    rows = []
    for at in THRESHOLDS:
        close = found.jaccard >= at
        precision = len(np.unique(found.row[close])) / assemblies
        recall = len(np.unique(groups[found.column[close]])) / (int(groups.max()) + 1)
        rows.append((at, precision, recall, f1(precision, recall)))
    return pd.DataFrame(rows, columns=["at", "precision", "recall", "f1"])


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean of two shares; 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


@dataclass(frozen=True)
class MatchingScores:
    """Overlap scores of assemblies and terms, of which one-to-one matchings are made.

    Attributes:
        row: ``(P,)`` assemblies.
        column: ``(P,)`` terms.
        score: ``(P,)`` ``shared^2 / (assembly size * term size)``, in (0, 1].
        counts: ``(T,)`` whether a term has a size that counts.
    """

    row: Index
    column: Index
    score: Values
    counts: NDArray[np.bool_]

    @classmethod
    def of(cls, found: Overlap, max_size: int = 100, min_size: int = 4) -> MatchingScores:
        """Score the pairs that share a protein.

        Args:
            found: Overlaps of assemblies (rows) and terms (columns).
            max_size: Largest size of the terms that count: larger ones are no complexes.
            min_size: Least size of them.
        """
        counts = (found.column_sizes >= min_size) & (found.column_sizes <= max_size)
        pair = np.flatnonzero(counts[found.column])
        row, column, shared = found.row[pair], found.column[pair], found.shared[pair]
        score = shared**2 / (found.row_sizes[row] * found.column_sizes[column])
        return cls(row, column, score, counts)


def matching_f1(scores: MatchingScores, assemblies: int, groups: Index) -> float:
    """Return how well assemblies and groups of similar terms match one to one, in 0..1.

    Each assembly is matched to at most one group and each group to at most one assembly, so that
    the summed overlap score of the group's best term is largest. That sum over the number of
    assemblies is a precision, over the number of groups a recall; this is their harmonic mean,
    ``2 sum / (assemblies + groups)``. As every assembly that matches nothing new adds to the
    denominator alone, small ones by the thousand, copies and giants lower it. Chance level: by
    label permutation. Best: 1.

    Args:
        scores: Overlap scores.
        assemblies: Number of assemblies, those without annotated members included.
        groups: ``(T,)`` from `group_terms`.

    Returns:
        The mean; NaN when no term has the size.

    Source: the matching of Nepusz et al., Nat. Methods 9:471 (2012), doi:10.1038/nmeth.1938, on
    groups, and its precision.
    """
    if not scores.counts.any():
        return float("nan")
    asked = np.unique(groups[scores.counts])
    best = _matched(scores.row, groups[scores.column], scores.score)
    return 2 * best / (assemblies + len(asked))


def maximum_matching_ratio(scores: MatchingScores) -> float:
    """Return the maximum matching ratio of assemblies and terms, in 0..1.

    Terms and assemblies are matched one to one so that the summed overlap score is largest; the
    sum is divided by the number of terms. Chance level: by label permutation. Best: 1, every term
    is an assembly.

    Returns:
        The ratio; NaN when no term has the size.

    Source: Nepusz et al., Nat. Methods 9:471 (2012), doi:10.1038/nmeth.1938.
    Cost: .02 s for 278 assemblies x 1,200 terms.
    """
    if not scores.counts.any():
        return float("nan")
    return _matched(scores.row, scores.column, scores.score) / int(scores.counts.sum())


def _matched(row: Index, column: Index, score: Values) -> float:
    """Largest sum of scores with each row and column used once; of repeated pairs the best."""
    if not len(row):
        return 0.0
    (i, rows), (j, columns) = _compact(row), _compact(column)
    table = np.zeros((rows, columns))
    np.maximum.at(table, (i, j), score)
    best = linear_sum_assignment(table, maximize=True)
    return float(table[best].sum())


def _compact(codes: Index) -> tuple[Index, int]:
    """Number the codes that occur from 0 on; return also how many there are."""
    present = np.bincount(codes) > 0
    place = np.cumsum(present) - 1
    return place[codes], int(place[-1]) + 1
