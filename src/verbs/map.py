"""The verb ``map``: a hierarchy of a given edge list or embedding table."""

from __future__ import annotations

from pathlib import Path

from ..experiment import map_given
from ..report import write_run
from .run_folder import new_folder
from .settings import load, show_run, store_of


def map_(overrides: list[str]) -> None:
    """A hierarchy from somebody's edge list or embedding table."""
    settings = load("map", overrides)
    given = Path(settings["network"] or settings["embedding"] or "")
    settings["title"] = f"Cell map of {given.name}"
    with new_folder(settings) as folder:
        write_run(folder, map_given(settings, store_of(settings)))
    show_run(settings)
