"""Tables of images and their proteins: manifests, ``samples.csv``, per-image gene tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ...errors import DataError
from ..sheets import find_column, header_of, open_sheet
from ..textfiles import listed


@dataclass(frozen=True)
class Field:
    """One field of view before it is read.

    Attributes:
        name: Name of the image.
        proteins: Names, as given, of the proteins its antibody may have stained.
        antibody: "" if unknown.
        cell_line: "" if unknown.
        files: Files by channel.
    """

    name: str
    proteins: tuple[str, ...]
    antibody: str
    cell_line: str
    files: Mapping[str, Path]

    def lacking(self, channels: Iterable[str]) -> list[str]:
        """Return the channels without a file, with the names of missing files."""
        absent = [name for name in channels if name not in self.files]
        gone = [
            f"{name} ({file.name} does not exist)"
            for name, file in self.files.items()
            if not file.is_file()
        ]
        return absent + gone


@dataclass(frozen=True)
class Stained:
    """Labels of an image: proteins as given, antibody and cell line or ""."""

    proteins: tuple[str, ...]
    antibody: str = ""
    cell_line: str = ""

    def and_also(self, other: Stained) -> Stained:
        """Return the same image with the proteins of another row added."""
        return replace(self, proteins=tuple(dict.fromkeys([*self.proteins, *other.proteins])))


def read_manifest(path: Path, channels: Mapping[str, str]) -> list[Field]:
    """List the images of a manifest, in its order.

    Rows that differ only in the protein are one image of an ambiguous antibody.

    Args:
        path: Table with columns ``protein image`` and one per channel, optionally ``antibody`` and
            ``cell_line``; files relative to it.
        channels: The column of each channel.

    Raises:
        DataError: If a column is missing, a cell is blank, rows contradict each other, a row
            occurs twice, or there is none.
    """
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    for column in ("protein", "image", *channels.values()):
        find_column(sheet, header, column)
    table = sheet.read(header, after=line, texts=list(dict.fromkeys(header)))
    if not len(table):
        raise DataError(f"{path.name}: lists no image; add rows below the header.")
    fields: dict[str, Field] = {}
    for row, cells in zip(table.index, table.to_dict("records"), strict=True):
        field = _manifest_field(path, row, {str(k): str(v) for k, v in cells.items()}, channels)
        other = fields.get(field.name)
        fields[field.name] = field if other is None else _united(path, row, other, field)
    return list(fields.values())


def _manifest_field(
    path: Path, row: int, cells: Mapping[str, str], channels: Mapping[str, str]
) -> Field:
    proteins = split(cells["protein"], "|")
    if not proteins or not cells["image"]:
        raise DataError(f"{path.name} row {row}: protein and image must not be blank.")
    files = {name: path.parent / cells[word] for name, word in channels.items() if cells[word]}
    antibody, cell_line = (cells.get(name, "") for name in ("antibody", "cell_line"))
    return Field(cells["image"], proteins, antibody, cell_line, files)


def _united(path: Path, row: int, first: Field, other: Field) -> Field:
    """Return the merged image of two rows."""
    if replace(other, proteins=first.proteins) != first:
        raise DataError(
            f"{path.name} row {row}: image '{other.name}' occurs above with other files, antibody "
            "or cell line; give every image a name of its own."
        )
    if set(other.proteins) <= set(first.proteins):
        raise DataError(f"{path.name} row {row}: image '{other.name}' occurs twice; drop the row.")
    return replace(first, proteins=tuple(dict.fromkeys([*first.proteins, *other.proteins])))


def read_samples(
    path: Path, id_column: str | None, images: Iterable[str]
) -> tuple[dict[str, Stained], tuple[str, ...]]:
    """Read the proteins of a folder's images from a table in one of the toolkit's two formats.

    A ``samples.csv`` has columns ``if_plate_id position sample antibody gene_names``; its image is
    ``<plate>_<position>_<sample>``. A per-image gene table has columns ``name represents ambiguous
    antibody filename``: images by the start of their files' names, separated by ``,``; further
    proteins in ``ambiguous`` may have been stained, too.

    Args:
        path: The table.
        id_column: Column with the proteins; None: ``gene_names`` or ``name``.
        images: Names of the existing images.

    Returns:
        Image name -> its labels, and notes on rows without an image.

    Raises:
        DataError: If the table has neither format.
    """
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    genes = "filename" in header and "if_plate_id" not in header
    known = ("antibody", "filename") if genes else ("if_plate_id", "position", "sample", "antibody")
    wanted = [*known, id_column or ("name" if genes else "gene_names")]
    columns = [find_column(sheet, header, column) for column in wanted]
    columns += [c for c in ("ambiguous",) if genes and c in header]
    table = sheet.read(header, after=line, texts=columns)
    rows = _gene_rows(table, wanted[-1]) if genes else _sample_rows(table, wanted[-1])
    stained: dict[str, Stained] = {}
    for name, shown in rows:
        stained[name] = stained[name].and_also(shown) if name in stained else shown
    absent = sorted(set(stained) - set(images))
    notes = (f"{path.name}: {len(absent)} samples have no image: {listed(absent)}.",)
    return {name: s for name, s in stained.items() if s.proteins}, notes if absent else ()


def _sample_rows(table: pd.DataFrame, id_column: str) -> list[tuple[str, Stained]]:
    keys = table[["if_plate_id", "position", "sample"]].agg("_".join, axis=1)
    return [
        (name, Stained(split(genes, ",;|"), antibody))
        for name, genes, antibody in zip(keys, table[id_column], table["antibody"], strict=True)
    ]


def _gene_rows(table: pd.DataFrame, id_column: str) -> list[tuple[str, Stained]]:
    rows = []
    for cells in table.to_dict("records"):
        also = cells.get("ambiguous", "") if id_column == "name" else ""
        given = split(f"{cells[id_column]},{also}", ",;|")
        genes = tuple(dict.fromkeys(gene.removeprefix("ensembl:") for gene in given))
        shown = Stained(genes, str(cells["antibody"]))
        rows += [(name.removesuffix("_"), shown) for name in split(cells["filename"], ",")]
    return rows


def split(cell: str, marks: str) -> tuple[str, ...]:
    """Split a cell at any of some characters; return the stripped parts, without blanks."""
    return tuple(filter(None, (part.strip() for part in re.split(f"[{marks}]", cell))))


def files_of(fields: Sequence[Field]) -> list[Path]:
    """Return all existing files of some fields, without duplicates, in order."""
    files = (file for field in fields for file in field.files.values())
    return [file for file in dict.fromkeys(files) if file.is_file()]
