"""Background mutation rates of genes, from silent mutations and covariates.

Silent mutations of a gene are negative binomial around what its length and its covariates say. Its
own count moves the expectation from there (the posterior mean of a gamma rate), and one line per
cohort, fitted to genes that are no outliers, brings it to the unit of what is tested: patients with
a non-silent mutation. Repeats in one patient and saturation of long genes bend that line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from ...errors import DataError
from ...eval.terms.overlap import Index, Values
from .regression import fit_counts, log_likelihood

OUTLIER = 1e-4
"""Genes with a smaller tail probability are left out when a cohort's line is fitted: of 20,000
neutral ones two, which does not bias it, and drivers do not either."""

TRIMS = 3
"""Times that outliers are looked for."""

MAX_COVARIATE = 5.0
"""Standard deviations beyond which a covariate counts as if it were there."""


@dataclass(frozen=True)
class Background:
    """Rates of ``G`` genes: a gamma prior around what covariates say, and silent mutations.

    Attributes:
        silent: ``(G,)`` silent mutations over all cohorts; zeros where there are none to go by.
        prior: ``(G,)`` what covariates say of them, in the unit of silent mutations.
        shape: Of the gamma prior: large where covariates say nearly all.
        has_silent: Whether silent mutations were there.
    """

    silent: Values
    prior: Values
    shape: float
    has_silent: bool = True

    @classmethod
    def of_silent(cls, silent: Values, covariates: Values) -> Background:
        """Fit the prior to silent mutations.

        Args:
            silent: ``(G,)`` counts.
            covariates: ``(G, k)``, see `design`; its first column is 1.

        Raises:
            DataError: If there is none.
        """
        if not silent.sum():
            raise DataError(
                "counts: holds no silent mutation, so there is no background to compare with; "
                "give silent mutations, or lengths=FILE."
            )
        model = fit_counts(silent, covariates)
        return cls(silent, model.mean(covariates), model.shape)

    @classmethod
    def of_covariates(cls, tested: Values, covariates: Values) -> Background:
        """Fit the prior to the tested counts themselves, where no silent mutations are known.

        Outliers are left out; what covariates leave unexplained is uncertainty of every gene.
        """
        kept = np.ones(len(tested), bool)
        for _ in range(TRIMS):
            model = fit_counts(tested[kept], covariates[kept])
            means = model.mean(covariates)
            kept = upper_tail(tested, means, np.full(len(tested), 1 / model.shape)) > OUTLIER
        return cls(np.zeros(len(tested)), means, model.shape, has_silent=False)

    def rates(self, rows: Index | slice, factor: Values | float = 1.0) -> Values:
        """Return the posterior means of some genes whose prior means are `factor` times as high.

        Args:
            rows: ``n`` genes.
            factor: A number, or ``(Q, 1)`` of them, which gives ``(Q, n)``.
        """
        prior, silent = self.prior[rows] * factor, self.silent[rows]
        if not self.has_silent:
            return prior
        return np.asarray((silent + self.shape) / (1 + self.shape / prior))

    def uncertainty(self, rows: Index | slice) -> Values:
        """Return the squared relative error of the posterior means of some genes."""
        seen = self.silent[rows] if self.has_silent else np.zeros_like(self.prior[rows])
        return np.asarray(1 / (self.shape + seen))


@dataclass(frozen=True)
class Line:
    """How the tested counts of a cohort follow the background.

    Attributes:
        level: Logarithm of what a gene of rate 1 is expected to have.
        slope: Of the logarithm of the expectation on that of the rate; below 1 where long genes
            saturate, as a patient counts once.
        spread: Squared relative deviation of genes beyond the error of their background.
    """

    level: float
    slope: float
    spread: float

    @classmethod
    def fit(cls, counts: Values, background: Background) -> Line:
        """Fit a cohort's line by maximum likelihood to the genes that are no outliers."""
        rates = np.log(background.rates(slice(None)))
        unsure = background.uncertainty(slice(None))
        kept = np.ones(len(counts), bool)
        level = float(np.log(counts.sum() / np.exp(rates).sum()))
        line = cls(level, 1.0, 0.05)
        for _ in range(TRIMS):
            line = line._refitted(counts[kept], rates[kept], unsure[kept])
            means = np.exp(line.level + line.slope * rates)
            kept = upper_tail(counts, means, line.slope**2 * unsure + line.spread) > OUTLIER
        return line

    def expected(self, rates: Values) -> Values:
        """Return what genes of some rates are expected to have."""
        return np.asarray(np.exp(self.level) * rates**self.slope)

    def dispersion(self, uncertainty: Values) -> Values:
        """Return the negative-binomial dispersion of genes of some uncertainty."""
        return np.asarray(self.slope**2 * uncertainty + self.spread)

    def _refitted(self, counts: Values, rates: Values, unsure: Values) -> Line:
        def loss(point: Values) -> float:
            line = Line(float(point[0]), float(point[1]), float(np.exp(point[2])))
            means = np.exp(line.level + line.slope * rates)
            return -float(log_likelihood(counts, means, 1 / line.dispersion(unsure)).sum())

        start = np.array([self.level, self.slope, np.log(self.spread)])
        span = [(self.level - 3, self.level + 3), (0.3, 1.5), (np.log(1e-4), np.log(5.0))]
        solution = optimize.minimize(loss, start, method="L-BFGS-B", bounds=span).x
        return Line(float(solution[0]), float(solution[1]), float(np.exp(solution[2])))


def upper_tail(counts: Values, means: Values, dispersions: Values) -> Values:
    """Return the negative-binomial probabilities of at least so many."""
    sizes = 1 / dispersions
    return np.asarray(stats.nbinom.sf(counts - 1, sizes, sizes / (sizes + means)))


def design(genes: tuple[str, ...], table: pd.DataFrame, lengths: pd.Series[float] | None) -> Values:
    """Return ``(G, 1 + k)`` covariates of genes as they enter a regression.

    A constant, the logarithm of the length, each column of `table` in standard deviations; and for
    each kind of them a column that says where it is unknown, if it is of some genes.

    Args:
        genes: In the order of the rows.
        table: Numbers by gene.
        lengths: By gene; None where there are none.
    """
    columns = [np.ones(len(genes))]
    blocks = [] if lengths is None else [lengths.where(lengths > 0).to_frame()]
    for k, block in enumerate([*blocks, table]):
        values = block.reindex(list(genes)).to_numpy(float)
        values = np.log(values) if k < len(blocks) else values
        if not values.shape[1]:
            continue
        unknown = ~np.isfinite(values).all(axis=1)
        centre, scale = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
        scaled = (values - centre) / np.where(scale > 0, scale, 1.0)
        columns += list(np.clip(np.nan_to_num(scaled), -MAX_COVARIATE, MAX_COVARIATE).T)
        columns += [unknown.astype(float)] if unknown.any() else []
    return np.column_stack(columns)
