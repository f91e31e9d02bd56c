"""Linear models of conditions, blocks and contrasts, and moderated F tests on their differences.

A row of measurements (an assembly's cohesion, a coordinate of a protein) is one number a replicate.
Its variance is moderated as in limma: shrunk to what rows alike in their covariates have.

Source: Smyth, Stat. Appl. Genet. Mol. Biol. 3:3 (2004), doi:10.2202/1544-6115.1027.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import optimize, special, stats

from ...errors import ConfigError
from ...eval.terms.enrichment import benjamini_hochberg
from ...eval.terms.overlap import Index, Values

MAX_SHARE = 0.75
"""Share of rows that are taken not to change, where the scale of a test is checked."""

FEWEST_INDEPENDENT = 0.05
"""Lowest share of independent coordinates that is fitted."""


@dataclass(frozen=True)
class Model:
    """What is compared with what.

    Attributes:
        design: ``(n, P)`` one row a replicate: its condition, then its block.
        contrasts: ``(Q, P)`` the differences tested together; all of them 0 under the null.
        effects: ``(E, P)`` the differences that are reported: the largest of them.
        conditions: How many of the columns, the first ones, are conditions.
    """

    design: Values
    contrasts: Values
    effects: Values
    conditions: int

    @property
    def df(self) -> int:
        """Degrees of freedom that replicates leave for the variance."""
        return len(self.design) - int(np.linalg.matrix_rank(self.design))

    @property
    def estimable(self) -> bool:
        """Whether the design separates the differences from blocks and means."""
        known = self.contrasts @ np.linalg.pinv(self.design) @ self.design
        return bool(np.allclose(known, self.contrasts, atol=1e-8))

    def at(self, rows: Index) -> Model:
        """Return the model of some replicates, without blocks where these leave no contrast."""
        part = Model(self.design[rows], self.contrasts, self.effects, self.conditions)
        return part if part.estimable else part._without_blocks()

    def _without_blocks(self) -> Model:
        own = slice(self.conditions)
        parts = (self.design[:, own], self.contrasts[:, own], self.effects[:, own])
        return Model(*parts, self.conditions)

    def differences(self, values: Values) -> Values:
        """``(n, ..)`` measurements -> ``(E, ..)`` reported differences."""
        weights = self.effects @ np.linalg.pinv(self.design)
        return np.asarray(np.tensordot(weights, values, axes=1))

    def variance_factors(self) -> Values:
        """``(E,)`` variance of each reported difference, in units of a replicate's."""
        weights = self.effects @ np.linalg.pinv(self.design)
        return np.asarray((weights**2).sum(axis=1))

    def signal(self, values: Values) -> Values:
        """``(n, ..)`` measurements -> ``(..)`` mean square of the contrasts.

        Its expectation under the null is the variance of a replicate.
        """
        weights = self.contrasts @ np.linalg.pinv(self.design)
        root = np.linalg.inv(np.linalg.cholesky(weights @ weights.T))
        scaled = np.tensordot(root @ weights, values, axes=1)
        return np.asarray((scaled**2).mean(axis=0))

    def residuals(self, values: Values) -> Values:
        """``(n, ..)`` measurements -> ``(n, ..)`` what the model leaves."""
        fitted = self.design @ np.linalg.pinv(self.design)
        return np.asarray(values - np.tensordot(fitted, values, axes=1))


def model_of(
    labels: Sequence[str],
    blocks: Sequence[str],
    contrast: str | Mapping[str, float] | None = None,
) -> Model:
    """Return the model of replicates.

    Args:
        labels: Condition of each replicate; conditions count in the order of their first.
        blocks: What was processed together; a block that is all of one kind or "" says nothing.
        contrast: None: any difference between conditions; ``trend``: a straight line through the
            conditions in their order; ``{CONDITION: weight}``, with weights that add up to 0.

    Raises:
        ConfigError: If a weight names no condition, or weights do not add up to 0.
    """
    names = list(dict.fromkeys(labels))
    columns = [np.array([label == name for label in labels], float) for name in names]
    known = [name for name in dict.fromkeys(blocks) if name][1:]
    columns += [np.array([block == name for block in blocks], float) for name in known]
    width = len(columns)
    pairs = [(b, a) for a, b in combinations(range(len(names)), 2)]
    if contrast is None:
        tested = [_row(width, {k: 1.0, 0: -1.0}) for k in range(1, len(names))]
        shown = [_row(width, {b: 1.0, a: -1.0}) for b, a in pairs]
    else:
        tested = shown = [_row(width, _weights(names, contrast))]
    return Model(np.column_stack(columns), np.array(tested), np.array(shown), len(names))


