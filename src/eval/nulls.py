"""What a figure is worth: the same figure on maps whose protein labels are permuted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from .overlap import Index, Values

Figures = dict[str, float]


def against_null(
    figures: Mapping[str, float],
    measure: Callable[[Index], Mapping[str, float]],
    proteins: int,
    nulls: int,
    seed: int | list[int],
) -> Figures:
    """Return what permuted labels say about each figure that `measure` gives.

    Sizes and tree stay as they are; only the names of the proteins change places.

    Args:
        figures: The figures of the map itself, higher is better.
        measure: Gives the same figures after protein ``k`` has become protein ``labels[k]``.
        proteins: Number of labels.
        nulls: Number of permutations; 0 for none.
        seed: Of the permutations.

    Returns:
        For each figure ``<name>.null_mean`` and ``<name>.p``, the share
        ``(1 + nulls at least as high) / (1 + nulls)``, so never below ``1 / (1 + nulls)``; from
        two nulls on also ``.null_sd`` and, where that is not 0, ``.z``.
    """
    rng = np.random.default_rng(seed)
    draws = [measure(rng.permutation(proteins)) for _ in range(nulls)]
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
