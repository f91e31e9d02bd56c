"""MLflow as experiment tracker: a parent run for the study, a nested run for each trial."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from ...errors import ConfigError
from ...nodes.build import Config
from ...nodes.ranges import AtLeastOne, checked
from .record import Record, safely, warn

if TYPE_CHECKING:
    from .mlflow_client import StudyRun, TrialRun

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
}
"""Environment of MLflow: nothing is sent to its makers, and a lost server is soon given up."""


@checked
@dataclass(frozen=True)
class Mlflow:
    """MLflow as experiment tracker: a study is a parent run, its trials are nested runs.

    Without `uri` everything is written to the study's folder: ``mlflow/mlflow.db`` (SQLite) and
    ``mlflow/artifacts``. Errors of the tracker are logged and ignored: no trial depends on it.

    Args:
        uri: A tracking server or database, e.g. ``http://127.0.0.1:5000``; where it cannot be
            reached, the study's folder is used. Passwords belong into MLflow's environment
            variables, ``MLFLOW_TRACKING_USERNAME`` and ``MLFLOW_TRACKING_PASSWORD``.
        experiment: Name of the experiment that the runs belong to.
        timeout: Seconds to wait for a server, at least 1.

    Raises:
        ConfigError: If mlflow is not installed, or the timeout below 1.
    """

    uri: str | None = None
    experiment: str = "cytoweave"
    timeout: AtLeastOne = 30

    def __post_init__(self) -> None:
        if find_spec("mlflow") is None:
            raise ConfigError("logger: mlflow is not installed: pip install 'cytoweave[mlflow]'.")

    @contextmanager
    def record(self, *, name: str, group: str, config: Config, folder: Path) -> Iterator[Record]:
        """Give the record of a trial; it is closed when the trial ends, also by an error.

        Args:
            name: Of the run.
            group: The study.
            config: Of the experiment.
            folder: The study's.
        """
        record = self._trial(name, group, config, folder)
        if record is None:
            yield Record()
            return
        status = "FAILED"
        try:
            yield record
            status = "FINISHED"
        finally:
            record.end(status)

    def conclude(
        self, *, group: str, folder: Path, metrics: Mapping[str, float], files: Sequence[Path]
    ) -> None:
        """Give the parent run the study's metrics and files, and end it."""
        study = self._begin(group, folder)
        if study is not None:
            safely("mlflow", lambda: study.conclude(metrics, folder, files))

    def _trial(self, name: str, group: str, config: Config, folder: Path) -> TrialRun | None:
        study = self._begin(group, folder)
        try:
            return None if study is None else study.trial(name, config)
        except Exception as error:  # mlflow raises its own, the database's and the system's
            warn("mlflow", error)
            return None

    def _begin(self, group: str, folder: Path) -> StudyRun | None:
        """Return the study's parent run, None where neither server nor folder can be written to."""
        for name, value in (QUIET | {"MLFLOW_HTTP_REQUEST_TIMEOUT": str(self.timeout)}).items():
            os.environ.setdefault(name, value)
        from .mlflow_client import StudyRun  # mlflow, an extra, slow to load

        place = folder / "mlflow"
        place.mkdir(parents=True, exist_ok=True)
        for uri in dict.fromkeys([self.uri, None]):
            try:
                with FileLock(place / "lock"):  # of several workers one creates
                    return StudyRun.of(uri, self.experiment, group, place)
            except Exception as error:  # as above
                warn("mlflow (offline)" if uri is None else "mlflow (online)", error)
        return None
