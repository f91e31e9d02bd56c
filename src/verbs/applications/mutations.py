"""The verb ``mutations``: recurrently mutated assemblies."""

from __future__ import annotations

from ...applications.mutations.find import find_mutations
from .use import show_use


def mutations(overrides: list[str]) -> None:
    """Assemblies that are recurrently mutated in tumours, and by which genes."""
    show_use("mutations", overrides, find_mutations)
