"""The verb ``contrast``: assemblies and proteins that change between conditions."""

from __future__ import annotations

from ...applications.contrast.find import find_contrast
from .use import show_use


def contrast(overrides: list[str]) -> None:
    """Assemblies that change or stay, and proteins that move, judged by replicates."""
    show_use("contrast", overrides, find_contrast)
