"""The verb ``map``: a hierarchy of a given edge list or embedding table."""

from __future__ import annotations

from pathlib import Path

from ..nodes.build import Settings
from ..report import RunResult, write_run
from ..stages.given import map_given
from .run_folder import folder_if_named, out_folder
from .settings import load, show_run, store_of


def map_(overrides: list[str]) -> None:
    """A hierarchy from an edge list or embedding table."""
    settings = load("map", overrides)
    settings["out"] = str(out_folder(settings))
    make_map(settings)
    show_run(settings)


def make_map(settings: Settings) -> RunResult:
    """Make the map of a network or an embedding; write it if ``out`` is set."""
    given = Path(settings["network"] or settings["embedding"] or "")
    settings["title"] = f"Cell map of {given.name}"
    with folder_if_named(settings) as folder:
        result = map_given(settings, store_of(settings))
        if folder:
            write_run(folder, result, portal=settings["portal"])
    return result
