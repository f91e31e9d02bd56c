"""The rank test within strata against scipy, enumeration and permuted labels."""

from itertools import combinations

import numpy as np
import pytest
from scipy import sparse, stats

from cytoweave.eval.matched.ranks import RankTest, placement


def members_of(rows: list[list[int]], n: int) -> sparse.csr_array:
    sets = np.zeros((len(rows), n))
    for k, row in enumerate(rows):
        sets[k, row] = 1
    return sparse.csr_array(sets)


def test_one_stratum_is_the_rank_sum_test() -> None:
    values = np.random.default_rng(0).random(12)
    rows = [list(one) for one in combinations(range(12), 3)][:8]
    test = RankTest(members_of(rows, 12), values, np.zeros(12, np.intp), 40_000, 1)
    expected = [
        stats.mannwhitneyu(
            values[row], np.delete(values, row), alternative="greater", method="exact"
        ).pvalue
        for row in rows
    ]
    assert test.p_values() == pytest.approx(expected, abs=0.01)


def test_a_confounder_is_taken_out_and_p_is_uniform() -> None:
    rng = np.random.default_rng(3)
    strata = np.repeat(np.arange(10), 40)
    values = strata + rng.random(400)
    rows = [rng.choice(np.arange(200, 400), 10, replace=False).tolist() for _ in range(100)]
    members = members_of(rows, 400)
    free = RankTest(members, values, np.zeros_like(strata), 1000, 1).p_values()
    test = RankTest(members, values, strata, 2000, 1)
    assert (free < 0.05).mean() > 0.95
    assert stats.kstest(test.p_values(), "uniform").pvalue > 0.001
    null = test.null_p(strata, 1000, 2)
    assert [stats.kstest(c, "uniform").pvalue > 1e-5 for c in null.T] == [True] * 100


def test_a_placement_is_won_comparisons_within_strata() -> None:
    values = np.array([1.0, 2, 3, 10, 11, 12])
    strata = np.array([0, 0, 0, 1, 1, 1])
    assert placement(values, strata, np.array([2, 3])) == pytest.approx((2 + 0) / 4)
    assert np.isnan(placement(values, strata, np.array([0, 1, 2])))


def test_a_rest_is_ranked_among_the_others() -> None:
    values = np.arange(40.0)
    members = members_of([list(range(30, 40))], 40)
    test = RankTest(members, values, np.zeros(40, np.intp), 5000, 1)
    gone = values >= 35
    assert test.rest(np.arange(30, 35), gone) < 0.001
    assert test.rest(np.array([3, 9, 20, 26, 30]), gone) > 0.2
