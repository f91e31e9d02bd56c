"""Baseline of a study: the default config with several seeds, by which objectives are scaled."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import optuna

from ...errors import ConfigError
from ...eval.objective import HALVES, Objective, Unit
from ...launchers import Pool
from ...nodes.build import Settings
from ...stages import Pipeline
from ...store import Store
from ...terminal.progress import tracked
from ..variants import Units, known, scored, units_of
from .study import Plan

LOG = logging.getLogger("cytoweave")

ATTRIBUTE = "default maps"
"""Attribute of a study that holds them."""
FIRST_SEED = 1000
"""Added to the study's seed for the first of them: no trial and no comparison has these seeds."""


def ensure_units(plan: Plan, study: optuna.Study, objective: Objective, pool: Pool) -> Units:
    """Return the baseline of a study, computed by the first command that needs it.

    Raises:
        ConfigError: If no part of the objective is defined for the default map.
    """
    with plan.lock("default maps"):
        default = plan.experiments().default
        used = objective.references(references_of(default))
        if ATTRIBUTE not in study.user_attrs and objective.seeds:
            units = _made(plan, objective, used, pool)
            study.set_user_attr(ATTRIBUTE, {half: asdict(unit) for half, unit in units.items()})
    units = units_in(study)
    if "tune" in units:
        _log(units["tune"], objective)
    return units


def references_of(default: Settings) -> dict[str, object]:
    """Return the references of a data set; it is read here first, later runs use the store."""
    data = Pipeline.of(default, Store(Path(default["store"]))).read(default)
    return known(data)


def units_in(study: optuna.Study) -> Units:
    """Return the baseline kept in a study; none where its objective needs none."""
    kept: Mapping[str, dict[str, object]] = study.user_attrs.get(ATTRIBUTE, {})
    return {half: Unit(**node) for half, node in kept.items()}  # type: ignore[arg-type]


def _made(plan: Plan, objective: Objective, used: Sequence[str], pool: Pool) -> Units:
    experiments = plan.experiments()
    seeds = [plan.seed + FIRST_SEED + k for k in range(objective.seeds)]
    configs = [(_both_halves(experiments.of({}, seed), used),) for seed in seeds]
    runs = pool.spread(scored, configs)
    metrics = [scores.metrics for scores in tracked(runs, "default maps", len(configs))]
    units = units_of(objective, metrics)
    if "tune" not in units:
        raise ConfigError(
            "eval.objective: the default map could not be measured; each half of a reference must "
            "hold terms of 4 or more of the offered proteins."
        )
    return units


def _both_halves(settings: Settings, used: Sequence[str]) -> Settings:
    halves = {"parts": list(HALVES), "references": list(used)}
    return settings | {"eval": settings["eval"] | halves}


def _log(unit: Unit, objective: Objective) -> None:
    """Log the spread of each part over seeds, and which parts are left out."""
    objective.value(unit.mean, unit)  # raises, before any trial, where nothing counts
    spread = ", ".join(
        f"{name} {value:.1%}" if math.isfinite(value) else f"{name} at chance"
        for name, value in unit.spread.items()
    )
    LOG.info("default maps of %d seeds vary by: %s", unit.seeds, spread)
