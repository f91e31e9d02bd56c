"""Permutation nulls: metrics on maps whose protein labels are permuted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..terminal.workers import in_threads
from .terms.overlap import Index, Values

Metrics = dict[str, float]


def permuted_within(strata: Index, draws: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return ``(draws, n)`` permutations of ``n`` positions, each within its stratum.

    Args:
        strata: ``(n,)`` stratum of each position; all equal for free permutations.
        draws: Number of permutations.
        rng: Random generator.
    """
    drawn = np.empty((draws, len(strata)), np.intp)
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        drawn[:, inside] = rng.permuted(np.tile(inside, (draws, 1)), axis=1)
    return drawn


@dataclass(frozen=True)
class Nulls:
    """Metrics of label-permuted maps.

    Attributes:
        draws: Metric -> ``(D,)`` its values, one for each permuted map; empty for no maps.
    """

    draws: dict[str, Values]

    @classmethod
    def of(
        cls,
        measure: Callable[[Index], Mapping[str, float]],
        strata: Index,
        nulls: int,
        seed: int | list[int],
        *,
        threads: int = 1,
    ) -> Nulls:
        """Compute metrics on label-permuted maps.

        Sizes and tree are unchanged; only the names of the proteins are permuted, within strata of
        matched proteins.

        Args:
            measure: Returns the metrics after protein ``k`` has become protein ``labels[k]``.
            strata: ``(n,)`` stratum of each label; all equal for free permutations.
            nulls: Number of permutations; 0 for none.
            seed: Seed of the permutations.
            threads: Number of maps measured at once: pays where `measure` is long and compiled.
        """
        labels = permuted_within(strata, nulls, np.random.default_rng(seed))
        drawn = list(in_threads(measure, zip(labels), threads))
        names = drawn[0] if drawn else ()
        return cls({name: np.array([draw[name] for draw in drawn], float) for name in names})

    def statistics(self, metrics: Mapping[str, float]) -> Metrics:
        """Return null mean, p value and z score of the map's metrics, higher is better.

        For each metric ``<name>.null_mean`` and ``<name>.p``, the share
        ``(1 + nulls at least as high) / (1 + nulls)``, so never below ``1 / (1 + nulls)``; from
        two nulls on also ``.null_sd`` and, where that is not 0, ``.z``.
        """
        columns: Metrics = {}
        for name, null in self.draws.items():
            columns |= _summary(name, metrics[name], null)
        return columns

    def table(self) -> pd.DataFrame:
        """Return one row per metric and permuted map: ``metric, value``."""
        sizes = [len(values) for values in self.draws.values()]
        return pd.DataFrame(
            {
                "metric": np.repeat(np.array(list(self.draws), object), sizes),
                "value": np.concatenate([np.empty(0), *self.draws.values()]),
            }
        )


def _summary(name: str, value: float, null: Values) -> Metrics:
    columns = {
        f"{name}.null_mean": float(null.mean()),
        f"{name}.p": (1 + int((null >= value).sum())) / (1 + len(null)),
    }
    if len(null) > 1:
        deviation = float(null.std(ddof=1))
        columns[f"{name}.null_sd"] = deviation
        if deviation > 0:
            columns[f"{name}.z"] = (value - float(null.mean())) / deviation
    return columns
