"""Progress bars of long loops."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import track

Item = TypeVar("Item")

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
    """Yield `items`; meanwhile a bar stands on standard error where that is a terminal.

    `progress_shown` decides otherwise.

    Args:
        items: What the loop goes over.
        what: Words before the bar, e.g. ``reading images``.
        total: Number of items.
    """
    shown = _SHOWN.get()
    if not (sys.stderr.isatty() if shown is None else shown):
        return iter(items)
    shown_on = Console(stderr=True, emoji=False)
    return iter(track(items, escape(what), total, console=shown_on, transient=True))
