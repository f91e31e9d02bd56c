"""Weights & Biases and MLflow at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ...nodes.build import Config
from ...nodes.ranges import checked
from .mlflow_runs import Mlflow
from .record import Record, Write
from .wandb_runs import Wandb


@checked
@dataclass(frozen=True)
class Both:
    """Two experiment trackers, each told the same.

    Args:
        wandb: Weights & Biases.
        mlflow: MLflow.

    Raises:
        ConfigError: If MLflow is not installed.
    """

    wandb: Wandb = field(default_factory=Wandb)
    mlflow: Mlflow = field(default_factory=Mlflow)

    @contextmanager
    def record(self, *, name: str, group: str, config: Config, folder: Path) -> Iterator[Record]:
        """Give the record of a trial."""
        with (
            self.wandb.record(name=name, group=group, config=config, folder=folder) as first,
            self.mlflow.record(name=name, group=group, config=config, folder=folder) as second,
        ):
            yield _Records((first, second))

    def conclude(
        self, *, group: str, folder: Path, metrics: Mapping[str, float], files: Sequence[Path]
    ) -> None:
        """Record the conclusion of a study."""
        for logger in (self.wandb, self.mlflow):
            logger.conclude(group=group, folder=folder, metrics=metrics, files=files)


@dataclass(frozen=True)
class _Records(Record):
    records: tuple[Record, ...]

    def metrics(self, metrics: Mapping[str, object]) -> None:
        for record in self.records:
            record.metrics(metrics)

    def step(self, metrics: Mapping[str, float]) -> None:
        for record in self.records:
            record.step(metrics)

    def files(self, name: str, kind: str, write: Write) -> None:
        for record in self.records:
            record.files(name, kind, write)
