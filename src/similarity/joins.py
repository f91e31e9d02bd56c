"""Set similarity join: all pairs of sets above a Jaccard threshold, by prefix filtering.

Two similar sets must share some of their rarest members, so that only pairs which do are compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .compiled import compiled

Indices = NDArray[np.int64]

BOUND_TOLERANCE = 1e-9
"""Tolerance of bounds, so that rounding drops no pair; each is then checked exactly."""

RARE_SHARED_MEMBERS = 6
"""Rare members that two sets must share to be compared; fewer where a set has to share fewer."""


def similar_pairs(sets: sparse.csr_array, at: float) -> tuple[Indices, Indices]:
    """Return the pairs ``i < j`` of rows whose Jaccard is at least `at`, in (0, 1].

    Args:
        sets: ``(T, N)`` memberships; stored entries count, their values do not.
        at: Minimum Jaccard.

    Source: the prefix filter of Bayardo et al., Scaling up all pairs similarity search, WWW 2007,
    doi:10.1145/1242572.1242591, with several common members instead of one: Wang et al., Can we
    beat the prefix filtering?, SIGMOD 2012, doi:10.1145/2213836.2213847.
    """
    order = np.argsort(np.diff(sets.indptr), kind="stable")  # the smaller ones first
    frequency = np.bincount(sets.indices, minlength=sets.shape[1])
    rank = np.empty(sets.shape[1], np.int64)
    rank[np.argsort(frequency, kind="stable")] = np.arange(sets.shape[1])
    ordered = sparse.csr_array(sets[order])
    ranked = (np.ones(ordered.nnz, bool), rank[ordered.indices], ordered.indptr)
    ascending = sparse.csr_array(ranked, shape=sets.shape)
    ascending.sort_indices()
    sizes = np.diff(ascending.indptr).astype(np.int64)
    # A set shares at least these numbers of members with a similar smaller one, or larger one.
    with_smaller, with_larger = _least(sizes, at), _least(sizes, 2 * at / (1 + at))
    holders = _holders(ascending, _prefix(sizes, with_larger))
    prefix = _prefix(sizes, with_smaller)
    rows = (ascending.indptr.astype(np.int64), ascending.indices.astype(np.int64), prefix)
    common = (
        np.minimum(with_smaller, RARE_SHARED_MEMBERS),
        np.minimum(with_larger, RARE_SHARED_MEMBERS),
    )
    pairs = np.sort(order[_joined(rows, holders, common, at)], axis=1)
    return pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64)


def _least(sizes: Indices, share: float) -> Indices:
    return np.asarray(np.maximum(np.ceil(share * sizes - BOUND_TOLERANCE), 1).astype(np.int64))


def _prefix(sizes: Indices, least: Indices) -> Indices:
    """Return how many of the rarest members contain `RARE_SHARED_MEMBERS` of those to be shared."""
    return np.asarray(np.minimum(sizes - least + np.minimum(least, RARE_SHARED_MEMBERS), sizes))


def _holders(ascending: sparse.csr_array, prefix: Indices) -> tuple[Indices, Indices]:
    """Return the sets that have each member among their rarest."""
    sizes = np.diff(ascending.indptr)
    place = np.arange(ascending.nnz) - np.repeat(ascending.indptr[:-1], sizes)
    rare = np.flatnonzero(place < np.repeat(prefix, sizes))
    row = np.repeat(np.arange(len(sizes)), sizes)[rare]
    member = ascending.indices[rare]
    order = np.lexsort((row, member))
    starts = np.append(0, np.cumsum(np.bincount(member, minlength=ascending.shape[1])))
    return starts.astype(np.int64), row[order].astype(np.int64)


@compiled
def _joined(
    sets: tuple[Indices, Indices, Indices],
    holders: tuple[Indices, Indices],
    common: tuple[Indices, Indices],
    at: float,
) -> Indices:
    indptr, indices, prefix = sets
    starts, ends = holders
    counts, candidates = np.zeros(len(prefix), np.int32), np.empty(len(prefix), np.int64)
    holder = np.full(len(starts), -1, np.int32)
    pairs, used = np.empty((1024, 2), np.int64), 0
    for row in range(len(prefix)):
        size, n = indptr[row + 1] - indptr[row], 0
        for k in range(indptr[row], indptr[row] + prefix[row]):
            for entry in range(starts[indices[k]], starts[indices[k] + 1]):
                other = ends[entry]
                if other >= row:
                    break
                if counts[other] == 0:
                    candidates[n] = other
                    n += 1
                counts[other] += 1
        for k in range(indptr[row], indptr[row + 1]):
            holder[indices[k]] = row
        for other in candidates[:n]:
            in_both, counts[other] = counts[other], 0
            theirs = indptr[other + 1] - indptr[other]
            if (
                in_both < min(common[0][row], common[1][other])
                or theirs < at * size - BOUND_TOLERANCE
            ):
                continue
            least = at / (1 + at) * (size + theirs) - BOUND_TOLERANCE
            shared = _shared(indices[indptr[other] : indptr[other + 1]], holder, row, least)
            if shared / (size + theirs - shared) < at:
                continue
            if used == len(pairs):
                longer = np.empty((2 * used, 2), np.int64)
                longer[:used] = pairs
                pairs = longer
            pairs[used, 0], pairs[used, 1] = other, row
            used += 1
    return pairs[:used]


@compiled
def _shared(members: Indices, holder: NDArray[np.int32], row: int, least: float) -> int:
    """Count the members that a row holds; 0 as soon as they cannot be as many as `least`."""
    shared, left = 0, len(members)
    for member in members:
        shared += holder[member] == row
        left -= 1
        if shared + left < least:
            return 0
    return shared
