"""Decoy pairs: matched in degree, length, disorder and compartment to candidates, not binding.

The graph of candidates is rewired by double-edge swaps, which leave every protein as many partners
as it has among the candidates, until no pair shares an assembly or an edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from ....artifacts import Hierarchy, TermSet
from ..complexes import Floats, Index, Mask

SWEEPS = 60
"""Times that every pair is offered a swap; most pairs are free after two."""

Pair = tuple[int, int]


@dataclass(frozen=True)
class Proteins:
    """What decoys are matched in, of every protein of the map.

    Attributes:
        length: ``(N,)`` residues.
        disorder: ``(N,)`` propensity for disorder.
        alike: ``(N, N)`` which proteins share a compartment.
        apart: ``(N, N)`` which proteins may be a decoy: they are not known to bind.
    """

    length: Floats
    disorder: Floats
    alike: Mask
    apart: Mask


@dataclass(frozen=True)
class Decoyed:
    """Decoys of some candidates.

    Attributes:
        ends: ``(P, 2)`` proteins of the decoy of each candidate.
        is_free: ``(P,)`` whether it is one: for the others no swap was found.
    """

    ends: Index
    is_free: Mask


def rewired(
    ends: Index, proteins: Proteins, rng: np.random.Generator, models: Index | None = None
) -> Decoyed:
    """Return a decoy for each pair, with the pairs' degrees.

    Args:
        ends: ``(P, 2)`` pairs to rewire.
        proteins: What they are matched in.
        rng: Source of chance.
        models: ``(P, 2)`` what each decoy is to look like; None: the pairs themselves.
    """
    swaps = _Swaps(ends, proteins, ends if models is None else models)
    count = len(ends)
    for sweep in range(SWEEPS):
        others, flips = rng.integers(count, size=count), rng.integers(2, size=count)
        offers = zip(rng.permutation(count).tolist(), others.tolist(), flips.tolist(), strict=True)
        for row, other, flip in offers:
            swaps.offer(row, other, bool(flip))
        if sweep > SWEEPS // 2 and all(swaps.free):
            break
    return Decoyed(np.array(swaps.ends, np.intp).reshape(-1, 2), np.array(swaps.free, bool))


class _Swaps:
    """The state of a rewiring: pairs, which of them are decoys, how far each is from its model.

    Lists of numbers of Python: single elements of arrays are several times slower.
    """

    def __init__(self, ends: Index, proteins: Proteins, models: Index) -> None:
        self.ends: list[Pair] = [(a, b) for a, b in ends.tolist()]
        self.length: list[float] = proteins.length.tolist()
        self.disorder: list[float] = proteins.disorder.tolist()
        self.alike, self.apart = proteins.alike, proteins.apart
        self.target = [self._looks(a, b) for a, b in models.tolist()]
        self.taken = {(min(pair), max(pair)) for pair in self.ends}
        self.free = [self._allowed(*pair) for pair in self.ends]
        self.far = [self._far(row, pair) for row, pair in enumerate(self.ends)]

    def _allowed(self, a: int, b: int) -> bool:
        return a != b and bool(self.apart[a, b])

    def _looks(self, a: int, b: int) -> tuple[float, float, bool]:
        size = log(self.length[a] + self.length[b])
        return size, self.disorder[a] + self.disorder[b], bool(self.alike[a, b])

    def _far(self, row: int, pair: Pair) -> float:
        """Return how little a pair looks like the model of a row."""
        size, disorder, alike = self._looks(*pair)
        target = self.target[row]
        return abs(size - target[0]) + abs(disorder - target[1]) + (alike != target[2])

    def offer(self, row: int, other: int, flipped: bool) -> None:
        """Swap partners of two pairs if that frees a pair, or brings both nearer their models."""
        (a, b), (c, d) = self.ends[row], self.ends[other]
        if flipped:
            c, d = d, c
        if row == other or a == d or c == b:
            return
        new = (a, d), (c, b)
        keys = [(x, y) if x < y else (y, x) for x, y in new]
        if keys[0] == keys[1] or keys[0] in self.taken or keys[1] in self.taken:
            return
        free = [self._allowed(*pair) for pair in new]
        gain = sum(free) - self.free[row] - self.free[other]
        if gain < 0:
            return
        far = self._far(row, new[0]), self._far(other, new[1])
        if gain == 0 and sum(far) >= self.far[row] + self.far[other]:
            return
        self.taken -= {(min(pair), max(pair)) for pair in ((a, b), (c, d))}
        self.taken |= set(keys)
        self.ends[row], self.ends[other] = new
        self.free[row], self.free[other] = free
        self.far[row], self.far[other] = far


def substitutes(
    used: Index, pool: Sequence[int], proteins: Proteins, rng: np.random.Generator
) -> dict[int, int]:
    """Return another protein for each, as long, as disordered, where it is; no protein twice.

    Args:
        used: The proteins to replace.
        pool: Who may: all that have a sequence.
        proteins: What they are matched in.
        rng: Source of chance, for the order in which proteins choose.
    """
    left = np.setdiff1d(np.array(pool, np.intp), used)
    size, disorder = np.log(proteins.length), proteins.disorder
    substitute: dict[int, int] = {}
    for protein in rng.permutation(used).tolist():
        if not len(left):
            break
        far = np.abs(size[left] - size[protein]) + np.abs(disorder[left] - disorder[protein])
        best = int(np.argmin(far + ~proteins.alike[left, protein]))
        substitute[protein] = int(left[best])
        left = np.delete(left, best)
    return substitute


def decoys_of(
    ends: Index, proteins: Proteins, pool: Sequence[int] | None, rng: np.random.Generator
) -> Decoyed:
    """Return a decoy for each chosen pair, and for which one was found.

    Args:
        ends: ``(P, 2)`` the chosen pairs.
        proteins: What decoys are matched in.
        pool: None: the pairs themselves are rewired; else the proteins that may replace theirs:
            pairs of these are.
        rng: Source of chance.
    """
    if pool is None:
        return rewired(ends, proteins, rng)
    other = substitutes(np.unique(ends), pool, proteins, rng)
    has = np.array([a in other and b in other for a, b in ends.tolist()])
    start = [[other.get(a, a), other.get(b, b)] for a, b in ends.tolist()]
    decoys = rewired(np.array(start, np.intp), proteins, rng, ends)
    return Decoyed(decoys.ends, decoys.is_free & has)


def apart_in(hierarchy: Hierarchy, pairs: Iterable[tuple[str, str]]) -> Mask:
    """Return ``(N, N)`` which proteins share no assembly below the root and are none of some pairs.

    Args:
        hierarchy: The map.
        pairs: Those known or measured to interact, by name; others than the map's do not count.
    """
    inside = hierarchy.membership[1:].astype(bool).astype(np.float32)
    apart = (inside.T @ inside).toarray() == 0
    place = {name: k for k, name in enumerate(hierarchy.proteins)}
    for a, b in pairs:
        if a in place and b in place:
            apart[place[a], place[b]] = apart[place[b], place[a]] = False
    return np.asarray(apart)


def alike_in(hierarchy: Hierarchy, compartments: TermSet | None) -> Mask:
    """Return ``(N, N)`` which proteins share a compartment; none do without a reference."""
    count = len(hierarchy.proteins)
    if compartments is None:
        return np.zeros((count, count), bool)
    place = {name: k for k, name in enumerate(compartments.proteins)}
    inside = np.zeros((count, len(compartments.terms)), np.float32)
    members = compartments.members.astype(bool).T.tocsr()
    for k, name in enumerate(hierarchy.proteins):
        if name in place:
            row = place[name]
            inside[k, members.indices[members.indptr[row] : members.indptr[row + 1]]] = 1
    return np.asarray(inside @ inside.T > 0)
