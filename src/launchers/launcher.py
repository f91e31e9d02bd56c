"""What a launcher does: run these tasks, give results in order, replace what a dead worker lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class Launcher(Protocol):
    """Where many tasks run.

    A task is a function at the top of a module and its arguments; both, and the result, travel as
    pickles. What a task returns depends on its arguments alone, so that one which was lost with its
    worker can be done again, and the same results come from every launcher.
    """

    @property
    def cores(self) -> int:
        """Cores that a task may use."""

    def spread(
        self,
        work: Callable[..., Result],
        items: Sequence[tuple[object, ...]],
        *,
        workers: int,
        folder: Path,
    ) -> Iterator[Result]:
        """Yield ``work(*item)`` of each item, in order, as soon as it and those before are there.

        Args:
            work: What is done.
            items: Its arguments.
            workers: Tasks at once, where it is not a cluster that decides.
            folder: What workers and this process share, for what passes between them.

        Raises:
            WorkerError: If workers die again and again.
            CytoweaveError: Whatever a task raised.
        """

    def hold(
        self, work: Callable[..., int], items: Sequence[tuple[object, ...]], *, folder: Path
    ) -> list[int]:
        """Run ``work(*item)`` of each item in a worker of its own, to its end; return exit codes.

        One below 0 says that the worker was killed.

        Args:
            work: What is done; it returns an exit code.
            items: Its arguments.
            folder: As of `spread`.

        Raises:
            WorkerError: If workers die again and again.
        """
