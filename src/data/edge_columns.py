"""Detection of the protein and weight columns of an edge list, from header and first rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pandas as pd

from ..errors import DataError
from .edge_forms import (
    FORMS,
    HEADER_WORD,
    MITAB_WIDTHS,
    P_VALUE,
    PROTEIN_WORD,
    WEIGHTS,
    as_given,
    form_of,
)
from .numbers import MISSING, is_number
from .sheets import Sheet, find_column, plain
from .textfiles import listed

COLUMN = re.compile(r"column \d+")
"""Names of the columns of a file without a header."""


@dataclass(frozen=True)
class EdgeColumns:
    """Columns of an edge list.

    Attributes:
        all: Names of all columns.
        after: Number of the line above the first row.
        read: The columns of protein names, usually two.
        weight: The column of weights.
        names: Function that returns first and second protein from `read`.
    """

    all: tuple[str, ...]
    after: int
    read: tuple[str, ...]
    weight: str | None
    names: Callable[[pd.DataFrame], pd.DataFrame] = as_given


def edge_columns(sheet: Sheet, columns: Sequence[str] | None, weight: str | None) -> EdgeColumns:
    """Detect the columns of an edge list to read, with a note if they were guessed.

    Raises:
        DataError: If the first row has one cell, a named column is missing, or the columns are
            ambiguous.
    """
    line, cells = sheet.head[0]
    if len(cells) < 2:
        raise DataError(
            f"{sheet.where(line)}: an edge list needs two columns, got '{cells[0]}' alone; "
            "separate them by tab, comma or blank."
        )
    requested = [*(columns or ()), *([] if weight is None else [weight])]
    names, after = _header(sheet, requested)
    for name in requested:
        find_column(sheet, names, name)
    if columns is not None:
        return EdgeColumns(names, after, tuple(columns), weight)
    chosen = _guessed(sheet, EdgeColumns(names, after, (), weight))
    pair = " and ".join(f"'{name}'" for name in chosen.read[:2])
    weighed = "no weight" if chosen.weight is None else f"weight '{chosen.weight}'"
    sheet.note(f"read {pair}, {weighed}")
    return chosen


def pair_columns(
    names: Sequence[str], are_numbers: Callable[[str], bool], weight: str | None = None
) -> EdgeColumns | str:
    """Choose the columns of an edge list by their names, or raise if they are ambiguous.

    Args:
        names: The columns, without one of row numbers.
        are_numbers: Whether a column is numeric.
        weight: The column of weights, if known.
    """
    rest = tuple(name for name in names if name != weight)
    third = names[2] if len(names) == 3 and not HEADER_WORD.fullmatch(names[2]) else None
    third = third if weight is None and third is not None and are_numbers(third) else None
    if known := form_of(names):
        form, read, own = known
        weight = weight or own or (None if third in read else third)
        return EdgeColumns(tuple(names), 0, read, weight, form.names)
    if third is not None or len(rest) == 2:
        return EdgeColumns(tuple(names), 0, rest[:2], third or weight)
    pair = tuple(name for name in rest if HEADER_WORD.fullmatch(name))
    if len(pair) != 2:
        return "which two columns contain the proteins is not clear"
    others = [name for name in rest if name not in pair and are_numbers(name)]
    weights = [name for name in others if plain(name) in WEIGHTS]
    if weight is None and others and len(weights) != 1:
        return f"'{pair[0]}' and '{pair[1]}' name proteins, but which is the weight is not clear"
    return EdgeColumns(tuple(names), 0, pair, weight or (weights[0] if weights else None))


def unclear(source: str, names: Sequence[str], why: str) -> DataError:
    """Return the error for a table of pairs with ambiguous columns."""
    return DataError(
        f"{source}: {len(names)} columns, {listed(names)}: {why}; set columns=[A,B] to those of "
        "the proteins and weight=NAME if one holds weights."
    )


def _guessed(sheet: Sheet, given: EdgeColumns) -> EdgeColumns:
    """Guess the columns of a file whose settings name none, or only the weight."""
    rows = [cells for line, cells in sheet.head if line > given.after]
    index = index_column(given.all, rows)
    if index is not None:
        sheet.note(f"the first column '{index}' numbers the rows and was left out")
    width = max(map(len, rows), default=0)
    if width in MITAB_WIDTHS and given.after < sheet.head[0][0] and _is_mitab(rows):
        form = next(form for form in FORMS if form.name == "MITAB")
        return replace(given, read=given.all[:6], names=form.names)
    usable = given.all if index is None else given.all[1:]
    place = {name: k for k, name in reversed([*enumerate(given.all)])}

    def are_numbers(name: str) -> bool:
        cells = [cells[place[name]] for cells in rows if len(cells) > place[name]]
        return any(map(is_number, cells))

    chosen = pair_columns(usable, are_numbers, given.weight)
    if isinstance(chosen, str):
        headless = given.all[0] == "column 1" and rows
        first = f" in a file without a header (first row {listed(rows[0])})" if headless else ""
        raise unclear(sheet.path.name, usable, chosen + first)
    if given.weight is None and chosen.weight and P_VALUE.fullmatch(plain(chosen.weight)):
        raise DataError(
            f"{sheet.path.name}: '{chosen.weight}' is small where a pair is sure, and a weight is "
            f"large; give -log10 of it or another weight=NAME, or set "
            f"columns=[{','.join(chosen.read[:2])}] to count every pair 1."
        )
    return replace(chosen, all=given.all, after=given.after)


def index_column(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str | None:
    """Return the first column's name if it is a row index, as pandas and R write it."""
    first = [cells[0] for cells in rows]
    if len(names) < 3 or COLUMN.fullmatch(names[0]) or not all(c.isdecimal() for c in first):
        return None
    numbers = [int(cell) for cell in first]
    unnamed = names[0] == "" or names[0].startswith("Unnamed:")
    counts = numbers in ([*range(k, k + len(numbers))] for k in (0, 1))
    rising = all(a < b for a, b in pairwise(numbers))
    headed = HEADER_WORD.fullmatch(names[0]) is not None
    return names[0] if (unnamed and rising) or (counts and not headed and len(names) > 3) else None


