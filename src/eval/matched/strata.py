"""Strata of matched proteins: nested quantiles of covariates, categories, missing values.

Matched permutation and conditional tests assume that the labels of proteins are exchangeable
within a stratum.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..terms.overlap import Index, Values

MIN_STRATUM = 10
"""Default minimum number of proteins of a stratum."""

MAX_STRATUM = 100
"""Default maximum number of strata from quantiles."""


def nested_quantiles(columns: Sequence[Values], sides: int) -> Index:
    """Return ``(n,)`` strata: `sides` quantiles of the first column, in each those of the next.

    Ties in a column are broken by later columns; ties in all of them by order, which matters only
    at the border between two strata.

    Args:
        columns: Each ``(n,)``, finite.
        sides: Quantiles of each, at least 1.
    """
    n = len(columns[0])
    strata = np.zeros(n, np.intp)
    for level in range(len(columns)):
        finer = np.empty(n, np.intp)
        for stratum in np.unique(strata):
            inside = np.flatnonzero(strata == stratum)
            order = inside[np.lexsort([column[inside] for column in columns[level:]][::-1])]
            finer[order] = stratum * sides + np.arange(len(order)) * sides // len(order)
        strata = finer
    return strata


def strata_of(table: pd.DataFrame, least: int = MIN_STRATUM, most: int = MAX_STRATUM) -> Index:
    """Return ``(n,)`` strata of proteins by their covariates, numbered from 0.

    Proteins are grouped by category and by which numbers are missing; in each group the numbers are
    cut into nested quantiles, as many as leave `least` proteins in each, and no more than `most`. A
    column with few distinct numbers is a category. Without a column all proteins are in one
    stratum.

    Args:
        table: One row per protein; columns of numbers (NaN: missing) or of text.
        least: Minimum number of proteins of a stratum, where possible.
        most: Maximum number of strata in one category.
    """
    if not len(table.columns):
        return np.zeros(len(table), np.intp)
    numbers = [name for name in table if pd.api.types.is_numeric_dtype(table[name])]
    levels = [name for name in numbers if table[name].nunique() <= min(10, len(table) // least)]
    numbers = [name for name in numbers if name not in levels]
    kinds = [table[name].astype(str) for name in table if name not in numbers]
    kinds += [table[name].isna().astype(str) for name in numbers]
    group = pd.Series(list(zip(*kinds, strict=True)), dtype=object)
    codes, _ = pd.factorize(group, sort=True)
    strata = np.empty(len(table), np.intp)
    first = 0
    for code in range(codes.max(initial=-1) + 1):
        inside = np.flatnonzero(codes == code)
        within = _cut(table[numbers].iloc[inside].to_numpy(float), least, most)
        strata[inside] = first + within
        first += int(within.max()) + 1
    return strata


def _cut(values: NDArray[np.float64], least: int, most: int) -> Index:
    """Return strata of proteins with the same missing numbers, numbered from 0."""
    known = [column for column in values.T if np.isfinite(column).all()]
    wanted = int(np.clip(len(values) // least, 1, most))
    sides = int(wanted ** (1 / max(len(known), 1)) + 1e-9)
    if not known or sides < 2:
        return np.zeros(len(values), np.intp)
    return np.unique(nested_quantiles(known, sides), return_inverse=True)[1].astype(np.intp)