def _weights(names: Sequence[str], contrast: str | Mapping[str, float]) -> dict[int, float]:
    if isinstance(contrast, str):
        times = np.arange(len(names)) - (len(names) - 1) / 2
        slope = times / (times**2).sum() * (len(names) - 1)
        return dict(enumerate(slope.tolist()))
    unknown = [name for name in contrast if name not in names]
    if unknown:
        raise ConfigError(
            f"contrast: there is no condition '{unknown[0]}'; there are {', '.join(names)}."
        )
    if not any(contrast.values()) or abs(sum(contrast.values())) > 1e-9:
        raise ConfigError("contrast: weights must add up to 0 and not all be 0.")
    return {names.index(name): weight for name, weight in contrast.items()}


def _row(width: int, weights: Mapping[int, float]) -> Values:
    row = np.zeros(width)
    for place, weight in weights.items():
        row[place] = weight
    return row


def replicate_models(
    model: Model, labels: Sequence[str]
) -> Iterator[tuple[tuple[int, int], Model]]:
    """Yield a model for each pair of replicates of one condition: the two against each other.

    The pair is given a column of its own, so that the variance comes from what is not tested.
    """
    width = model.design.shape[1] + 1
    tested = np.eye(width)[-1:]
    for i, j in combinations(range(len(labels)), 2):
        if labels[i] == labels[j]:
            pair = np.zeros(len(labels))
            pair[[i, j]] = 0.5, -0.5
            one = Model(np.column_stack([model.design, pair]), tested, tested, width)
            if one.df and one.estimable:
                yield (i, j), one


def relabelled(
    labels: Sequence[str], blocks: Sequence[str], most: int, rng: np.random.Generator
) -> list[list[str]]:
    """Return distinct assignments of conditions to replicates within blocks, without the true one.

    Two that differ by the names of conditions only are one.
    """
    seen = {_canonical(labels)}
    assignments: list[list[str]] = []
    places = [np.flatnonzero(np.array(blocks) == block) for block in dict.fromkeys(blocks)]
    for _ in range(most * 20):
        drawn = np.array(labels, object)
        for inside in places:
            drawn[inside] = drawn[rng.permutation(inside)]
        if _canonical(drawn.tolist()) not in seen:
            seen.add(_canonical(drawn.tolist()))
            assignments.append(drawn.tolist())
        if len(assignments) == most:
            break
    return sorted(assignments)


def _canonical(labels: Sequence[str]) -> tuple[int, ...]:
    first = {name: k for k, name in enumerate(dict.fromkeys(labels))}
    return tuple(first[name] for name in labels)


@dataclass(frozen=True)
class Prior:
    """What variances are shrunk to.

    Attributes:
        coefficients: Of the covariates, of the logarithm of the variance.
        df: Degrees of freedom by which it shrinks; infinite where variances are all alike.
        most: Degrees of freedom that a variance can gain from it: rows were measured on the same
            replicates, and no number of rows adds information on these.
    """

    coefficients: Values
    df: float
    most: float

    @classmethod
    def of(cls, variance: Values, df: float, covariates: Values) -> Prior:
        """Fit a scaled inverse chi-squared distribution, its logarithm linear in the covariates.

        Args:
            variance: ``(M,)`` of each row, from `df` degrees of freedom.
            df: At least 1.
            covariates: ``(M, C)``, the first column 1.
        """
        floor = np.maximum(1e-5 * np.median(variance), np.finfo(float).tiny)
        logs = np.log(np.maximum(variance, floor)) - special.digamma(df / 2) + np.log(df / 2)
        coefficients = np.linalg.lstsq(covariates, logs, rcond=None)[0]
        left = logs - covariates @ coefficients
        free = max(len(left) - np.linalg.matrix_rank(covariates), 1)
        excess = (left**2).sum() / free - special.polygamma(1, df / 2)
        if not excess > 0:
            return cls(coefficients, np.inf, df)
        own = 2 * _inverse_trigamma(float(excess))
        coefficients = coefficients.copy()
        coefficients[0] += special.digamma(own / 2) - np.log(own / 2)
        return cls(coefficients, own, df)

    def level(self, covariates: Values) -> Values:
        """Return the variance that rows of these covariates are shrunk to."""
        return np.asarray(np.exp(covariates @ self.coefficients))

    def moderated(self, variance: Values, df: float, covariates: Values) -> tuple[Values, float]:
        """Return ``(M,)`` shrunk variances and the degrees of freedom of each."""
        level, free = self.level(covariates), df + min(self.df, self.most)
        if np.isinf(self.df):
            return level, free
        return np.asarray((self.df * level + df * variance) / (self.df + df)), free


