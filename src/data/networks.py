"""Edge lists: BioPlex, HiDeF, the toolkit's two forms, STRING and their like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..artifacts import Network, Reading
from ..errors import ConfigError, DataError
from ..nodes.ranges import Len, checked
from .identifiers import IdentifierMap, merged_note, translate
from .sheets import MISSING, Sheet, find_column, is_number, open_sheet, rows_note

SYMBOL_PAIRS = (("Symbol1", "Symbol2"), ("SymbolA", "SymbolB"))
"""Columns preferred to the first two where a file names its proteins in several ways."""

_KIND = "gene|protein|node|symbol|interactor|uniprot|entrez|ensembl|bait|prey"
HEADER_WORD = re.compile(
    rf"(?:{_KIND})[ _.]?(?:id|name|symbol)?[ _.]?[ab12]?|id[ _.]?[ab]|(?-i:id)[ _.]?[12]"
    r"|source|target|from|to|(?-i:[abuv])",
    re.IGNORECASE,
)
"""What heads a column of proteins.

``id1 id2`` and ``a b`` count in small letters only: ID1 and ID2 are genes, A and B toy proteins.
"""


@dataclass(frozen=True)
class EdgeColumns:
    """Where an edge list has what: all columns, the line above the first row, the ones to read."""

    all: tuple[str, ...]
    after: int
    pair: tuple[str, str]
    weight: str | None


@checked
def read_network(
    path: Path,
    *,
    columns: Annotated[Sequence[str], Len(2, 2)] | None = None,
    weight: str | None = None,
    min_weight: float | None = None,
    identifiers: IdentifierMap | None = None,
) -> Reading:
    """Read pairs of proteins, with weights where there are any, as a `Network`.

    Without `columns`, a first row of column names is told from a first edge, the pair is
    ``Symbol1 Symbol2``, ``SymbolA SymbolB`` or the first two columns, and a third column that is
    numeric in its first row is the weight.

    Args:
        path: Tab-, comma- or space-separated, gzip or not; lines starting with ``#`` are comments,
            except that the last above the rows may hold the column names (STRING).
        columns: Names of the two columns of proteins.
        weight: Name of the column of weights, all above 0; None: every pair counts 1.
        min_weight: Leave out pairs below it.
        identifiers: Brings names to current symbols; pairs that become one keep the largest
            weight.

    Raises:
        ConfigError: If `columns` are not two, or `min_weight` is set where there is no weight.
        DataError: If a column is missing or a weight is not a number above 0, with its row.
    """
    sheet = open_sheet(path)
    where, notes = edge_columns(sheet, columns, weight)
    if min_weight is not None and where.weight is None:
        raise ConfigError(f"min_weight={min_weight} needs a weight column; set weight=NAME.")
    texts = [*where.pair, *([] if where.weight is None else [where.weight])]
    table = sheet.read(where.all, after=where.after, texts=texts)
    unnamed = (table[list(where.pair)] == "").any(axis=1)
    notes += rows_note(path, table.index[unnamed], "lack a name and were left out")
    table = table[~unnamed]
    named = weight is not None
    weights = None if where.weight is None else _weights(sheet, table[where.weight], named)
    if weights is not None and min_weight is not None:
        below = weights < min_weight
        notes += rows_note(path, table.index[below], f"are below {min_weight} and were left out")
        table, weights = table[~below], weights[~below]
    if weights is not None:
        _check_positive(sheet, table.index, weights, named)
    return _reading(path, table[list(where.pair)], weights, identifiers, notes)


def edge_columns(
    sheet: Sheet, columns: Sequence[str] | None, weight: str | None
) -> tuple[EdgeColumns, tuple[str, ...]]:
    """Decide which columns of an edge list to read, and say so where it had to be guessed.

    Raises:
        DataError: If the first row has one cell, or a named column is missing.
    """
    line, cells = sheet.head[0]
    if len(cells) < 2:
        raise DataError(
            f"{sheet.where(line)}: an edge list needs two columns, got '{cells[0]}' alone; "
            "separate them by tab, comma or blank."
        )
    asked = [*(columns or ()), *([] if weight is None else [weight])]
    names, after = _header(sheet, asked)
    for name in asked:
        find_column(sheet, names, name)
    if columns is not None:
        return EdgeColumns(names, after, (columns[0], columns[1]), weight), ()
    pair = next((p for p in SYMBOL_PAIRS if set(p) <= set(names)), (names[0], names[1]))
    chosen = weight
    if weight is None and pair == names[:2]:
        chosen = _guessed_weight(sheet, names, after)
    said = "no weight" if chosen is None else f"weight '{chosen}'"
    note = f"{sheet.path.name}: read '{pair[0]}' and '{pair[1]}', {said}."
    return EdgeColumns(names, after, pair, chosen), (note,)


def _header(sheet: Sheet, asked: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Return the names of all columns and the line above the first row."""
    line, cells = sheet.head[0]
    commented = len(sheet.comment) == len(cells)
    if asked:
        commented = commented and set(asked) <= set(sheet.comment)
        return (sheet.comment, line - 1) if commented else (cells, line)
    if _is_header(sheet):
        return cells, line
    if commented:
        return sheet.comment, line - 1
    return tuple(f"column {k + 1}" for k in range(len(cells))), line - 1


