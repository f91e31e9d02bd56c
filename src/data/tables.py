"""Readers of embeddings and feature tables with one row per protein."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from ..artifacts import Embedding, Reading
from ..errors import DataError
from ..nodes.ranges import checked
from .identifiers import IdentifierMap, resolve
from .names import USUAL, NamePolicy
from .numbers import MISSING, is_number
from .sheets import Sheet, find_column, header_of, match_columns, open_sheet, rows_note
from .textfiles import listed

Scaling = Literal["zscore", "none"]

CONTAMINANT_COLUMNS = ("Reverse", "Decoy", "Potential contaminant", "Contaminant")
"""Columns in which MaxQuant marks contaminants and decoys with a +."""

DIMENSION = re.compile(
    r"(?:dim|dimension|pc|ic|latent|feature|component|factor|fraction|embedding|emb|umap|z)"
    r"[ _.-]?\d+",
    re.IGNORECASE,
)
"""Names of dimensions of an embedding, which are no proteins."""


MAX_DISTINCT = 0.8
"""Share of distinct names in rows up to which names recur as they do in edge lists."""

MIN_PARTNERS = 0.05
"""Share of rows whose text is the name of another row, from which a table is an edge list."""


@dataclass(frozen=True)
class VectorColumns:
    """Columns of a table of vectors: all, the line above the rows, name and numbers."""

    all: tuple[str, ...]
    after: int
    name: str
    numbers: tuple[str, ...]


@checked
def read_embedding(
    path: Path,
    *,
    modality: str = "embedding",
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> Reading:
    """Read an embedding table, protein names first.

    The header may be ``id 0 1 .. d-1``, may have any or no word in its first cell, may lack the
    first cell, may be word2vec's count line, or may be absent. A first column of row numbers and
    text columns are left out. Rows of the same protein are averaged; a missing value becomes its
    column's mean; a protein without any value, or with zeros alone, is left out. All are noted.

    Args:
        path: Separated by tabs, commas, semicolons or blanks, gzip or not.
        modality: Name of the modality.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.

    Raises:
        DataError: If there are no vectors, all are equal, the table is transposed, or a value is
            not a finite number, with its row.
    """
    sheet = open_sheet(path, mark="")
    where = embedding_columns(sheet)
    others = [name for name in where.all if name not in (where.name, *where.numbers)]
    texts = [where.name, *others]
    table = sheet.read(where.all, after=where.after, texts=texts, numbers=where.numbers)
    if table.empty:
        raise DataError(f"{path.name}: holds no vector.")
    _check_orientation(sheet, table[where.name], sheet.head[0][1][1:])
    _check_no_pairs(sheet, table[where.name], table[others])
    unnamed = table[where.name] == ""
    notes = rows_note(path, table.index[unnamed], "lack a name and were left out")
    table = table[~unnamed]
    values = table[list(where.numbers)]
    if (
        len(values) > 1
        and (values.nunique(dropna=False) == 1).all()
        and values.notna().all(axis=None)
    ):
        raise DataError(f"{path.name}: all {len(values)} vectors are the same; nothing to map.")
    zero = (values == 0).all(axis=1)
    notes += rows_note(path, values.index[zero], "are vectors of zeros and were left out")
    notes = (*sheet.notes, *notes)
    given, values = table[where.name][~zero], values[~zero]
    return _embedding(path, given, values, modality, identifiers, names, notes=notes)


def _check_no_pairs(sheet: Sheet, names: pd.Series[str], others: pd.DataFrame) -> None:
    """Refuse an edge list with several numbers: names recur, and another column has such names."""
    if names.nunique() > MAX_DISTINCT * len(names):
        return
    known = set(names)
    for column in others:
        texts = others[column].astype(str).str.strip()
        partners = texts.isin(known) & (texts != names)
        if partners.mean() >= MIN_PARTNERS:
            first = names[partners].index[0]
            raise DataError(
                f"{sheet.where(int(first))}: '{names[first]}' and '{texts[first]}' are both names, "
                "and names recur, so this seems to be an edge list, not vectors; an edge list is "
                "a network (`cytoweave map network=`, kind: network)."
            )


def embedding_columns(sheet: Sheet) -> VectorColumns:
    """Detect the columns of name and numbers, and the line above the first row, of an embedding.

    Raises:
        DataError: If a row has only a name, or the header does not fit the rows.
    """
    rows = sheet.head
    counted = len(rows) > 1 and _is_count_line(rows[0][1], rows[1][1], sheet.raw.count(b"\n"))
    if counted:
        sheet.note(f"the first line, '{' '.join(rows[0][1])}', counts rows and columns")
    (line, cells), *below = rows[1:] if counted else rows
    headed = not counted and _is_vector_header(cells, below[0][1] if below else ())
    width = len(below[0][1]) if headed and below else len(cells)
    if width < 2:
        raise DataError(f"{sheet.where(line)}: an embedding needs a name and a vector in each row.")
    if headed and len(cells) not in (width, width - 1):
        raise DataError(
            f"{sheet.where(line)}: a header of {len(cells)} cells over rows of {width}; "
            "give as many, or one less."
        )
    data = [row for _, row in (below if headed else [(line, cells), *below])]
    header = (*([""] * (width - len(cells))), *cells)
    first = int(width > 2 and _numbers_rows(data) and _holds_text(data, 1))
    texts = [k for k in range(first + 1, width) if _holds_text(data, k)]
    if len(texts) == width - first - 1:
        texts = []  # no number at all: the first cell is reported
    elif texts and len(texts) == width - first - 2:
        raise DataError(
            f"{sheet.path.name}: one column of numbers beside {listed(header[k] for k in texts)} "
            "is no vector; an edge list is a network."
        )
    ends = [width - 1] if header[-1] == "" and all(row[-1:] == ("",) for row in data) else []
    if first:
        sheet.note("the first column numbers the rows and was left out")
    if texts and data:
        sheet.note(f"columns of text were left out: {listed(header[k] for k in texts)}")
    left = [k for k in range(first + 1, width) if k not in (*texts, *ends)]
    names = {k: str(n) for n, k in enumerate(left)}
    every = tuple(names.get(k, "id" if k == first else f"left out {k}") for k in range(width))
    return VectorColumns(every, line if headed else line - 1, "id", tuple(names.values()))


def _is_count_line(cells: Sequence[str], below: Sequence[str], lines: int) -> bool:
    """Return whether a first line is word2vec's: number and length of vectors."""
    if len(cells) != 2 or not all(map(str.isdecimal, cells)):
        return False
    return int(cells[0]) in (lines - 1, lines) and int(cells[1]) == len(below) - 1


