"""Progress of long loops: a bar on a terminal, a line a minute in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import track

from .console import LOG

Item = TypeVar("Item")

EVERY_S = 60.0
"""Seconds between two lines of a log."""

_SHOWN: ContextVar[bool | None] = ContextVar("progress shown", default=None)


@contextmanager
def progress_shown(shown: bool) -> Iterator[None]:
    """Show progress bars while the block runs, or none, whatever standard error is."""
    token = _SHOWN.set(shown)
    try:
        yield
    finally:
        _SHOWN.reset(token)


def tracked(items: Iterable[Item], what: str, total: int) -> Iterator[Item]:
    """Yield `items` behind a progress bar on standard error, where that is a terminal.

    Elsewhere the log gets one line a minute: what, how far, how long. `progress_shown` switches
    the bar on or off regardless.

    Args:
        items: What the loop goes over.
        what: Words before the bar, e.g. ``reading images``.
        total: Number of items.
    """
    shown = _SHOWN.get()
    if not (sys.stderr.isatty() if shown is None else shown):
        return _logged(items, what, total)
    shown_on = Console(stderr=True, emoji=False)
    return iter(track(items, escape(what), total, console=shown_on, transient=True))


class Minutes:
    """Logs the progress of a long task, at most once in `EVERY_S` seconds."""

    def __init__(self) -> None:
        self._begun = self._last = time.monotonic()

    def log(self, what: str, share: float) -> None:
        """Log the progress, if due.

        Args:
            what: Task and progress: ``clustering: 40 of 120``.
            share: Share that is done; from 0 no time is estimated.
        """
        now = time.monotonic()
        if now - self._last < EVERY_S:
            return
        self._last = now
        taken = now - self._begun
        left = "time left unknown"
        if share > 0:
            left = f"about {lasting(taken * (1 - share) / share)} left"
        LOG.info("%s after %s, %s", what, lasting(taken), left)


def lasting(seconds: float) -> str:
    """Return a time as people say it.

    >>> lasting(40), lasting(150), lasting(9000)
    ('40 s', '2.5 min', '2.5 h')
    """
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.2g} min" if seconds < 3600 else f"{seconds / 3600:.2g} h"


def _logged(items: Iterable[Item], what: str, total: int) -> Iterator[Item]:
    minutes = Minutes()
    for done, item in enumerate(items, start=1):
        minutes.log(f"{what}: {done - 1} of {total}", (done - 1) / max(total, 1))
        yield item
