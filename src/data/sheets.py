"""Parser of delimited text tables: separators, comments, blank lines and cells.

Rows are indexed by their line number in the (unpacked) file, from 1, so that messages can be
followed in any editor.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataError
from .numbers import MISSING, understood, unsure_comma
from .textfiles import listed, not_utf8, read_bytes

POINT = "write numbers with a point and without marks of thousands"

DIALECT_ROWS = 20
"""Number of rows for detection of the dialect."""


@dataclass(frozen=True)
class Sheet:
    """A delimited text file of which only the head has been parsed.

    Attributes:
        path: Its path.
        raw: Its content, comment lines blanked.
        separator: A tab, a comma, a semicolon, ``|``, or a blank (any run of white space).
        head: The first rows (at most `DIALECT_ROWS`) as ``(line, cells)``, without comments,
            blank lines and titles above the table.
        comment: Cells of the last comment line before them, without the comment mark.
        notes: Messages for the log.
    """

    path: Path
    raw: bytes
    separator: str
    head: tuple[tuple[int, tuple[str, ...]], ...]
    comment: tuple[str, ...]
    notes: list[str] = field(default_factory=list)

    def where(self, line: int) -> str:
        """Return the name of a row for messages."""
        return f"{self.path.name} row {line}"

    def read(
        self,
        columns: Sequence[str],
        *,
        after: int,
        texts: Sequence[str],
        numbers: Sequence[str] = (),
    ) -> pd.DataFrame:
        """Read the chosen columns of all rows below line `after`.

        Args:
            columns: Names of all columns of the file, in order.
            after: Line of the header, or the one before the first row without a header.
            texts: Columns to read as stripped strings; a blank cell is "".
            numbers: Columns to read as float64; cells of `MISSING` are NaN.

        Returns:
            A table indexed by line number, without rows that are blank throughout.

        Raises:
            DataError: If a row has too many cells, or a number is invalid.
        """
        keys = [f"{k}:{name}" for k, name in enumerate([*columns, "beyond"])]
        key = {name: keys[k] for k, name in reversed(list(enumerate(columns)))}
        beyond = keys[-1]
        first = [] if columns[0] in numbers else [keys[0]]
        table = self._parse(keys, after, [*first, *(key[c] for c in texts), beyond])
        self._check_repeats(after)
        self._check_widths(table[beyond].fillna(""), len(columns))
        table = table[~_blank(table)]
        chosen = table[[key[c] for c in (*texts, *numbers)]]
        chosen = chosen.set_axis([*texts, *numbers], axis=1)
        for name in texts:
            cells = chosen[name].fillna("")
            tidy = {cell: cell.strip().strip('"') for cell in set(cells)}
            chosen[name] = cells.map(tidy)
        return self._checked(chosen, numbers) if numbers else chosen

    def _parse(self, keys: list[str], after: int, texts: Sequence[str]) -> pd.DataFrame:
        quoted = self.separator in QUOTED
        other = [key for key in keys if key not in texts]
        try:
            with warnings.catch_warnings():  # else pandas truncates a first row that is too long
                warnings.simplefilter("error", pd.errors.ParserWarning)
                table = pd.read_csv(
                    io.BytesIO(self.raw),
                    sep=r"\s+" if self.separator == " " else self.separator,
                    header=None,
                    names=keys,
                    index_col=False,
                    skiprows=after,
                    skip_blank_lines=False,
                    quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
                    dtype=dict.fromkeys(texts, str),
                    keep_default_na=False,
                    na_values={key: list(MISSING) for key in other},
                    low_memory=False,
                )
        except UnicodeDecodeError as error:
            raise not_utf8(self.path, error) from error
        except pd.errors.ParserWarning as error:
            first = next((line for line, _ in self.head if line > after), after + 1)
            raise DataError(
                f"{self.where(first)}: more than the {len(keys) - 1} cells of the columns; correct "
                "the row."
            ) from error
        except pd.errors.EmptyDataError:
            table = pd.DataFrame({key: pd.Series(dtype=object) for key in keys})
        except pd.errors.ParserError as error:
            raise DataError(f"{self.path.name}: {_parser_message(error)}") from error
        table.index = pd.RangeIndex(after + 1, after + 1 + len(table))
        return table

    def _check_widths(self, beyond: pd.Series[str], width: int) -> None:
        long = beyond[beyond != ""]
        if len(long):
            raise DataError(
                f"{self.where(int(long.index[0]))}: more than the {width} cells of the columns; "
                "correct the row."
            )

    def _check_repeats(self, after: int) -> None:
        """Refuse a repeated header, as of concatenated files."""
        *above, rest = self.raw.split(b"\n", after)
        header = above[-1].strip() if above else b""
        match = re.search(rb"(?m)^%s[ \t\r]*$" % re.escape(header), rest) if header else None
        if match:
            repeated = after + 1 + rest.count(b"\n", 0, match.start())
            raise DataError(f"{self.where(repeated)}: repeats the header; delete this row.")

    def _checked(self, table: pd.DataFrame, numbers: Sequence[str]) -> pd.DataFrame:
        """Convert numeric columns to float64, or raise for the first cell that is not a number."""
        texts = list(table[list(numbers)].select_dtypes(object).columns)
        if texts:
            table[texts] = self.numbers(table[texts])
        values = table[list(numbers)].astype(float)
        beyond = values.abs() > np.finfo(np.float32).max
        if beyond.to_numpy().any():
            name = beyond.columns[beyond.any()][0]
            self._refuse(values[name][beyond[name]])
        return table.drop(columns=list(numbers)).join(values)

    def numbers(self, cells: pd.DataFrame) -> pd.DataFrame:
        """Return text columns as numbers, NaN for missing cells; commas are noted.

        Raises:
            DataError: If a cell is not a number, or its comma is ambiguous.
        """
        values, wrong, note = understood(cells)
        for name in cells:
            self._refuse(cells[name][wrong[name]])
        self.note(note)
        return values

    def note(self, note: str) -> None:
        """Note something about the file for the log."""
        if note:
            self.notes.append(f"{self.path.name}: {note}.")

    def _refuse(self, cells: pd.Series[float]) -> None:
        if not len(cells):
            return
        where = f"{self.where(int(cells.index[0]))}: {cells.name} '{cells.iloc[0]}'"
        if unsure_comma(str(cells.iloc[0])):
            raise DataError(f"{where} has a comma that may be decimal or of thousands; {POINT}.")
        raise DataError(f"{where} is not a finite number; correct or blank the cell.")


def open_sheet(path: Path, *, mark: str = "#%") -> Sheet:
    """Parse the head of a delimited text file and detect the separator.

    Args:
        path: The file.
        mark: Characters that start a comment line; "" for formats without comments.

    Raises:
        DataError: If the file cannot be read or has no row.
    """
    raw = read_bytes(path)
    if b"\r" in raw and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    separator, raw = _stated_separator(raw)
    rows, comment = _head(path, raw, mark)
    if not rows:
        raise DataError(f"{path}: holds no row.")
    separator = separator or _separator([line for _, line in rows])
    head = [(number, split_line(line, separator)) for number, line in rows]
    titles = _titles([cells for _, cells in head])
    notes = []
    if titles:
        title = next((cell for _, cells in head[:titles] for cell in cells if cell), "")
        notes = [f"{path.name}: {titles} lines above the table were left out: '{title[:60]}'."]
    cells = split_line(comment, separator)
    return Sheet(path, _uncommented(raw, mark), separator, tuple(head[titles:]), cells, notes)


def split_line(line: str, separator: str) -> tuple[str, ...]:
    """Split one line into stripped, unquoted cells."""
    if separator in QUOTED:
        cells = next(csv.reader([line.replace("\r", " ")], delimiter=separator), [])
    else:
        cells = line.split(None if separator == " " else separator)
    return tuple(cell.strip().strip('"') for cell in cells)


QUOTED = (",", ";", "|")
"""Separators that may occur in a quoted cell."""


def _stated_separator(raw: bytes) -> tuple[str, bytes]:
    """Return the separator of a first line ``sep=;``, as in Excel, and blank that line."""
    match = re.match(rb'"?sep=([,;|\t])"?[^\n]*', raw)
    return (match[1].decode(), raw[match.end() :]) if match else ("", raw)


def _head(path: Path, raw: bytes, mark: str) -> tuple[list[tuple[int, str]], str]:
    """Return the first rows with their numbers, and the last comment line above them."""
    rows: list[tuple[int, str]] = []
    comment = ""
    for number, binary in enumerate(io.BytesIO(raw), start=1):
        try:
            line = binary.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise not_utf8(path, error) from error
        if line.startswith(tuple(mark)):
            comment = comment if rows else line.lstrip(mark).lstrip(" ")
        elif line.strip():
            rows.append((number, line))
        if len(rows) == DIALECT_ROWS:
            break
    return rows, comment


def _separator(lines: Sequence[str]) -> str:
    """Return the separator of most lines; a single line may be a title."""
    lines_with = {sign: sum(sign in line for line in lines) for sign in "\t,;|"}
    most = {sign: count * 2 >= len(lines) for sign, count in lines_with.items()}
    # a comma between digits may be a decimal comma
    worded = any(re.search(r"(?<!\d),|,(?!\d)", line) for line in lines)
    blanks = sum(len(line.split()) > 1 for line in lines) * 2 >= len(lines)
    if most["\t"]:
        return "\t"
    rather = lines_with[";"] > lines_with[","] or not (most[","] and worded)
    if most[";"] and rather and _equally_often(";", lines):
        return ";"
    if most[","] and (worded or not blanks):
        return ","
    return "|" if most["|"] and not blanks else " "


def _equally_often(sign: str, lines: Sequence[str]) -> bool:
    counts = [line.count(sign) for line in lines]
    return counts.count(max(set(counts), key=counts.count)) * 2 > len(counts)


def _titles(rows: Sequence[tuple[str, ...]]) -> int:
    """Return the number of title rows, with a single cell, above the table."""
    filled = [sum(map(bool, cells)) for cells in rows]
    first = next((k for k, count in enumerate(filled) if count > 1), 0)
    return first if len(rows[first]) > 1 else 0


def _uncommented(raw: bytes, mark: str) -> bytes:
    """Blank comment lines, so that they may have any number of cells."""
    return re.sub(rb"(?m)^[%s].*$" % re.escape(mark.encode()), b"", raw) if mark else raw


def _blank(table: pd.DataFrame) -> NDArray[np.bool_]:
    texts = table.select_dtypes(object).isin(["", np.nan]).to_numpy(bool)
    others = table.select_dtypes(exclude=[object]).isna().to_numpy(bool)
    return np.asarray(texts.all(axis=1) & others.all(axis=1), bool)


def header_of(sheet: Sheet) -> tuple[int, tuple[str, ...]]:
    """Return line and column names of a file whose first row is a header."""
    return sheet.head[0]


def find_column(sheet: Sheet, columns: Sequence[str], wanted: str) -> str:
    """Return `wanted` if it is one of `columns`.

    Raises:
        DataError: If it is not, listing the existing ones.
    """
    if wanted not in columns:
        raise DataError(f"{sheet.path.name} has no column '{wanted}'; it has {listed(columns)}.")
    return wanted


def find_alike(sheet: Sheet, columns: Sequence[str], wanted: str) -> str:
    """Return the column `wanted`, matched ignoring case, punctuation and a plural s.

    Raises:
        DataError: If there is none, listing the existing ones.
    """
    alike = [name for name in columns if plain(name).rstrip("s") == plain(wanted).rstrip("s")]
    return alike[0] if wanted not in columns and alike else find_column(sheet, columns, wanted)


def plain(name: str) -> str:
    """Return a column's name reduced to lower-case letters and digits."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def match_columns(
    sheet: Sheet, columns: Sequence[str], patterns: str | Sequence[str], *, besides: Sequence[str]
) -> list[str]:
    """Return the columns, in file order, that match a glob such as ``*rep*``.

    Raises:
        DataError: If a pattern matches nothing, or a matching column occurs twice.
    """
    globs = [patterns] if isinstance(patterns, str) else list(patterns)
    candidates = [c for c in columns if c not in besides]
    for glob in globs:
        if not any(fnmatchcase(c, glob) for c in candidates):
            raise DataError(
                f"{sheet.path.name} has no column like '{glob}'; it has {listed(columns)}."
            )
    chosen = [c for c in candidates if any(fnmatchcase(c, glob) for glob in globs)]
    twice = next((c for c in chosen if chosen.count(c) > 1), None)
    if twice is not None:
        raise DataError(f"{sheet.path.name} has two columns '{twice}'; rename one.")
    return chosen


def rows_note(path: Path, rows: pd.Index[int], why: str) -> tuple[str, ...]:
    """Return a note on rows that were left out, if any."""
    if not len(rows):
        return ()
    lines = ", ".join(str(line) for line in rows[:5]) + (", ..." if len(rows) > 5 else "")
    return (f"{path.name}: {len(rows)} rows {why} (row {lines}).",)


def _parser_message(error: pd.errors.ParserError) -> str:
    match = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
    if match:
        width, line, cells = (int(number) for number in match.groups())
        return f"row {line} has {cells} cells where {width - 1} belong; correct the row."
    return f"not a table ({error})."
