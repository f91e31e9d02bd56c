"""Decoy pairs: as promiscuous, as long and as disordered as the candidates, and not binding.

The graph of candidates is rewired by double-edge swaps, which leave every protein as many partners
as it has among the candidates, until no pair shares an assembly or an edge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..complexes import Floats
from .pairs import Ends

SWEEPS = 60
"""Times that every pair is offered a swap; most pairs are free after two."""

Allowed = Callable[[int, int], bool]
"""Whether two proteins may be a decoy."""


@dataclass(frozen=True)
class Decoyed:
    """Decoys of some candidates.

    Attributes:
        ends: ``(P, 2)`` proteins of the decoy of each candidate.
        is_free: ``(P,)`` whether it is one: for the others no swap was found.
    """

    ends: Ends
    is_free: np.ndarray[tuple[int], np.dtype[np.bool_]]


def rewired(
    ends: Ends, length: Floats, disorder: Floats, allowed: Allowed, rng: np.random.Generator
) -> Decoyed:
    """Return a decoy for each candidate, with the candidates' degrees.

    Args:
        ends: ``(P, 2)`` the candidates.
        length: Residues of every protein.
        disorder: Propensity for disorder of every protein.
        allowed: Whether two proteins may be a decoy.
        rng: Source of chance.
    """
    swaps = _Swaps(ends.copy(), length, disorder, ends, allowed)
    rows = np.arange(len(ends))
    for sweep in range(SWEEPS):
        for row in rng.permutation(rows).tolist():
            swaps.offer(row, int(rng.integers(len(ends))), bool(rng.integers(2)))
        if sweep > SWEEPS // 2 and swaps.free.all():
            break
    return Decoyed(swaps.ends, swaps.free)


class _Swaps:
    """The state of a rewiring: pairs, which of them are decoys, how far each is from its model."""

    def __init__(
        self, ends: Ends, length: Floats, disorder: Floats, models: Ends, allowed: Allowed
    ) -> None:
        self.ends, self.allowed = ends, allowed
        self.log_length, self.disorder = np.log(length), disorder
        self.length = length
        self.target = [self._looks(a, b) for a, b in models.tolist()]
        self.taken = {frozenset(pair) for pair in ends.tolist()}
        self.free = np.array([allowed(a, b) for a, b in ends.tolist()])

    def _looks(self, a: int, b: int) -> tuple[float, float]:
        size = float(np.log(self.length[a] + self.length[b]))
        return size, float(self.disorder[a] + self.disorder[b])

    def _apart(self, row: int, a: int, b: int) -> float:
        size, disorder = self._looks(a, b)
        return abs(size - self.target[row][0]) + abs(disorder - self.target[row][1])

    def offer(self, row: int, other: int, flipped: bool) -> None:
        """Swap partners of two pairs if that frees a pair, or brings both nearer their models."""
        (a, b), (c, d) = self.ends[row].tolist(), self.ends[other].tolist()
        if flipped:
            c, d = d, c
        if row == other or len({a, d}) < 2 or len({c, b}) < 2:
            return
        new = ((a, d), (c, b))
        if any(frozenset(pair) in self.taken for pair in new) or set(new[0]) == set(new[1]):
            return
        free = [self.allowed(*pair) for pair in new]
        gain = sum(free) - int(self.free[row]) - int(self.free[other])
        if gain < 0 or (gain == 0 and not self._nearer(row, other, new)):
            return
        self.taken -= {frozenset((a, b)), frozenset((c, d))}
        self.taken |= {frozenset(pair) for pair in new}
        self.ends[row], self.ends[other] = new
        self.free[row], self.free[other] = free

    def _nearer(self, row: int, other: int, new: Sequence[tuple[int, int]]) -> bool:
        old = (self.ends[row].tolist(), self.ends[other].tolist())
        now, then = (
            self._apart(row, *pairs[0]) + self._apart(other, *pairs[1]) for pairs in (old, new)
        )
        return then < now


def substitutes(
    used: Ends, pool: Ends, length: Floats, disorder: Floats, rng: np.random.Generator
) -> dict[int, int]:
    """Return another protein for each, as long and as disordered, no protein twice.

    Args:
        used: The proteins to stand in for.
        pool: Who may: all that have a sequence.
        length: Residues of every protein.
        disorder: Propensity for disorder of every protein.
        rng: Source of chance, for the order in which proteins choose.
    """
    left = set(pool.tolist()) - set(used.tolist())
    found: dict[int, int] = {}
    for protein in rng.permutation(used).tolist():
        if not left:
            break
        names = np.fromiter(left, np.intp)
        apart = np.abs(np.log(length[names] / length[protein]))
        apart += np.abs(disorder[names] - disorder[protein])
        found[protein] = int(names[np.argmin(apart)])
        left.discard(found[protein])
    return found
