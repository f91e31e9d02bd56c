"""Variants of an experiment: seeds, tuning and held-out halves, and the objective of each."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from .. import experiment
from ..artifacts import Scores
from ..errors import ConfigError
from ..eval.objective import HALVES, OBJECTIVE_METRIC, Objective, Unit
from ..nodes.build import Config, Part, Settings
from ..stages import DataSet, Parts, Pipeline
from ..store import Store
from ..terminal.console import log_level

HELD_OUT = OBJECTIVE_METRIC.replace(".tune.", ".held_out.")
"""The objective on the held-out half."""

Units = Mapping[str, Unit]
"""Half of the references -> the default map's parts; empty if the objective needs none."""


def scored(config: Settings) -> Scores:
    """Return the scores of an experiment, without log messages; cached stages are reused."""
    with log_level(logging.ERROR):
        return experiment.score(config | {"workers": 1}, Store(Path(config["store"])))


def objective_of(parts: Parts) -> Objective:
    """Return the objective of an experiment's evaluation.

    Raises:
        ConfigError: If it has none.
    """
    objective = parts.eval.thing.objective
    if objective is None:
        raise ConfigError("eval.objective is null; a sweep needs something to maximise.")
    return objective


def known(data: DataSet) -> dict[str, object]:
    """Return the references of a data set by name."""
    return {name: part.measurement for name, part in data.references.items()}


def judging(pipeline: Pipeline, data: DataSet, node: Config) -> Pipeline:
    """Return stages whose evaluation computes only the metrics that its objective needs."""
    used = objective_of(pipeline.parts).references(known(data))
    evaluation: Part[object] = Part.of("eval", {**node, "references": list(used)})
    return pipeline.with_part("eval", evaluation)


def units_of(objective: Objective, defaults: Sequence[Mapping[str, float]]) -> Units:
    """Return the normalisation of the objective on each half, from the metrics of default maps."""
    measured = {half: [objective.measured(one, half) for one in defaults] for half in HALVES}
    given = {half: one for half, one in measured.items() if objective.seeds and all(one)}
    return {half: Unit.of(one) for half, one in given.items()}


def with_objective(
    metrics: Mapping[str, float], objective: Objective, units: Units
) -> dict[str, float]:
    """Return metrics with the objective and its parts on each half on which they were measured."""
    combined = dict(metrics)
    for half in HALVES:
        measured, unit = objective.measured(metrics, half), units.get(half)
        if not measured or (objective.seeds and unit is None):
            continue
        combined[OBJECTIVE_METRIC.replace(".tune.", f".{half}.")] = objective.value(measured, unit)
        for name, value in objective.relative(measured, unit).items():
            combined.setdefault(name.replace(".tune.", f".{half}."), value)
    return combined


def reseeded(settings: Settings, seed: int) -> Settings:
    """Return a config with another seed; a simulated cell keeps its own."""
    data = dict(settings["data"])
    if data.get("simulate") and data["simulate"].get("seed") is None:
        data["simulate"] = data["simulate"] | {"seed": settings["seed"]}
    return settings | {"data": data, "seed": seed}
