"""Scores of any structure predictor from a table: one row per model and pair of chains."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ....data.sheets import header_of, open_sheet
from ....errors import DataError
from ..manifest import Job, plain_name

NAMES = (
    "job",
    "seed",
    "model",
    "chain_a",
    "chain_b",
    "protein_a",
    "protein_b",
    "kind",
    "predictor",
)
SCORES = (
    "iptm", "ptm", "pdockq", "pdockq2", "lis", "clis", "ilis", "lia", "ipsae_ab", "ipsae_ba",
    "ipsae_max", "ipsae_min", "contacts", "confidence", "interface_plddt", "interface_residues",
    "clashes", "ranking",
)  # fmt: skip
"""Columns that are read; any other is left aside."""

SHARES = ("iptm", "ptm", "lis", "clis", "ilis", "confidence", "ipsae_ab", "ipsae_ba", "ipsae_max",
          "ipsae_min")  # fmt: skip
"""Those that are within 0..1."""


def read_score_table(path: Path, jobs: Mapping[str, Job] | None) -> list[dict[str, object]]:
    """Read scores; a confidence that is missing follows from ipTM and pTM.

    Args:
        path: A table with a header; column ``job`` and at least one of the scores.
        jobs: The list of jobs by plain name, which says the proteins; None for none.

    Raises:
        DataError: If a column is missing, a row names no job of the list or is of the same model as
            another, or a score is out of its range.
    """
    sheet = open_sheet(path)
    line, columns = header_of(sheet)
    texts = [name for name in NAMES if name in columns]
    numbers = [name for name in SCORES if name in columns]
    if "job" not in texts or not numbers:
        raise DataError(
            f"{path.name}: a table of scores needs a column job and one of {', '.join(SCORES)}."
        )
    table = sheet.read(columns, after=line, texts=texts, numbers=numbers)
    rows = []
    seen: set[tuple[object, ...]] = set()
    for row, cells in zip(table.index, table.to_dict("records"), strict=True):
        fields: dict[str, object] = dict.fromkeys(NAMES[:-1], "")
        fields |= {"chain_a": "A", "chain_b": "B", "predictor": "table"}
        fields |= {str(name): cell for name, cell in cells.items() if cell != ""}
        if jobs is not None:
            fields |= _said(jobs, str(fields["job"]), sheet.where(int(row)))
        if {"iptm", "ptm"} <= set(numbers) and "confidence" not in numbers:
            fields["confidence"] = 0.8 * float(cells["iptm"]) + 0.2 * float(cells["ptm"])
        _check(fields, seen, sheet.where(int(row)))
        rows.append(fields)
    return rows


def _check(row: Mapping[str, object], seen: set[tuple[object, ...]], where: str) -> None:
    """Refuse a second row of a model, and a share that is none; remember the row."""
    key = (plain_name(str(row["job"])), *(row[name] for name in NAMES[1:5]), row["predictor"])
    if key in seen:
        raise DataError(
            f"{where}: a second row of job '{row['job']}', of the same seed, model and chains; "
            "number them in a column model, or drop one."
        )
    seen.add(key)
    for name in SHARES:
        value = row.get(name, 0.0)
        if isinstance(value, float) and (value < 0 or value > 1):
            raise DataError(f"{where}: {name} is {value:g}, not within 0..1.")


def _said(jobs: Mapping[str, Job], name: str, where: str) -> dict[str, str]:
    if plain_name(name) not in jobs:
        raise DataError(f"{where}: the list of jobs has no job '{name}'.")
    job = jobs[plain_name(name)]
    return {"protein_a": job.proteins[0], "protein_b": job.proteins[1], "kind": job.kind}
