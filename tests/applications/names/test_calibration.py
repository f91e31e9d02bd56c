"""Confidence of names: what is learned from contaminated sets, and what random sets get."""

import numpy as np
import pytest
import statsmodels.api as sm

from cytoweave.applications.names.calibration import Confidence, Probes
from cytoweave.applications.names.controls import Pool
from cytoweave.applications.names.naming import name_sets
from cytoweave.applications.names.reliability import (
    auroc,
    calibrated_error,
    calibration_error,
    calibration_line,
    interval,
    reliability,
    wilson,
)
from cytoweave.errors import DataError

from .small import columns, known, proteins


def test_a_contaminated_set_keeps_its_size_and_its_strata() -> None:
    strata = np.arange(200) % 5
    pool, rng = Pool(strata), np.random.default_rng(0)
    members = np.arange(40)
    half = pool.contaminated(members, 0.5, rng)
    assert len(np.intersect1d(half, members)) == 20
    none = pool.contaminated(members, 1.0, rng)
    assert len(np.intersect1d(none, members)) == 0
    for drawn in (half, none):
        assert np.bincount(strata[drawn]).tolist() == np.bincount(strata[members]).tolist()
    assert pool.contaminated(members, 0.0, rng).tolist() == members.tolist()


def test_a_stratum_without_others_borrows_from_the_rest() -> None:
    pool = Pool(np.array([0, 0, 0, 1, 1, 1, 1]))
    drawn = pool.contaminated(np.arange(3), 1.0, np.random.default_rng(0))
    assert set(drawn.tolist()) <= {3, 4, 5, 6}
    assert len(drawn) == 3


def test_confidence_falls_with_contamination_and_random_sets_stay_unnamed() -> None:
    world = known()
    count = len(world.proteins)
    pool, places = Pool(np.zeros(count, np.intp)), np.arange(count)
    probes = Probes.of(world, pool, places, 60, 0)
    rng = np.random.default_rng(1)
    real = [columns(world, proteins(k)) for k in range(60)]
    random = pool.random_like(real, 100, rng)
    null = name_sets(world, random, [len(one) for one in random], 0)
    result = Confidence.of(probes, null, 0.05, 0)
    means = [
        result.predict(
            name_sets(world, [pool.contaminated(one, x, rng) for one in real], [12] * 60, 0)
        ).mean()
        for x in (0.0, 0.5, 1.0)
    ]
    assert means[0] > means[1] > means[2]
    fresh = pool.random_like(real, 200, np.random.default_rng(9))
    repeated = result.predict(name_sets(world, fresh, [len(one) for one in fresh], 0))
    assert (repeated > result.threshold).mean() <= 0.1
    assert (result.predict(name_sets(world, real, [12] * 60, 0)) > result.threshold).all()
    assert not probes.right[probes.replaced >= 0.5].any()
    assert probes.right[probes.replaced == 0].mean() > 0.5


def test_too_few_terms_are_refused() -> None:
    world = known(8)
    pool = Pool(np.zeros(len(world.proteins), np.intp))
    with pytest.raises(DataError, match="groups of terms could be hidden"):
        Probes.of(world, pool, np.arange(len(world.proteins)), 50, 0)


def test_calibration_error_of_a_calibrated_score_is_in_its_range() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(2000)
    right = rng.random(2000) < confidence
    low, high = calibrated_error(confidence, 1)
    assert low <= calibration_error(confidence, right) <= high
    assert calibration_error(np.full(10, 0.75), np.array([True] * 5 + [False] * 5)) == 0.25
    assert calibration_error(confidence**3, right) > calibrated_error(confidence**3, 1)[1]


def test_the_line_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.02, 0.98, 500)
    right = rng.random(500) < confidence**2
    odds = np.log(confidence / (1 - confidence))
    expected = sm.Logit(right.astype(float), sm.add_constant(odds)).fit(disp=0).params
    slope, intercept = calibration_line(confidence, right)
    assert (intercept, slope) == pytest.approx(tuple(expected), abs=1e-3)


def test_intervals_hold_what_they_are_of() -> None:
    values = np.random.default_rng(0).normal(3, 1, 400)
    low, high = interval(lambda k: float(values[k].mean()), np.arange(400), 0)
    assert low < values.mean() < high
    assert high - low == pytest.approx(4 * values.std() / 20, rel=0.15)
    twins = np.repeat(values[:200], 2)
    wide = interval(lambda k: float(twins[k].mean()), np.repeat(np.arange(200), 2), 0)
    assert wide[1] - wide[0] > 1.2 * (high - low)
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)  # statsmodels


def test_curve_and_auroc() -> None:
    confidence = np.array([0.05, 0.05, 0.95, 1.0])
    right = np.array([False, False, True, True])
    curve = reliability(confidence, right)
    assert curve["names"].tolist() == [2, 2]
    assert curve["right"].tolist() == [0, 1]
    assert auroc(confidence, right) == 1
    assert np.isnan(auroc(confidence, np.ones(4, bool)))
