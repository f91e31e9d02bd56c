"""Strata of like proteins: quantiles, categories, missing values."""

import numpy as np
import pandas as pd

from cytoweave.eval.matched.strata import nested_quantiles, strata_of


def test_quantiles_are_nested_and_equal_in_size() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random(64), rng.random(64)
    strata = nested_quantiles([first, second], 4)
    assert np.bincount(strata).tolist() == [4] * 16
    for outer in range(4):
        inside = strata // 4 == outer
        assert first[inside].max(initial=0) <= first[strata // 4 > outer].min(initial=2)
        for inner in range(3):
            lower = second[strata == 4 * outer + inner].max()
            assert lower <= second[strata == 4 * outer + inner + 1].min()


def test_categories_and_missing_numbers_are_kept_apart() -> None:
    kinds = np.repeat(["a", "b"], 100)
    numbers = np.arange(200.0)
    numbers[::10] = np.nan
    table = pd.DataFrame({"kind": kinds, "number": numbers})
    strata = strata_of(table)
    for stratum in np.unique(strata):
        inside = strata == stratum
        assert len(set(kinds[inside])) == 1
        assert len(set(np.isnan(numbers[inside]))) == 1
    assert sorted(np.unique(strata)) == list(range(strata.max() + 1))
    assert np.bincount(strata).min() >= 10


def test_few_levels_are_categories() -> None:
    levels = np.array([0, 1, 2] * 40)
    strata = strata_of(pd.DataFrame({"level": levels}))
    assert all(len(set(levels[strata == s])) == 1 for s in np.unique(strata))


def test_without_covariates_all_are_alike() -> None:
    assert strata_of(pd.DataFrame(index=range(7))).tolist() == [0] * 7