def _is_header(sheet: Sheet) -> bool:
    """Tell a first row of column names from a first edge."""
    cells = sheet.head[0][1]
    second = sheet.head[1][1] if len(sheet.head) > 1 else ()
    if any(is_number(cell) for cell in cells[2:]):
        return False
    if any(
        is_number(below) and not is_number(cell) and cell not in MISSING
        for cell, below in zip(cells[2:], second[2:], strict=False)
    ):
        return True
    return all(HEADER_WORD.fullmatch(cell) for cell in cells[:2])


def _guessed_weight(sheet: Sheet, names: Sequence[str], after: int) -> str | None:
    third = [cells[2:3] for line, cells in sheet.head if line > after]
    if any(is_number(cell) for cells in third for cell in cells):
        return names[2]
    return None


def _weights(sheet: Sheet, cells: pd.Series[str], named: bool) -> NDArray[np.float64]:
    """Return the weights; `named`: by the settings, so that these can do without."""
    weights = pd.to_numeric(cells, errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(~np.isfinite(weights))
    if len(wrong):
        without = "set weight=null" if named else "the whole column if it holds no weights"
        raise DataError(
            f"{sheet.where(int(cells.index[wrong[0]]))}: weight '{cells.iloc[wrong[0]]}' is not a "
            f"number; drop the row or {without}."
        )
    return weights


def _check_positive(
    sheet: Sheet, lines: pd.Index[int], weights: NDArray[np.float64], named: bool
) -> None:
    wrong = np.flatnonzero(weights <= 0)
    if len(wrong):
        more = ", or set min_weight to leave such rows out" if named else ""
        raise DataError(
            f"{sheet.where(int(lines[wrong[0]]))}: weight {weights[wrong[0]]:g} is not above 0; "
            f"drop the row{more}."
        )


def _reading(
    path: Path,
    pairs: pd.DataFrame,
    weights: NDArray[np.float64] | None,
    identifiers: IdentifierMap | None,
    notes: tuple[str, ...],
) -> Reading:
    if pairs.empty:
        raise DataError(f"{path.name}: no pair of proteins is left to read.")
    n = len(pairs)
    given = [*pairs.iloc[:, 0], *pairs.iloc[:, 1]]
    symbols, table = translate(given, identifiers)
    first, second = symbols[:n], symbols[n:]
    network = Network.from_pairs(first, second, weights)
    loops = sum(a == b for a, b in zip(first, second, strict=True))
    repeats = n - loops - len(network.edges)
    if loops or repeats:
        notes += (
            f"{path.name}: of {n} pairs {loops} join a protein to itself and {repeats} repeat "
            "another; they were left out (the largest weight counts).",
        )
    return Reading(network, table, (*notes, *merged_note(path.name, given, symbols)))
