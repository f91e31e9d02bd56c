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
Short = NDArray[np.int32]

UNREACHABLE = np.iinfo(np.int32).max

DENSE_SHARE = 8
"""A set that shares a protein with more than one in so many others reads them in order."""


@dataclass(frozen=True)
class Least:
    """Minimum number of shared proteins for a pair to be kept, by the sizes of its sets.

    Attributes:
        row_code: ``(A,)`` which of the sizes each set of the first family has.
        column_code: ``(T,)`` the same for the second.
        shared: ``(sizes, sizes)`` int32 minimum number, `UNREACHABLE` where no number is enough.
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
        shared = np.full(both.shape, UNREACHABLE, np.int64)
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
        shared = np.where(never, UNREACHABLE, np.maximum(above, 1))
        return Least(
            self.row_code, self.column_code, np.minimum(self.shared, shared).astype(np.int32)
        )


@dataclass(frozen=True)
class Notable:
    """The kept pairs, and an upper bound on the scores of the others.

    Attributes:
        overlap: The pairs, the best of each row and of each column by Jaccard among them.
        left_out: ``(A,)`` upper bound on the matching scores of a row's other pairs; 0 where there
            are none.
    """

    overlap: Overlap
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
    of_columns = np.bincount(by_protein.indices, minlength=by_protein.shape[1])
    if matched is None:
        matched = np.zeros(len(of_columns), bool)
    row, column, shared, left_out = _scan(
        rows, columns, of_columns.astype(np.int32), least.shared, matched, top
    )
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
    indices: NDArray[np.int32]
    code: NDArray[np.int64]


def _sets(matrix: sparse.csr_array, code: Index) -> Sets:
    # Short integers: the columns' arrays then fit a processor's cache.
    indices = np.asarray(matrix.indices, np.int32)
    return Sets(np.asarray(matrix.indptr, np.int64), indices, np.asarray(code, np.int64))


@compiled
def _count(row: int, rows: Sets, columns: Sets, shared: Short, touched: Short) -> int:
    """Count the proteins shared with each column; return the number of columns touched.

    Where those are many, all columns are read in order instead of listing each when it is touched.
    """
    n, entries, width = 0, 0, len(shared)
    proteins = rows.indices[rows.indptr[row] : rows.indptr[row + 1]]
    for protein in proteins:
        entries += columns.indptr[protein + 1] - columns.indptr[protein]
    if entries * DENSE_SHARE < width:
        for protein in proteins:
            for column in columns.indices[columns.indptr[protein] : columns.indptr[protein + 1]]:
                if shared[column] == 0:
                    touched[n] = column
                    n += 1
                shared[column] += 1
        return n
    for protein in proteins:
        for column in columns.indices[columns.indptr[protein] : columns.indptr[protein + 1]]:
            shared[column] += 1
    for column in range(width):
        touched[n] = column
        n += shared[column] > 0
    return n


@compiled
def _tally(rows: Sets, columns: Sets, start: Counts, counts: Counts) -> None:
    width = len(columns.code)
    shared, touched = np.zeros(width, np.int32), np.empty(width + 1, np.int32)
    for row in range(len(rows.code)):
        begin = start[rows.code[row]]
        for k in range(_count(row, rows, columns, shared, touched)):
            column = touched[k]
            counts[begin[columns.code[column]] + shared[column]] += 1
            shared[column] = 0


@compiled
def _enter(score: float, top: Values) -> None:
    """Put a score into a binary heap of the highest ones, in place of the lowest."""
    k = 0
    while 2 * k + 1 < len(top):
        child = 2 * k + 1
        if child + 1 < len(top) and top[child + 1] < top[child]:
            child += 1
        if top[child] >= score:
            break
        top[k] = top[child]
        k = child
    top[k] = score


@compiled
def _scan(
    rows: Sets,
    columns: Sets,
    column_sizes: Short,
    least: Short,
    matched: Mask,
    top: int,
) -> tuple[Counts, Counts, Counts, Values]:
    """Return row, column and shared proteins of kept pairs, and the best score left out."""
    width = len(column_sizes)
    shared, touched = np.zeros(width, np.int32), np.empty(width + 1, np.int32)
    best, best_kept = np.zeros(width), np.ones(width, np.bool_)
    best_row, best_shared = np.zeros(width, np.int32), np.zeros(width, np.int32)
    left_out, kept, used = np.zeros(len(rows.code)), np.empty((1024, 3), np.int64), 0
    highest = np.empty(max(top, 1))
    for row in range(len(rows.code)):
        size = rows.indptr[row + 1] - rows.indptr[row]
        n = _count(row, rows, columns, shared, touched)
        if used + n + width > len(kept):
            longer = np.empty((2 * (used + n + width), 3), np.int64)
            longer[:used] = kept[:used]
            kept = longer
        first, of_first = -1, 0.0
        highest[:] = 0.0
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
                score = number * number / (size * column_sizes[column])
                if score > highest[0]:
                    _enter(score, highest)
        cut = highest[0] if top > 0 else np.inf
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
