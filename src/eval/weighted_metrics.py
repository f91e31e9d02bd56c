"""Weighted mean of metrics as the objective of sweeps, in place of the map objective."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from ..errors import ConfigError, SettingError
from ..nodes.ranges import MinLen, Positive, checked
from .catalogue import Metric, find
from .nulls import Metrics
from .objective import Unit


@checked
@dataclass(frozen=True)
class WeightedMetrics:
    """Weighted mean of metrics, each scaled to 0 at its chance level and 1 at its best.

    The chance level of a metric is its null mean or, without one, that of the catalogue of
    metrics. For an embedding use ``corum.tune.macro_auroc``. For a map, ``corum.tune.matching_f1``
    cannot be raised by thousands of small assemblies, copies or one giant; but it rewards leaving
    out assemblies that match no listed set, and on real data its winner was worse than the default
    by most other evidence. Prefer `MapObjective`.

    Args:
        weights: Metric -> its weight, above 0.

    Raises:
        ConfigError: If there is no metric, a weight is not above 0, or a metric is on the held-out
            half.
    """

    seeds: ClassVar[int] = 0

    weights: Annotated[Mapping[str, Positive], MinLen(1)]

    def __post_init__(self) -> None:
        for name in self.weights:
            if ".held_out." in name:
                raise SettingError(
                    f"weights.{name}",
                    ": what is held out for the report must not be chosen by; use the part 'tune'.",
                )

    def references(self, known: Mapping[str, object]) -> tuple[str, ...]:
        """Return the references of the metrics.

        Raises:
            ConfigError: If the data set lacks one.
        """
        named = dict.fromkeys(name.partition(".")[0] for name in self.weights)
        for name in named:
            if name not in known:
                raise ConfigError(
                    f"eval.objective.weights: the data has no reference '{name}'; it has "
                    f"{', '.join(known) or 'none'}."
                )
        return tuple(named)

    def front(self, known: Mapping[str, object]) -> tuple[str, ...]:
        """Return the names of the metrics.

        Raises:
            ConfigError: If there is only one.
        """
        if len(self.weights) < 2:
            raise ConfigError("pareto=true needs at least two metrics in eval.objective.weights.")
        return tuple(self.weights)

    def measured(self, metrics: Mapping[str, float], half: str = "tune") -> Metrics:
        """Return the scaled metrics on one half; none if one is missing.

        Raises:
            ConfigError: If one has neither a known chance level nor a null.
        """
        own = {name: name.replace(".tune.", f".{half}.") for name in self.weights}
        if not {*own.values()} <= metrics.keys():
            return {}
        parts: Metrics = {}
        for name, measured in own.items():
            metric = find(name.partition(".")[0], name.rpartition(".")[2])
            null = metrics.get(f"{measured}.null_mean", metric.chance if metric else None)
            if null is None:
                raise ConfigError(f"eval.objective: {name} has no null; set eval.nulls above 0.")
            parts[name] = _scaled(metrics[measured], null, metric)
        return parts

    def relative(self, measured: Metrics, unit: Unit | None = None) -> Metrics:
        """Return the metrics unchanged: they are not normalised by a default."""
        return measured

    def value(self, measured: Metrics, unit: Unit | None = None) -> float:
        """Return the weighted mean."""
        total = sum(self.weights[name] for name in measured)
        return sum(self.weights[name] * value for name, value in measured.items()) / total


def _scaled(value: float, null: float, metric: Metric | None) -> float:
    """Return a metric scaled to 0 at chance and 1 at its best; 0 where both are equal."""
    best = metric.best if metric and math.isfinite(metric.best) else 1.0
    room = best - null
    falling = metric is not None and not metric.increasing
    return (value - null) / room if (room < 0 if falling else room > 0) else 0.0
