"""Log and progress bars of calls from Python, off by default outside terminals."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from ..nodes.annotations import validated
from ..terminal.console import LOG, logging_to
from ..terminal.progress import progress_shown

LOG.addHandler(logging.NullHandler())  # without a handler, Python prints warnings of libraries


@contextmanager
def session(verbose: bool | None) -> Iterator[None]:
    """Show the log and progress bars while the block runs, or neither.

    Args:
        verbose: Whether to show them; None: if standard error is a terminal.

    Raises:
        SettingError: If it is neither true nor false.
    """
    chosen: bool | None = validated("verbose", bool | None, verbose)
    shown = sys.stderr.isatty() if chosen is None else chosen
    before = LOG.level
    LOG.setLevel(logging.INFO)  # the run's own log is written in any case
    try:
        with warnings.catch_warnings():
            # tqdm 4.70, which optuna loads, in a notebook without ipywidgets.
            warnings.filterwarnings("ignore", "IProgress not found")
            with progress_shown(shown), logging_to() if shown else nullcontext():
                yield
    finally:
        LOG.setLevel(before)
