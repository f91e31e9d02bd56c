"""Work on many items, spread over processes where that pays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from ..progress import tracked

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_IT = 64
"""Fewer items are done in this process: a new one takes seconds to load what it needs."""


def spread(
    work: Callable[[Item], Result], items: Sequence[Item], what: str, workers: int
) -> Iterator[Result]:
    """Yield the result of `work` on each item, in order, under a progress bar.

    Args:
        work: A function at the top of a module, or a partial of one.
        items: What it is done on.
        what: Words before the bar.
        workers: Processes; 1 or few items: none but this one.
    """
    if workers == 1 or len(items) < WORTH_IT:
        yield from tracked(map(work, items), what, len(items))
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from tracked(pool.map(work, items, chunksize=4), what, len(items))
