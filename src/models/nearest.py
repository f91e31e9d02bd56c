"""The nearest others of each protein, and where several embeddings disagree on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..artifacts import Floats

ROWS_AT_ONCE = 2048
"""Proteins whose similarities to all others are held together: 160 MB at 20,000 proteins."""


def cosines_to_others(vectors: Floats) -> Iterator[tuple[slice, Floats]]:
    """Yield blocks of rows and their cosines with all, ``(B, N)``; with themselves minus infinity.

    Args:
        vectors: ``(N, D)``, rows of norm 1 or 0.
    """
    for low in range(0, len(vectors), ROWS_AT_ONCE):
        cosines = vectors[low : low + ROWS_AT_ONCE] @ vectors.T
        rows = np.arange(len(cosines))
        cosines[rows, low + rows] = -np.inf
        yield slice(low, low + len(rows)), cosines


def nearest(vectors: Floats, count: int) -> NDArray[np.int64]:
    """Return the rows of each protein's nearest others, ``(N, count)``, ascending by row.

    Args:
        vectors: ``(N, D)``, N > `count`, rows of norm 1 or 0.
        count: >= 0.
    """
    found = np.empty((len(vectors), count), np.int64)
    for rows, cosines in cosines_to_others(vectors):
        near = np.argpartition(-cosines, max(count - 1, 0), axis=1)[:, :count]
        found[rows] = np.sort(near, axis=1)
    return found


def disagreement(embeddings: Sequence[Floats], neighbours: int) -> Floats:
    """Return the share of a protein's nearest others on which embeddings differ, ``(N,)``, 0 .. 1.

    The mean over all pairs of embeddings; 1 where no two of them share a neighbour. Where all
    place proteins at random it is near 1, so it tells how far a protein's place is a choice of
    the seed; it says nothing of an error that all of them share.

    Args:
        embeddings: At least 2 of ``(N, D)``, N >= 2, rows of norm 1 or 0.
        neighbours: How many are the nearest, >= 1; at most all others.
    """
    count = min(neighbours, len(embeddings[0]) - 1)
    sets = [nearest(vectors, count) for vectors in embeddings]
    total = np.zeros(len(sets[0]))
    pairs = list(combinations(sets, 2))
    for one, other in pairs:
        both = np.sort(np.concatenate([one, other], axis=1), axis=1)
        total += (both[:, 1:] == both[:, :-1]).sum(axis=1)
    return np.asarray(1 - total / (count * len(pairs)), np.float32)
