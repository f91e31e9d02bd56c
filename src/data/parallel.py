"""Parallel map over items, with worker processes if it takes long enough."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from ..terminal.progress import tracked
from ..terminal.workers import in_processes

Item = TypeVar("Item")
Result = TypeVar("Result")

TRIAL_S = 1.0
"""Seconds of work after which the remaining time is estimated."""

WORTH_IT_S = 8.0
"""Minimum estimated seconds for starting processes, which take some to load."""


def spread(
    work: Callable[[Item], Result], items: Sequence[Item], what: str, workers: int
) -> Iterator[Result]:
    """Yield the result of `work` on each item, in order, under a progress bar.

    Args:
        work: A function at the top of a module, or a partial of one.
        items: Its arguments.
        what: Label of the progress bar.
        workers: Processes, started only if the work is long; 1: only this one.
    """
    yield from tracked(_spread(work, items, workers), what, len(items))


def _spread(
    work: Callable[[Item], Result], items: Sequence[Item], workers: int
) -> Iterator[Result]:
    start, done = time.monotonic(), 0
    while done < len(items) and (workers == 1 or time.monotonic() - start < TRIAL_S):
        yield work(items[done])
        done += 1
    rest = items[done:]
    if not len(rest):
        return
    if (time.monotonic() - start) / max(done, 1) * len(rest) < WORTH_IT_S:
        yield from map(work, rest)
        return
    yield from in_processes(work, [(item,) for item in rest], workers)
