"""Reader of elution profiles (co-fractionation, SEC-MS)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from ..artifacts import ElutionProfiles, Reading
from ..errors import DataError
from ..nodes.ranges import checked
from .identifiers import IdentifierMap, resolve
from .names import USUAL, NamePolicy
from .sheets import open_sheet, rows_note
from .tables import average, read_named_rows, repeats_note


@checked
def read_elution(
    path: Path | Sequence[Path],
    *,
    id: str | Sequence[str],  # noqa: A002 - the key's name in the config
    columns: str | Sequence[str] = "*",
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> Reading:
    """Read elution profiles; each file, or each glob of columns, is a replicate.

    A blank cell is NaN: not detected. Rows of the same protein are averaged over detected values; a
    protein without any detected value is left out; both are noted.

    Args:
        path: One or several tables with a header, one row per protein, one column per fraction.
        id: Column of the protein's name; of several, the first that is not blank in a row.
        columns: Glob of the fractions in file order, e.g. ``"Fraction*"``; a list of globs, one
            for each replicate of a file.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.

    Raises:
        DataError: If a column is missing, an amount is not a finite number, none is above 0, or
            replicates differ in their number of fractions.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    globs = [columns] if isinstance(columns, str) else list(columns)
    parts = [_read_replicates(one, id, globs, names) for one in paths]
    resolved = resolve(paths[0].name, chain.from_iterable(p[1] for p in parts), names, identifiers)
    notes: tuple[str, ...] = ()
    replicates: list[pd.DataFrame] = []
    for one, (values, given, own) in zip(paths, parts, strict=True):
        rows, symbols = resolved.spread(given.tolist())
        notes += own + repeats_note(one.name, given)
        replicates += [average(v.iloc[list(rows)], symbols) for v in values]
    notes, table = (*notes, *resolved.notes), resolved.table
    return _profiles(paths[0], replicates, table, notes)


def _read_replicates(
    path: Path, id_columns: str | Sequence[str], globs: Sequence[str], policy: NamePolicy
) -> tuple[list[pd.DataFrame], pd.Series[str], tuple[str, ...]]:
    sheet = open_sheet(path)
    tables, names = [], pd.Series(dtype=str)
    for glob in globs:
        table, names = read_named_rows(sheet, id_columns, glob, policy)
        tables.append(table)
    named = names != ""
    unnamed = rows_note(path, names.index[~named], "lack a name and were left out")
    notes = (*dict.fromkeys(sheet.notes), *unnamed)
    return [table[named] for table in tables], names[named], notes


def _profiles(
    path: Path, replicates: Sequence[pd.DataFrame], table: pd.DataFrame, notes: tuple[str, ...]
) -> Reading:
    widths = [replicate.shape[1] for replicate in replicates]
    if len(set(widths)) > 1:
        raise DataError(
            f"{path.name}: replicates have {', '.join(map(str, widths))} fractions; "
            "all need the same number, choose `columns` to match."
        )
    proteins = sorted(set().union(*(replicate.index for replicate in replicates)))
    amounts = np.stack([r.reindex(proteins).to_numpy(np.float32) for r in replicates])
    detected = np.isfinite(amounts).any(axis=(0, 2))
    if not detected.any():
        raise DataError(f"{path.name}: no protein with an amount.")
    if not (amounts > 0).any():
        raise DataError(
            f"{path.name}: no amount is above 0; give amounts, not logarithms or ratios of them."
        )
    if (amounts < 0).any():
        notes += (
            f"{path.name}: {int((amounts < 0).sum())} amounts are below 0; logarithms are no "
            "amounts.",
        )
    if not detected.all():
        notes += (
            f"{path.name}: {int((~detected).sum())} proteins without any amount were left out.",
        )
    kept = tuple(name for name, here in zip(proteins, detected, strict=True) if here)
    return Reading(ElutionProfiles(kept, amounts[:, detected]), table, notes)
