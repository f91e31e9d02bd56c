"""What the terminal shows: the log, and tables at the end."""

from __future__ import annotations

import logging
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table

from ..errors import on_disk

LOG = logging.getLogger("cytoweave")
"""The logger of the package."""

READABLE = 16
"""Minimum width of a text column in characters."""

FEW_NULLS = 50
"""Fewer maps with permuted labels do not give a z score: of so many, their standard deviation is
known to a tenth (1 / sqrt(2 (n - 1)))."""

WIDTH = 120
"""Width of output to a file, in characters."""

console = Console(
    width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDTH,
    markup=False,  # a path or a name may contain brackets, and :words: between colons
    emoji=False,
    highlight=False,
)


@contextmanager
def logging_to(level: int = logging.INFO) -> Iterator[None]:
    """Show the log on standard error while the block runs."""
    handler = _handler()
    LOG.addHandler(handler)
    LOG.setLevel(level)
    try:
        yield
    finally:
        LOG.removeHandler(handler)


def _handler() -> logging.Handler:
    """Return the log handler: wrapped lines on a terminal, one line per message in a file."""
    if sys.stderr.isatty():
        return RichHandler(
            console=Console(stderr=True),
            show_path=False,
            show_level=False,
            log_time_format="%H:%M:%S",
            highlighter=None,
            markup=False,
        )
    plain = logging.StreamHandler()
    plain.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    return plain


@contextmanager
def log_level(level: int) -> Iterator[None]:
    """Temporarily raise the log level, so that less severe messages are not shown."""
    before = LOG.level
    LOG.setLevel(level)
    try:
        yield
    finally:
        LOG.setLevel(before)


class LogFile(logging.FileHandler):
    """A log whose disk is full says so; the library's own prints a traceback and goes on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Raise what happened."""
        with on_disk("out", Path(self.baseFilename).parent):
            raise


@contextmanager
def logging_to_file(path: Path) -> Iterator[None]:
    """Write the log to a file while the block runs."""
    handler = LogFile(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    LOG.addHandler(handler)
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        handler.close()


def show_scores(metrics: Mapping[str, float], headlines: Sequence[str]) -> None:
    """Print the headline metrics that were measured, with their nulls.

    A z score is shown where p is 1 / (`FEW_NULLS` + 1) or less, which proves that many null maps;
    next to the smallest p of 20 maps, .048, a z of 40 would seem a contradiction.
    """
    table = Table(title="Scores", title_justify="left")
    for name in ("metric", "value", "95 % interval", "null", "z", "p"):
        first = name == "metric"
        table.add_column(name, justify="left" if first else "right", no_wrap=first)
    for name in headlines:
        if name in metrics:
            table.add_row(name, number(metrics[name]), *_context(metrics, name))
    if table.row_count:
        console.print(table)
    if any(f"{name}.p" in metrics for name in headlines):
        console.print(
            "null: mean over maps with permuted protein labels; with n of them p is at least "
            f"1/(n + 1). z, the distance from it in standard deviations, is shown for p up to "
            f"1/{FEW_NULLS + 1}: it takes {FEW_NULLS} such maps."
        )


def show(title: str, rows: pd.DataFrame) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left")
    room = (console.width - 1) // max(len(rows.columns), 1) - len(" | ")
    for name in rows.columns:
        text = not pd.api.types.is_numeric_dtype(rows[name])
        longest = int(rows[name].astype(str).str.len().max()) if text and len(rows) else 1
        table.add_column(
            str(name),
            justify="left" if text else "right",
            overflow="fold",
            min_width=min(longest, READABLE, max(room, 1)),  # or the last would be cut off
        )
    for row in rows.itertuples(index=False):
        table.add_row(*(number(value) if isinstance(value, float) else str(value) for value in row))
    console.print(table)


def show_paths(paths: Iterable[tuple[str, Path]]) -> None:
    """Print paths, one a line, so that a terminal can open them."""
    for name, path in paths:
        console.print(f"{name}: {path}", soft_wrap=True)


def number(value: float) -> str:
    """Return a number for people: three decimal places, none for whole numbers."""
    if math.isnan(value):
        return ""
    whole = float(value).is_integer() or abs(value) >= 1000
    return f"{value:,.0f}" if whole else f"{value:.3g}"


def bounded(value: float, low: float, high: float) -> str:
    """Return a value with the bounds of its interval."""
    return f"{number(value)} ({number(low)} .. {number(high)})"


def size(n_bytes: float) -> str:
    """Return a size in the largest unit that keeps it above one."""
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 1000:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.3g} TB"


def _context(metrics: Mapping[str, float], name: str) -> Sequence[str]:
    low, high = metrics.get(f"{name}.lo"), metrics.get(f"{name}.hi")
    interval = "" if low is None or high is None else f"{number(low)} .. {number(high)}"
    null, z, p = (metrics.get(f"{name}.{part}") for part in ("null_mean", "z", "p"))
    if p is not None and p * (FEW_NULLS + 1) > 1:
        z = None
    return [interval, *("" if value is None else number(value) for value in (null, z, p))]
