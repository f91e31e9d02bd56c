"""The objective of sweeps for one given map, relative to a baseline (the verb ``objective``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..artifacts import Scores
from ..errors import ConfigError
from ..eval.objective import PARTS, Unit
from ..nodes.build import Config
from ..nodes.values import put
from ..stages.given import check_files, given_hierarchy
from ..stages.pipeline import Pipeline
from ..store import Store
from .variants import judging, objective_of

LETTERS = dict(zip(PARTS, "PRSE", strict=True))


@dataclass(frozen=True)
class Measured:
    """Objective of a map, and its parts.

    Attributes:
        value: The objective: 1 is as good as the baseline, below 0 a part fell under its floor.
        parts: Part -> its value divided by the baseline's.
        raw: ``pairs.<reference>.<band>`` and ``recall.<reference>`` of the map, as measured.
        splits: One row per term: ``reference term part``.
    """

    value: float
    parts: Mapping[str, float]
    raw: Mapping[str, float]
    splits: pd.DataFrame

    def to_json(self) -> dict[str, float | None]:
        """Return ``O P R S E``, null where a part was not measured, and the raw parts."""
        letters = {letter: self.parts.get(name) for name, letter in LETTERS.items()}
        return {"O": self.value, **letters, **self.raw}


def measure_given(config: Config, store: Store) -> Measured:
    """Compute the objective of a given map relative to one or several given baselines.

    Raises:
        ConfigError: If the objective is not defined for the data or the baseline.
        DataError: If a file is missing or malformed.
    """
    settings = _with_queries(config)
    baselines = settings["baseline"]
    baselines = [baselines] if isinstance(baselines, str) else list(baselines)
    if not baselines:
        raise ConfigError("baseline: give a hierarchy file, or several.")
    pipeline = Pipeline.of(settings, store)
    objective = objective_of(pipeline.parts)
    for key, path in [("hierarchy", settings["hierarchy"]), *(("baseline", b) for b in baselines)]:
        check_files({key: path}, key)
    if settings["universe"] not in (None, "map", "data"):
        check_files(settings, "universe")
    data = pipeline.read(settings, measured=False)
    pipeline = judging(pipeline, data, settings["eval"])

    def scores_of(path: str) -> Scores:
        hierarchy = given_hierarchy({**settings, "hierarchy": path}, data, store)
        return pipeline.evaluate(data, hierarchy, None).value

    own = scores_of(settings["hierarchy"])
    baseline = [objective.measured(scores_of(path).metrics) for path in baselines]
    measured = objective.measured(own.metrics)
    if not measured or not all(baseline):
        raise ConfigError("eval.objective: a part was not measured; see eval.parts.")
    unit = Unit.of(baseline) if objective.seeds else None
    parts = objective.relative(measured, unit)
    return Measured(
        objective.value(measured, unit),
        {name.rpartition(".")[2]: value for name, value in parts.items()},
        _raw(own.metrics),
        own.tables["splits"][["reference", "term", "part"]],
    )


def _with_queries(config: Config) -> Config:
    queries = config["queries"]
    if queries is None:
        return config
    settings = {**config, "eval": {**config["eval"], "retrieval": {**config["eval"]["retrieval"]}}}
    put(settings, "eval.retrieval.queries", None if queries == "all" else queries)
    return settings


def _raw(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the measured parts of each reference under their names in ``objective.json``."""
    raw = {}
    for name, value in metrics.items():
        reference, part, metric = name.split(".", 2)
        if part != "tune":
            continue
        if metric.startswith("pairs_"):
            raw[f"pairs.{reference}.{metric.removeprefix('pairs_')}"] = value
        elif metric == "recall":
            raw[f"recall.{reference}"] = value
    return raw


def write_measured(folder: Path, measured: Measured) -> None:
    """Write ``splits.tsv`` and ``objective.json``."""
    measured.splits.to_csv(folder / "splits.tsv", sep="\t", index=False)
    (folder / "objective.json").write_text(json.dumps(measured.to_json(), indent=1) + "\n")
