"""Parsing of numeric cells: missing values, quotes, decimal commas and thousands separators."""

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
"""Missing values in numeric columns, as written by pandas, R, spreadsheets and search engines."""

_DIGITS = re.compile(r"[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")
_COMMA = re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)?,\d+(?:[eE][+-]?\d+)?")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


def is_number(cell: str) -> bool:
    """Return whether a cell is a number, with a point or with commas."""
    try:
        float(cell)
    except ValueError:
        return bool(_DIGITS.fullmatch(cell))
    return True


def understood(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Parse text columns as numbers, with the same meaning of commas in the whole table.

    Returns:
        The numbers, NaN for cells of `MISSING` or that cannot be parsed; which cells could not be
        parsed; and the meaning of commas, as text, "" without any.
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
    note = f"numbers with {meaning} were read: '{example}' as {points[example]}"
    return values, wrong & ~given.isin(list(points)), note


def unsure_comma(cell: str) -> bool:
    """Return whether a number's comma is ambiguous, decimal or thousands: ``1,234``."""
    return bool(_EITHER.fullmatch(cell))


def with_points(cells: Iterable[str]) -> tuple[dict[str, str], str]:
    """Convert numbers with commas to Python's notation.

    A comma is decimal if any number cannot be grouped in threes (``0,924``, ``12,5``), and a
    thousands separator if any number has a point after it or two commas (``23,381.7``).

    Args:
        cells: Distinct cells that Python cannot parse.

    Returns:
        The converted cells, and the meaning of commas, "" if it is ambiguous (``1,234``) or there
        is none.
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
