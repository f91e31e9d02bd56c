"""The verb ``places``: proteins in several compartments, assemblies with several parents."""

from __future__ import annotations

from ...applications.places.find import find_places
from .use import show_use


def places(overrides: list[str]) -> None:
    """Proteins that lie in several compartments of a run's map, over maps made again."""
    show_use("places", overrides, find_places)
