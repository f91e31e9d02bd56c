"""What a sweep maximises: chosen figures, each on the way from chance to its best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from ..errors import ConfigError, SettingError
from ..nodes.ranges import MinLen, Positive, checked
from .catalogue import Metric, find
from .nulls import Figures

NAME = "map.tune.objective"


@checked
@dataclass(frozen=True)
class Objective:
    """Weighted mean of figures, each scaled to 0 at its chance level and 1 at its best.

    Chance level 0, best 1. The chance level of a figure is its null mean or, without one, that of
    the catalogue of metrics. Of a map, ``corum.tune.matching_f1`` fits, which neither thousands of
    small assemblies, nor copies, nor one giant, nor leaving proteins out can raise; of an embedding
    ``corum.tune.macro_auroc``.

    Args:
        weights: Figure -> its weight, above 0.

    Raises:
        ConfigError: If there is no figure, a weight is not above 0, or a figure is a held-out one.
    """

    weights: Annotated[Mapping[str, Positive], MinLen(1)]

    def __post_init__(self) -> None:
        for name in self.weights:
            if ".held_out." in name:
                raise SettingError(
                    f"weights.{name}",
                    ": what is held out for the report must not be chosen by; use the part 'tune'.",
                )

    def parts(self, figures: Mapping[str, float]) -> Figures:
        """Return each figure scaled, for a Pareto front; those that were not measured are left out.

        Raises:
            ConfigError: If a figure has neither a known chance level nor a null.
        """
        found: Figures = {}
        for name in self.weights:
            if name not in figures:
                continue
            metric = find(name.partition(".")[0], name.rpartition(".")[2])
            null = figures.get(f"{name}.null_mean", metric.chance if metric else None)
            if null is None:
                raise ConfigError(f"eval.objective: {name} has no null; set eval.nulls above 0.")
            found[name] = _scaled(figures[name], null, metric)
        return found

    def __call__(self, figures: Mapping[str, float]) -> float | None:
        """Return the weighted mean over the measured figures; None without any."""
        parts = self.parts(figures)
        total = sum(self.weights[name] for name in parts)
        return sum(self.weights[n] * v for n, v in parts.items()) / total if parts else None


def _scaled(value: float, null: float, metric: Metric | None) -> float:
    """Return 0 at the chance level and 1 at the best value; 0 where chance is at the best."""
    best = metric.best if metric and math.isfinite(metric.best) else 1.0
    room = best - null
    falling = metric is not None and not metric.increasing
    return (value - null) / room if (room < 0 if falling else room > 0) else 0.0
