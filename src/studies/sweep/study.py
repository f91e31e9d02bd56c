"""A study in its storage: created once, opened by every worker, refused if it differs."""

from __future__ import annotations

import json
import uuid
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import optuna
from filelock import FileLock
from optuna.trial import FrozenTrial, TrialState

from ...config import LOCATION_SETTINGS
from ...errors import ConfigError
from ...nodes.build import Config
from .experiments import Experiments
from .pruning import Pruning
from .samplers import FIXED_VALUES, GRID_ID, Grid, Sampler, sampler_of
from .space import Space
from .storage import open_storage

FOLDER_MARK = "locks/folder"
"""File that says which study's folder this is."""

WORKER_ATTRIBUTE = "worker"
"""Attribute of a trial that names its worker; it is set once all values are drawn."""

ENDED_STATES = (TrialState.COMPLETE, TrialState.PRUNED)


@dataclass(frozen=True)
class Plan:
    """Settings of a study, as its workers need them.

    Attributes:
        name: The study's name in its storage.
        folder: The study's folder, which all its workers share; holds the locks.
        storage: See `open_storage`.
        space: The search space.
        overrides: Of ``run``, for the trials.
        objectives: Names of the maximised metrics: one, or those of a Pareto front.
        sampler: Chooses values.
        pruning: Prunes poor trials.
        trials: Total number of trials over all workers; None for no limit.
        hours: Time limit after which no trial starts; None for no limit.
        seed: Of the sampler.
        processes: Number of processes per trial.
        logger: Config node of the experiment tracker.
    """

    name: str
    folder: Path
    storage: str
    space: Space
    overrides: tuple[str, ...]
    objectives: tuple[str, ...]
    sampler: Sampler
    pruning: Pruning
    trials: int | None
    hours: float | None
    seed: int
    logger: Config
    processes: int = 1

    def experiments(self) -> Experiments:
        """Return the configs of the study's trials."""
        return Experiments(self.space, self.overrides)

    def lock(self, name: str) -> FileLock:
        """Return a re-entrant lock that all workers of the study share."""
        (self.folder / "locks").mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / "locks" / f"{name}.lock", is_singleton=True)

    def described(self) -> dict[str, object]:
        """Return the settings that must be equal for two commands to share a study."""
        experiment = self.experiments().default
        return {
            "space": self.space.described(),
            "objectives": list(self.objectives),
            "experiment": {k: v for k, v in experiment.items() if k not in LOCATION_SETTINGS},
        }


def open_study(plan: Plan) -> optuna.Study:
    """Open the study of a plan; the first caller creates it and enqueues the default config.

    Raises:
        ConfigError: If the storage cannot be reached, or contains another study of that name.
    """
    with plan.lock("study"):
        storage = open_storage(plan.storage)
        if plan.name in optuna.get_all_study_names(storage):
            study = optuna.load_study(study_name=plan.name, storage=storage)
        else:
            directions = ["maximize"] * len(plan.objectives)
            study = optuna.create_study(
                storage=storage, study_name=plan.name, directions=directions
            )
        if "plan" in study.user_attrs:
            _check_same(study.user_attrs, plan)
        else:
            _describe(study, plan)
    return study


def loaded(plan: Plan, study: optuna.Study, draws: int) -> optuna.Study:
    """Return the study with the sampler of the trial after this number of `draws`."""
    study.sampler = sampler_of(plan.sampler, plan.space, plan.seed, draws)
    return study


def draws(trials: Sequence[FrozenTrial]) -> int:
    """Return the number of draws so far; lost trials do not change it, so that seeds agree.

    A trial that repeats a lost one draws nothing, and one that was lost before it had all its
    values does not count as drawn.
    """
    return sum("retry_of" not in t.user_attrs and (not lost(t) or _has_values(t)) for t in trials)


def values_of(plan: Plan, trial: FrozenTrial) -> dict[str, object]:
    """Return the values of a lost trial, to be repeated; empty if none were set.

    Its worker may have died before all were drawn: then only the fixed ones count.
    """
    if WORKER_ATTRIBUTE in trial.user_attrs:
        return trial.params
    if isinstance(plan.sampler, Grid) and GRID_ID in trial.system_attrs:
        return plan.sampler.at(plan.space, plan.seed, trial.system_attrs[GRID_ID])
    return dict(trial.system_attrs.get(FIXED_VALUES, {}))


def _has_values(trial: FrozenTrial) -> bool:
    return WORKER_ATTRIBUTE in trial.user_attrs or FIXED_VALUES in trial.system_attrs


def counted(trials: Sequence[FrozenTrial]) -> int:
    """Return the number of ended trials, with failed ones and without lost ones."""
    return sum(trial.state in ENDED_STATES or failed(trial) for trial in trials)


def failed(trial: FrozenTrial) -> bool:
    """Return whether a trial ended with an error."""
    return trial.state == TrialState.FAIL and "error" in trial.user_attrs


def lost(trial: FrozenTrial) -> bool:
    """Return whether a trial's worker died; the trial is repeated."""
    return trial.state == TrialState.FAIL and "error" not in trial.user_attrs


def folder_mark(folder: Path) -> str:
    """Return the mark of a study's folder, created if absent; the caller holds the study's lock."""
    path = folder / FOLDER_MARK
    if not path.exists():
        whole = path.with_name("folder.unfinished")
        whole.write_text(uuid.uuid4().hex)
        whole.replace(path)
    return path.read_text()


def _describe(study: optuna.Study, plan: Plan) -> None:
    values = plan.experiments().default_values()
    if values is not None and not isinstance(plan.sampler, Grid):  # where it has its turn anyway
        encoded = plan.space.encode(values)
        study.enqueue_trial(encoded, user_attrs={"default": True})
    study.set_user_attr("folder", folder_mark(plan.folder))
    study.set_user_attr("place", str(plan.folder))
    with warnings.catch_warnings():
        # Experimental in Optuna 4.9; it names axes in the dashboard.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        study.set_metric_names(list(plan.objectives))
    study.set_user_attr("plan", plan.described())  # last: a study without it is created anew


def _check_same(attributes: Mapping[str, object], plan: Plan) -> None:
    theirs, ours = attributes["plan"], json.loads(json.dumps(plan.described()))
    difference = next(_differences(theirs, ours, ""), None)
    if difference:
        raise ConfigError(
            f"study={plan.name} exists with another {difference}; "
            "choose another study= name, or the settings it was begun with."
        )
    if attributes["folder"] != folder_mark(plan.folder):
        place = attributes["place"]
        if place == str(plan.folder):
            raise ConfigError(
                f"study={plan.name} was begun in {place}, which has been deleted since; choose "
                "another study= name."
            )
        raise ConfigError(
            f"study={plan.name} was begun in {place}, not in {plan.folder}; its "
            "workers must share that folder: set out= to it."
        )


def _differences(theirs: object, ours: object, key: str) -> Iterator[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in [*theirs, *(name for name in ours if name not in theirs)]:
            inner = f"{key}.{name}" if key else name
            yield from _differences(theirs.get(name), ours.get(name), inner)
    elif theirs != ours:
        yield f"{key}: {theirs} there, {ours} here"
