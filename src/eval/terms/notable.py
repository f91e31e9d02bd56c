"""Pruned overlap of two families of sets: only the pairs that a metric can depend on.

Two large families of sets have 10^8 pairs, nearly all of which share a protein or two by chance.
They are counted one set at a time, and a pair is kept only if its Jaccard is high enough, its p
value low enough, it is the best of one of its sets, or ranks high enough to be in a matching.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...similarity.compiled import compiled
from .enrichment import HypergeometricTails
from .overlap import Index, Overlap, Values

Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]

NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Least:
    """Minimum number of shared proteins for a pair to be kept, by the sizes of its sets.

    Attributes:
        row_code: ``(A,)`` which of the sizes each set of the first family has.
        column_code: ``(T,)`` the same for the second.
        shared: ``(sizes, sizes)`` int32 minimum number, `NEVER` where no number is enough.
    """

    row_code: Index
    column_code: Index
    shared: NDArray[np.int32]

    @classmethod
    def at_jaccard(cls, row_sizes: Index, column_sizes: Index, at: float) -> Least:
        """Keep pairs of Jaccard `at` or more; none for `at` above 1."""
        rows, row_code = np.unique(row_sizes, return_inverse=True)
        columns, column_code = np.unique(column_sizes, return_inverse=True)
        both, most = rows[:, None] + columns, np.minimum(rows[:, None], columns)
        guess = np.floor(at / (1 + at) * both).astype(np.int64)
        shared = np.full(both.shape, NEVER, np.int64)
        for number in (
            guess + 1,
            guess,
            guess - 1,
        ):  # off by rounding
            enough = (number >= 1) & (number <= most)
            enough &= number / np.maximum(both - number, 1) >= at
            shared[enough] = number[enough]
        return cls(row_code, column_code, shared.astype(np.int32))

    def or_below(self, tails: HypergeometricTails, p: float) -> Least:
        """Also keep pairs whose p value is below `p`; `tails` have the same sizes."""
        above = np.add.reduceat(tails.values >= p, tails.start.ravel()).reshape(tails.start.shape)
        lengths = np.diff(np.append(tails.start.ravel(), len(tails.values)))
        never = above == lengths.reshape(tails.start.shape)
        shared = np.where(never, NEVER, np.maximum(above, 1))
        return Least(
            self.row_code, self.column_code, np.minimum(self.shared, shared).astype(np.int32)
        )


@dataclass(frozen=True)
class Notable:
    """The kept pairs, and an upper bound on the scores of the others.

    Attributes:
        found: The pairs, the best of each row and of each column by Jaccard among them.
        left_out: ``(A,)`` upper bound on the matching scores of a row's other pairs; 0 where there
            are none.
    """

    found: Overlap
    left_out: Values


def notable_pairs(
    members: sparse.csr_array,
    by_protein: sparse.csr_array,
    least: Least,
    matched: Mask | None = None,
    top: int = 0,
) -> Notable:
    """Return the pairs that share enough proteins, and the `top` matching pairs of each row.

    Args:
        members: ``(A, N)`` memberships of the first family; stored entries count.
        by_protein: ``(N, T)`` memberships of the second family, proteins in rows.
        least: Minimum numbers of shared proteins.
        matched: ``(T,)`` columns that may be matched one to one, None for none.
        top: Number of them kept for each row, by ``shared^2 / (size * size)``; ties with the last
            are kept too.

    Cost: the time of the sparse product; the memory of the kept pairs.
    """
    rows, columns = _sets(members, least.row_code), _sets(by_protein, least.column_code)
    of_columns = np.bincount(by_protein.indices, minlength=by_protein.shape[1]).astype(np.int64)
    if matched is None:
        matched = np.zeros(len(of_columns), bool)
    row, column, shared, left_out = _scan(rows, columns, of_columns, least.shared, matched, top)
    return Notable(Overlap(row, column, shared, np.diff(rows.indptr), of_columns), left_out)


def tail_counts(
    members: sparse.csr_array, by_protein: sparse.csr_array, tails: HypergeometricTails
) -> NDArray[np.int64]:
    """Return the number of pairs that share a protein with each of the tails' values."""
    counts = np.zeros(len(tails.values), np.int64)
    _tally(
        _sets(members, tails.row_size), _sets(by_protein, tails.column_size), tails.start, counts
    )
    return counts


