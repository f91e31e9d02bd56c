"""Classes of assemblies: conserved (by equivalence tests), changed, or undecided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from ...eval.terms.overlap import Index, Values
from .model import Model, Prior, inflation, rates

CONSERVED, CHANGED, UNDECIDED = "conserved", "changed", "undecided"

INTERVAL_LEVEL = 0.95
"""Of the intervals of effects."""

POWER = 0.8


@dataclass(frozen=True)
class Answers:
    """What replicates say of the cohesion of assemblies.

    Attributes:
        effect: ``(A,)`` the largest difference between two conditions, later less earlier one.
        lo: ``(A,)`` lower end of its interval of `INTERVAL_LEVEL`; NaN where nothing can be tested.
        hi: ``(A,)`` upper end.
        p: ``(A,)`` that all differences are 0.
        p_equivalent: ``(A,)`` that some difference reaches the margin: small where an assembly is
            conserved.
        df: Degrees of freedom of the variances.
        inflation: What statistics were divided by.
    """

    effect: Values
    lo: Values
    hi: Values
    p: Values
    p_equivalent: Values
    df: float
    inflation: float

    @classmethod
    def of(
        cls, model: Model, cohesion: Values, sizes: Index, permuted: Values, margin: float
    ) -> Answers:
        """Test every assembly.

        Two one-sided tests (TOST) show equivalence: both ends of the interval are within the
        margin, for every reported difference.

        Args:
            model: What is compared with what.
            cohesion: ``(n, A)`` of each assembly in each replicate.
            sizes: ``(A,)`` measured members.
            permuted: ``(n, M)`` cohesion of the assemblies of maps with permuted labels, in the
                order of `sizes`, as often as there are such maps.
            margin: Differences below it do not matter, in ranks.

        Source: Schuirmann, J. Pharmacokinet. Biopharm. 15:657 (1987), doi:10.1007/BF01068419.
        """
        shown = model.differences(cohesion)
        largest = np.abs(shown).argmax(axis=0)
        effect = shown[largest, np.arange(shown.shape[1])]
        if not (model.df and model.estimable):
            none = np.full(len(effect), np.nan)
            return cls(effect, none, none, none, none, 0.0, 1.0)
        variance, df = _variance(model, cohesion, sizes)
        wide = _scatter(model, permuted, np.tile(sizes, len(permuted.T) // max(len(sizes), 1)))
        q = len(model.contrasts)
        p = stats.f.sf(model.signal(cohesion) / variance / wide, q, df)
        errors = np.sqrt(np.outer(model.variance_factors(), variance) * wide)
        apart = stats.t.sf((margin - np.abs(shown)) / errors, df).max(axis=0)
        half = stats.t.isf((1 - INTERVAL_LEVEL) / 2, df) * errors[largest, np.arange(len(effect))]
        return cls(effect, effect - half, effect + half, np.asarray(p), apart, df, wide)

    @property
    def fdr(self) -> Values:
        """``(A,)`` Benjamini-Hochberg over assemblies."""
        return rates(self.p)

    @property
    def fdr_equivalent(self) -> Values:
        """``(A,)`` Benjamini-Hochberg over assemblies, of the tests of equivalence."""
        return rates(self.p_equivalent)

    def detectable(self, fdr: float) -> Values:
        """Return ``(A,)`` the change that is called with a power of `POWER`; NaN if untestable.

        It is that of the only assembly that changes, which Benjamini-Hochberg asks most of.
        """
        error = (self.hi - self.lo) / 2 / stats.t.isf((1 - INTERVAL_LEVEL) / 2, self.df)
        called = stats.t.isf(fdr / 2 / max(len(error), 1), self.df)
        return np.asarray(error * special.nctdtrinc(self.df, 1 - POWER, called))

    def classes(self, fdr: float) -> list[str]:
        """Return ``(A,)`` answers at a false discovery rate."""
        changed, same = self.fdr <= fdr, self.fdr_equivalent <= fdr
        labels = np.where(changed, CHANGED, np.where(same, CONSERVED, UNDECIDED))
        return [str(one) for one in labels]


def _variance(model: Model, cohesion: Values, sizes: Index) -> tuple[Values, float]:
    """Return moderated variances of a replicate: assemblies of like size and cohesion are alike."""
    variance = (model.residuals(cohesion) ** 2).sum(axis=0) / model.df
    covariates = np.column_stack([np.ones(len(sizes)), np.log(sizes), cohesion.mean(axis=0)])
    if len(sizes) < MIN_FITTED_ASSEMBLIES:
        covariates = covariates[:, :1]
    return Prior.of(variance, model.df, covariates).moderated(variance, model.df, covariates)


MIN_FITTED_ASSEMBLIES = 10
"""Assemblies that size and cohesion of a variance are fitted to."""


def _scatter(model: Model, permuted: Values, sizes: Index) -> float:
    if not permuted.shape[1]:
        return 1.0
    variance, df = _variance(model, permuted, sizes)
    return inflation(model.signal(permuted) / variance, len(model.contrasts), df)
