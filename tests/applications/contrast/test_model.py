"""Linear models and moderated tests, against scipy, statsmodels and simulation."""

import numpy as np
import pytest
from scipy import special, stats

from cytoweave.applications.contrast.model import (
    Model,
    Prior,
    empirical_fdr,
    independent_share,
    inflation,
    model_of,
    rates,
    relabelled,
    replicate_models,
)
from cytoweave.errors import ConfigError

TWO = ["a", "a", "a", "b", "b", "b"]
PLAIN = [""] * 6


def f_test(model: Model, values: np.ndarray) -> np.ndarray:
    """Return p values without moderation."""
    variance = (model.residuals(values) ** 2).sum(axis=0) / model.df
    p = stats.f.sf(model.signal(values) / variance, len(model.contrasts), model.df)
    return np.asarray(p)


def test_two_conditions_are_the_t_test() -> None:
    values = np.random.default_rng(0).normal(size=(6, 20))
    model = model_of(TWO, PLAIN)
    assert model.df == 4
    assert f_test(model, values) == pytest.approx(stats.ttest_ind(values[:3], values[3:]).pvalue)
    shown = model.differences(values)
    assert shown[0] == pytest.approx(values[3:].mean(axis=0) - values[:3].mean(axis=0))
    assert model.variance_factors() == pytest.approx([2 / 3])


def test_blocks_are_the_paired_t_test() -> None:
    values = np.random.default_rng(1).normal(size=(6, 20))
    model = model_of(TWO, ["x", "y", "z"] * 2)
    assert model.df == 2
    assert f_test(model, values) == pytest.approx(stats.ttest_rel(values[:3], values[3:]).pvalue)


def test_three_conditions_are_the_analysis_of_variance() -> None:
    values = np.random.default_rng(2).normal(size=(9, 20))
    model = model_of([*"aaabbbccc"], [""] * 9)
    expected = stats.f_oneway(values[:3], values[3:6], values[6:]).pvalue
    assert f_test(model, values) == pytest.approx(expected)
    assert model.differences(values).shape == (3, 20)


def test_a_trend_is_the_slope_over_all_conditions() -> None:
    values = np.array([0.0, 1, 1, 2, 2, 3])
    model = model_of([*"aabbcc"], [""] * 6, "trend")
    assert model.differences(values) == pytest.approx([2.0])
    straight = stats.linregress([0, 0, 1, 1, 2, 2], values)
    assert model.differences(values)[0] == pytest.approx(2 * straight.slope)


def test_weights_are_checked() -> None:
    names = [*"aabbcc"]
    model = model_of(names, [""] * 6, {"c": 1, "a": -0.5, "b": -0.5})
    assert model.differences(np.array([0.0, 0, 2, 2, 5, 5])) == pytest.approx([4.0])
    with pytest.raises(ConfigError, match="no condition 'd'; there are a, b, c"):
        model_of(names, [""] * 6, {"d": 1, "a": -1})
    with pytest.raises(ConfigError, match="must add up to 0"):
        model_of(names, [""] * 6, {"a": 1})


def test_conditions_that_are_blocks_cannot_be_told_apart() -> None:
    model = model_of(TWO, [*"xxxyyy"])
    assert not model.estimable
    assert model_of(TWO, [*"xyzxyz"]).estimable
    assert model_of(["a", "b"], ["", ""]).df == 0


def test_missing_replicates_fall_back_on_conditions_alone() -> None:
    paired = model_of(TWO, [*"xyzxyz"])
    whole, part = paired.at(np.arange(6)), paired.at(np.array([0, 4]))
    assert whole.design.shape == (6, 4)
    assert part.design.shape == (2, 2)
    assert part.differences(np.array([1.0, 4.0])) == pytest.approx([3.0])


def test_pairs_of_replicates_leave_their_variance_to_the_others() -> None:
    model = model_of(TWO, PLAIN)
    named = dict(replicate_models(model, TWO))
    assert sorted(named) == [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)]
    values = np.array([5.0, -5.0, 0, 1, 1, 1])
    pair = named[0, 1]
    assert pair.df == 3
    assert pair.differences(values) == pytest.approx([10.0])
    assert (pair.residuals(values) ** 2).sum() == pytest.approx(0, abs=1e-12)


def test_exchanged_labels_are_distinct_and_never_the_true_ones() -> None:
    rng = np.random.default_rng(0)
    variants = relabelled(TWO, PLAIN, 50, rng)
    assert len(variants) == 9  # of the 10 splits in halves
    assert TWO not in variants
    assert all(sorted(way) == TWO for way in variants)
    blocked = relabelled(TWO, [*"xyzxyz"], 50, rng)
    assert len(blocked) == 3
    assert all({way[k], way[k + 3]} == {"a", "b"} for way in blocked for k in range(3))


