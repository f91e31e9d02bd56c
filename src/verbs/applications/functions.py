"""The verb ``functions``: prediction of protein functions."""

from __future__ import annotations

from ...applications.functions.find import find_functions
from .use import show_use


def functions(overrides: list[str]) -> None:
    """Terms that proteins may have and lack, how sure that is, and why."""
    show_use("functions", overrides, find_functions)
