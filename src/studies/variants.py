"""Variants of an experiment: other seeds, held-out references."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from .. import experiment
from ..artifacts import Scores
from ..errors import ConfigError
from ..eval.objective import NAME, Objective
from ..nodes.build import Settings
from ..stages import Parts
from ..store import Store
from ..terminal.console import hushed

HELD_OUT = NAME.replace(".tune.", ".held_out.")
"""The objective of the half that no trial saw."""


def scored(config: Settings) -> Scores:
    """Return the scores of an experiment, from the store as far as they are there, in silence."""
    with hushed(logging.ERROR):
        return experiment.score(config | {"workers": 1}, Store(Path(config["store"])))


def objective_of(parts: Parts) -> Objective:
    """Return what the evaluation of an experiment offers to maximise.

    Raises:
        ConfigError: If that is nothing.
    """
    objective = parts.eval.thing.objective
    if objective is None:
        raise ConfigError("eval.objective is null; a sweep needs something to maximise.")
    return objective


def with_held_out(figures: Mapping[str, float], objective: Objective | None) -> dict[str, float]:
    """Return figures with the objective of the held-out half, which nothing is chosen by."""
    worth = objective(other_half(figures)) if objective else None
    return dict(figures) | ({HELD_OUT: worth} if worth is not None else {})


def reseeded(settings: Settings, seed: int) -> Settings:
    """Return a config with another seed; a simulated cell stays the one it was."""
    data = dict(settings["data"])
    if data.get("simulate") and data["simulate"].get("seed") is None:
        data["simulate"] = data["simulate"] | {"seed": settings["seed"]}
    return settings | {"data": data, "seed": seed}


def other_half(figures: Mapping[str, float]) -> dict[str, float]:
    """Return figures of the held-out half under the names of the half to choose by."""
    halves = {name: value for name, value in figures.items() if ".held_out." in name}
    return {name.replace(".held_out.", ".tune."): value for name, value in halves.items()}
