"""Reader of edge lists: protein pairs with weights, in known formats or two to three columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..artifacts import Network, Reading
from ..errors import ConfigError, DataError
from ..nodes.ranges import Len, checked
from .edge_columns import EdgeColumns, edge_columns
from .edge_forms import P_VALUE, SIF_WORDS, as_given
from .identifiers import IdentifierMap, Resolved, resolve
from .names import USUAL, NamePolicy
from .numbers import MISSING, understood, unsure_comma
from .sheets import POINT, Sheet, open_sheet, plain, rows_note
from .textfiles import not_utf8

FEW = 20
"""Minimum number of pairs for the note on a possible header."""
SPREAD = 1e6
"""Ratio of largest to smallest weight above which a few pairs dominate."""


@checked
def read_network(
    path: Path,
    *,
    columns: Annotated[Sequence[str], Len(2, 2)] | None = None,
    weight: str | None = None,
    min_weight: float | None = None,
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
) -> Reading:
    """Read pairs of proteins, with weights if any, as a `Network`.

    Without `columns`, a header is recognised automatically. Known formats (`edge_forms.FORMS`, SIF)
    are read by their columns; else two columns are the pair, and a third, numeric one is the
    weight. More columns are accepted if exactly two have headers of proteins and at most one that
    of a weight, and refused otherwise. A weight of 0 means no interaction.

    Args:
        path: Separated by tabs, commas, semicolons, ``|`` or blanks, gzip or not; lines starting
            with ``#`` or ``%`` are comments, except that the last above the rows may be the header
            (STRING).
        columns: Names of the two columns of proteins; ``column 1`` without a header.
        weight: Name of the column of weights, all above 0; None: all weights are 1.
        min_weight: Leave out pairs below it, and pairs without a weight.
        identifiers: Maps names to current symbols; merged pairs keep the largest weight.
        names: Policy for protein groups and contaminants; a split group has the pairs of each.

    Raises:
        ConfigError: If `columns` are not two, or `min_weight` is set without weights.
        DataError: If the columns of pair or weight are ambiguous, a column is missing, or a weight
            is not a number above 0, with its row.
    """
    sheet = open_sheet(path)
    if columns is None and _is_sif(sheet):
        where, table = EdgeColumns((), 0, ("first", "second"), None), _read_sif(sheet)
    else:
        where = edge_columns(sheet, columns, weight)
        texts = [*where.read, *([] if where.weight is None else [where.weight])]
        table = sheet.read(where.all, after=where.after, texts=texts)
    if min_weight is not None and where.weight is None:
        raise ConfigError(f"min_weight={min_weight} needs a weight column; set weight=NAME.")
    pairs = _named_pairs(sheet, where, table[list(where.read)])
    unnamed = (pairs == "").any(axis=1)
    notes = rows_note(path, table.index[unnamed], "lack a name and were left out")
    pairs, table = pairs[~unnamed], table[~unnamed]
    weights = None
    if where.weight is not None:
        weights = _weights(sheet, table[where.weight], weight is not None, min_weight)
        unknown = np.isnan(weights)
        notes += rows_note(path, table.index[unknown], "lack a weight and were left out")
        kept = ~unknown & (weights >= (-np.inf if min_weight is None else min_weight))
        low = ~unknown & ~kept
        notes += rows_note(path, table.index[low], f"are below {min_weight} and were left out")
        none = kept & (weights == 0)
        notes += rows_note(path, table.index[none], "are no interaction (weight 0), left out")
        pairs, weights = pairs[kept & ~none], weights[kept & ~none]
        _check_weights(sheet, pairs.index, weights)
        _check_spread(sheet, where.weight, weights)
    if pairs.empty:
        raise DataError(f"{path.name}: no pair of proteins is left to read.")
    if where.all[:1] == ("column 1",):
        _note_lone_head(sheet, pairs)
    resolved = resolve(path.name, chain(pairs["first"], pairs["second"]), names, identifiers)
    _check_single(sheet, pairs, resolved.meaning)
    return _reading(path.name, pairs, weights, resolved, (*sheet.notes, *notes))


def _is_sif(sheet: Sheet) -> bool:
    """Recognise Cytoscape's simple interaction format, ``A pp B``, by suffix or type."""
    if sheet.path.name.removesuffix(".gz").endswith(".sif"):
        return True
    middle = {cells[1] for _, cells in sheet.head if len(cells) == 3}
    return all(len(cells) == 3 for _, cells in sheet.head) and middle <= SIF_WORDS


def _read_sif(sheet: Sheet) -> pd.DataFrame:
    """Return the pairs of ``A pp B C``; a protein alone is a pair with itself."""
    tabs = b"\t" in sheet.raw
    rows: list[tuple[int, str, str]] = []
    try:
        lines = sheet.raw.decode().splitlines()
    except UnicodeDecodeError as error:
        raise not_utf8(sheet.path, error) from error
    for number, line in enumerate(lines, start=1):
        cells = [cell.strip() for cell in line.split("\t" if tabs else None)]
        if len(cells) == 2:
            raise DataError(f"{sheet.where(number)}: '{line}' lacks the second of two proteins.")
        if cells and cells[0]:
            rows += [(number, cells[0], other) for other in cells[2:] or cells[:1]]
    sheet.note("read as SIF (protein, interaction, protein), no weight")
    index = pd.Index([number for number, _, _ in rows], dtype=int)
    return pd.DataFrame([row[1:] for row in rows], index=index, columns=["first", "second"])


