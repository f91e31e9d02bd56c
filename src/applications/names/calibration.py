"""Calibration of names: P(correct), learned from sets with hidden terms and replaced members.

For each of many terms the whole group of similar terms is hidden, a growing share of its members is
replaced by random proteins of like covariates, and the rest is named by what is still visible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from ...errors import DataError
from ...eval.terms.overlap import Index, Values
from ...similarity.containment import jaccard_index
from .controls import SHARES, Pool
from .known import Known
from .naming import Naming, name_sets
from .reliability import Outcomes, calibration_table, reliability

AS_CLOSE = 0.8
"""Share of the closest visible term's Jaccard from which a name is as close to the hidden set."""

MOST_OF = 0.5
"""Share of replaced members from which no name describes the set."""

MAX_HIDDEN_PROTEINS = 300
"""Proteins of the largest term that is hidden."""

FOLDS = 5
MIN_HIDDEN_TERMS = 20
"""Terms that have to be hidden for anything to be learned."""


@dataclass(frozen=True)
class Probes:
    """Sets of known origin, named without the terms that they are of.

    Attributes:
        namings: What names each.
        groups: Group of the term that each is of.
        replaced: Share of the members of each that was replaced.
        right: Whether most members are of one hidden term, and the name is as close to that term
            as the closest visible one, or nearly so (`AS_CLOSE`).
    """

    namings: tuple[Naming, ...]
    groups: Index
    replaced: Values
    right: Outcomes

    @classmethod
    def of(cls, known: Known, pool: Pool, places: Index, count: int, seed: int) -> Probes:
        """Draw terms of different groups, replace members, and name what is left.

        Args:
            known: The terms.
            pool: The proteins of the map.
            places: ``(N,)`` position in the map of each protein of the universe.
            count: Terms to hide, where there are so many.
            seed: Of all draws.

        Raises:
            DataError: If there are too few terms.
        """
        rng = np.random.default_rng(seed)
        chosen = _terms(known, count, rng)
        if len(chosen) < MIN_HIDDEN_TERMS:
            raise DataError(
                f"names: only {len(chosen)} groups of terms could be hidden to see how often a "
                f"name is right, {MIN_HIDDEN_TERMS} are needed; give more references."
            )
        terms = np.repeat(chosen, len(SHARES))
        replaced = np.tile(np.array(SHARES), len(chosen))
        sets = [
            pool.contaminated(places[_members(known, k)], share, rng)
            for k, share in zip(terms.tolist(), replaced.tolist(), strict=True)
        ]
        hidden = known.groups[terms]
        columns = within(places, sets, len(pool.strata))
        named = name_sets(known, columns, [len(s) for s in sets], seed, hidden.tolist())
        close = np.array([_close(known, n, k) for n, k in zip(named, terms.tolist(), strict=True)])
        return cls(tuple(named), hidden, replaced, close & (replaced < MOST_OF))

    @property
    def features(self) -> Values:
        """``(n, 3)`` what the confidence depends on."""
        return np.array([one.features for one in self.namings])


def within(places: Index, sets: Sequence[Index], proteins: int) -> list[Index]:
    """Return sets of positions in the map as positions in the universe; others are left out."""
    column = np.full(proteins, -1, np.intp)
    column[places] = np.arange(len(places))
    columns = [column[one] for one in sets]
    return [one[one >= 0] for one in columns]


def _members(known: Known, term: int) -> Index:
    start, stop = known.members.indptr[term : term + 2]
    return np.asarray(known.members.indices[start:stop], np.intp)


def _terms(known: Known, count: int, rng: np.random.Generator) -> Index:
    """Return one term of each of so many groups."""
    order = rng.permutation(np.flatnonzero(known.sizes <= MAX_HIDDEN_PROTEINS))
    _, first = np.unique(known.groups[order], return_index=True)
    return order[np.sort(first)][:count]


