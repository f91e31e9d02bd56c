"""Split of a reference into tuning and held-out half, with no complex in both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import TermSet
from ..kept import kept
from .overlap import Index
from .recovery import group_terms

Part = Literal["all", "tune", "held_out"]
TUNE, HELD_OUT = "tune", "held_out"
PARTS: tuple[Part, ...] = ("all", "tune", "held_out")


@dataclass(frozen=True)
class Split:
    """A reference split by groups of similar terms.

    Attributes:
        terms: The whole reference.
        groups: ``(T,)`` group of each term; near-duplicates of a complex share a group.
        tune: ``(T,)`` whether a term is in the tuning half; the others are held out.
    """

    terms: TermSet
    groups: Index
    tune: NDArray[np.bool_]

    @classmethod
    def of(cls, terms: TermSet, seed: int = 0, at: float = 0.5) -> Split:
        """Split a reference: the largest groups first, each to the half with fewer terms.

        Groups are linked by single linkage; a threshold below .5 would chain most of CORUM into
        one. Ties between halves are broken at random.

        Args:
            terms: The whole reference, so that every map and embedding is scored on the same
                halves.
            seed: Seed of the ties.
            at: Jaccard from which two terms form a group, in (0, 1].
        """
        groups = group_terms(terms.members, at)
        sizes = np.bincount(groups)
        drawn = np.random.default_rng(seed).random(len(sizes))
        taken = {True: 0, False: 0}
        side = np.zeros(len(sizes), bool)
        for group in np.lexsort((drawn, -sizes)):
            if taken[True] == taken[False]:
                side[group] = drawn[group] < 0.5
            else:
                side[group] = taken[True] < taken[False]
            taken[bool(side[group])] += int(sizes[group])
        return cls(terms, groups, side[groups])

    @property
    def largest_group(self) -> float:
        """Share of all terms in the largest group, in (0, 1]."""
        return float(np.bincount(self.groups).max() / len(self.groups)) if len(self.groups) else 1.0

    def rows(self, name: str) -> Index:
        """Return which terms belong to a half, or to ``all``."""
        if name == "all":
            return np.arange(len(self.tune))
        return np.flatnonzero(self.tune if name == TUNE else ~self.tune)

    def part(self, name: str) -> TermSet:
        """Return the terms of a half, or of ``all``, restricted to their proteins."""
        return self.terms if name == "all" else self._halves[name]

    @cached_property
    def _halves(self) -> dict[str, TermSet]:
        return {name: self._half(name) for name in (TUNE, HELD_OUT)}

    def _half(self, name: str) -> TermSet:
        rows = self.rows(name)
        members = sparse.csr_array(self.terms.members[rows])
        columns = np.unique(members.indices)
        return TermSet(
            tuple(self.terms.proteins[k] for k in columns),
            tuple(self.terms.terms[k] for k in rows),
            tuple(self.terms.descriptions[k] for k in rows),
            sparse.csr_array(members[:, columns]),
        )

    def other(self, name: str) -> TermSet | None:
        """Return the other half; none for ``all``."""
        return None if name == "all" else self.part(HELD_OUT if name == TUNE else TUNE)

    def table(self) -> pd.DataFrame:
        """Return one row per term: ``term, group, part``."""
        part = np.where(self.tune, TUNE, HELD_OUT)
        return pd.DataFrame({"term": self.terms.terms, "group": self.groups, "part": part})


@kept
def split_of(terms: TermSet, seed: int) -> Split:
    """Return `Split.of`, cached while the terms are the same object."""
    return Split.of(terms, seed)
