"""The exact conditional test against scipy, against enumeration, and on permuted labels."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy import sparse, stats
from scipy.stats.contingency import odds_ratio

from cytoweave.eval.matched.conditional import CountDistribution, CountTest


def of(drawn: list[int], marked: list[int], sizes: list[int]) -> CountDistribution:
    return CountDistribution.of(np.array(drawn), np.array(marked), np.array(sizes))


@pytest.mark.parametrize("count", range(6))
def test_one_stratum_is_fishers_test(count: int) -> None:
    result = of([5], [8], [30])
    table = np.array([[count, 5 - count], [8 - count, 17 + count]])
    p = stats.fisher_exact(table, alternative="greater").pvalue
    assert result.p_value(count) == pytest.approx(p, rel=1e-9)
    expected = odds_ratio(table, kind="conditional")
    ratio, low, high = result.odds_ratio(count)
    assert ratio == pytest.approx(expected.statistic, rel=1e-4)
    interval = expected.confidence_interval(0.95)
    assert (low, high) == pytest.approx((interval.low, interval.high), rel=1e-4)


def test_strata_agree_with_enumeration() -> None:
    """Every way to draw the members of both strata is as likely as any other."""
    marked, drawn = [{0, 1}, {0, 1, 2}], [2, 3]
    variants = product(combinations(range(5), drawn[0]), combinations(range(4), drawn[1]))
    counts = np.array([sum(len(marked[s] & set(w[s])) for s in (0, 1)) for w in variants])
    result = of(drawn, [2, 3], [5, 4])
    for count in range(result.least, result.least + len(result.log_chance)):
        assert result.p_value(count) == pytest.approx((counts >= count).mean())
    assert result.expected == pytest.approx(counts.mean())


def test_the_odds_ratio_is_that_of_maximal_likelihood() -> None:
    result = of([4, 6], [10, 5], [40, 20])
    ratio, low, high = result.odds_ratio(6)
    logs = result.log_chance + np.log(ratio) * np.arange(len(result.log_chance))
    chance = np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum()
    assert chance @ result.counts == pytest.approx(6, rel=1e-6)
    assert low < ratio < high


def test_tiny_tails_do_not_vanish() -> None:
    result = of([200, 100], [220, 150], [2000, 3000])
    assert 0 < result.p_value(280) < 1e-200
    assert result.upper()[0] == pytest.approx(1)


def test_a_stratum_of_one_kind_says_nothing() -> None:
    with_it, without_it = of([3, 2], [5, 4], [20, 4]), of([3], [5], [20])
    assert with_it.p_value(2 + 2) == pytest.approx(without_it.p_value(2))
    certain = of([2], [4], [4])
    assert certain.is_certain
    assert certain.p_value(2) == 1
    assert np.isnan(certain.odds_ratio(2)[0])


@pytest.fixture
def confounded() -> tuple[sparse.csr_array, np.ndarray, np.ndarray]:
    """A property that follows a covariate, as do the sets; nothing else joins them."""
    rng = np.random.default_rng(5)
    strata = np.repeat(np.arange(20), 50)
    marked = rng.random(1000) < np.linspace(0.02, 0.6, 20)[strata]
    rows = [rng.choice(1000, 40, replace=False, p=p / p.sum()) for p in [1.0 + strata**2] * 200]
    members = sparse.csr_array(
        (np.ones(8000), np.concatenate(rows), np.arange(201) * 40), shape=(200, 1000)
    )
    return members, marked, strata


def test_a_confounder_is_taken_out(
    confounded: tuple[sparse.csr_array, np.ndarray, np.ndarray],
) -> None:
    members, marked, strata = confounded
    free = CountTest(members, marked, np.zeros_like(strata)).p_values()
    matched = CountTest(members, marked, strata).p_values()
    assert (free < 0.05).mean() > 0.4
    assert (matched < 0.05).mean() < 0.08


def test_p_values_are_uniform_on_permuted_labels(
    confounded: tuple[sparse.csr_array, np.ndarray, np.ndarray],
) -> None:
    """Of a discrete test those that share what equal counts have in common are uniform."""
    members, marked, strata = confounded
    test = CountTest(members[:20], marked, strata)
    p = test.null_p(strata, 1000, seed=1)
    assert all((p <= level).mean() <= level * 1.03 for level in (0.01, 0.05, 0.1, 0.5))
    upper = [np.append(result.upper(), 0.0) for result in test.distributions]
    spread = np.random.default_rng(2).random(p.shape)
    pairs = zip(upper, p.T, strict=True)
    below = np.array([tails[np.searchsorted(-tails, -row, "right")] for tails, row in pairs])
    shared = p - spread * (p - below.T)
    assert [stats.kstest(column, "uniform").pvalue > 1e-4 for column in shared.T] == [True] * 20


def test_a_rest_is_tested_among_the_others() -> None:
    marked = np.zeros(30, bool)
    marked[:10] = True
    members = sparse.csr_array(np.arange(30)[None, :] < 12)
    test = CountTest(members, marked, np.zeros(30, np.intp))
    gone = np.arange(30) < 6
    expected = stats.hypergeom.sf(3, 24, 4, 6)
    assert test.rest(np.arange(6, 12), gone) == pytest.approx(expected)
