"""Networks from embeddings: k nearest neighbours, or the top share of all pairs.

Both are exact, nearest neighbours up to tens of thousands of proteins. Both work in blocks of rows,
so that memory has one block of similarities and the kept pairs, never a table of all pairs. The
weight of a pair is its cosine similarity; pairs at or below 0 are not kept. Ties are broken by the
order of proteins, so results are deterministic.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..artifacts import Embedding, Floats, Network
from ..nodes.ranges import AtLeastOne, UnitAboveZero, checked
from ..similarity.nearest import cosine_blocks, unit_rows

logger = logging.getLogger(__name__)

PAIRS_AT_ONCE = 2**18
DECIMALS = 6  # float32 rounding differs between BLAS kernels in the 7th; equal must stay equal

Indices = NDArray[np.int64]


@checked
@dataclass(frozen=True)
class NearestNeighbours:
    """Connect each protein with its `k` most similar ones.

    Args:
        k: Number of neighbours of each protein, at least 1.
        exact_up_to: Number of proteins above which neighbours are approximate, by nearest-neighbour
            descent; up to it, all pairs are compared. At least 1.
        mutual: Whether both proteins of a pair must be among each other's nearest; otherwise one
            direction is enough. A protein without any keeps its nearest one.

    Raises:
        ConfigError: If `k` or `exact_up_to` is below 1.
    """

    k: AtLeastOne = 15
    exact_up_to: AtLeastOne = 50_000
    mutual: bool = False

    def __call__(self, embedding: Embedding) -> Network:
        """Build the network of nearest neighbours: ``(N, D)`` vectors -> weighted pairs."""
        n = len(embedding.proteins)
        k = min(self.k, n - 1)
        i, j, cosine = _exact(embedding, k) if n <= self.exact_up_to else _descent(embedding, k)
        nearest = _nearest_of(i, cosine)
        pair = np.minimum(i, j) * n + np.maximum(i, j)
        kept = cosine > 0
        if self.mutual:
            _, inverse, count = np.unique(pair, return_inverse=True, return_counts=True)
            kept &= count[inverse] == 2
            kept |= _lonely(n, i[kept])[i] & nearest & (cosine > 0)
        return _network(embedding, pair[kept], cosine[kept])


@checked
@dataclass(frozen=True)
class TopFraction:
    """Connect the most similar share of all pairs.

    Args:
        fraction: Share of the N (N - 1) / 2 pairs, above 0 and at most 1. A protein without any
            keeps its nearest one in addition.

    Raises:
        ConfigError: If `fraction` is out of range.
    """

    fraction: UnitAboveZero = 0.002

    def __call__(self, embedding: Embedding) -> Network:
        """Build the network of the top pairs: ``(N, D)`` vectors -> weighted pairs."""
        n = len(embedding.proteins)
        wanted = round(self.fraction * n * (n - 1) / 2)
        pairs, cosines, least = np.empty(0, np.int64), _no_values(), np.float32(0)
        nearest, best = np.zeros(n, np.int64), np.zeros(n, np.float32)
        for start, block in _similarities(embedding):
            span = slice(start, start + len(block))
            nearest[span] = block.argmax(axis=1)
            best[span] = block.max(axis=1)
            row, column = np.nonzero(block > least)
            later = column > row + start
            row, column = row[later], column[later]
            pairs = np.concatenate([pairs, (row + start) * n + column])
            cosines = np.concatenate([cosines, block[row, column]])
            first = _largest(cosines, wanted)
            pairs, cosines = pairs[first], cosines[first]
            if len(cosines) == wanted and wanted:
                least = np.nextafter(cosines.min(), np.float32(-1))
        alone = _lonely(n, np.concatenate([pairs // n, pairs % n])) & (best > 0)
        own = np.flatnonzero(alone)
        low, high = np.minimum(own, nearest[own]), np.maximum(own, nearest[own])
        if len(own):
            logger.info(
                "%d proteins have no pair in the top share; each keeps its nearest", len(own)
            )
        return _network(
            embedding,
            np.concatenate([pairs, low * n + high]),
            np.concatenate([cosines, best[own]]),
        )


def _exact(embedding: Embedding, k: int) -> tuple[Indices, Indices, Floats]:
    """Exact nearest neighbours: row, column and cosine of each entry, sorted by row."""
    rows, columns, values = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [_no_values()]
    for start, block in _similarities(embedding):
        row, column = _top(block, k)
        rows.append(row + start)
        columns.append(column)
        values.append(block[row, column])
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(values)


def _descent(embedding: Embedding, k: int) -> tuple[Indices, Indices, Floats]:
    """Approximate nearest neighbours by nearest-neighbour descent, which misses a few.

    Source: Dong et al., WWW 2011, doi:10.1145/1963405.1963487; pynndescent's implementation.
    """
    from pynndescent import NNDescent  # compiles for seconds on import

    unit = _unit(embedding)
    index = NNDescent(unit, metric="euclidean", n_neighbors=k + 1, random_state=0)
    near = index.neighbor_graph[0].astype(np.int64)
    row = np.repeat(np.arange(len(unit)), near.shape[1])
    column = near.ravel()
    kept = (row != column) & (column >= 0)
    row, column = row[kept], column[kept]
    cosine = np.empty(len(row), np.float32)
    for start in range(0, len(row), PAIRS_AT_ONCE):
        part = slice(start, start + PAIRS_AT_ONCE)
        cosine[part] = np.einsum("pd,pd->p", unit[row[part]], unit[column[part]])
    return row, column, np.clip(np.round(cosine, DECIMALS), -1, 1)


def _similarities(embedding: Embedding) -> Iterator[tuple[int, Floats]]:
    """Yield the first row of each block and its cosines with all proteins; -1 with itself.

    Cosines are rounded to `DECIMALS`: BLAS kernels differ in the last bits, also between blocks of
    different height, and equal similarities must stay equal for ties to be broken by order.
    """
    for rows, block in cosine_blocks(_unit(embedding)):
        np.round(block, DECIMALS, out=block)
        np.clip(block, -1, 1, out=block)
        yield rows.start, block


def _unit(embedding: Embedding) -> Floats:
    """``(N, D)`` unit vectors; zero vectors are kept, with a warning."""
    zero = np.flatnonzero(~embedding.vectors.any(axis=1))
    if len(zero):
        logger.warning(
            "%d proteins have a vector of zeros and no neighbours, such as '%s'",
            len(zero),
            embedding.proteins[int(zero[0])],
        )
    return unit_rows(embedding.vectors.astype(np.float64)).astype(np.float32)


def _top(block: Floats, k: int) -> tuple[Indices, Indices]:
    """Rows and columns of the `k` largest entries of each row, ties by column.

    Partial sorting gives the k-th largest value of each row in linear time. Rows with ties at that
    value have more than k entries at or above it: there all larger entries are kept, and of the
    tied ones the first that fit, counted by a cumulative sum.
    """
    if k < 1:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    least = np.partition(block, -k, axis=1)[:, -k][:, None]
    chosen = block >= least
    crowded = np.flatnonzero(chosen.sum(axis=1) > k)
    for rows in np.array_split(crowded, max(1, len(crowded) // 64)):
        above, equal = block[rows] > least[rows], block[rows] == least[rows]
        room = k - above.sum(axis=1, keepdims=True)
        chosen[rows] = above | (equal & (np.cumsum(equal, axis=1) <= room))
    row, column = np.nonzero(chosen)
    return row, column


def _largest(values: Floats, count: int) -> Indices:
    """Positions of the `count` largest values, in input order, ties by position."""
    if len(values) <= count:
        return np.arange(len(values))
    if count == 0:
        return np.empty(0, np.int64)
    least = np.partition(values, -count)[-count]
    chosen = values > least
    ties = np.flatnonzero(values == least)
    chosen[ties[: count - int(chosen.sum())]] = True
    return np.flatnonzero(chosen)


def _nearest_of(rows: Indices, values: Floats) -> NDArray[np.bool_]:
    """Whether an entry is the first maximum of its row; rows are ascending."""
    order = np.lexsort((np.arange(len(rows)), -values, rows))
    first = np.r_[True, rows[order][1:] != rows[order][:-1]] if len(rows) else np.empty(0, bool)
    nearest = np.zeros(len(rows), bool)
    nearest[order[first]] = True
    return nearest


def _lonely(n: int, connected: Indices) -> NDArray[np.bool_]:
    return np.asarray(np.bincount(connected, minlength=n) == 0)


def _no_values() -> Floats:
    return np.empty(0, np.float32)


def _network(embedding: Embedding, pairs: Indices, cosines: Floats) -> Network:
    """Network of pairs encoded as low * N + high; duplicates count once."""
    n = len(embedding.proteins)
    pairs, first = np.unique(pairs, return_index=True)
    edges = np.column_stack([pairs // max(n, 1), pairs % max(n, 1)]).astype(np.int32)
    network = Network(embedding.proteins, edges.reshape(-1, 2), cosines[first])
    isolated = int(_lonely(n, edges.ravel().astype(np.int64)).sum())
    if isolated:
        logger.warning("%d of %d proteins resemble no other and stay isolated", isolated, n)
    return network
