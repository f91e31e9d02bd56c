"""Reader of mutation counts per gene: nonsilent patients and silent mutations by cohort."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...artifacts.mutations import Mutations
from ...errors import DataError
from ..identifiers import IdentifierMap, resolve
from ..names import NamePolicy
from ..sheets import Sheet, header_of, rows_note
from ..textfiles import listed

NONSILENT, SILENT = "nonsilent_patients", "silent_mutations"
"""How columns begin; the name of the cohort follows after ``_``."""

ONLY = "all"
"""What a cohort is called that has no name."""

MAX_COUNT = 1e7
"""Above this a number is no count of mutations of a gene."""


def is_counts(header: Sequence[str]) -> bool:
    """Return whether a table with this header has counts."""
    return any(name.startswith(NONSILENT) for name in header[1:])


def read_counts(
    path: Path, sheet: Sheet, identifiers: IdentifierMap | None, names: NamePolicy
) -> Mutations:
    """Read counts; genes with the same symbol are summed.

    Raises:
        DataError: If a count is negative, not a whole number or blank, a cohort has only silent
            mutations or occurs twice, or no row names a gene.
    """
    line, header = header_of(sheet)
    columns = {kind: _columns(path, header, kind) for kind in (NONSILENT, SILENT)}
    cohorts = tuple(sorted(columns[NONSILENT]))
    silent = columns[SILENT]
    if silent and set(silent) != set(cohorts):
        odd = sorted(set(silent) ^ set(cohorts))
        raise DataError(
            f"{path.name}: cohort {listed(odd, 4)} has only one of {NONSILENT}_ and {SILENT}_; "
            "give both for each cohort, or no silent mutations at all."
        )
    numbers = [columns[NONSILENT][name] for name in cohorts] + [
        silent[n] for n in cohorts if silent
    ]
    table = sheet.read(header, after=line, texts=[header[0]], numbers=numbers)
    unnamed = table[header[0]] == ""
    notes = (*sheet.notes, *rows_note(path, table.index[unnamed], "name no gene"))
    table = table[~unnamed]
    _check_counts(sheet, table[numbers])
    resolved = resolve(path.name, table[header[0]], names, identifiers)
    rows, symbols = resolved.spread(table[header[0]].tolist())
    if not symbols:
        raise DataError(f"{path.name}: no row names a gene.")
    values = table[numbers].iloc[list(rows)].groupby(np.array(symbols, object)).sum()
    counts: NDArray[np.int32] = values.to_numpy(np.int32)
    return Mutations(
        tuple(values.index),
        cohorts,
        counts[:, : len(cohorts)],
        counts[:, len(cohorts) :] if silent else None,
        np.full(len(cohorts), np.nan),
        notes=(*notes, *resolved.notes),
    )


def _columns(path: Path, header: Sequence[str], kind: str) -> dict[str, str]:
    """Return cohort -> column."""
    columns: dict[str, str] = {}
    for column in header[1:]:
        if column == kind or column.startswith(f"{kind}_"):
            cohort = column[len(kind) + 1 :] or ONLY
            if cohort in columns:
                raise DataError(f"{path.name} has two columns '{column}'; rename one.")
            columns[cohort] = column
    return columns


def _check_counts(sheet: Sheet, counts: pd.DataFrame) -> None:
    values = counts.to_numpy(float)
    whole = np.isfinite(values) & (values == np.floor(values)) & (np.abs(values) < MAX_COUNT)
    for wrong, reason in ((~whole, "is no count"), (whole & (values < 0), "is below 0")):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            cell = "a blank" if np.isnan(values[row, column]) else f"{values[row, column]:g}"
            raise DataError(
                f"{sheet.where(int(counts.index[row]))}: {counts.columns[column]}, {cell}, "
                f"{reason}; a count is a whole number, 0 or more."
            )
