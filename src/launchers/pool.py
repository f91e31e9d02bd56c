"""A launcher with what a command says of it: how many tasks at once, and where they meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .launcher import Launcher

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pool:
    """Where the tasks of one command run.

    Attributes:
        launcher: Where.
        workers: How many at once.
        folder: What workers and the command share.
    """

    launcher: Launcher
    workers: int
    folder: Path

    def spread(
        self, work: Callable[..., Result], items: Sequence[tuple[object, ...]]
    ) -> Iterator[Result]:
        """Yield ``work(*item)`` of each item, in order; see `Launcher.spread`."""
        return self.launcher.spread(work, items, workers=self.workers, folder=self.folder)
