"""UMAP layout in two dimensions, compiled by numba.

Each protein is joined to its nearest neighbours with a weight of 1 for the nearest that falls to
what makes the weights sum to log2 k; weights of both directions are united as probabilities. From
the principal components, joined proteins then attract each other as often as their weight says, and
each pushes random others away.

Source: McInnes et al. 2018, doi:10.21105/joss.00861; started from principal components, as Kobak &
Linderman 2021, doi:10.1038/s41587-020-00809-z, advise. Written anew since umap-learn compiles for
eight seconds in every process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..similarity.nearest import nearest_rows

F = TypeVar("F", bound=Callable[..., object])
Indices = NDArray[np.int32]
Floats = NDArray[np.float64]
Places = NDArray[np.float32]

A, B = np.float32(1.5769), np.float32(0.8951)
"""1 / (1 + A d^2B) is near 1 up to the distance .1, then falls as exp(.1 - d): umap-learn's fit."""
EPOCHS = 200
"""Passes, umap-learn's number for large data. On 6,239 proteins of BioPlex and LOPIT the
trustworthiness of 15 neighbours is .967, that of umap-learn's 500 passes .969."""
REPELLED = 5
"""Random others pushed away for each attraction, the published number."""
LARGEST_STEP = np.float32(4)


def compiled(function: F) -> F:
    """Compile once for all processes; sums may be reordered, as in umap-learn."""
    return cast(F, numba.njit(cache=True, fastmath=True, nogil=True)(function))


def umap(unit: Places, start: Floats, neighbours: int, seed: int) -> Places:
    """Return ``(N, 2)`` places of ``(N, D)`` unit vectors by cosine distance; the same every time.

    Args:
        unit: Rows of unit length, more than `neighbours`.
        start: ``(N, 2)`` places to begin with.
        neighbours: Number of nearest neighbours, including the protein itself.
        seed: Seed of the negative samples.
    """
    joined = fuzzy_set(*nearest(unit, neighbours)).tocoo()
    lively = joined.data >= joined.data.max() / EPOCHS
    period = joined.data.max() / joined.data[lively]
    extent = np.ptp(start, axis=0)
    spread = 10 * (start - start.min(axis=0)) / np.where(extent > 0, extent, 1)
    noise = np.random.default_rng(seed).normal(0, 1e-4, spread.shape)
    places: Places = (spread + noise).astype(np.float32)
    head, tail = (side[lively].astype(np.int32) for side in joined.coords)
    _move(places, head, tail, period, seed)
    return places


def nearest(unit: Places, count: int) -> tuple[Indices, Floats]:
    """Return ``(N, count)`` nearest rows, each itself first, and their cosine distances."""
    others, cosines = nearest_rows(unit, count - 1)
    rows = np.column_stack([np.arange(len(unit)), others]).astype(np.int32)
    distances = np.zeros(rows.shape)
    distances[:, 1:] = np.maximum(1 - cosines, 0)
    return rows, distances


def fuzzy_set(rows: Indices, distances: Floats) -> sparse.csr_array:
    """Return the symmetric ``(N, N)`` weights in 0..1 of neighbours and their distances."""
    n, k = rows.shape
    positive = np.where(distances > 0, distances, np.inf).min(axis=1)
    beyond = np.maximum(distances[:, 1:] - np.where(np.isfinite(positive), positive, 0)[:, None], 0)
    low, scale, high = np.zeros(n), np.ones(n), np.full(n, np.inf)
    for _ in range(64):
        above = np.exp(-beyond / scale[:, None]).sum(axis=1) > np.log2(k)
        high, low = np.where(above, scale, high), np.where(above, low, scale)
        scale = np.where(np.isfinite(high), (low + high) / 2, scale * 2)
        scale = np.clip(scale, 1e-12, 1e12)
    scale = np.maximum(scale, 1e-3 * np.maximum(distances.mean(axis=1), 1e-9))
    weights = np.exp(-beyond / scale[:, None])
    starts = np.arange(0, n * (k - 1) + 1, k - 1)
    one = sparse.csr_array((weights.ravel(), rows[:, 1:].ravel(), starts), shape=(n, n))
    other = sparse.csr_array(one.T)
    return sparse.csr_array(one + other - one * other)


@compiled
def _squared(places: Places, i: int, j: int) -> np.float32:
    """Return the squared distance of two places."""
    x, y = places[i, 0] - places[j, 0], places[i, 1] - places[j, 1]
    squared: np.float32 = x * x + y * y
    return squared


@compiled
def _move(places: Places, head: Indices, tail: Indices, period: Floats, seed: int) -> None:
    """Attract the two ends of each pair every `period` passes, and repel negative samples."""
    np.random.seed(seed)  # noqa: NPY002  (numba's own state)
    due, pushed = period.copy(), period / REPELLED
    for epoch in range(EPOCHS):
        rate = np.float32(1 - epoch / EPOCHS)
        for pair in range(len(head)):
            if due[pair] > epoch:
                continue
            i, j = head[pair], tail[pair]
            apart = _squared(places, i, j)
            if apart > 0:
                power = apart**B
                slope = np.float32(-2) * A * B * power / (apart * (A * power + np.float32(1)))
                for axis in range(2):
                    step = slope * (places[i, axis] - places[j, axis])
                    step = rate * min(max(step, -LARGEST_STEP), LARGEST_STEP)
                    places[i, axis] += step
                    places[j, axis] -= step
            due[pair] += period[pair]
            times = int((epoch - pushed[pair]) * REPELLED / period[pair])
            for _ in range(times):
                _push(places, i, np.random.randint(len(places)), rate)  # noqa: NPY002
            pushed[pair] += times * period[pair] / REPELLED


@compiled
def _push(places: Places, i: int, other: int, rate: np.float32) -> None:
    """Move one protein away from another."""
    apart = _squared(places, i, other)
    if apart > 0:
        slope = np.float32(2) * B / ((np.float32(0.001) + apart) * (A * apart**B + np.float32(1)))
        for axis in range(2):
            step = slope * (places[i, axis] - places[other, axis])
            places[i, axis] += rate * min(max(step, -LARGEST_STEP), LARGEST_STEP)
