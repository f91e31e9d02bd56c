"""Progress bars of long loops."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Item = TypeVar("Item")


def tracked(items: Iterable[Item], what: str, total: int) -> Iterator[Item]:
    """Yield `items`; meanwhile a bar stands on standard error where that is a terminal.

    Args:
        items: What the loop goes over.
        what: Words before the bar, e.g. ``reading images``.
        total: Number of items.
    """
    if not sys.stderr.isatty():
        return iter(items)
    return iter(track(items, what, total, console=Console(stderr=True), transient=True))
