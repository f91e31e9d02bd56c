"""Worker processes that end with their parent; tasks of a killed worker are run again."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from joblib import Parallel, delayed  # type: ignore[import-untyped]
from joblib.externals.loky.process_executor import (  # type: ignore[import-untyped]
    TerminatedWorkerError,
)

from ..errors import WorkerError
from .console import LOG

Result = TypeVar("Result")

MAX_DEATHS = 3
"""Maximum number of workers killed in a row without a result."""

WATCH_S = 1.0
"""Seconds between checks of the parent, where the operating system does not signal its end."""

PR_SET_PDEATHSIG = 1
"""Linux, prctl(2): the signal that a process gets when its parent ends."""


# joblib replaces a worker whose memory has grown and warns; its work is done again all the same.
warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)


def in_processes(
    work: Callable[..., Result], items: Sequence[tuple[object, ...]], workers: int
) -> Iterator[Result]:
    """Yield ``work(*item)`` of each item, in order.

    Args:
        work: A function at the top of a module.
        items: Its arguments.
        workers: Processes; 1: none but this one.

    Raises:
        WorkerError: If workers are killed again and again.
    """
    task = delayed(work)
    own = {"initializer": end_with, "initargs": (os.getpid(),)} if workers > 1 else {}

    def run(done: int) -> Iterator[Result]:
        pool = Parallel(n_jobs=workers, return_as="generator", **own)
        results: Iterator[Result] = pool(task(*item) for item in items[done:])
        return results

    return surviving(run, len(items))


def in_threads(
    work: Callable[..., Result], items: Iterable[tuple[object, ...]], workers: int
) -> Iterator[Result]:
    """Yield ``work(*item)`` of each item, in order, from threads: for compiled code.

    Args:
        work: What lets go of the interpreter's lock.
        items: Its arguments.
        workers: Threads.
    """
    with ThreadPoolExecutor(workers) as pool:
        yield from pool.map(lambda item: work(*item), items)


def surviving(run: Callable[[int], Iterator[Result]], count: int) -> Iterator[Result]:
    """Yield results; tasks of a killed worker are computed again.

    Args:
        run: Gives the results from a number on, from processes of its own.
        count: How many there are.

    Raises:
        WorkerError: If workers are killed again and again.
    """
    done = deaths = 0
    while done < count:
        try:
            for result in run(done):
                yield result
                done, deaths = done + 1, 0
        except BrokenProcessPool as error:
            if type(error) not in (BrokenProcessPool, TerminatedWorkerError):
                raise  # a task that cannot be pickled
            deaths += 1
            if deaths == MAX_DEATHS:
                raise WorkerError(
                    "worker processes are killed again and again, perhaps for want of memory; "
                    "set workers to fewer, or allow more memory. Finished stages are remembered."
                ) from None
            LOG.warning("a worker was killed, perhaps for want of memory; its work is done again")


def end_with(parent: int) -> None:
    """End this process when `parent` ends, even if that is killed; a worker calls it once."""
    if sys.platform == "linux" and os.getppid() == parent:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended just now
            os._exit(1)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while True:
        try:
            os.kill(parent, 0)
        except ProcessLookupError:
            os._exit(1)
        except PermissionError:  # it lives, as somebody else
            pass
        time.sleep(WATCH_S)
