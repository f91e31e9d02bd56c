"""Tables with one row per protein: embeddings in all header forms, and measured profiles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from ..artifacts import Embedding, Reading
from ..errors import DataError
from ..nodes.ranges import checked
from .identifiers import IdentifierMap, merged_note, translate
from .sheets import Sheet, find_column, header_of, is_number, match_columns, open_sheet, rows_note
from .textfiles import listed

Scaling = Literal["zscore", "none"]


@checked
def read_embedding(
    path: Path, *, modality: str = "embedding", identifiers: IdentifierMap | None = None
) -> Reading:
    """Read a table of vectors, protein names first, as an `Embedding`.

    The header may be ``id 0 1 .. d-1``, may have any or no word in its first cell, may lack the
    first cell, or may be absent. Names that become one protein are averaged; a missing value
    becomes its column's mean; a protein without any value is left out. All three are noted.

    Args:
        path: Tab-, comma- or space-separated, gzip or not.
        modality: What the vectors are called.
        identifiers: Brings names to current symbols.

    Raises:
        DataError: If there are no vectors, or a value is not a finite number, with its row.
    """
    sheet = open_sheet(path, mark="")
    columns, after = embedding_columns(sheet)
    table = sheet.read(columns, after=after, texts=columns[:1], numbers=columns[1:])
    unnamed = table["id"] == ""
    notes = rows_note(path, table.index[unnamed], "lack a name and were left out")
    table = table[~unnamed]
    return _embedding(
        path, table["id"], table[list(columns[1:])], modality, identifiers, notes=notes
    )


def embedding_columns(sheet: Sheet) -> tuple[tuple[str, ...], int]:
    """Name the columns of an embedding ``id 0 1 .. d-1`` and find the line above its first row.

    Raises:
        DataError: If a row holds a name and nothing else, or the header does not fit the rows.
    """
    line, cells = sheet.head[0]
    headed = not all(map(is_number, cells[1:])) or _counts_up(cells) or _counts_up(cells[1:])
    width = len(sheet.head[1][1]) if headed and len(sheet.head) > 1 else len(cells)
    if width < 2:
        raise DataError(f"{sheet.where(line)}: an embedding needs a name and a vector in each row.")
    if headed and len(cells) not in (width, width - 1):
        raise DataError(
            f"{sheet.where(line)}: a header of {len(cells)} cells over rows of {width}; "
            "give as many, or one less."
        )
    return ("id", *(str(k) for k in range(width - 1))), line if headed else line - 1


@checked
def read_table(
    path: Path,
    *,
    id: str | Sequence[str],  # noqa: A002 - the key's name in the config
    columns: str | Sequence[str] = "*",
    scale: Scaling = "zscore",
    modality: str = "table",
    identifiers: IdentifierMap | None = None,
) -> Reading:
    """Read chosen columns of a table of measurements as an `Embedding`.

    Duplicates and missing values are treated as `read_embedding` does.

    Args:
        path: A table with a header.
        id: Column of the protein's name; of several, the first that is not blank in a row.
        columns: Globs of the columns to read, e.g. ``"*rep*"``.
        scale: ``zscore``: each column to mean 0 and standard deviation 1 over the proteins (a
            constant column to 0); ``none``: as measured.
        modality: What the vectors are called.
        identifiers: Brings names to current symbols.

    Raises:
        ConfigError: If `scale` is unknown.
        DataError: If a column is missing, or a value is not a finite number, with its row.
    """
    sheet = open_sheet(path)
    table, ids = read_named_rows(sheet, id, columns)
    unnamed = ids == ""
    notes = rows_note(path, table.index[unnamed], "lack a name and were left out")
    return _embedding(
        path, ids[~unnamed], table[~unnamed], modality, identifiers, scale=scale, notes=notes
    )


def read_named_rows(
    sheet: Sheet, id_columns: str | Sequence[str], columns: str | Sequence[str]
) -> tuple[pd.DataFrame, pd.Series[str]]:
    """Read the numeric columns that match, and each row's name, "" where it has none."""
    line, header = header_of(sheet)
    asked = [id_columns] if isinstance(id_columns, str) else list(id_columns)
    ids = [find_column(sheet, header, name) for name in asked]
    numbers = match_columns(sheet, header, columns, besides=ids)
    table = sheet.read(header, after=line, texts=ids, numbers=numbers)
    names = table[ids[0]]
    for name in ids[1:]:
        names = names.where(names != "", table[name])
    return table[numbers], names


def average(values: pd.DataFrame, symbols: Sequence[str]) -> pd.DataFrame:
    """Return one row per symbol, sorted: the mean of its rows, missing cells aside."""
    return values.groupby(np.array(symbols, dtype=object), sort=True).mean()


def repeats_note(where: str, names: pd.Series[str]) -> tuple[str, ...]:
    """Return a note on names given in several rows, or nothing where there are none."""
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
    *,
    scale: str = "none",
    notes: tuple[str, ...] = (),
) -> Reading:
    _check_columns(path, values)
    empty = values.isna().all(axis=1)
    notes += rows_note(path, values.index[empty], "hold no value and were left out")
    names, values = names[~empty], values[~empty]
    symbols, table = translate(names.tolist(), identifiers)
    notes += repeats_note(path.name, names) + merged_note(path.name, names, symbols)
    means = average(values, symbols)
    means, filled = _without_gaps(path, means)
    if scale == "zscore":
        means, flat = zscored(path, means)
        notes += (*filled, *flat)
    else:
        notes += filled
    return Reading(Embedding.of_modality(modality, list(means.index), means), table, notes)


def _check_columns(path: Path, values: pd.DataFrame) -> None:
    empty = values.columns[values.isna().all()]
    if len(empty):
        raise DataError(
            f"{path.name}: column '{empty[0]}' holds no value for a named protein; "
            "choose other columns."
        )


def _without_gaps(path: Path, values: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Put each missing value at its column's mean, and say how many there were."""
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
    """Bring each column to mean 0 and standard deviation 1, and say which are constant (0)."""
    deviation = values.std(ddof=0)
    flat = deviation <= 1e-9 * values.abs().max()
    scaled = (values - values.mean()) / deviation.mask(flat, 1.0)
    scaled.loc[:, flat] = 0.0
    if not flat.any():
        return scaled, ()
    return scaled, (f"{path.name}: constant columns were set to 0: {listed(flat.index[flat])}.",)


def _counts_up(cells: Sequence[str]) -> bool:
    """Tell column numbers 0 1 2 .. or 1 2 3 .. from values."""
    return list(cells) in ([str(k) for k in range(start, start + len(cells))] for start in (0, 1))
