"""Reader of protein tables: lists, values, columns of covariates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from ..errors import DataError
from .identifiers import IdentifierMap, resolve
from .names import USUAL, NamePolicy
from .numbers import MISSING, is_number
from .sheets import Sheet, find_column, open_sheet, plain, rows_note
from .textfiles import listed

NAMES = frozenset({
    "accession", "ensembl", "ensemblid", "entry", "gene", "geneid", "genename", "genes",
    "genesymbol", "hgncsymbol", "id", "identifier", "ids", "name", "names", "perturbation",
    "perturbations", "protein", "proteinid", "proteins", "symbol", "symbols", "uniprot",
    "uniprotid",
})  # fmt: skip
"""Normalised names of the column of proteins."""


@dataclass(frozen=True)
class ProteinTable:
    """Values of proteins from a file.

    Attributes:
        values: One row per protein, indexed by name, sorted; columns of numbers (NaN: blank) or of
            text (blank: ""); without columns for a bare list.
        notes: Messages for the log.
    """

    values: pd.DataFrame
    notes: tuple[str, ...] = ()


def read_protein_table(
    path: Path,
    *,
    columns: Sequence[str] | None = None,
    where: Mapping[str, str] | None = None,
    repeats: Literal["mean", "max"] = "mean",
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> ProteinTable:
    """Read a table of proteins; the first column has their names.

    A file without a header is a list of proteins, optionally with a number each. Of several rows of
    a protein the first text is used.

    Args:
        path: Separated by tabs, commas, semicolons or blanks, gzip or not.
        columns: The column of proteins, then those to read; None: all of them.
        where: Column -> the value that a row must have to be read.
        repeats: Aggregation of the numbers of a protein with several rows.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.

    Raises:
        DataError: If a column is missing, no row is left, or no row names a protein.
    """
    sheet = open_sheet(path)
    header, after = _header(sheet)
    wanted = [find_column(sheet, header, name) for name in (columns or header)]
    kept = {find_column(sheet, header, name): value for name, value in (where or {}).items()}
    table = sheet.read(header, after=after, texts=list(dict.fromkeys([*wanted, *kept])))
    for name, value in kept.items():
        seen = table[name]
        table = table[seen == str(value)]
        if table.empty:
            raise DataError(
                f"{path.name}: no row has {name}={value}; it holds {listed(sorted(set(seen)))}."
            )
    proteins = table[wanted[0]]
    unnamed = proteins == ""
    notes = (*sheet.notes, *rows_note(path, table.index[unnamed], "name no protein"))
    resolved = resolve(path.name, proteins[~unnamed], names, identifiers)
    rows, symbols = resolved.spread(proteins[~unnamed].tolist())
    if not symbols:
        raise DataError(f"{path.name}: no row names a protein.")
    index = pd.Index(sorted(set(symbols)), dtype=object)
    cells = table[~unnamed][wanted[1:]].iloc[list(rows)]
    typed = {name: _typed(cells[name]).groupby(np.array(symbols, object)) for name in cells}
    whole = {n: c.agg(repeats) if c.obj.dtype == float else c.first() for n, c in typed.items()}
    values = pd.DataFrame(whole, index=index)
    return ProteinTable(values, (*notes, *resolved.notes))


def _header(sheet: Sheet) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns and the line above the first row."""
    line, cells = sheet.head[0]
    below = [row for _, row in sheet.head[1:]]
    if len(cells) == 1:
        return (cells, line) if plain(cells[0]) in NAMES else (("protein",), line - 1)
    numbers = any(is_number(cell) for cell in cells[1:])
    if not numbers or (plain(cells[0]) in NAMES and not below):
        return _distinct(sheet, cells), line
    if len(cells) == 2:
        return ("protein", "value"), line - 1
    raise DataError(
        f"{sheet.where(line)}: a table of several columns needs a header that names them."
    )


def _distinct(sheet: Sheet, cells: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((cell for cell in cells if cells.count(cell) > 1), None)
    if twice is not None:
        raise DataError(f"{sheet.path.name} has two columns '{twice}'; rename one.")
    return cells


def _typed(cells: pd.Series[str]) -> pd.Series[float] | pd.Series[str]:
    """Return a column as numbers if every cell is one or missing, else as text."""
    known = cells.where(~cells.isin(MISSING))
    numbers = pd.to_numeric(known, errors="coerce").astype(float)
    return numbers if (numbers.notna() == known.notna()).all() else cells
