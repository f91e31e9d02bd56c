"""The verb ``names``: names of assemblies, with calibrated confidence."""

from __future__ import annotations

from ...applications.names.find import find_names
from .use import show_use


def names(overrides: list[str]) -> None:
    """Names of assemblies or gene sets, how sure each is, and who carries it."""
    show_use("names", overrides, find_names)
