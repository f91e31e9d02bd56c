"""What a sweep maximises: chosen figures, each on the way from chance to its best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import ConfigError
from .nulls import Figures

NAME = "map.tune.objective"


@dataclass(frozen=True)
class Objective:
    """Weighted mean of figures, each scaled to 0 at its null mean and 1 at its best, 1.

    Chance level 0, best 1. Only figures of bounded range with a null beside them fit, such as
    ``corum.tune.matching_f1``, which neither thousands of small assemblies, nor copies, nor one
    giant, nor leaving proteins out can raise.

    Args:
        weights: Figure -> its weight, above 0.

    Raises:
        ConfigError: If there is no figure, a weight is not above 0, or a figure is a held-out one.
    """

    weights: Mapping[str, float]

    def __post_init__(self) -> None:
        if not self.weights:
            raise ConfigError("eval.objective.weights names no figure; give at least one.")
        for name, weight in self.weights.items():
            if not isinstance(weight, int | float) or not weight > 0:
                raise ConfigError(f"eval.objective.weights.{name} must be above 0, got {weight}.")
            if ".held_out." in name:
                raise ConfigError(
                    f"eval.objective.weights.{name}: what is held out for the report must not be "
                    "chosen by; use the part 'tune'."
                )

    def parts(self, figures: Mapping[str, float]) -> Figures:
        """Return each figure scaled, for a Pareto front; those that were not measured are left out.

        Raises:
            ConfigError: If a figure was measured without a null.
        """
        found: Figures = {}
        for name in self.weights:
            if name not in figures:
                continue
            if f"{name}.null_mean" not in figures:
                raise ConfigError(f"eval.objective: {name} has no null; set eval.nulls above 0.")
            null = figures[f"{name}.null_mean"]
            found[name] = (figures[name] - null) / (1 - null) if null < 1 else 0.0
        return found

    def __call__(self, figures: Mapping[str, float]) -> float | None:
        """Return the weighted mean over the measured figures; None without any."""
        parts = self.parts(figures)
        total = sum(self.weights[name] for name in parts)
        return sum(self.weights[n] * v for n, v in parts.items()) / total if parts else None
