"""One trial: an experiment up to its objective on the tuning half of the references."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path

import optuna
from optuna.trial import Trial
from pytorch_lightning.callbacks import Callback

from ...artifacts import Embedding
from ...data.hierarchies.files import write_hierarchy
from ...errors import ConfigError
from ...eval.nulls import Metrics
from ...eval.objective import OBJECTIVE_METRIC, Objective, Unit
from ...nodes.build import Part, Settings, build
from ...stages import DataSet, Parts, Pipeline
from ...store import MemoryStore, Remembered
from ...terminal.console import log_level
from ..tracking import Logger, Record
from ..variants import judging, objective_of
from .baseline import units_in
from .callbacks import Curves, Prune
from .pruning import EMBEDDING
from .space import Values
from .study import Plan


class Trials:
    """Runs the trials of a study in one process; common results are shared through the store.

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
        """Return the trial's objective values, and record them with the experiment tracker."""
        plan = self.plan
        name, config = f"{plan.name}-{trial.number}", self.experiments.of(values)
        with self.logger.record(
            name=name, group=plan.name, config=config, folder=plan.folder
        ) as record:
            objectives = self.measure(trial, values, study, record)
            record.metrics(dict(zip(plan.objectives, objectives, strict=True)))
        return objectives

    def measure(
        self, trial: Trial, values: Values, study: optuna.Study, record: Record
    ) -> list[float]:
        """Return the trial's objective values, one per objective.

        Raises:
            TrialPruned: If it is pruned.
            CytoweaveError: If it fails.
        """
        config = self.experiments.of(values)
        self.store.take_counts()
        try:
            with log_level(logging.WARNING):
                return self._measured(trial, config, study, record)
        finally:
            computed, reused = self.store.take_counts()
            trial.set_user_attr("computed", computed)
            trial.set_user_attr("reused", reused)

    def pipeline(self, config: Settings) -> Pipeline:
        """Return the stages of an experiment."""
        return Pipeline(self.store, Parts.of(config), config["seed"], self.plan.processes)

    def data(self, config: Settings) -> DataSet:
        """Return the data set of a config; that of the last trial is cached."""
        reading = Pipeline.of(config, self.store)
        key = json.dumps([reading.data_node(config), config["strict"]], sort_keys=True)
        if self._data is None or self._data[0] != key:
            self._data = key, reading.read(config)
        return self._data[1]

    def _measured(
        self, trial: Trial, config: Settings, study: optuna.Study, record: Record
    ) -> list[float]:
        data = self.data(config)
        pipeline = self._watched(self.pipeline(config), trial, study, record)
        embedded = pipeline.embed(data)
        if embedded.fused is not None and self.plan.pruning.embedding:
            self._gate(trial, pipeline, embedded.fused, data, study)
        hierarchy = pipeline.map(data, embedded).hierarchy
        scores = judging(pipeline, data, config["eval"]).evaluate(data, hierarchy, None)
        record.metrics(scores.value.metrics)
        record.files(
            "map",
            "hierarchy",
            lambda folder: write_hierarchy(folder / "hierarchy.nodes", hierarchy.value),
        )
        trial.set_user_attr("assemblies", scores.value.metrics["map.all.assemblies"])
        objective = objective_of(pipeline.parts)
        measured = objective.measured(scores.value.metrics)
        return objective_values(
            objective, measured, units_in(study).get("tune"), self.plan.objectives
        )

    def _watched(
        self, pipeline: Pipeline, trial: Trial, study: optuna.Study, record: Record
    ) -> Pipeline:
        """Add callbacks to the trainings of a trial; they do not change the weights."""
        callbacks: list[Callback] = [Curves(record)]
        if self.plan.pruning.training:
            callbacks.append(Prune(self.plan.pruning, trial, study))
        trainer = pipeline.parts.trainer
        watched = replace(trainer, thing=trainer.thing.observed(callbacks=callbacks))
        return pipeline.with_part("trainer", watched)

    def _gate(
        self,
        trial: Trial,
        pipeline: Pipeline,
        fused: Remembered[Embedding],
        data: DataSet,
        study: optuna.Study,
    ) -> None:
        """Score the embedding; prune the trial if it is among the poorest."""
        pruning = self.plan.pruning
        reference = pruning.metric.partition(".")[0]
        if reference not in data.references:
            raise ConfigError(f"pruner.metric: the data has no reference '{reference}'.")
        node = {**pipeline.parts.eval.node, "references": [reference], "objective": None}
        evaluation: Part[object] = Part.of("eval", node)
        metrics = pipeline.with_part("eval", evaluation).evaluate(data, None, fused).value.metrics
        if pruning.metric not in metrics:
            raise ConfigError(f"pruner.metric: no embedding is scored by '{pruning.metric}'.")
        value = metrics[pruning.metric]
        before = study.get_trials(deepcopy=False)
        trial.set_user_attr(EMBEDDING, value)
        if pruning.poor_embedding(value, [t for t in before if t.number != trial.number]):
            raise optuna.TrialPruned(f"its embedding is poor ({pruning.metric} = {value:.3f})")


def objective_values(
    objective: Objective, measured: Metrics, unit: Unit | None, objectives: tuple[str, ...]
) -> list[float]:
    """Return the values of the objectives, in their order.

    Args:
        objective: Of the study.
        measured: The parts of a map on one half of the references.
        unit: The default map's parts on that half.
        objectives: Name of the objective, or names of its parts.

    Raises:
        ConfigError: If nothing was measured.
    """
    if not measured:
        raise ConfigError("eval.objective: a part was not measured; see eval.references.")
    if objectives == (OBJECTIVE_METRIC,):
        return [objective.value(measured, unit)]
    parts = objective.relative(measured, unit)
    return [parts[name] for name in objectives]