def _named_pairs(sheet: Sheet, where: EdgeColumns, cells: pd.DataFrame) -> pd.DataFrame:
    """Return first and second protein, with a note if they were extracted from cells."""
    pairs = where.names(cells).set_axis(["first", "second"], axis=1)
    other = pairs["first"].to_numpy() != cells.iloc[:, 0].to_numpy()
    if where.names is not as_given and other.any():
        given, taken = cells.iloc[:, 0][other], pairs["first"][other]
        sheet.note(f"names were taken from cells: '{given.iloc[0]}' is '{taken.iloc[0]}'")
    return pairs


def _note_lone_head(sheet: Sheet, pairs: pd.DataFrame) -> None:
    """Note a first pair of names that do not occur again: it may be an unrecognised header."""
    first, second = pairs.iloc[0]
    recurs = pairs.iloc[1:].isin([first, second]).to_numpy().any()
    if len(pairs) > FEW and not recurs:
        sheet.note(
            f"the first row, '{first}' and '{second}', was read as a pair; if these are column "
            f"names, set columns=[{first},{second}]"
        )


def _check_single(sheet: Sheet, pairs: pd.DataFrame, names: Iterable[str]) -> None:
    """Refuse a cell that lists several proteins."""
    several = [name for name in names if "," in name]
    if several:
        row = pairs[pairs.isin(several).any(axis=1)].iloc[0]
        cell = next(cell for cell in row if "," in cell)
        where = sheet.where(int(str(row.name)))
        raise DataError(
            f"{where}: '{cell[:60]}' is a list of names; give each pair a row of its own."
        )


def _weights(
    sheet: Sheet, cells: pd.Series[str], named: bool, min_weight: float | None
) -> NDArray[np.float64]:
    """Return the weights, NaN if missing and left out by `min_weight`.

    `named`: whether the settings name the column.
    """
    table, wrong, note = understood(cells.to_frame("weight"))
    sheet.note(note)
    weights = table["weight"].to_numpy(float)
    missing = np.isnan(weights) if min_weight is None else wrong["weight"].to_numpy()
    wrong_rows = np.flatnonzero(missing | np.isinf(weights))
    if len(wrong_rows):
        cell = cells.iloc[wrong_rows[0]]
        where = f"{sheet.where(int(cells.index[wrong_rows[0]]))}: weight '{cell}'"
        if unsure_comma(cell):
            raise DataError(f"{where} has a comma that may be decimal or of thousands; {POINT}.")
        if cell in MISSING:
            raise DataError(
                f"{where} is missing; drop the row, or set min_weight to leave such rows out."
            )
        without = "set weight=null" if named else "the whole column if it contains no weights"
        raise DataError(f"{where} is not a number; drop the row or {without}.")
    return weights


def _check_weights(sheet: Sheet, lines: pd.Index[int], weights: NDArray[np.float64]) -> None:
    """Refuse weights below 0 and those outside the range of single precision."""
    below = np.flatnonzero(weights < 0)
    if len(below):
        raise DataError(
            f"{sheet.where(int(lines[below[0]]))}: weight {weights[below[0]]:g} is not above 0; "
            f"drop the row, or set min_weight to leave such rows out."
        )
    with np.errstate(over="ignore"):
        rounded = weights.astype(np.float32)
    lost = np.flatnonzero(np.isinf(rounded) | (rounded == 0))
    if len(lost):
        raise DataError(
            f"{sheet.where(int(lines[lost[0]]))}: weight {weights[lost[0]]:g} is beyond single "
            "precision (1e-45 to 3e38); scale the weights."
        )


def _check_spread(sheet: Sheet, name: str, weights: NDArray[np.float64]) -> None:
    if not len(weights):
        return
    low, high = weights.min(), weights.max()
    if P_VALUE.fullmatch(plain(name)):
        sheet.note(f"weight '{name}' is named as a p-value; pairs of large ones count most")
    elif high > SPREAD * low:
        sheet.note(
            f"weights go from {low:g} to {high:g}, so that few pairs decide; "
            "consider their logarithm"
        )


def _reading(
    source: str,
    pairs: pd.DataFrame,
    weights: NDArray[np.float64] | None,
    resolved: Resolved,
    notes: tuple[str, ...],
) -> Reading:
    """Return the network of resolved names, with notes on self pairs and duplicates."""
    given = pairs["first"].tolist(), pairs["second"].tolist()
    rows, first, second = resolved.spread_pairs(*given)
    left_out = len(pairs) - len(set(rows))
    if left_out:
        notes += (f"{source}: {left_out} pairs with a name that is left out are left out, too.",)
    if not first:
        raise DataError(f"{source}: no pair of proteins is left to read.")
    network = Network.from_pairs(first, second, None if weights is None else weights[list(rows)])
    loops = sum(a == b for a, b in zip(first, second, strict=True))
    repeats = len(first) - loops - len(network.edges)
    if loops or repeats:
        notes += (
            f"{source}: of {len(first)} pairs {loops} join a protein to itself and {repeats} "
            "repeat another; they were left out (the largest weight counts).",
        )
    return Reading(network, resolved.table, (*notes, *resolved.notes))