def _close(known: Known, naming: Naming, term: int) -> bool:
    """Return whether a name is as close to a hidden term as the closest visible term."""
    if not naming.rows:
        return False
    own = _members(known, term)
    shared = np.asarray(known.by_protein[own].sum(axis=0)).ravel()
    alike = jaccard_index(shared, known.sizes, len(own))
    closest = alike[known.groups != known.groups[term]].max(initial=0.0)
    united = np.unique(known.members[list(naming.rows)].indices)
    common = len(np.intersect1d(own, united, assume_unique=True))
    return bool(common and common / (len(own) + len(united) - common) >= AS_CLOSE * closest)


@dataclass(frozen=True)
class Confidence:
    """How likely names are right, and from where on a name is given.

    Attributes:
        model: Logistic regression on `Naming.features`.
        share: Logistic regression of the share of members that were not replaced, on
            `Naming.profile`.
        threshold: Confidence from which a set is named.
        scores: How good the confidences are on terms that were not learned from.
        curve: Their reliability.
    """

    model: Pipeline
    share: Pipeline
    threshold: float
    scores: pd.DataFrame
    curve: pd.DataFrame

    @classmethod
    def of(cls, probes: Probes, random: Sequence[Naming], named: float, seed: int) -> Confidence:
        """Learn from probes; name at most a share `named` of random sets.

        The threshold is conformal: exchangeable random sets exceed it in at most that share.

        Args:
            probes: To learn from.
            random: Names of random sets.
            named: Share of random sets that may be named, in (0, 1).
            seed: Of folds and intervals.
        """
        model = _fitted(probes.features, probes.right)
        held_out = _held_out(probes, seed)
        null = np.sort(_predicted(model, random))
        rank = min(int(np.ceil((len(null) + 1) * (1 - named))), len(null))
        return cls(
            model,
            fitted_share(np.array([one.profile for one in probes.namings]), 1 - probes.replaced),
            float(null[rank - 1]),
            calibration_table(held_out, probes.right, probes.groups, seed),
            reliability(held_out, probes.right),
        )

    def predict(self, namings: Sequence[Naming]) -> Values:
        """Return ``(n,)`` how likely each name is right, in 0..1."""
        return _predicted(self.model, namings)

    def expected_share(self, namings: Sequence[Naming]) -> Values:
        """Return ``(n,)`` which share of the members belongs together, in 0..1."""
        profiles = np.array([one.profile for one in namings])
        return np.asarray(self.share.predict_proba(profiles)[:, 1], float)


def fitted_share(features: Values, shares: Values) -> Pipeline:
    """Return a logistic regression of shares: the probability that a member belongs.

    Each set counts as members that belong and members that do not, by its share.
    """
    both = np.r_[features, features]
    belongs = np.repeat([True, False], len(features))
    weights = np.r_[shares, 1 - shares]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return model.fit(both, belongs, logisticregression__sample_weight=2 * weights)


def _predicted(model: Pipeline, namings: Sequence[Naming]) -> Values:
    features = np.array([one.features for one in namings])
    return np.asarray(model.predict_proba(features)[:, 1], float)


def _fitted(features: Values, right: Outcomes) -> Pipeline:
    if right.all() or not right.any():
        raise DataError(
            "names: of the hidden terms all or none could be named by what is left, so that "
            "nothing can be learned of when a name is right; give more references."
        )
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(features, right)


def _held_out(probes: Probes, seed: int) -> Values:
    """Return the confidence in each probe, learned from the probes of other terms."""
    kinds, group = np.unique(probes.groups, return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(len(kinds)) % FOLDS)[group]
    predicted = np.empty(len(group))
    for k in range(FOLDS):
        model = _fitted(probes.features[fold != k], probes.right[fold != k])
        predicted[fold == k] = _predicted(
            model, [one for one, own in zip(probes.namings, fold == k, strict=True) if own]
        )
    return predicted
