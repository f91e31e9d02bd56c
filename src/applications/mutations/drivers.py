"""Validation by driver lists: enrichment of known cancer genes among non-driving members.

The genes that drove the call of an assembly are its surest ones, taken out until what is left has a
p value above .05. Those that are left are compared with genes of the map that are as long and as
mutable (equal expectation) and whose own counts deviate as much: the list is permuted among them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...eval.matched.strata import strata_of
from ...eval.nulls import permuted_within
from ...eval.terms.overlap import Index, Values
from .excess import CohortTest

MIN_P_WITHOUT_DRIVERS = 0.05
"""The p value that an assembly has without the genes that drove its call, at least."""

DRAWS = 1000
"""Permutations of the list among like genes."""

ALL_CALLED = "all of them"
"""The row of the members of all called assemblies together."""


def driving(test: CohortTest, genes: Index) -> Index:
    """Return the surest genes without which a set of genes is not significant."""
    order = genes[np.argsort(test.tails[genes], kind="stable")]
    for count in range(1, len(order)):
        if test.p_value(order[count:]) > MIN_P_WITHOUT_DRIVERS:
            return order[:count]
    return order


@dataclass(frozen=True)
class Validation:
    """Called assemblies, a driver list, and genes to compare with.

    Attributes:
        test: Of the cohort in which assemblies were called.
        names: ``(G,)`` genes.
        listed: ``(G,)`` whether the list names each.
        universe: Genes of the map.
        called: Assembly -> the genes that it was called for.
        whole: Assembly -> all its genes.
        seed: Of the permutations.
    """

    test: CohortTest
    names: NDArray[np.object_]
    listed: NDArray[np.bool_]
    universe: Index
    called: dict[str, Index]
    whole: dict[str, Index]
    seed: int

    def table(self) -> pd.DataFrame:
        """Return a row for all called assemblies together and for each: see the docs."""
        drove = {name: driving(self.test, genes) for name, genes in self.called.items()}
        gone = np.unique(np.concatenate([*drove.values(), np.empty(0, np.intp)]))
        pool = np.setdiff1d(self.universe, gone)
        left = {name: np.setdiff1d(genes, gone) for name, genes in self.whole.items()}
        union = np.unique(np.concatenate([*left.values(), np.empty(0, np.intp)]))
        null = self._permuted(pool)
        rows = [self._row(ALL_CALLED, gone, union, pool, null)]
        rows += [self._row(name, drove[name], left[name], pool, null) for name in self.called]
        return pd.DataFrame(rows)

    def _permuted(self, pool: Index) -> NDArray[np.bool_]:
        """Return ``(DRAWS, n)`` the list permuted among like genes of the pool."""
        alike = {"expected": self.test.expected[pool], "deviations": self.test.deviations[pool]}
        rng = np.random.default_rng([self.seed, 3])
        return np.asarray(
            self.listed[pool][permuted_within(strata_of(pd.DataFrame(alike)), DRAWS, rng)]
        )

    def _row(
        self, name: str, drove: Index, left: Index, pool: Index, null: NDArray[np.bool_]
    ) -> dict[str, object]:
        counts: Values = null[:, np.isin(pool, left)].sum(axis=1).astype(float)
        known = left[self.listed[left]]
        low, high = np.quantile(counts, [0.025, 0.975])
        return {
            "assembly": name,
            "left": len(left),
            "listed": len(known),
            "expected": float(counts.mean()),
            "expected_low": float(low),
            "expected_high": float(high),
            "p": float((1 + (counts >= len(known)).sum()) / (1 + DRAWS)),
            "drove": " ".join(self.names[drove]),
            "drove_listed": int(self.listed[drove].sum()),
            "genes": " ".join(self.names[known]),
        }
