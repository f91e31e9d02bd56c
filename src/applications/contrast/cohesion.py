"""Cohesion of assemblies over replicates: rank of member-pair similarities in a background.

The cosine of two proteins is replaced by its rank, 0 to 1, among pairs of proteins of like
detection in the same replicate, so that a replicate of other quality or width does not make all
assemblies look different. An assembly's cohesion is the mean rank of its pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...artifacts import Hierarchy
from ...eval.matched.strata import nested_quantiles
from ...eval.nulls import permuted_within
from ...eval.terms.overlap import Index, Values, assemblies_of
from .context import Contexts

STRATA = 3
"""Groups of proteins of like detection: thirds by the length of their profile."""

BACKGROUND = 40_000
"""Pairs drawn for the background of each pair of groups, in each replicate."""

GRID = 1_000
"""Quantiles of a background that are kept."""

MIN_SHIFTED_ASSEMBLIES = 10
"""Minimum number of assemblies whose median shift estimates a difference in quality."""

PAIRS = 2_000
"""Pairs of members that count of an assembly; of more, as many are drawn."""


@dataclass(frozen=True)
class MemberPairs:
    """Pairs of members of assemblies.

    Attributes:
        rows: ``(A,)`` rows of the map.
        measured: ``(A,)`` members that every replicate has.
        assembly: ``(P,)`` position in `rows` of each pair.
        first: ``(P,)`` one protein of it, among the complete ones.
        second: ``(P,)`` the other.
    """

    rows: Index
    measured: Index
    assembly: Index
    first: Index
    second: Index

    @classmethod
    def of(
        cls, hierarchy: Hierarchy, proteins: Sequence[str], least: int, rng: np.random.Generator
    ) -> MemberPairs:
        """Return the pairs of all assemblies with at least `least` of some proteins.

        Args:
            hierarchy: The map.
            proteins: Those that every replicate has.
            least: Members that an assembly needs, at least 2.
            rng: Draws pairs of assemblies that have many.
        """
        row = {name: k for k, name in enumerate(proteins)}
        place = np.array([row.get(name, -1) for name in hierarchy.proteins], np.intp)
        rows: list[int] = []
        measured: list[int] = []
        parts: list[Index] = []
        for assembly in assemblies_of(hierarchy):
            bounds = slice(*hierarchy.membership.indptr[assembly : assembly + 2])
            inside = np.sort(place[hierarchy.membership.indices[bounds]])
            inside = inside[inside >= 0]
            if len(inside) < least:
                continue
            first, second = _pairs(inside, rng)
            parts.append(np.stack([np.full(len(first), len(rows)), first, second]))
            rows.append(int(assembly))
            measured.append(len(inside))
        pairs = np.concatenate(parts, axis=1) if parts else np.empty((3, 0), np.intp)
        return cls(np.array(rows, np.intp), np.array(measured, np.intp), *pairs)

    def mean(self, values: Values) -> Values:
        """``(P,)`` numbers of pairs -> ``(A,)`` means of assemblies."""
        sums = np.bincount(self.assembly, values, minlength=len(self.rows))
        return sums / np.bincount(self.assembly, minlength=len(self.rows))


def _pairs(inside: Index, rng: np.random.Generator) -> tuple[Index, Index]:
    n = len(inside)
    if n * (n - 1) // 2 <= PAIRS:
        first, second = np.triu_indices(n, 1)
    else:
        first = rng.integers(n, size=PAIRS)
        second = (first + rng.integers(1, n, size=PAIRS)) % n
    return inside[first], inside[second]


@dataclass(frozen=True)
class Ranked:
    """Similarities of one replicate as ranks in the background.

    Attributes:
        units: ``(C, F)`` rows of unit length.
        strata: ``(C,)`` group of like detection.
        grids: ``(S, S, GRID)`` sorted similarities of drawn pairs of two groups.
    """

    units: Values
    strata: Index
    grids: Values

    @classmethod
    def of(cls, units: Values, strata: Index, rng: np.random.Generator) -> Ranked:
        """Draw the background."""
        groups = [np.flatnonzero(strata == k) for k in range(int(strata.max()) + 1)]
        levels = (np.arange(GRID) + 0.5) / GRID
        grids = np.empty((len(groups), len(groups), GRID))
        for a, one in enumerate(groups):
            for b, other in enumerate(groups[: a + 1]):
                i, j = rng.choice(one, BACKGROUND), rng.choice(other, BACKGROUND)
                apart = i != j
                drawn = np.einsum("pf,pf->p", units[i[apart]], units[j[apart]])
                grids[a, b] = grids[b, a] = np.quantile(drawn, levels)
        return cls(units, strata, grids)

    def ranks(self, first: Index, second: Index) -> Values:
        """Return ``(P,)`` ranks of pairs, 0 to 1; .5 on average for proteins drawn at random."""
        similar = np.einsum("pf,pf->p", self.units[first], self.units[second])
        ranks = np.empty(len(first))
        groups = len(self.grids)
        code = self.strata[first] * groups + self.strata[second]
        for kind in np.unique(code):
            mine = code == kind
            grid = self.grids[kind // groups, kind % groups]
            ranks[mine] = np.searchsorted(grid, similar[mine]) / GRID
        return ranks


def strata_of_length(length: Values) -> Index:
    """Return ``(C,)`` groups of proteins by how far from the average their profile is."""
    return nested_quantiles([length], min(STRATA, max(len(length) // 10, 1)))


def pair_ranks(
    contexts: Contexts, pairs: MemberPairs, permutations: int, seed: Sequence[int]
) -> tuple[Values, Values]:
    """Rank all pairs in all replicates, and those of maps with permuted labels.

    Labels are permuted among proteins of like detection, alike in all replicates.

    Returns:
        ``(R, P)`` ranks; ``(R, permutations * A)`` cohesion of the assemblies of permuted maps.
    """
    rng = np.random.default_rng(list(seed))
    strata = strata_of_length(contexts.length)
    labels = permuted_within(strata, permutations, rng)
    ranks, permuted = [], []
    for units in contexts.units:
        ranked = Ranked.of(units, strata, rng)
        ranks.append(ranked.ranks(pairs.first, pairs.second))
        by_chance = [
            pairs.mean(ranked.ranks(label[pairs.first], label[pairs.second])) for label in labels
        ]
        permuted.append(np.concatenate(by_chance) if by_chance else np.empty(0))
    return np.array(ranks), np.array(permuted)


def levelled(cohesion: Values) -> Values:
    """Take out of each replicate the shift that most of its assemblies share.

    A replicate of better separation has all assemblies more cohesive; a change that most assemblies
    share cannot be distinguished from that. With fewer than `MIN_SHIFTED_ASSEMBLIES` assemblies
    nothing is subtracted.

    Args:
        cohesion: ``(R, A)`` of each assembly in each replicate.

    Returns:
        ``(R, A)`` without the shift, `common_shift`, of each replicate from the mean over all.
    """
    if cohesion.shape[1] < MIN_SHIFTED_ASSEMBLIES:
        return cohesion
    away = cohesion - cohesion.mean(axis=0)
    shift = np.array([common_shift(row) for row in away])[:, None]
    return np.asarray(cohesion - shift + shift.mean())


def common_shift(away: Values) -> float:
    """Return the mean of the shortest interval that holds half of the values, the shorth.

    Assemblies that change all lie to one side. They move a median as many ranks as they are, and
    with it every other assembly; of this interval they are no part.

    Source: Andrews et al. 1972, Robust Estimates of Location.
    """
    ascending = np.sort(away)
    half = len(away) // 2 + 1
    start = int((ascending[half - 1 :] - ascending[: len(away) - half + 1]).argmin())
    return float(ascending[start : start + half].mean())
