"""The verb ``names``: what the assemblies of a map are called, and how sure that is."""

from __future__ import annotations

from ...applications.names.find import find_names
from .use import show_use


def names(overrides: list[str]) -> None:
    """Names of assemblies or gene sets, how sure each is, and who carries it."""
    show_use("names", overrides, find_names)
