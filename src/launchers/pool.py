"""A launcher with a command's settings: number of parallel tasks, and the shared folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .launcher import Launcher

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pool:
    """A pool of workers for the tasks of one command.

    Attributes:
        launcher: Where tasks run.
        workers: Number of parallel tasks.
        folder: Folder that workers and the command share.
    """

    launcher: Launcher
    workers: int
    folder: Path

    def spread(
        self, work: Callable[..., Result], items: Sequence[tuple[object, ...]]
    ) -> Iterator[Result]:
        """Yield ``work(*item)`` of each item, in order; see `Launcher.spread`."""
        return self.launcher.spread(work, items, workers=self.workers, folder=self.folder)
