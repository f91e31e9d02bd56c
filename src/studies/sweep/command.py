"""The verb ``sweep``: plan and check a study, run its workers, summarise it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import optuna

from ... import config
from ...config import split
from ...errors import ConfigError
from ...eval.objective import OBJECTIVE_METRIC, Objective
from ...launchers import Pool
from ...nodes.build import build
from ...nodes.values import key_of
from ...stages import Parts
from ...store.sharing import warn_unless_shared
from ..variants import objective_of
from .baseline import ensure_units, references_of
from .experiments import Experiments
from .runnable import runnable_space
from .samplers import Grid, sampler_of
from .space import Space
from .study import FOLDER_MARK, Plan, counted, folder_mark, open_study
from .worker import recover
from .workers import run_workers


@dataclass(frozen=True)
class Sweep:
    """A study as requested on the command line, validated.

    Attributes:
        plan: Everything its workers need.
        overrides: Of ``run``, for the best map.
        pool: Launcher of the workers and of the final comparison.
        finalists: Number of best trials of which one is chosen over fresh seeds.
        seeds: Fresh seeds of the finalists and of the comparison.
        search: The name of the search space.
        objective: The objective.
    """

    plan: Plan
    overrides: tuple[str, ...]
    pool: Pool
    finalists: int
    seeds: int
    search: str
    objective: Objective

    @classmethod
    def of(cls, words: Sequence[str]) -> Sweep:
        """Plan a study, before any trial starts.

        Args:
            words: Overrides of ``sweep`` and of ``run``.

        Raises:
            ConfigError: If anything does not fit: the space, the storage, the study.
        """
        own, theirs = split(words, "sweep")
        settings = config.load("sweep", own)
        options = config.chosen("sweep", own)
        search = settings["search"]
        overrides = (*search.get("overrides", []), *theirs)
        fixed = {key_of(text): text.partition("=")[2] for text in theirs}
        space = Space.of(search["space"], fixed)
        scored = (*(t for t in overrides if key_of(t) != "eval"), f"eval={settings['scoring']}")
        experiments = Experiments(space, scored)
        experiments.check()
        space = runnable_space(experiments)
        experiments = Experiments(space, scored)
        objective = objective_of(Parts.of(experiments.default))
        if any(key_of(text) == "eval" for text in theirs):  # of the end, but known to be right now
            Experiments(space, overrides)
        data = config.chosen("run", overrides)["data"]
        name = settings["study"] or f"{options['search']}_{data}"
        folder = Path(settings["out"] or f"studies/{name}").absolute()
        workers = config.workers(settings)
        sampler = build("sampler", settings["sampler"])
        sampler_of(sampler, space, experiments.default["seed"], 0)
        trials = settings["trials"]
        if isinstance(sampler, Grid):
            trials = min(trials or sampler.size(space), sampler.size(space))
        plan = Plan(
            name=_name(name),
            folder=folder,
            storage=str(settings["storage"] or folder / "study.journal"),
            space=space,
            overrides=scored,
            objectives=(OBJECTIVE_METRIC,),
            sampler=sampler,
            pruning=build("pruner", settings["pruner"]),
            trials=trials,
            hours=settings["hours"],
            seed=experiments.default["seed"],
            logger=settings["logger"],
        )
        _check_limits(plan, settings["pareto"])
        build("logger", settings["logger"])
        if settings["pareto"]:
            known = references_of(experiments.default)
            plan = replace(plan, objectives=objective.front(known))
        return cls(
            plan,
            overrides,
            Pool(build("launcher", settings["launcher"]), workers, folder),
            settings["finalists"],
            settings["seeds"],
            options["search"],
            objective,
        )

    def run(self) -> optuna.Study:
        """Run the study to its total number of trials; return it."""
        plan = self.plan
        for place in (plan.folder, Path(plan.experiments().default["store"]).absolute()):
            warn_unless_shared(place, may_be_of_one_node=True)  # others may start workers, too
        _make(plan)
        study = open_study(plan)
        ensure_units(plan, study, self.objective, self.pool)
        recover(plan, study)
        before = counted(study.get_trials(deepcopy=False))
        if plan.trials is None or before < plan.trials:
            run_workers(plan, self.pool)
        return study


def _check_limits(plan: Plan, pareto: bool) -> None:
    if plan.trials is None and plan.hours is None:
        raise ConfigError("trials and hours are both null; set at least one limit.")
    if plan.pruning.training and pareto:
        raise ConfigError("pruner.training needs a single objective; set pareto=false.")


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+", text):
        raise ConfigError(f"study='{text}': use letters, digits, '_', '-' and '.'.")
    return text


def _make(plan: Plan) -> None:
    folder = plan.folder
    strange = folder.exists() and not (folder.is_dir() and _is_study(folder))
    if strange:
        raise ConfigError(f"out={folder} exists and is not the folder of a study.")
    try:
        with plan.lock("study"):
            folder_mark(folder)
    except OSError as error:
        raise ConfigError(f"out={folder}: {error.strerror}.") from None


def _is_study(folder: Path) -> bool:
    """Return whether a folder is a study's, or new."""
    return (folder / FOLDER_MARK).is_file() or all(p.name == "locks" for p in folder.iterdir())
