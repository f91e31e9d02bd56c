"""One-to-one matching of assemblies and terms: maximum matching ratio and matching F1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from .notable import Notable
from .overlap import Index, Overlap, Values

SMALLEST_MATCHED = 4
"""Minimum size of a term that is matched."""


@dataclass(frozen=True)
class MatchingScores:
    """Overlap scores of assemblies and terms, for one-to-one matchings.

    Attributes:
        row: ``(P,)`` assemblies.
        column: ``(P,)`` terms.
        score: ``(P,)`` ``shared^2 / (assembly size * term size)``, in (0, 1].
        counts: ``(T,)`` whether a term has a size that counts.
        left_out: ``(A,)`` upper bound on the scores of an assembly's pairs that are not listed; 0
            where all are.
    """

    row: Index
    column: Index
    score: Values
    counts: NDArray[np.bool_]
    left_out: Values

    @classmethod
    def of(
        cls, overlap: Overlap, max_size: int = 100, min_size: int = SMALLEST_MATCHED
    ) -> MatchingScores:
        """Score the pairs that share a protein.

        Args:
            overlap: Overlaps of assemblies (rows) and terms (columns), all of them.
            max_size: Maximum size of the terms that count: larger ones are no complexes.
            min_size: Minimum size of them.
        """
        counts = (overlap.column_sizes >= min_size) & (overlap.column_sizes <= max_size)
        return cls.among(Notable(overlap, np.zeros(len(overlap.row_sizes))), counts)

    @classmethod
    def among(cls, pairs: Notable, counts: NDArray[np.bool_]) -> MatchingScores:
        """Score the kept pairs of terms that count."""
        overlap = pairs.overlap
        pair = np.flatnonzero(counts[overlap.column])
        row, column, shared = overlap.row[pair], overlap.column[pair], overlap.shared[pair]
        score = shared**2 / (overlap.row_sizes[row] * overlap.column_sizes[column])
        return cls(row, column, score, counts, pairs.left_out)

    def best_sum(self, column: Index) -> float:
        """Return the largest sum of scores with each assembly and each column used once.

        Args:
            column: ``(P,)`` the term, or group of terms, of each pair; the best of duplicates
                counts.

        Raises:
            PairsLeftOutError: If a pair that is not listed may be part of the optimum.
        """
        if not len(self.row):
            return 0.0
        rows, columns = len(self.left_out), int(column.max()) + 1
        pair = self.row.astype(np.int64) * columns + column
        order = np.argsort(pair, kind="stable")  # fast: pairs come nearly in order
        pair = pair[order]
        first = np.flatnonzero(np.append(True, np.diff(pair) != 0))
        row, column = np.divmod(pair[first], columns)
        score = np.maximum.reduceat(self.score[order], first)
        # Each assembly also gets a column of its own, with the upper bound of its unlisted pairs as
        # score. If the optimum uses none with a bound above 0, no unlisted pair can be part of it.
        own = np.arange(rows)
        table = sparse.coo_array(
            (
                1 + np.concatenate([score, self.left_out]),
                (np.append(row, own), np.append(column, columns + own)),
            ),
            shape=(rows, columns + rows),
        ).tocsr()  # shifted above 0, since stored zeros are no edges; each row adds 1 to the sum
        taken = min_weight_full_bipartite_matching(table, maximize=True)
        if self.left_out[taken[0][taken[1] >= columns]].any():
            raise PairsLeftOutError
        return float((table[taken] - 1).sum())


class PairsLeftOutError(Exception):
    """A matching depends on pairs that are not listed."""


def matching_f1(scores: MatchingScores, assemblies: int, groups: Index) -> float:
    """Return the F1 of the one-to-one matching of assemblies and groups of similar terms, in 0..1.

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

    Raises:
        PairsLeftOutError: If it depends on pairs that were left out.

    Source: the matching of Nepusz et al., Nat. Methods 9:471 (2012), doi:10.1038/nmeth.1938, on
    groups, and its precision.
    """
    if not scores.counts.any():
        return float("nan")
    distinct = np.unique(groups[scores.counts])
    return 2 * scores.best_sum(groups[scores.column]) / (assemblies + len(distinct))


def maximum_matching_ratio(scores: MatchingScores) -> float:
    """Return the maximum matching ratio of assemblies and terms, in 0..1.

    Terms and assemblies are matched one to one so that the summed overlap score is largest; the
    sum is divided by the number of terms. Chance level: by label permutation. Best: 1, every term
    is an assembly.

    Returns:
        The ratio; NaN when no term has the size.

    Raises:
        PairsLeftOutError: If it depends on pairs that were left out.

    Source: Nepusz et al., Nat. Methods 9:471 (2012), doi:10.1038/nmeth.1938.
    """
    if not scores.counts.any():
        return float("nan")
    return scores.best_sum(scores.column) / int(scores.counts.sum())
