"""One trial: an experiment up to its score on the half of the references to choose by."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import optuna
from optuna.trial import Trial
from pytorch_lightning.callbacks import Callback

from ... import experiment, stages
from ...artifacts import Embedding, Hierarchy
from ...data.hierarchies.files import write_hierarchy
from ...errors import ConfigError
from ...eval.objective import NAME, Objective
from ...nodes.build import Part, Settings, build
from ...stages.dataset import DataSet
from ...stages.parts import Parts
from ...store import MemoryStore, Remembered
from ...terminal.console import hushed
from ..tracking import Logger, Record
from .callbacks import Curves, Prune
from .pruning import EMBEDDING
from .space import Values
from .study import Plan


class Trials:
    """Runs the trials of a study in one process, sharing through the store all they have in common.

    Args:
        plan: The study.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.experiments = plan.experiments()
        self.store = MemoryStore(Path(self.experiments.default["store"]))
        self.logger: Logger = build("logger", plan.logger)
        self._data: tuple[str, DataSet] | None = None

    def recorded(self, trial: Trial, values: Values, study: optuna.Study) -> list[float]:
        """Return what the trial is worth, and tell the study's logger of it."""
        plan = self.plan
        name, config = f"{plan.name}-{trial.number}", self.experiments.of(values)
        with self.logger.record(
            name=name, group=plan.name, config=config, folder=plan.folder
        ) as record:
            found = self.measure(trial, values, study, record)
            record.figures(dict(zip(plan.objectives, found, strict=True)))
        return found

    def measure(
        self, trial: Trial, values: Values, study: optuna.Study, record: Record
    ) -> list[float]:
        """Return what the trial is worth, one number per objective.

        Raises:
            TrialPruned: If it is ended early.
            CytoweaveError: If it cannot be done.
        """
        config = self.experiments.of(values)
        self.store.take_counts()
        try:
            with hushed(logging.WARNING):
                return self._measured(trial, config, study, record)
        finally:
            computed, reused = self.store.take_counts()
            trial.set_user_attr("computed", computed)
            trial.set_user_attr("reused", reused)

    def hierarchy(self, config: Settings) -> Remembered[Hierarchy]:
        """Return the map of an experiment."""
        parts, data, seed = Parts.of(config), self.data(config), config["seed"]
        _, fused = experiment.embed(self.store, data, parts, seed, self.plan.processes)
        network = experiment.link(self.store, data, fused, parts)
        return stages.weave(self.store, network, parts.map, seed, self.plan.processes)

    def data(self, config: Settings) -> DataSet:
        """Return the data set of a config; that of the last trial is still at hand."""
        key = json.dumps([experiment.data_node(config), config["strict"]], sort_keys=True)
        if self._data is None or self._data[0] != key:
            self._data = key, experiment.dataset(config, self.store)
        return self._data[1]

    def _measured(
        self, trial: Trial, config: Settings, study: optuna.Study, record: Record
    ) -> list[float]:
        data, seed = self.data(config), config["seed"]
        parts = self._watched(Parts.of(config), trial, study, record)
        _, fused = experiment.embed(self.store, data, parts, seed, self.plan.processes)
        if fused is not None and self.plan.pruning.embedding:
            self._gate(trial, fused, data, config, study)
        network = experiment.link(self.store, data, fused, parts)
        hierarchy = stages.weave(self.store, network, parts.map, seed, self.plan.processes)
        scores = stages.evaluate(self.store, parts.eval, data.references, seed, hierarchy, None)
        record.figures(scores.value.figures)
        record.files(
            "map",
            "hierarchy",
            lambda folder: write_hierarchy(folder / "hierarchy.nodes", hierarchy.value),
        )
        trial.set_user_attr("assemblies", scores.value.figures["map.all.assemblies"])
        return worth(parts.eval.thing.objective, scores.value.figures, self.plan.objectives)

    def _watched(self, parts: Parts, trial: Trial, study: optuna.Study, record: Record) -> Parts:
        """Let the trainings of a trial be watched; that does not change what they learn."""
        callbacks: list[Callback] = [Curves(record)]
        if self.plan.pruning.training:
            callbacks.append(Prune(self.plan.pruning, trial, study))
        trainer = parts.trainer.thing.observed(callbacks=callbacks)
        return replace(parts, trainer=replace(parts.trainer, thing=trainer))

    def _gate(
        self,
        trial: Trial,
        fused: Remembered[Embedding],
        data: DataSet,
        config: Settings,
        study: optuna.Study,
    ) -> None:
        """Score the embedding; end the trial if it is among the poorest."""
        pruning = self.plan.pruning
        reference = pruning.figure.partition(".")[0]
        if reference not in data.references:
            raise ConfigError(f"pruner.figure: the data has no reference '{reference}'.")
        node = dict(config["eval"]) | {"references": [reference], "objective": None}
        figures = stages.evaluate(
            self.store, Part.of("eval", node), data.references, config["seed"], None, fused
        ).value.figures
        if pruning.figure not in figures:
            raise ConfigError(f"pruner.figure: no embedding is scored by '{pruning.figure}'.")
        value = figures[pruning.figure]
        before = study.get_trials(deepcopy=False)
        trial.set_user_attr(EMBEDDING, value)
        if pruning.poor_embedding(value, [t for t in before if t.number != trial.number]):
            raise optuna.TrialPruned(f"its embedding is poor ({pruning.figure} = {value:.3f})")


def worth(
    objective: Objective, figures: Mapping[str, float], objectives: tuple[str, ...]
) -> list[float]:
    """Return the figures that are maximised, in their order.

    Raises:
        ConfigError: If one was not measured.
    """
    found = objective.parts(figures)
    total = objective(figures)
    found |= {NAME: total} if total is not None else {}
    missing = next((name for name in objectives if name not in found), None)
    if missing:
        raise ConfigError(
            f"eval.objective: '{missing}' was not measured; the data must have its reference and "
            "eval.references name it."
        )
    return [found[name] for name in objectives]