def _is_vector_header(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Return whether a first row is a header, not a vector with missing values or text."""
    numbers = [cell for cell in cells[1:] if is_number(cell)]
    if _counts_up(cells) or (numbers and _counts_up(numbers)):
        return True
    texts = [*map(_is_text, cells[1:])]
    return any(texts) and not (numbers and texts == [*map(_is_text, below[1:])])


def _is_text(cell: str) -> bool:
    return not is_number(cell) and cell not in MISSING


def _holds_text(rows: Sequence[Sequence[str]], k: int) -> bool:
    """Return whether a column has text and no number."""
    cells = [row[k] for row in rows if len(row) > k]
    return any(map(_is_text, cells)) and not any(map(is_number, cells))


def _numbers_rows(rows: Sequence[Sequence[str]]) -> bool:
    first = [row[0] for row in rows]
    return _counts_up(first) if len(first) > 1 else all(map(str.isdecimal, first))


def _check_orientation(sheet: Sheet, names: pd.Series[str], header: Sequence[str]) -> None:
    """Refuse a transposed table, whose row names are numbers, dimensions or blank."""
    numbered = _counts_up(names.tolist()) or all(map(DIMENSION.fullmatch, names))
    headed = not any(map(is_number, header)) and not any(map(DIMENSION.fullmatch, header))
    stems = names.str.rstrip("0123456789")
    if headed and stems.nunique() == 1 and len(names) < len(header):
        numbered |= _counts_up([name[len(stems.iloc[0]) :] for name in names])
    values = all(is_number(name) and not name.isdecimal() for name in names)
    if len(names) > 2 and (numbered or values):
        raise DataError(
            f"{sheet.path.name}: rows are named '{names.iloc[0]}', '{names.iloc[1]}', ..., which "
            "are no proteins; transpose the table if its columns are, or give names."
        )


@checked
def read_table(
    path: Path,
    *,
    id: str | Sequence[str],  # noqa: A002 - the key's name in the config
    columns: str | Sequence[str] = "*",
    scale: Scaling = "zscore",
    modality: str = "table",
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> Reading:
    """Read chosen columns of a table of measurements as an `Embedding`.

    Duplicates and missing values are treated as by `read_embedding`.

    Args:
        path: A table with a header.
        id: Column of the protein's name; of several, the first that is not blank in a row.
        columns: Globs of the columns to read, e.g. ``"*rep*"``.
        scale: ``zscore``: each column to mean 0 and standard deviation 1 over the proteins (a
            constant column to 0); ``none``: as measured.
        modality: Name of the modality.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.

    Raises:
        ConfigError: If `scale` is unknown.
        DataError: If a column is missing, or a value is not a finite number, with its row.
    """
    sheet = open_sheet(path)
    table, ids = read_named_rows(sheet, id, columns, names)
    unnamed = ids == ""
    notes = (
        *sheet.notes,
        *rows_note(path, table.index[unnamed], "lack a name and were left out"),
    )
    ids, table = ids[~unnamed], table[~unnamed]
    return _embedding(path, ids, table, modality, identifiers, names, scale=scale, notes=notes)


def read_named_rows(
    sheet: Sheet,
    id_columns: str | Sequence[str],
    columns: str | Sequence[str],
    policy: NamePolicy,
) -> tuple[pd.DataFrame, pd.Series[str]]:
    """Read the matching numeric columns, and each row's name, "" without one.

    Rows marked by MaxQuant as contaminants or decoys are left out unless the policy keeps them.
    """
    line, header = header_of(sheet)
    chosen = [id_columns] if isinstance(id_columns, str) else list(id_columns)
    ids = [find_column(sheet, header, name) for name in chosen]
    numbers = match_columns(sheet, header, columns, besides=ids)
    marks = [
        c
        for c in header
        if c in CONTAMINANT_COLUMNS and c not in ids and policy.contaminants == "drop"
    ]
    table = sheet.read(header, after=line, texts=[*ids, *marks], numbers=numbers)
    marked = (table[marks] == "+").any(axis=1)
    if marked.any():
        sheet.note(f"{marked.sum()} rows with + in {listed(marks)} were left out")
        table = table[~marked]
    names = table[ids[0]]
    for name in ids[1:]:
        names = names.where(names != "", table[name])
    return table[numbers], names


def average(values: pd.DataFrame, symbols: Sequence[str]) -> pd.DataFrame:
    """Return one row per symbol, sorted: the mean of its rows, ignoring missing cells."""
    return values.groupby(np.array(symbols, dtype=object), sort=True).mean()


def repeats_note(where: str, names: pd.Series[str]) -> tuple[str, ...]:
    """Return a note on names in several rows, if any."""
    twice = names[names.duplicated()]
    if twice.empty:
        return ()
    return (
        f"{where}: {twice.nunique()} proteins have several rows, which were averaged "
        f"({len(twice)} rows more than proteins, e.g. '{twice.iloc[0]}').",
    )


def _embedding(
    path: Path,
    names: pd.Series[str],
    values: pd.DataFrame,
    modality: str,
    identifiers: IdentifierMap | None,
    policy: NamePolicy,
    *,
    scale: str = "none",
    notes: tuple[str, ...] = (),
) -> Reading:
    _check_columns(path, values)
    empty = values.isna().all(axis=1)
    notes += rows_note(path, values.index[empty], "hold no value and were left out")
    names, values = names[~empty], values[~empty]
    resolved = resolve(path.name, names, policy, identifiers)
    rows, symbols = resolved.spread(names.tolist())
    if not symbols:
        raise DataError(f"{path.name}: no protein is left to read.")
    notes += repeats_note(path.name, names) + resolved.notes
    means = average(values.iloc[list(rows)], symbols)
    means, filled = _without_gaps(path, means)
    if scale == "zscore":
        means, flat = zscored(path, means)
        notes += (*filled, *flat)
    else:
        notes += filled
    value = Embedding.of_modality(modality, list(means.index), means)
    return Reading(value, resolved.table, notes)


def _check_columns(path: Path, values: pd.DataFrame) -> None:
    empty = values.columns[values.isna().all()]
    if len(empty):
        raise DataError(
            f"{path.name}: column '{empty[0]}' holds no value for a named protein; "
            "choose other columns."
        )


def _without_gaps(path: Path, values: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Impute missing values by column means, with a note on their number."""
    missing = values.isna()
    count, proteins = int(missing.to_numpy().sum()), int(missing.any(axis=1).sum())
    if not count:
        return values, ()
    note = (
        f"{path.name}: {count} missing values in {proteins} proteins were set to their column's "
        "mean."
    )
    return values.fillna(values.mean()), (note,)


def zscored(path: Path, values: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Standardise each column, with a note on constant ones (0)."""
    deviation = values.std(ddof=0)
    flat = deviation <= 1e-9 * values.abs().max()
    scaled = (values - values.mean()) / deviation.mask(flat, 1.0)
    scaled.loc[:, flat] = 0.0
    if not flat.any():
        return scaled, ()
    return scaled, (f"{path.name}: constant columns were set to 0: {listed(flat.index[flat])}.",)


def _counts_up(cells: Sequence[str]) -> bool:
    """Return whether cells are column numbers 0 1 2 .. or 1 2 3 ..."""
    return list(cells) in ([str(k) for k in range(start, start + len(cells))] for start in (0, 1))
