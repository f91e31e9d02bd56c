"""Cells of numeric columns: words of missing values, quotes, decimal commas and thousands."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

_WORDS = (
    "NA", "N/A", "NaN", "-NaN", "NULL", "None", "#N/A", "#N/A N/A", "#NA", "<NA>", "ND", "N.D.",
    "nd", "n.d.", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!", "Filtered", "missing",
)  # fmt: skip
MISSING = (
    "", "-", "--", ".", "?", *dict.fromkeys(
        form for word in _WORDS for form in (word, word.lower(), word.upper())
    ),
)  # fmt: skip
"""What an empty cell of a numeric column may hold, as pandas, R, spreadsheets and search engines
write it."""

_DIGITS = re.compile(r"[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")
_COMMA = re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)?,\d+(?:[eE][+-]?\d+)?")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def is_number(cell: str) -> bool:
    """Tell whether a cell is written as a number, with a point or with commas."""
    try:
        float(cell)
    except ValueError:
        return bool(_DIGITS.fullmatch(cell))
    return True


def understood(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Read columns of text as numbers, commas in them understood alike in the whole table.

    Returns:
        The numbers, NaN where a cell holds a word of `MISSING` or is not understood; which cells
        were not understood; and how commas were read, in words, "" where there were none.
    """
    quick = table.apply(pd.to_numeric, errors="coerce")
    if len(table) and quick.notna().to_numpy().all():
        return quick.astype(float), quick.isna(), ""
    texts = table.apply(lambda c: c.fillna("").astype(str).str.strip(' "'))
    given = texts.where(~texts.isin(MISSING))
    values = given.apply(pd.to_numeric, errors="coerce").astype(float)
    wrong = given.notna() & values.isna() & (given.apply(lambda c: c.str.lower()) != "nan")
    if not wrong.to_numpy().any():
        return values, wrong, ""
    points, meaning = with_points(set(given.to_numpy()[wrong.to_numpy()]))
    if not points:
        return values, wrong, ""
    values = values.where(~wrong, given.replace(points).apply(pd.to_numeric, errors="coerce"))
    example = min(points)
    said = f"numbers with {meaning} were read: '{example}' as {points[example]}"
    return values, wrong & ~given.isin(list(points)), said


def unsure_comma(cell: str) -> bool:
    """Tell whether a number's comma may be a decimal one or one of thousands: ``1,234``."""
    return bool(_EITHER.fullmatch(cell))


def with_points(cells: Iterable[str]) -> tuple[dict[str, str], str]:
    """Write numbers with commas as Python reads them.

    A comma is decimal if some number cannot be grouped in threes (``0,924``, ``12,5``), and marks
    thousands if some number has a point behind it or two commas (``23,381.7``).

    Args:
        cells: Distinct cells that do not read as they stand.

    Returns:
        The cells that could be written so, and how commas were understood, "" where that cannot
        be told (``1,234``) or there is none.
    """
    with_comma = [cell for cell in cells if "," in cell and _DIGITS.fullmatch(cell)]
    unsure = [cell for cell in with_comma if _EITHER.fullmatch(cell)]
    thousands = {cell for cell in with_comma if _THOUSANDS.fullmatch(cell)}
    decimal = {cell for cell in with_comma if _COMMA.fullmatch(cell)}
    if len(unsure) == len(with_comma):
        return {}, ""
    if len(decimal) == len(with_comma):
        return {c: c.replace(".", "").replace(",", ".") for c in with_comma}, "decimal commas"
    if len(thousands) == len(with_comma):
        return {c: c.replace(",", "") for c in with_comma}, "commas of thousands"
    return {}, ""
