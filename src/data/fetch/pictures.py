"""Download of Human Protein Atlas images of some genes, with their manifest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ...errors import DataError
from ...terminal.console import LOG
from ..sheets import find_column, header_of, open_sheet
from ..textfiles import listed

CHANNELS = ("blue", "red", "green", "yellow")
COLUMNS = ("gene", "ensembl", "antibody", "cell_line", "image", "locations", "reliability", "url")
"""Of an index: a row for each gene of each field of view; `url` lacks the channel."""


@dataclass(frozen=True)
class Picture:
    """A field of view.

    Attributes:
        image: Its name: antibody, plate, well, number.
        genes: Symbols of the proteins that its antibody may stain.
        ensembl: Their Ensembl genes.
        antibody: E.g. ``HPA004109``.
        cell_line: E.g. ``U-2 OS``.
        url: Address of its channels, up to ``_blue.jpg``.
    """

    image: str
    genes: tuple[str, ...]
    ensembl: tuple[str, ...]
    antibody: str
    cell_line: str
    url: str

    def urls(self) -> dict[str, str]:
        """Return file name -> address, one for each channel."""
        return {f"{self.image}_{name}.jpg": f"{self.url}_{name}.jpg" for name in CHANNELS}


def read_index(path: Path, cell_line: str | None) -> list[Picture]:
    """Read the fields of view of a cell line, in the order of the index.

    Raises:
        DataError: If a column is missing, or no cell is of that line.
    """
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    columns = [find_column(sheet, header, name) for name in COLUMNS]
    table = sheet.read(header, after=line, texts=columns)
    lines = sorted(set(table["cell_line"]))
    if cell_line is not None:
        table = table[table["cell_line"] == cell_line]
    if table.empty:
        raise DataError(
            f"{path.name}: no image of cell_line='{cell_line}'; there are {listed(lines)}."
        )
    pictures = []
    for image, rows in table.groupby("image", sort=False):
        first = rows.iloc[0]
        genes, ensembl = (tuple(dict.fromkeys(rows[name])) for name in ("gene", "ensembl"))
        about = (str(first["antibody"]), str(first["cell_line"]), str(first["url"]))
        pictures.append(Picture(str(image), genes, ensembl, *about))
    return pictures


def choose(
    known: Sequence[Picture], genes: Collection[str] | None, per_antibody: int | None
) -> list[Picture]:
    """Return the images of some genes, the first of each antibody.

    Args:
        known: All.
        genes: Symbols or Ensembl genes; None: all.
        per_antibody: At most so many; None: all.

    Raises:
        DataError: If there is none of any of the genes.
    """
    counted: Counter[str] = Counter()
    rows = []
    for row in known:
        wanted = genes is None or not {*row.genes, *row.ensembl}.isdisjoint(genes)
        if wanted and (per_antibody is None or counted[row.antibody] < per_antibody):
            counted[row.antibody] += 1
            rows.append(row)
    lacking = set(genes or ()) - {name for row in rows for name in (*row.genes, *row.ensembl)}
    if not rows:
        raise DataError(f"genes: there is no image of {listed(sorted(lacking))}.")
    if lacking:
        LOG.warning("no image is known of %d genes: %s", len(lacking), listed(sorted(lacking)))
    return rows


def write_table(path: Path, known: Sequence[Picture]) -> None:
    """Write the table of the images in its folder, as ``kind: images`` reads it.

    A channel that could not be fetched is blank; the reader leaves such images out and says so.
    """
    columns = defaultdict[str, list[str]](list)
    for row in known:
        files = {c: f"{row.image}_{c}.jpg" for c in CHANNELS}
        there = {c: name for c, name in files.items() if (path.parent / name).is_file()}
        if not there:
            continue
        about = {"protein": "|".join(row.genes), "image": row.image, "antibody": row.antibody}
        cells = {**about, "cell_line": row.cell_line, **{c: there.get(c, "") for c in CHANNELS}}
        for name, value in cells.items():
            columns[name].append(value)
    if not columns:
        raise DataError(f"{path}: none of the images could be fetched.")
    whole = path.with_name(f"part.{path.name}")
    pd.DataFrame(columns).to_csv(whole, sep="\t", index=False)
    whole.replace(path)
