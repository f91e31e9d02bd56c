"""Contaminated copies of sets: members replaced by random proteins matched on covariates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...eval.terms.overlap import Index

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the members that are replaced."""


@dataclass(frozen=True)
class Pool:
    """The proteins of a map, in strata of proteins that are alike.

    Attributes:
        strata: ``(P,)`` stratum of each protein.
    """

    strata: Index

    def contaminated(self, members: Index, share: float, rng: np.random.Generator) -> Index:
        """Return a set with so large a share of its members replaced by like proteins.

        A stratum without other proteins lends none: its members are replaced by any protein.

        Args:
            members: Positions of the proteins.
            share: In 0..1; the number of replaced members is rounded.
            rng: Draws who is replaced, and by whom.
        """
        count = round(share * len(members))
        leaving = rng.permutation(members)[:count]
        taken = np.zeros(len(self.strata), bool)
        taken[members] = True
        added = []
        for stratum in self.strata[leaving].tolist():
            free = np.flatnonzero((self.strata == stratum) & ~taken)
            free = free if len(free) else np.flatnonzero(~taken)
            if len(free):
                one = int(rng.choice(free))
                taken[one] = True
                added.append(one)
        return np.sort(np.r_[np.setdiff1d(members, leaving), np.array(added, np.intp)])

    def random_like(
        self, sets: Sequence[Index], count: int, rng: np.random.Generator
    ) -> list[Index]:
        """Return random sets, each of the size and the strata of one of the sets."""
        which = rng.permutation(np.arange(count) % len(sets))
        return [self.contaminated(sets[k], 1.0, rng) for k in which.tolist()]
