"""Interface of launchers: run tasks in parallel, return results in order, retry lost tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class Launcher(Protocol):
    """Runs many tasks in parallel.

    A task is a function at the top of a module and its arguments; both, and the result, travel as
    pickles. A task's result depends on its arguments alone, so that a lost task can be run again
    and every launcher gives the same results.
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
        """Yield ``work(*item)`` of each item, in order, as soon as it and all before it are done.

        Args:
            work: The function.
            items: Its arguments.
            workers: Number of parallel tasks; a cluster may decide otherwise.
            folder: A folder that workers and this process share, for arguments and results.

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
            work: The function; it returns an exit code.
            items: Its arguments.
            folder: As of `spread`.

        Raises:
            WorkerError: If workers die again and again.
        """
