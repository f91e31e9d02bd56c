"""Shared by verbs of applications: output folder and display of findings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ...applications import Finder, Use
from ...artifacts import Findings
from ...errors import ConfigError
from ...nodes.build import Config, Settings
from ...report import read_labels, shortened, write_uses
from ...terminal.console import console, show, show_paths
from ..run_folder import folder_if_named, out_folder
from ..settings import load, store_of

USE_NAME = re.compile(r"\w[\w.-]*")

SHOWN_ROWS = 15
SHOWN_COLUMNS = 8
"""Rows and columns of an answer that the terminal shows."""
SHOWN_LETTERS = 40
"""Letters of a name of an assembly there."""


def show_use(verb: str, overrides: list[str], find: Finder, *, needs_map: bool = True) -> None:
    """Put a question to a map, write what was found, and show the first rows of the answer.

    Notes come first: some warn of how to read the table.
    """
    settings = load(verb, overrides)
    if settings["run"] is None:
        settings["out"] = str(out_folder(settings))
    findings = make_use(verb, settings, find, needs_map=needs_map)
    for note in findings.notes:
        console.print(note, highlight=False)
    name, table = findings.first_look
    rows = table.iloc[:SHOWN_ROWS, :SHOWN_COLUMNS]
    if settings["run"] is not None:
        rows = named(rows, read_labels(Path(settings["run"]) / "assemblies.gmt"))
    show(f"{findings.title}: {name}", rows.loc[:, (rows != "").any()])
    place = out_folder(settings)
    show_paths([(name, place / f"{name}.tsv") for name in findings.tables])
    if in_run(settings):
        show_paths([("report", Path(settings["run"]).absolute() / "report.html")])


def named(rows: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return rows with the name of each assembly beside its id, unless they have a name already."""
    if "assembly" not in rows or "name" in rows:
        return rows
    names = [shortened(labels.get(str(one), ""), SHOWN_LETTERS) for one in rows["assembly"]]
    result = rows.copy()
    result.insert([*rows.columns].index("assembly") + 1, "name", names)
    return result


def make_use(verb: str, settings: Settings, find: Finder, *, needs_map: bool = True) -> Findings:
    """Put a question to a map; write what was found where the settings name a folder or a run.

    In a run the result is in ``uses/<verb>``, or ``uses/<verb>.<name>`` where it has a name; it
    takes the place of an earlier one, and page and cards of the run are written anew.
    """
    run, name = settings["run"], settings["name"]
    inside = run is not None and settings["out"] is None
    if name is not None and not USE_NAME.fullmatch(name):
        raise ConfigError(f"name must be letters, digits, '_', '-' and '.', got '{name}'.")
    if inside:
        settings |= {"out": str(place_in_run(verb, settings)), "overwrite": True}
    use = Use.of(settings, store_of(settings), needs_map=needs_map)
    with folder_if_named(settings) as folder:
        findings = find(use)
        if folder:
            findings.save(folder)
    if inside:
        write_uses(Path(run))
    return findings


def place_in_run(verb: str, settings: Config) -> Path:
    """Return the folder of a verb's answer in the run that it is about."""
    name = settings.get("name")
    return Path(settings["run"]) / "uses" / (f"{verb}.{name}" if name else verb)


def in_run(settings: Settings) -> bool:
    """Return whether an answer was written into the folder of the run that it is about."""
    run = settings["run"]
    return run is not None and out_folder(settings).parent == Path(run).absolute() / "uses"