def _is_mitab(rows: Sequence[Sequence[str]]) -> bool:
    return all(":" in cell or cell == "-" for cells in rows for cell in cells[:2])


def _header(sheet: Sheet, requested: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Return the names of all columns and the line above the first row."""
    line, cells = sheet.head[0]
    comment = sheet.comment
    named = len({*comment}) == len(comment) and not any(map(is_number, comment))
    commented = len(comment) == len(cells) and named
    positions = tuple(f"column {k + 1}" for k in range(len(cells)))
    if requested and set(requested) <= {*positions} - {*cells}:
        return positions, line if _is_header(sheet) else line - 1
    if requested:
        commented = commented and set(requested) <= set(sheet.comment)
        return (sheet.comment, line - 1) if commented else (_cornered(sheet), line)
    if _is_header(sheet):
        return _cornered(sheet), line
    return (sheet.comment if commented else positions), line - 1


def _cornered(sheet: Sheet) -> tuple[str, ...]:
    """Return the header, with a blank name for R's unnamed row names."""
    cells, below = sheet.head[0][1], [len(row) for _, row in sheet.head[1:]]
    return ("", *cells) if below and set(below) == {len(cells) + 1} else cells


def _is_header(sheet: Sheet) -> bool:
    """Return whether a first row is a header, not an edge."""
    cells = sheet.head[0][1]
    below = [row for _, row in sheet.head[1:]]
    if any(is_number(cell) for cell in cells[2:]):
        return False
    if form_of(cells):
        return True
    words = [k for k, cell in enumerate(cells) if HEADER_WORD.fullmatch(cell)]
    named = {0, 1, *words}
    proteins = {row[k] for row in below if row != cells for k in named if k < len(row)}
    recurs = not proteins.isdisjoint(cells[k] for k in named)
    worded = any(PROTEIN_WORD.fullmatch(cell) for cell in cells[:2])
    if not recurs and (worded or len(words) >= 2):
        return True
    return not recurs and any(
        re.match(r"[^\W\d]", cell) and cell not in MISSING and is_number(number)
        for cell, number in zip(cells[2:], below[0][2:] if below else (), strict=False)
    )
