"""The verb ``property``: enrichment of a property of proteins in assemblies."""

from __future__ import annotations

from ...applications.property import find_property
from .use import show_use


def property_(overrides: list[str]) -> None:
    """Assemblies in which a property of proteins is concentrated, against like proteins."""
    show_use("property", overrides, find_property)
