"""Dependence of pairs that share proteins: independent decoys, node bootstrap, disjoint halves.

A protein that scores high with everybody makes several decoys score high at once, so that decoys
carry less information than as many independent ones would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..complexes import Floats, Mask
from .error_rates import Decoys, certified

MATCHINGS = 50
"""Random sets of decoys that share no protein, over which is averaged."""

Ends = NDArray[np.intp]


def independent_decoys(scores: Floats, ends: Ends, rng: np.random.Generator) -> Decoys:
    """Weigh decoys by how often they are in a random set of decoys that share no protein.

    p values from such a set are valid whatever its proteins do; here they are averaged over many.

    Args:
        scores: ``(D,)``
        ends: ``(D, 2)`` both proteins of each.
        rng: Source of chance.
    """
    counts, total = np.zeros(len(scores)), 0
    for _ in range(MATCHINGS):
        chosen = disjoint(ends, rng)
        counts[chosen] += 1
        total += len(chosen)
    return Decoys(scores, counts / counts.sum(), total / MATCHINGS)


def disjoint(ends: Ends, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return a random maximal set of pairs that share no protein (a matching)."""
    taken: set[int] = set()
    chosen = []
    for row in rng.permutation(len(ends)).tolist():
        a, b = ends[row].tolist()
        if a not in taken and b not in taken:
            taken |= {a, b}
            chosen.append(row)
    return np.array(chosen, np.intp)


def resampled(ends: Ends, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield how often each pair occurs when proteins are drawn with replacement.

    A pair occurs as often as its proteins do, multiplied. Source: Snijders & Borgatti 1999,
    Connections 22:161 (vertex bootstrap).
    """
    count = int(ends.max()) + 1
    for _ in range(draws):
        times = np.bincount(rng.integers(count, size=count), minlength=count)
        yield (times[ends[:, 0]] * times[ends[:, 1]]).astype(float)


@dataclass(frozen=True)
class SelfCheck:
    """Decoys judged by other decoys of other proteins: everything that is certified is false.

    Attributes:
        splits: Times that the proteins were halved.
        levels: ``(L,)`` nominal levels.
        realised: ``(L,)`` share of the splits in which anything was certified: the realised FDR.
        decoys: Mean number of decoys on either side.
    """

    splits: int
    levels: tuple[float, ...]
    realised: tuple[float, ...]
    decoys: float

    @classmethod
    def of(
        cls,
        scores: Floats,
        ends: Ends,
        levels: tuple[float, ...],
        splits: int,
        rng: np.random.Generator,
    ) -> SelfCheck | None:
        """Split the proteins of the decoys at random; None where halves hold too few pairs."""
        false: list[list[bool]] = []
        sizes = []
        for null, judged in disjoint_halves(ends, splits, rng):
            p = Decoys.of(scores[null]).conformal(scores[judged])
            false.append([bool(certified(p, level).any()) for level in levels])
            sizes.append((int(null.sum()) + int(judged.sum())) / 2)
        if not false:
            return None
        return cls(
            len(false), levels, tuple(np.mean(false, axis=0).tolist()), float(np.mean(sizes))
        )

    def interval(self, k: int) -> tuple[float, float]:
        """Return the 95 % binomial interval (Clopper-Pearson) of one realised rate.

        Splits of one set of decoys overlap, so that it is too narrow if anything.
        """
        hits = round(self.realised[k] * self.splits)
        bounds = stats.binomtest(hits, self.splits).proportion_ci(method="exact")
        return float(bounds.low), float(bounds.high)

    def exceeds(self, k: int) -> bool:
        """Return whether a realised rate is above its level beyond chance."""
        return self.interval(k)[0] > self.levels[k]


LEAST_HALF = 20
"""Decoys that a half needs."""


def disjoint_halves(
    ends: Ends, splits: int, rng: np.random.Generator
) -> Iterator[tuple[Mask, Mask]]:
    """Yield two sets of pairs that share no protein, of proteins halved at random."""
    for _ in range(splits):
        first = rng.random(int(ends.max()) + 1) < 0.5
        one, other = first[ends].all(axis=1), (~first)[ends].all(axis=1)
        if min(one.sum(), other.sum()) >= LEAST_HALF:
            yield np.asarray(one), np.asarray(other)


def interval_of(
    draws: Iterator[Floats], statistic: Callable[[Floats], float]
) -> tuple[float, float]:
    """Return the 95 % percentile interval of a statistic over resampled weights of the pairs."""
    values = [statistic(weights) for weights in draws]
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)
