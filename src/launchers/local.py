"""Parallel tasks in processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..nodes.ranges import checked
from ..nodes.targets import path_of
from ..terminal.workers import end_with, in_processes

Result = TypeVar("Result")


@checked
@dataclass(frozen=True)
class Local:
    """Tasks run in processes of this machine; with a single worker in this one."""

    @property
    def cores(self) -> int:
        """See `Launcher.cores`."""
        return 1

    def spread(
        self,
        work: Callable[..., Result],
        items: Sequence[tuple[object, ...]],
        *,
        workers: int,
        folder: Path,
    ) -> Iterator[Result]:
        """See `Launcher.spread`."""
        return in_processes(work, items, workers)

    def hold(
        self, work: Callable[..., int], items: Sequence[tuple[object, ...]], *, folder: Path
    ) -> list[int]:
        """See `Launcher.hold`; a killed process is not replaced."""
        context = multiprocessing.get_context("spawn")  # a fork would copy torch's threads
        # Unpickled by the worker once it is sure to end with this process: that loads for seconds.
        given = [pickle.dumps((work, item)) for item in items]
        started = [context.Process(target=_held, args=(os.getpid(), one)) for one in given]
        for process in started:
            process.start()
        try:
            for process in started:
                process.join()
        except BaseException:
            for process in started:
                process.terminate()
            raise
        return [process.exitcode or 0 for process in started]


def here(cores: int) -> dict[str, object]:
    """Return the settings of a command that runs all of its tasks on this machine."""
    return {"launcher": {"_target_": path_of(Local)}, "workers": cores}


def _held(parent: int, given: bytes) -> None:
    end_with(parent)
    work, item = pickle.loads(given)
    code = work(*item)
    if code:
        raise SystemExit(code)
