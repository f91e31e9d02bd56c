"""The verb ``places``: proteins in several compartments, assemblies with several parents."""

from __future__ import annotations

from ...applications.places.find import find_places
from .use import show_use


def places(overrides: list[str]) -> None:
    """Proteins in several compartments of a run's map, over maps of resamples."""
    show_use("places", overrides, find_places)
