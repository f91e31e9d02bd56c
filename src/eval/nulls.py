"""What a figure is worth: the same figure on maps whose protein labels are permuted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from .overlap import Index, Values

Figures = dict[str, float]


def permuted_within(strata: Index, draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return ``(draws, n)`` permutations of ``n`` positions, each within its stratum.

    Args:
        strata: ``(n,)`` stratum of each position; all equal for free permutations.
        draws: How many.
        rng: Source of chance.
    """
    drawn = np.empty((draws, len(strata)), np.intp)
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        drawn[:, inside] = rng.permuted(np.tile(inside, (draws, 1)), axis=1)
    return drawn


def against_null(
    figures: Mapping[str, float],
    measure: Callable[[Index], Mapping[str, float]],
    strata: Index,
    nulls: int,
    seed: int | list[int],
) -> Figures:
    """Return what permuted labels say about each figure that `measure` gives.

    Sizes and tree stay as they are; only the names of the proteins change places, within strata
    of proteins that are alike.

    Args:
        figures: The figures of the map itself, higher is better.
        measure: Gives the same figures after protein ``k`` has become protein ``labels[k]``.
        strata: ``(n,)`` stratum of each label; all equal where any may take any place.
        nulls: Number of permutations; 0 for none.
        seed: Of the permutations.

    Returns:
        For each figure ``<name>.null_mean`` and ``<name>.p``, the share
        ``(1 + nulls at least as high) / (1 + nulls)``, so never below ``1 / (1 + nulls)``; from
        two nulls on also ``.null_sd`` and, where that is not 0, ``.z``.
    """
    rng = np.random.default_rng(seed)
    draws = [measure(labels) for labels in permuted_within(strata, nulls, rng)]
    said: Figures = {}
    for name in draws[0] if draws else ():
        said |= _summary(name, figures[name], np.array([draw[name] for draw in draws], float))
    return said


def _summary(name: str, value: float, null: Values) -> Figures:
    said = {
        f"{name}.null_mean": float(null.mean()),
        f"{name}.p": (1 + int((null >= value).sum())) / (1 + len(null)),
    }
    if len(null) > 1:
        deviation = float(null.std(ddof=1))
        said[f"{name}.null_sd"] = deviation
        if deviation > 0:
            said[f"{name}.z"] = (value - float(null.mean())) / deviation
    return said
