"""Runs of MLflow, written through its client; imported only where mlflow is used."""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

from ...config import dump
from ...errors import without_passwords
from ...nodes.build import Config
from .record import Record, Write, safely

STUDY_TAG = "cytoweave.study"
"""Tag of a study's parent run, by which its workers find it."""

PARAMS_AT_ONCE = 100
LONGEST_PARAM = 6000
"""Limits of MLflow 3: parameters per request, and characters of one."""

NOT_IN_NAMES = re.compile(r"[^\w\-./: ]")
"""Characters that MLflow refuses in names."""


@dataclass(frozen=True)
class StudyRun:
    """The parent run of a study.

    Attributes:
        client: Writes to a server or a database.
        experiment: Identifier of the experiment.
        run: Identifier of the run.
    """

    client: MlflowClient
    experiment: str
    run: str

    @classmethod
    def of(cls, uri: str | None, experiment: str, group: str, place: Path) -> StudyRun:
        """Return the parent run of a study; the first worker creates it.

        Args:
            uri: Of the server or database; None for SQLite in `place`.
            experiment: Name of the experiment.
            group: The study.
            place: The study's folder for MLflow.
        """
        client = MlflowClient(uri or f"sqlite:///{place / 'mlflow.db'}")
        known = client.get_experiment_by_name(experiment)
        artifacts = None if uri else (place / "artifacts").as_uri()
        number = known.experiment_id if known else client.create_experiment(experiment, artifacts)
        mark = f"{group}-{hashlib.sha256(str(place).encode()).hexdigest()[:12]}"
        runs = client.search_runs([number], f"tags.`{STUDY_TAG}` = '{mark}'", max_results=1)
        run = runs[0] if runs else client.create_run(number, None, {STUDY_TAG: mark}, group)
        return cls(client, number, run.info.run_id)

    def trial(self, name: str, config: Config) -> TrialRun:
        """Begin the nested run of a trial, with its config as parameters and as a file."""
        tags = {"mlflow.parentRunId": self.run}
        run = self.client.create_run(self.experiment, None, tags, name).info.run_id
        self.client.log_text(run, without_passwords(dump(config)), "config.yaml")
        params = [Param(name, text[:LONGEST_PARAM]) for name, text in _flat("", config)]
        for start in range(0, len(params), PARAMS_AT_ONCE):
            self.client.log_batch(run, params=params[start : start + PARAMS_AT_ONCE])
        return TrialRun(self.client, run)

    def conclude(self, metrics: Mapping[str, float], folder: Path, files: Sequence[Path]) -> None:
        """Record metrics and files of the study, and end its run."""
        self.client.log_batch(self.run, metrics=_metrics(metrics, 0))
        for path in files:
            below = path.relative_to(folder).parent.as_posix()
            self.client.log_artifact(self.run, str(path), None if below == "." else below)
        self.client.set_terminated(self.run, "FINISHED")


@dataclass(frozen=True)
class TrialRun(Record):
    """The run of a trial; points of its learning curves are counted."""

    client: MlflowClient
    run: str
    _steps: count[int] = field(default_factory=count)

    def metrics(self, metrics: Mapping[str, object]) -> None:
        """Record the final metrics of the trial."""
        safely("mlflow", lambda: self._log(metrics, 0))

    def step(self, metrics: Mapping[str, float]) -> None:
        """Record one point of each learning curve."""
        safely("mlflow", lambda: self._log(metrics, next(self._steps)))

    def files(self, name: str, kind: str, write: Write) -> None:
        """Record the files that `write` leaves in a folder, in the folder `name`."""

        def hand_over() -> None:
            with tempfile.TemporaryDirectory() as folder:
                write(Path(folder))
                self.client.log_artifacts(self.run, folder, name)

        safely("mlflow", hand_over)

    def end(self, status: str) -> None:
        """End the run as ``FINISHED`` or ``FAILED``."""
        safely("mlflow", lambda: self.client.set_terminated(self.run, status))

    def _log(self, metrics: Mapping[str, object], step: int) -> None:
        self.client.log_batch(self.run, metrics=_metrics(metrics, step))


def _metrics(metrics: Mapping[str, object], step: int) -> list[Metric]:
    now = int(time.time() * 1000)
    return [
        Metric(NOT_IN_NAMES.sub("_", name), float(value), now, step)
        for name, value in metrics.items()
        if isinstance(value, int | float)
    ]


def _flat(key: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield the settings of a config with dotted keys, as text.

    >>> list(_flat("", {"map": {"k": 5, "sizes": [1, 2]}}))
    [('map.k', '5'), ('map.sizes', '[1, 2]')]
    """
    if not isinstance(value, Mapping) or not value:
        yield NOT_IN_NAMES.sub("_", key), without_passwords(str(value))
        return
    for name, inner in value.items():
        yield from _flat(f"{key}.{name}" if key else str(name), inner)
