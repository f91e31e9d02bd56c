"""Baits, preys and controls in edge lists of AP-MS or proximity labelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .edge_columns import edge_columns
from .sheets import find_column, open_sheet, plain

CONTROL = re.compile(
    r"(?:.*[ _.-])?(?:ctrls?|controls?|neg(?:ative)?|mock|empty(?:[ _.-]?vector)?|vector|igg|blank|"
    r"e?gfp|yfp|rfp|mcherry|lacz|luc(?:iferase)?|untransfected|parental)(?:[ _.-]?\d+)?",
    re.IGNORECASE,
)
"""Names of baits that are none: tags and fluorescent proteins alone, beads, untransfected cells."""

CONTROL_COUNTS = "ctrlcounts"
"""SAINTexpress's column of spectral counts in each control, ``0|1|0|2``."""


@dataclass(frozen=True)
class Baits:
    """Counts of baits, preys and controls of an edge list.

    Attributes:
        baits: Distinct names in the first column.
        preys: Distinct names in the second.
        pairs: Median number of pairs of a bait.
        controls: Baits with names of controls.
        control_runs: Number of control runs in the table's counts; 0 without any.
    """

    baits: int
    preys: int
    pairs: float
    controls: tuple[str, ...]
    control_runs: int


def baits_of(path: Path, columns: list[str] | None = None, weight: str | None = None) -> Baits:
    """Count baits, preys and controls of an edge list, by the names in the file.

    Args:
        path: The file.
        columns: As of `cytoweave.data.read_network`.
        weight: As of `cytoweave.data.read_network`.
    """
    sheet = open_sheet(path)
    where = edge_columns(sheet, columns, weight)
    counted = [name for name in where.all if plain(name) == CONTROL_COUNTS]
    table = sheet.read(where.all, after=where.after, texts=[*where.read, *counted])
    pairs = where.names(table[list(where.read)]).set_axis(["first", "second"], axis=1)
    pairs = pairs[(pairs != "").all(axis=1)]
    runs = 0
    if counted:
        cells = table[find_column(sheet, where.all, counted[0])]
        runs = int((cells.str.count(r"\|") + 1).where(cells != "", 0).max())
    baits = pairs["first"].value_counts()
    controls = sorted(name for name in baits.index if CONTROL.fullmatch(name))
    return Baits(len(baits), pairs["second"].nunique(), float(baits.median()), (*controls,), runs)
