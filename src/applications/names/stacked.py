"""Stacking of language model and reference terms by logistic regression on the controls.

It predicts which share of the members of a set belongs together: all of a set as it was, half of a
half-mixed one, none of a random one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import logit
from sklearn.pipeline import Pipeline

from ...errors import DataError
from ...eval.terms.overlap import Index, Values
from .calibration import fitted_share
from .reliability import PROBABILITY_MARGIN, Outcomes

SHARES = {"real": 1.0, "half": 0.5}
"""Share of the members that belong together, by kind of control; 0 for the others."""

FOLDS = 10


def fit(features: Values, shares: Values) -> Pipeline:
    """Learn the share of members that belong together from controls.

    Args:
        features: ``(n, 3)`` from `features_of`.
        shares: ``(n,)`` 1, .5 or 0.

    Raises:
        DataError: If all shares are equal.
    """
    if len(np.unique(shares)) < 2:
        raise DataError(
            "names: method=stacked needs controls of several kinds to learn from; raise controls."
        )
    return fitted_share(features, shares)


def features_of(stated: Values, agreement: Values, share: Values) -> Values:
    """Return ``(n, 3)`` what a stack learns from.

    Args:
        stated: ``(n,)`` confidence that the model states.
        agreement: ``(n,)`` of its samples.
        share: ``(n,)`` of the members that belong together, as expected from reference terms.
    """
    return np.column_stack(
        [stated, agreement, logit(np.clip(share, PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN))]
    )


def shares_of(kinds: Sequence[str]) -> Values:
    """Return ``(n,)`` share of the members of each control that belong together."""
    return np.array([SHARES.get(kind, 0.0) for kind in kinds])


def cross_validated(features: Values, shares: Values, groups: Index, seed: int) -> Values:
    """Return ``(n,)`` shares, each expected by a stack that has not seen the set's group."""
    names, group = np.unique(groups, return_inverse=True)
    folds = min(FOLDS, len(names))
    if folds < 2:
        raise DataError("names: method=stacked needs controls of two and more sets.")
    fold = (np.random.default_rng(seed).permutation(len(names)) % folds)[group]
    predicted = np.empty(len(shares))
    for k in range(folds):
        out = fold == k
        model = fit(features[~out], shares[~out])
        predicted[out] = model.predict_proba(features[out])[:, 1]
    return predicted


def drawn_members(
    confidence: Values, shares: Values, groups: Index
) -> tuple[Values, Outcomes, Index]:
    """Return two members a set, one of each half: its confidence, whether it belongs, its group.

    Of a real set both belong, of a half-mixed one the first, of a random one none: an expected
    share is the probability that a member belongs.
    """
    belongs = np.column_stack([shares > 0, shares == 1])
    return np.repeat(confidence, 2), belongs.ravel(), np.repeat(groups, 2)
