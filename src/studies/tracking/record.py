"""Interface of experiment trackers: a record for each trial, and the conclusion of the study."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...errors import without_passwords
from ...nodes.build import Config
from ...nodes.ranges import checked

LOG = logging.getLogger("cytoweave")

Write = Callable[[Path], Sequence[Path]]
"""Writes files to a folder and returns them."""


class Record:
    """Tracker of one trial; this one records nothing."""

    def metrics(self, metrics: Mapping[str, object]) -> None:
        """Record the final metrics of the trial."""

    def step(self, metrics: Mapping[str, float]) -> None:
        """Record one point of each learning curve."""

    def files(self, name: str, kind: str, write: Write) -> None:
        """Record the files that `write` leaves in a folder, e.g. the map's, as one artifact."""


class Logger(Protocol):
    """An experiment tracker. Its errors are logged and ignored: no trial depends on it."""

    def record(
        self, *, name: str, group: str, config: Config, folder: Path
    ) -> AbstractContextManager[Record]:
        """Give the record of a trial; it is closed when the trial ends, also by an error.

        Args:
            name: Of the trial.
            group: The study.
            config: Of the experiment.
            folder: The study's.
        """

    def conclude(
        self, *, group: str, folder: Path, metrics: Mapping[str, float], files: Sequence[Path]
    ) -> None:
        """Record the conclusion of a study.

        Args:
            group: The study.
            folder: The study's.
            metrics: Its final metrics.
            files: Its report, tables and configs, all below `folder`.
        """


@checked
@dataclass(frozen=True)
class NoLogger:
    """No experiment tracker."""

    @contextmanager
    def record(self, *, name: str, group: str, config: Config, folder: Path) -> Iterator[Record]:
        """Give the record of a trial."""
        yield Record()

    def conclude(
        self, *, group: str, folder: Path, metrics: Mapping[str, float], files: Sequence[Path]
    ) -> None:
        """Record nothing."""


def safely(tracker: str, send: Callable[[], object]) -> None:
    """Call `send`; an error of the tracker is logged, and the trial continues."""
    try:
        send()
    except Exception as error:  # trackers raise their own, the network's and the system's
        warn(tracker, error)


def warn(tracker: str, error: Exception) -> None:
    """Log the first line of a tracker's error, without passwords."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    LOG.warning("%s: %s", tracker, without_passwords(line))