def _inverse_trigamma(value: float) -> float:
    """Newton's iteration of Smyth 2004, appendix."""
    if value > 1e7:
        return float(1 / np.sqrt(value))
    root = 0.5 + 1 / value
    for _ in range(50):
        now = float(special.polygamma(1, root))
        step = now * (1 - now / value) / float(special.polygamma(2, root))
        root += step
        if -step / root < 1e-8:
            break
    return root


def rates(p: Values) -> Values:
    """Return Benjamini-Hochberg false discovery rates of what was tested; NaN where p is."""
    corrected = np.full(len(p), np.nan)
    known = np.isfinite(p)
    corrected[known] = benjamini_hochberg(p[known])
    return corrected


def empirical_fdr(p: Values, null: Sequence[Values]) -> Values:
    """Return false discovery rates by what the same test finds where nothing changes.

    The share of the p values up to one's own that are expected by the null tests, of which one more
    is counted than there are; the lowest over all that are less probable. NaN where p is, or
    without null tests.

    Args:
        p: ``(N,)``.
        null: p values of each null test, of any number of rows.

    Source: counts of decoys, Elias & Gygi, Nat. Methods 4:207 (2007), doi:10.1038/nmeth1019.
    """
    rates = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    if not (len(null) and len(known)):
        return rates
    order = known[np.argsort(p[known], kind="stable")]
    drawn = np.sort(np.concatenate(null))
    below = np.searchsorted(drawn, p[order], side="right") + 1
    expected = below * len(known) / len(drawn)
    rank = np.searchsorted(p[order], p[order], side="right")
    rates[order] = np.minimum(np.minimum.accumulate((expected / rank)[::-1])[::-1], 1)
    return rates


def inflation(statistic: Values, numerator_df: float, df: float, most: float = MAX_SHARE) -> float:
    """Return how much larger than expected the F statistics of most rows are, at least 1.

    Most rows do not change; where even these scatter more than replicates do, such as after a
    replicate that is unlike the others, all statistics are divided by this: their median and their
    quantile `most` are not above those of the distribution.

    Source: genomic control, Devlin & Roeder, Biometrics 55:997 (1999),
    doi:10.1111/j.0006-341X.1999.00997.x.
    """
    if not len(statistic):
        return 1.0
    levels = np.array([0.5, most])
    expected = stats.f.ppf(levels, numerator_df, df)
    return max(1.0, float((np.quantile(statistic, levels) / expected).max()))


def independent_share(statistic: Values, numerator_df: float, df: float) -> float:
    """Return the share of its degrees of freedom that a statistic has, at most 1.

    Coordinates of a protein that was measured poorly in a replicate are all off at once, so that
    they count for fewer than they are. F statistics with fewer degrees of freedom are more widely
    spread: the share is that at which the quartiles of their logarithm lie as far apart as those
    of the rows, most of which do not change.

    Source: an empirical null, Efron, J. Am. Stat. Assoc. 99:96 (2004),
    doi:10.1198/016214504000000089.
    """
    levels = [1 - MAX_SHARE, MAX_SHARE]
    seen = np.ptp(np.log(np.quantile(statistic, levels))) if len(statistic) else 0.0

    def excess(share: float) -> float:
        expected = stats.f.ppf(levels, share * numerator_df, share * df)
        return float(np.ptp(np.log(expected)) - seen)

    if excess(1.0) >= 0:
        return 1.0
    if excess(FEWEST_INDEPENDENT) <= 0:
        return FEWEST_INDEPENDENT
    return float(optimize.brentq(excess, FEWEST_INDEPENDENT, 1.0))
