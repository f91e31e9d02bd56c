"""Biased random walks of node2vec on a weighted network, vectorised over walks."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Rows = NDArray[np.int32]

TRIES = 8
"""Rejected draws of a step after which it is drawn from the exact distribution instead."""

ENTRIES_AT_ONCE = 4_000_000
"""Neighbours whose exact weights are in memory at once; bounds that to about 0.2 GB."""


@dataclass(frozen=True)
class Walker:
    """Random steps along weighted edges, vectorised over walks.

    Attributes:
        indptr: ``(N + 1,)`` CSR starts of each protein's neighbours.
        neighbours: ``(E,)`` neighbours, ascending for each protein.
        weights: ``(E,)`` weight of each.
        ends: ``(E,)`` cumulative sum of the weights.
        starts: ``(N,)`` cumulative sum before each protein's first neighbour.
        degrees: ``(N,)`` sum of each protein's weights.
        codes: ``(E,)`` ascending ``protein * N + neighbour``.
    """

    indptr: NDArray[np.int64]
    neighbours: Rows
    weights: NDArray[np.float64]
    ends: NDArray[np.float64]
    starts: NDArray[np.float64]
    degrees: NDArray[np.float64]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, adjacency: sparse.csr_array) -> Walker:
        """Prepare the steps of ``(N, N)`` symmetric weights."""
        adjacency.sort_indices()
        n, indptr = adjacency.shape[0], adjacency.indptr.astype(np.int64)
        ends = np.cumsum(adjacency.data)
        before = np.concatenate([[0.0], ends])[indptr]
        rows = np.repeat(np.arange(n, dtype=np.int64), np.diff(indptr))
        return cls(
            indptr,
            adjacency.indices.astype(np.int32),
            np.asarray(adjacency.data, np.float64),
            ends,
            before[:-1],
            np.diff(before),
            rows * n + adjacency.indices,
        )

    def step(self, at: Rows, rng: np.random.Generator) -> Rows:
        """Return the position of each walk after one step; every position has neighbours."""
        place = self.starts[at] + rng.random(len(at)) * self.degrees[at]
        # Rounding may give an index just past the last neighbour.
        last = self.indptr[1:][at] - 1
        entry = np.minimum(np.searchsorted(self.ends, place, side="right"), last)
        return self.neighbours[entry]

    def linked(self, first: Rows, second: Rows) -> NDArray[np.bool_]:
        """Return which of the pairs interact."""
        wanted = first.astype(np.int64) * len(self.degrees) + second
        place = np.searchsorted(self.codes, wanted)
        is_linked: NDArray[np.bool_] = self.codes[place.clip(max=len(self.codes) - 1)] == wanted
        return is_linked


@dataclass(frozen=True)
class BiasedWalks:
    """Walks whose next step depends on the last one.

    A walk that came from ``t`` to ``v`` continues to a neighbour ``x`` of ``v`` in proportion to
    ``w(v, x) a(t, x)``, with ``a = 1 / p`` back to ``t``, ``1`` to a neighbour of ``t``, and
    ``1 / q`` elsewhere.

    Args:
        walker: The network.
        p: Return parameter, > 0: the larger, the rarer a walk turns back.
        q: In-out parameter, > 0: the larger, the nearer a walk stays to where it came from.

    Source: Grover & Leskovec, KDD 2016, doi:10.1145/2939672.2939754. Steps are drawn by rejection
    as in Yang et al., SOSP 2019, doi:10.1145/3341301.3359634, without a table of all pairs of
    adjacent edges.
    """

    walker: Walker
    p: float
    q: float

    def of_length(self, starts: Rows, length: int, rng: np.random.Generator) -> Rows:
        """Return ``(W, length)`` proteins that walks from `starts` visit, the start included."""
        walks = np.empty((length, len(starts)), np.int32)
        walks[0] = starts
        if length > 1:
            walks[1] = self.walker.step(walks[0], rng)
        for place in range(2, length):
            walks[place] = self.step(walks[place - 2], walks[place - 1], rng)
        return np.ascontiguousarray(walks.T)

    def step(self, before: Rows, at: Rows, rng: np.random.Generator) -> Rows:
        """Return the next position of walks that came from `before` and are `at`."""
        if self.p == self.q == 1:
            return self.walker.step(at, rng)
        highest = max(1, 1 / self.p, 1 / self.q)
        reached = np.empty_like(at)
        left = np.arange(len(at))
        for _ in range(TRIES):
            drawn = self.walker.step(at[left], rng)
            accepted = rng.random(len(left)) * highest < self._bias(before[left], drawn)
            reached[left[accepted]] = drawn[accepted]
            left = left[~accepted]
            if not len(left):
                return reached
        reached[left] = self._exact_step(before[left], at[left], rng)
        return reached

    def _bias(self, before: Rows, drawn: Rows) -> NDArray[np.float64]:
        """Return ``a`` of each pair."""
        elsewhere = (
            1.0 if self.q == 1 else np.where(self.walker.linked(before, drawn), 1, 1 / self.q)
        )
        return np.where(drawn == before, 1 / self.p, elsewhere)

    def _exact_step(self, before: Rows, at: Rows, rng: np.random.Generator) -> Rows:
        """Draw from the exact distribution over all neighbours."""
        counts = np.diff(self.walker.indptr)[at]
        parts = np.cumsum(counts) // ENTRIES_AT_ONCE
        bounds = np.flatnonzero(np.diff(parts, prepend=-1, append=-1))
        chosen = [
            self._from_all(before[low:high], at[low:high], rng)
            for low, high in pairwise(bounds.tolist())
        ]
        return np.concatenate(chosen)

    def _from_all(self, before: Rows, at: Rows, rng: np.random.Generator) -> Rows:
        counts = np.diff(self.walker.indptr)[at]
        first = np.cumsum(counts) - counts
        entries = np.arange(counts.sum()) + np.repeat(self.walker.indptr[at] - first, counts)
        reached = self.walker.neighbours[entries]
        bias = self._bias(np.repeat(before, counts), reached)
        ends = np.cumsum(self.walker.weights[entries] * bias)
        below = np.concatenate([[0.0], ends])[first]
        place = below + rng.random(len(at)) * (ends[first + counts - 1] - below)
        entry = np.searchsorted(ends, place, side="right")
        chosen: Rows = reached[np.minimum(entry, first + counts - 1)]
        return chosen
