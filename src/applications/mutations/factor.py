"""Overdispersion of assemblies' silent mutations beyond the covariates.

Genes of one assembly share a compartment and have similar expression and length, so that
what covariates miss they miss in all of them. Each assembly therefore has a factor of its own, log
normal around 1, whose spread is estimated over all assemblies of the map from silent mutations
alone, and which is integrated out in each test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from ...eval.terms.overlap import Index, Values
from .background import Background

NODES, CHANCES = np.polynomial.hermite_e.hermegauss(3)
"""Gauss-Hermite quadrature of a standard normal."""

MAX_LOG_SD = 2.0
"""Standard deviations of the logarithm of factors, at most."""

NARROWEST = 0.02
"""Below this deviation of its logarithm a factor is 1."""

STEPS = 30
"""Most steps of Newton's method."""


@dataclass(frozen=True)
class AssemblyFactor:
    """The factors of assemblies, log normal around 1.

    Attributes:
        deviation: Of their logarithms.
    """

    deviation: float

    @classmethod
    def fit(cls, background: Background, sets: Sequence[Index]) -> AssemblyFactor:
        """Estimate the spread of factors from the silent mutations of sets of genes."""
        if not background.has_silent or not sets:
            return cls(0.0)
        silent = np.array([background.silent[one].sum() for one in sets])
        prior = np.array([background.prior[one].sum() for one in sets])
        squares = np.array([(background.prior[one] ** 2).sum() for one in sets])
        own = prior + squares / background.shape

        def loss(deviation: float) -> float:
            variance = own + deviation**2 * prior**2
            return float((np.log(variance) + (silent - prior) ** 2 / variance).sum())

        factor = minimize_scalar(loss, bounds=(0.0, MAX_LOG_SD), method="bounded").x
        return cls(float(factor) if factor > NARROWEST else 0.0)

    def posterior(self, background: Background, genes: Index) -> tuple[Values, Values]:
        """Return chances and values of a set's factor, given its silent mutations.

        Laplace's approximation places the nodes, the likelihood weighs them.
        """
        if not self.deviation:
            return np.ones(1), np.ones(1)
        silent, prior = background.silent[genes], background.prior[genes]
        precision = self.deviation**-2
        place, width = _peak(silent, prior, background.shape, precision)
        logs = place + width * NODES
        rates = prior * np.exp(logs)[:, None]
        likelihood = logs * silent.sum() - (
            (silent + background.shape) * np.log(background.shape + rates)
        ).sum(axis=1)
        heights = likelihood - precision * logs**2 / 2 + NODES**2 / 2
        chances = CHANCES * np.exp(heights - heights.max())
        return chances / chances.sum(), np.exp(logs)


def _peak(silent: Values, prior: Values, shape: float, precision: float) -> tuple[float, float]:
    """Return the most likely logarithm of a factor, and its deviation there; it has one peak."""
    place = 0.0
    for _ in range(STEPS):
        share = prior * np.exp(place)
        share = share / (shape + share)
        slope = float((silent - (silent + shape) * share).sum()) - precision * place
        bend = float(((silent + shape) * share * (1 - share)).sum()) + precision
        step = max(-1.0, min(1.0, slope / bend))
        place += step
        if abs(step) < 1e-8:
            break
    return place, bend**-0.5