def test_the_prior_finds_the_distribution_that_variances_are_drawn_from() -> None:
    rng = np.random.default_rng(3)
    true = 2.0 * 8 / rng.chisquare(8, size=20_000)
    drawn = true * rng.chisquare(4, size=20_000) / 4
    prior = Prior.of(drawn, 4, np.ones((20_000, 1)))
    assert prior.df == pytest.approx(8, rel=0.1)
    assert prior.level(np.ones((1, 1))) == pytest.approx(2.0, rel=0.05)


def test_the_prior_is_limmas() -> None:
    """Against a direct evaluation of the equations of Smyth 2004, section 6.2."""
    variance, d = np.array([0.5, 1.5, 2.0, 9.0, 0.1, 1.0]), 4
    e = np.log(variance) - special.digamma(d / 2) + np.log(d / 2)
    excess = e.var(ddof=1) - special.polygamma(1, d / 2)
    prior = Prior.of(variance, d, np.ones((6, 1)))
    assert special.polygamma(1, prior.df / 2) == pytest.approx(excess)
    level = np.exp(e.mean() + special.digamma(prior.df / 2) - np.log(prior.df / 2))
    assert prior.level(np.ones((1, 1))) == pytest.approx(level)
    shrunk, free = prior.moderated(variance, d, np.ones((6, 1)))
    assert shrunk == pytest.approx((prior.df * level + d * variance) / (prior.df + d))
    assert free == d + min(prior.df, d)


def test_equal_variances_are_shrunk_to_one() -> None:
    rng = np.random.default_rng(4)
    drawn = rng.chisquare(4, size=2000) / 4 * 0.5 + 0.5  # narrower than chance
    prior = Prior.of(drawn, 4, np.ones((2000, 1)))
    assert np.isinf(prior.df)
    shrunk, free = prior.moderated(drawn, 4, np.ones((2000, 1)))
    assert np.ptp(shrunk) == 0
    assert free == 8


def test_p_values_of_nothing_are_uniform() -> None:
    rng = np.random.default_rng(5)
    spread = np.sqrt(6 / rng.chisquare(6, size=4000))
    values = rng.normal(size=(6, 4000)) * spread
    model, ones = model_of(TWO, PLAIN), np.ones((4000, 1))
    variance = (model.residuals(values) ** 2).sum(axis=0) / model.df
    shrunk, free = Prior.of(variance, model.df, ones).moderated(variance, model.df, ones)
    p = stats.f.sf(model.signal(values) / shrunk, 1, free)
    assert 0.035 < (p <= 0.05).mean() < 0.055


def test_inflation_is_of_most_rows_and_never_below_one() -> None:
    rng = np.random.default_rng(6)
    drawn = rng.f(1, 8, size=20_000)
    assert inflation(drawn * 3, 1, 8) == pytest.approx(3, rel=0.06)
    assert inflation(drawn / 3, 1, 8) == 1
    assert inflation(np.empty(0), 1, 8) == 1
    changed = np.where(np.arange(20_000) < 1000, 1e4, drawn)
    assert inflation(changed, 1, 8) < 1.3


def test_statistics_of_dependent_coordinates_have_fewer_degrees_of_freedom() -> None:
    rng = np.random.default_rng(7)
    drawn = rng.f(20 * 0.3, 60 * 0.3, size=20_000)
    assert independent_share(drawn, 20, 60) == pytest.approx(0.3, rel=0.05)
    assert independent_share(rng.f(20, 60, size=20_000), 20, 60) == pytest.approx(1, abs=0.05)
    assert independent_share(rng.f(40, 120, size=20_000), 20, 60) == 1
    assert independent_share(np.empty(0), 20, 60) == 1
    changed = np.where(np.arange(20_000) < 1000, 1e4, drawn)
    assert independent_share(changed, 20, 60) == pytest.approx(0.3, rel=0.2)
    assert independent_share(5 * drawn, 20, 60) == independent_share(drawn, 20, 60)


def test_the_empirical_rate_counts_what_null_tests_find() -> None:
    null = [np.array([0.001, 0.2, 0.4, 0.9]), np.array([0.03, 0.5, 0.6, 0.7])]
    result = empirical_fdr(np.array([0.01, 1e-6, np.nan, 0.3, 0.02]), null)
    # 4 rows tested, 8 null ones: each null p counts for half a row
    assert result[[1, 0, 4, 3]] == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0.5])
    assert np.isnan(result[2])
    assert np.isnan(empirical_fdr(np.array([0.1]), [])).all()
    rng = np.random.default_rng(8)
    p = np.concatenate([rng.uniform(size=1900), rng.uniform(high=1e-5, size=100)])
    called = empirical_fdr(p, [rng.uniform(size=2000) for _ in range(6)]) <= 0.05
    assert called[1900:].all()
    assert called[:1900].sum() < 15


def test_rates_leave_out_what_was_not_tested() -> None:
    result = rates(np.array([0.01, np.nan, 0.04]))
    assert result[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(result[1])
