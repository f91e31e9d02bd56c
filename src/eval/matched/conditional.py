"""Exact conditional (stratified Fisher) test of a binary property of proteins in sets.

Given the number of a set's proteins in each stratum, and how many of the stratum have the property,
the number of members with the property is a sum of independent hypergeometric counts. Its
distribution is computed exactly by convolution, so that p values, conditional odds ratio and its
interval are exact. With one stratum this is Fisher's test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import brentq
from scipy.special import gammaln, logsumexp

from ..nulls import permuted_within
from ..terms.overlap import Index, Values
from .sets import inside_of, ones_of

LIMIT = 60.0
"""Bound of the search for log odds ratios, in both directions."""


@dataclass(frozen=True)
class CountDistribution:
    """Null distribution of the number of a set's members with a property.

    Attributes:
        least: The smallest count that is possible.
        log_chance: ``(L,)`` logarithm of the probability of ``least, least + 1, ..``.
    """

    least: int
    log_chance: Values

    @classmethod
    def of(cls, drawn: Index, marked: Index, sizes: Index) -> CountDistribution:
        """Convolve the hypergeometric counts of all strata.

        Args:
            drawn: ``(S,)`` members of the set in each stratum.
            marked: ``(S,)`` proteins with the property in each.
            sizes: ``(S,)`` proteins of each.
        """
        least, log_chance = 0, np.zeros(1)
        for m, k, n in zip(drawn.tolist(), marked.tolist(), sizes.tolist(), strict=True):
            if not m or not k:
                continue
            low = max(0, m + k - n)
            counts = np.arange(low, min(m, k) + 1)
            logs = _log_choose(k, counts) + _log_choose(n - k, m - counts) - _log_choose(n, m)
            log_chance = _log_convolve(log_chance, logs)
            least += low
        return cls(least, log_chance)

    @property
    def expected(self) -> float:
        """The mean count."""
        return float((self.counts * np.exp(self.log_chance)).sum())

    @property
    def counts(self) -> Values:
        """``(L,)`` the counts that are possible."""
        return self.least + np.arange(len(self.log_chance), dtype=float)

    @property
    def is_certain(self) -> bool:
        """Whether only one count is possible: no stratum has both kinds of proteins."""
        return len(self.log_chance) == 1

    def upper(self, log_odds: float = 0.0) -> Values:
        """Return ``(L,)`` probabilities of at least each count, at an odds ratio; above 0."""
        tails = np.logaddexp.accumulate(self._tilted(log_odds)[::-1])[::-1]
        return np.clip(np.exp(tails), np.finfo(float).tiny, 1.0)

    def p_value(self, count: int) -> float:
        """Return the probability of at least this number of members with the property."""
        return float(self.upper()[count - self.least])

    def odds_ratio(self, count: int, confidence: float = 0.95) -> tuple[float, float, float]:
        """Return the odds ratio of having the property as a member, and its exact interval.

        The conditional maximum-likelihood estimate, 0 or infinity at the ends of what is possible;
        NaN, 0, infinity where only one count is.

        Source: Cornfield, Proc. 3rd Berkeley Symp. 4:135 (1956); Mehta, Patel & Gray, J. Am. Stat.
        Assoc. 80:969 (1985), doi:10.1080/01621459.1985.10478212.
        """
        if self.is_certain:
            return float("nan"), 0.0, float("inf")
        place, last = count - self.least, len(self.log_chance) - 1
        tail = (1 - confidence) / 2
        ratio = 0.0 if place == 0 else float("inf")
        if 0 < place < last:
            ratio = _root(lambda t: float(self.counts @ np.exp(self._tilted(t))) - count)
        low = _root(lambda t: float(self.upper(t)[place]) - tail) if place else 0.0
        high = float("inf")
        if place < last:
            high = _root(lambda t: float(self.upper(t)[place + 1]) - 1 + tail)
        return ratio, low, high

    def _tilted(self, log_odds: float) -> Values:
        """Return the logarithms of the probabilities at an odds ratio."""
        tilted = self.log_chance + log_odds * np.arange(len(self.log_chance))
        return np.asarray(tilted - logsumexp(tilted), np.float64)


@dataclass(frozen=True)
class CountTest:
    """The exact test of a binary property in every set of a family.

    Attributes:
        members: ``(A, n)`` sets x proteins; stored entries count.
        marked: ``(n,)`` bool, which proteins have the property.
        strata: ``(n,)`` stratum of each protein, from 0.
    """

    members: sparse.csr_array
    marked: NDArray[np.bool_]
    strata: Index

    @cached_property
    def distributions(self) -> list[CountDistribution]:
        """Of each set.

        Cost: .3 s for 270 sets, 5,000 proteins and 100 strata.
        """
        everyone = np.ones(len(self.marked), bool)
        rows = range(self.members.shape[0])
        return [self._distribution(inside_of(self.members, k), everyone) for k in rows]

    def p_values(self) -> Values:
        """Return ``(A,)`` p values."""
        return self._p_of(self._counts(self.marked[:, None]))[:, 0]

    def null_p(self, strata: Index, nulls: int, seed: int) -> Values:
        """Return ``(nulls, A)`` p values after the property was permuted within `strata`."""
        rng = np.random.default_rng(seed)
        drawn = self.marked[permuted_within(strata, nulls, rng)].T
        return self._p_of(self._counts(drawn)).T

    def rest(self, inside: Index, gone: NDArray[np.bool_]) -> float:
        """Return the p value of a set among the proteins that are not `gone`."""
        return self._distribution(inside, ~gone).p_value(int(self.marked[inside].sum()))

    def described(self) -> dict[str, Values]:
        """Return for each set, ``(A,)``, observed and expected counts, and the odds ratio.

        Columns ``with_property expected odds_ratio odds_ratio_lo odds_ratio_hi``.
        """
        counts = self._counts(self.marked[:, None])[:, 0]
        pairs = list(zip(self.distributions, counts.tolist(), strict=True))
        ratio, low, high = np.array([test.odds_ratio(count) for test, count in pairs]).T
        return {
            "with_property": counts,
            "expected": ones_of(self.members) @ self._rates,
            "odds_ratio": ratio,
            "odds_ratio_lo": low,
            "odds_ratio_hi": high,
        }

    @property
    def _rates(self) -> Values:
        """``(n,)`` share of the proteins of each one's stratum that have the property."""
        sizes = np.bincount(self.strata)
        return np.asarray(
            (np.bincount(self.strata, self.marked) / np.maximum(sizes, 1))[self.strata]
        )

    def _counts(self, marked: NDArray[np.bool_]) -> Index:
        """Return ``(A, D)`` members that are marked in each of ``(n, D)``."""
        return np.asarray(np.rint(ones_of(self.members) @ marked.astype(float)), np.intp)

    def _p_of(self, counts: Index) -> Values:
        rows = zip(self.distributions, counts, strict=True)
        return np.array([test.upper()[row - test.least] for test, row in rows])

    def _distribution(self, inside: Index, left: NDArray[np.bool_]) -> CountDistribution:
        total = int(self.strata.max(initial=-1)) + 1
        chosen = (self.strata[inside], self.strata[self.marked & left], self.strata[left])
        drawn, having, sizes = (np.bincount(one, minlength=total) for one in chosen)
        return CountDistribution.of(drawn, having, sizes)


def _root(function: Callable[[float], float]) -> float:
    """Return the root of an increasing function of the log odds ratio, as an odds ratio."""
    return float(np.exp(brentq(function, -LIMIT, LIMIT, xtol=1e-9)))


def _log_convolve(first: Values, second: Values) -> Values:
    """Return the logarithms of a convolution: tails of 10^-400 are not lost as they are in sums."""
    total = np.full(len(first) + len(second) - 1, -np.inf)
    longer, shorter = sorted((first, second), key=len)[::-1]
    for k, one in enumerate(shorter):
        here = slice(k, k + len(longer))
        total[here] = np.logaddexp(total[here], longer + one)
    return total


def _log_choose(n: int, k: Index | int) -> Values:
    return np.asarray(gammaln(n + 1.0) - gammaln(np.asarray(k) + 1.0) - gammaln(n - k + 1.0))
