"""Probabilities that no pair has borne out are not claimed."""

import numpy as np
import pytest

from cytoweave.applications.functions.stack import TOP, Stack, _platt


def test_the_surest_pairs_cap_the_probability_and_keep_their_order() -> None:
    rng = np.random.default_rng(0)
    odds = np.sort(rng.normal(-2, 2, 5000))
    true = rng.random(5000) < np.minimum(1 / (1 + np.exp(-odds)), 0.6)  # never above .6
    slope, offset, most = _platt(odds, true)
    assert most == pytest.approx((true[-TOP:].sum() + 1) / (TOP + 2))
    assert most < 0.72
    stack = Stack(((), ()), ((slope, offset, most),), np.zeros(1, np.intp), np.array([5]))
    given = stack._calibrated(np.array([-3.0, 0.0, 8.0, 20.0]), np.zeros(4, np.intp))
    assert (np.diff(given) >= 0).all()
    assert given[3] <= most + 1e-3
    assert given[2] < given[3] or given[2] == pytest.approx(most + 1e-3 * (1 - most), abs=1e-3)


def test_all_hits_are_no_certainty() -> None:
    slope, offset, most = _platt(np.arange(10.0), np.ones(10, bool))
    assert (slope, offset) == (1.0, 0.0)
    assert most == pytest.approx(11 / 12)
