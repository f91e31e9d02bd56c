"""Cosine similarity of vectors: unit rows, blocks of cosines, k nearest neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Real = TypeVar("Real", bound=np.floating)

ROWS_AT_ONCE = 2048
"""Rows whose cosines to all are in memory at a time: 160 MB of float32 for 20,000 proteins."""


def unit_rows(vectors: NDArray[Real]) -> NDArray[Real]:
    """Return vectors scaled to norm 1 along the last axis, in their own precision.

    A vector of zeros stays one, so that its cosine with any other is 0. No epsilon is added to a
    norm: two vectors of one direction are equal afterwards, however short one of them is.
    """
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1).astype(vectors.dtype), vectors.dtype)


def largest(values: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Return the columns of the `count` largest values of each row, in no order.

    Args:
        values: ``(R, N)``; of equal values any may be chosen.
        count: At least 0; at most N are returned.
    """
    kept = min(count, values.shape[1])
    return np.argpartition(-values, max(kept - 1, 0), axis=1)[:, :kept]


def cosine_blocks(unit: NDArray[Real]) -> Iterator[tuple[slice, NDArray[Real]]]:
    """Yield blocks of rows with their cosines to all rows, ``(B, N)``; to itself minus infinity.

    Args:
        unit: ``(N, D)``, rows of norm 1 or 0.
    """
    for low in range(0, len(unit), ROWS_AT_ONCE):
        cosines = unit[low : low + ROWS_AT_ONCE] @ unit.T
        rows = np.arange(len(cosines))
        cosines[rows, low + rows] = -np.inf
        yield slice(low, low + len(rows)), cosines


def nearest_rows(unit: NDArray[Real], count: int) -> tuple[NDArray[np.int64], NDArray[Real]]:
    """Return the nearest other rows of each row by cosine, and their cosines, both ``(N, K)``.

    The nearest comes first, of equals the one with the lower number; K is `count`, or N - 1 if
    that is less.

    Args:
        unit: ``(N, D)``, rows of norm 1 or 0.
        count: At least 0.
    """
    kept = max(min(count, len(unit) - 1), 0)
    rows = np.empty((len(unit), kept), np.int64)
    cosines = np.empty((len(unit), kept), unit.dtype)
    for block, values in cosine_blocks(unit):
        columns = largest(values, kept)
        chosen = np.take_along_axis(values, columns, axis=1)
        order = np.lexsort((columns, -chosen))
        rows[block] = np.take_along_axis(columns, order, axis=1)
        cosines[block] = np.take_along_axis(chosen, order, axis=1)
    return rows, cosines
