"""Weights & Biases as experiment tracker: one run per trial, grouped by study."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...nodes.build import Config
from ...nodes.ranges import AtLeastOne, checked
from .record import Record, Write, safely, warn

if TYPE_CHECKING:
    from wandb import Artifact, Run

OWN_FOLDER = "WANDB_DATA_DIR" in os.environ
"""Whether the user has chosen a folder for copies of files."""


@checked
@dataclass(frozen=True)
class Wandb:
    """Weights & Biases as experiment tracker: one run per trial, grouped by study.

    Errors of the tracker are logged and ignored: no trial depends on it.

    Args:
        mode: ``offline`` writes to the study's folder, for ``wandb sync``; ``online`` sends, and
            falls back to ``offline`` where the server cannot be reached.
        project: Project of the runs.
        timeout: Seconds to wait for the server, at least 1.

    Raises:
        ConfigError: If the mode is unknown or the timeout below 1.
    """

    mode: Literal["offline", "online"] = "offline"
    project: str = "cytoweave"
    timeout: AtLeastOne = 30

    @contextmanager
    def record(self, *, name: str, group: str, config: Config, folder: Path) -> Iterator[Record]:
        """Give the record of a trial; it is closed when the trial ends, also by an error.

        Args:
            name: Of the run.
            group: The study.
            config: Of the experiment.
            folder: Where ``wandb/`` is written.
        """
        record = self._begin(name, group, config, folder)
        if record is None:
            yield Record()
            return
        code = 1
        try:
            yield record
            code = 0
        finally:
            safely("wandb", lambda: record.run.finish(exit_code=code))

    def conclude(
        self, *, group: str, folder: Path, metrics: Mapping[str, float], files: Sequence[Path]
    ) -> None:
        """Record nothing: a group has no run of its own; the files stay in the study's folder."""

    def _begin(self, name: str, group: str, config: Config, folder: Path) -> _WandbRecord | None:
        os.environ.setdefault("WANDB_SILENT", "true")
        if not OWN_FOLDER:  # else wandb copies files to the home folder, where no sync finds them
            os.environ["WANDB_DATA_DIR"] = str(folder / "wandb")
        import wandb  # an extra, slow to load

        for mode in dict.fromkeys([self.mode, "offline"]):
            try:
                run = wandb.init(
                    project=self.project,
                    name=name,
                    group=group,
                    config=dict(config),
                    dir=str(folder),
                    mode="online" if mode == "online" else "offline",
                    reinit="finish_previous",
                    settings=wandb.Settings(silent=True, init_timeout=self.timeout, console="off"),
                )
                return _WandbRecord(run, wandb.Artifact)
            except Exception as error:  # wandb raises its own, the network's and the system's
                warn(f"wandb ({mode})", error)
        return None


@dataclass(frozen=True)
class _WandbRecord(Record):
    run: Run
    artifact: type[Artifact]

    def metrics(self, metrics: Mapping[str, object]) -> None:
        safely("wandb", lambda: self.run.summary.update(dict(metrics)))

    def step(self, metrics: Mapping[str, float]) -> None:
        safely("wandb", lambda: self.run.log(dict(metrics)))

    def files(self, name: str, kind: str, write: Write) -> None:
        def hand_over() -> None:
            with tempfile.TemporaryDirectory() as folder:
                artifact = self.artifact(name, type=kind)
                for path in write(Path(folder)):
                    artifact.add_file(str(path))
                self.run.log_artifact(artifact)

        safely("wandb", hand_over)
