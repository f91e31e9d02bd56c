"""Protection of TSV tables against formula injection in spreadsheets.

A spreadsheet interprets a cell that begins with ``=``, ``+``, ``-`` or ``@`` as a formula, also
after a tab or a carriage return, and a formula can start programs. Our tables prefix such text with
an apostrophe, by which spreadsheets mark text; our readers remove it. Numbers are unchanged.

Source: OWASP, CSV injection, https://owasp.org/www-community/attacks/CSV_Injection.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import TypeVar

import pandas as pd

Cell = TypeVar("Cell")

LEVEL = 1
"""Of gzip's 9: vectors become a tenth larger than at 6, and are written in a fifth of the time."""

FORMULA = re.compile(r"'*(?:\s*[=+@-]|[\t\r])")
"""Start of a text that gets an apostrophe, after those that it has already."""


def guarded(cell: Cell) -> Cell | str:
    """Return a cell with an apostrophe if needed.

    >>> guarded("=1+1"), guarded("TP53"), guarded("-0.5")
    ("'=1+1", 'TP53', '-0.5')
    """
    is_formula = isinstance(cell, str) and FORMULA.match(cell) and not _is_number(cell)
    return f"'{cell}" if is_formula else cell


def unguarded(cell: Cell) -> Cell | str:
    """Invert `guarded`.

    >>> unguarded("'=1+1"), unguarded("''=1"), unguarded("5'-NT")
    ('=1+1', "'=1", "5'-NT")
    """
    is_guarded = isinstance(cell, str) and cell[:1] == "'" and FORMULA.match(cell)
    return cell[1:] if isinstance(cell, str) and is_guarded else cell


def write_tsv(path: Path, table: pd.DataFrame, float_format: str | None = None) -> None:
    """Write a table without its index as TSV that is safe in spreadsheets.

    A carriage return, which would end a row, becomes a blank. With ``.gz`` the file is compressed,
    and equal tables give equal bytes.
    """
    safe = table.rename(columns=guarded)
    for k, kind in enumerate(table.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            safe.isetitem(k, [*map(_cell, table.iloc[:, k])])
    text = safe.to_csv(sep="\t", index=False, float_format=float_format, lineterminator="\n")
    if path.suffix == ".gz":
        write_packed(path, text)
    else:
        path.write_text(text, encoding="utf-8", newline="")


def write_packed(path: Path, text: str) -> None:
    """Write text as reproducible gzip, without name and time: equal texts, equal bytes."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as stream:
        stream.write(text.encode())


def as_written(table: pd.DataFrame) -> pd.DataFrame:
    """Undo the guards in a table read from `write_tsv`."""
    restored = table.rename(columns=unguarded)
    for k, kind in enumerate(table.dtypes):
        if not pd.api.types.is_numeric_dtype(kind):
            restored.isetitem(k, [*map(unguarded, table.iloc[:, k])])
    return restored


def _cell(cell: Cell) -> Cell | str:
    safe = guarded(cell)
    return safe.replace("\r", " ") if isinstance(safe, str) else safe


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
