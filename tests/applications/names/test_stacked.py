"""A stack of a model and reference terms: what it learns, and that it is judged on other sets."""

import numpy as np
import pytest

from cytoweave.applications.names.calibration import fitted_share
from cytoweave.applications.names.reliability import auroc
from cytoweave.applications.names.stacked import (
    cross_validated,
    drawn_members,
    features_of,
    fit,
    shares_of,
)
from cytoweave.errors import DataError

KINDS = ["real", "half", "random"] * 40


def features(seed: int) -> np.ndarray:
    """Two noisy views of the share, neither of which sees all of it."""
    rng, shares = np.random.default_rng(seed), shares_of(KINDS)
    stated = np.clip(shares + rng.normal(0, 0.4, len(shares)), 0, 1)
    expected = np.clip(shares + rng.normal(0, 0.4, len(shares)), 0.01, 0.99)
    return features_of(stated, np.ones(len(shares)), expected)


def test_both_together_are_better_than_each() -> None:
    seen, shares = features(0), shares_of(KINDS)
    groups = np.repeat(np.arange(40), 3)
    stack = cross_validated(seen, shares, groups, 0)
    real = shares == 1
    assert auroc(stack, real) > max(auroc(seen[:, 0], real), auroc(seen[:, 2], real))


def test_a_group_is_not_learned_from_when_it_is_judged() -> None:
    rng = np.random.default_rng(0)
    seen, groups = rng.normal(size=(120, 3)), np.repeat(np.arange(40), 3)
    shares = rng.permutation(shares_of(KINDS))
    assert 0.3 < auroc(cross_validated(seen, shares, groups, 0), shares == 1) < 0.7


def test_the_share_of_equal_sets_is_their_mean() -> None:
    constant = np.zeros((3, 2))
    shares = np.array([1.0, 0.5, 0.0])
    assert fitted_share(constant, shares).predict_proba(constant)[:, 1] == pytest.approx(0.5)
    assert fitted_share(constant, np.array([1.0, 1.0, 0.25])).predict_proba(constant)[
        0, 1
    ] == pytest.approx(0.75, abs=1e-3)


def test_two_members_of_a_set_belong_as_its_share_says() -> None:
    confidence, belongs, groups = drawn_members(
        np.array([0.9, 0.4, 0.1]), shares_of(["real", "half", "permuted"]), np.arange(3)
    )
    assert belongs.tolist() == [True, True, True, False, False, False]
    assert confidence.tolist() == [0.9, 0.9, 0.4, 0.4, 0.1, 0.1]
    assert groups.tolist() == [0, 0, 1, 1, 2, 2]


def test_one_kind_of_controls_is_refused() -> None:
    with pytest.raises(DataError, match="controls of several kinds"):
        fit(np.zeros((3, 3)), np.ones(3))