class Sets(NamedTuple):
    """A CSR matrix of memberships, with the size code of each set."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    code: NDArray[np.int64]


def _sets(matrix: sparse.csr_array, code: Index) -> Sets:
    return Sets(*(np.asarray(part, np.int64) for part in (matrix.indptr, matrix.indices, code)))


@compiled
def _count(row: int, rows: Sets, columns: Sets, shared: Counts, touched: Counts) -> int:
    """Count the proteins shared with each column; return the number of columns touched."""
    n = 0
    for k in range(rows.indptr[row], rows.indptr[row + 1]):
        protein = rows.indices[k]
        for entry in range(columns.indptr[protein], columns.indptr[protein + 1]):
            column = columns.indices[entry]
            if shared[column] == 0:
                touched[n] = column
                n += 1
            shared[column] += 1
    return n


@compiled
def _tally(rows: Sets, columns: Sets, start: Counts, counts: Counts) -> None:
    shared, touched = np.zeros(len(columns.code), np.int64), np.empty(len(columns.code), np.int64)
    for row in range(len(rows.code)):
        for k in range(_count(row, rows, columns, shared, touched)):
            column = touched[k]
            counts[start[rows.code[row], columns.code[column]] + shared[column]] += 1
            shared[column] = 0


@compiled
def _scan(
    rows: Sets,
    columns: Sets,
    column_sizes: Counts,
    least: NDArray[np.int32],
    matched: Mask,
    top: int,
) -> tuple[Counts, Counts, Counts, Values]:
    """Return row, column and shared proteins of kept pairs, and the best score left out."""
    width = len(column_sizes)
    shared, touched, scores = np.zeros(width, np.int64), np.empty(width, np.int64), np.empty(width)
    best, best_kept = np.zeros(width), np.ones(width, np.bool_)
    best_row, best_shared = np.zeros(width, np.int64), np.zeros(width, np.int64)
    left_out, kept, used = np.zeros(len(rows.code)), np.empty((1024, 3), np.int64), 0
    for row in range(len(rows.code)):
        size = rows.indptr[row + 1] - rows.indptr[row]
        n = _count(row, rows, columns, shared, touched)
        if used + n + width > len(kept):
            longer = np.empty((2 * (used + n + width), 3), np.int64)
            longer[:used] = kept[:used]
            kept = longer
        first, of_first, ranked = -1, 0.0, 0
        for k in range(n):
            column = touched[k]
            number = shared[column]
            jaccard = number / (size + column_sizes[column] - number)
            if jaccard > best[column]:
                best[column], best_kept[column] = jaccard, False
                best_row[column], best_shared[column] = row, number
            if jaccard > of_first or (jaccard == of_first and column < first):
                first, of_first = column, jaccard
            if matched[column]:
                scores[ranked] = number * number / (size * column_sizes[column])
                ranked += 1
        cut = 0.0 if ranked <= top else np.partition(scores[:ranked], ranked - top)[ranked - top]
        for k in range(n):
            column = touched[k]
            number = shared[column]
            shared[column] = 0
            score = number * number / (size * column_sizes[column]) if matched[column] else -1.0
            enough = number >= least[rows.code[row], columns.code[column]]
            if enough or column == first or score >= cut:
                kept[used, 0], kept[used, 1], kept[used, 2] = row, column, number
                used += 1
                best_kept[column] |= best_row[column] == row
            elif score > left_out[row]:
                left_out[row] = score
    for column in np.flatnonzero(~best_kept):
        kept[used, 0], kept[used, 1], kept[used, 2] = best_row[column], column, best_shared[column]
        used += 1
    return kept[:used, 0].copy(), kept[:used, 1].copy(), kept[:used, 2].copy(), left_out
