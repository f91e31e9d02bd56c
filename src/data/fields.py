"""Where the channels of a field of view lie, and which proteins it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigError, DataError
from ..measurements import CHANNELS
from .sheets import find_column, header_of, open_sheet
from .textfiles import listed

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")


@dataclass(frozen=True)
class Field:
    """One field of view before it is read.

    Attributes:
        name: Name of the image.
        proteins: Names, as given, of the proteins its antibody may have stained.
        antibody: "" where unknown.
        files: The file of each channel that has one.
    """

    name: str
    proteins: tuple[str, ...]
    antibody: str
    files: Mapping[str, Path]


def find_fields(
    path: Path,
    *,
    samples: Path | None = None,
    id: str = "gene_names",  # noqa: A002 - the key's name in the config
    pattern: str | None = None,
    wells: Mapping[str, str] | None = None,
) -> tuple[list[Field], tuple[str, ...]]:
    """List the fields of view of a manifest or folder, and note what belongs to none.

    Raises:
        ConfigError: If the settings do not fit the layout.
        DataError: If there is no field with a protein.
    """
    if path.is_file():
        if samples is not None or pattern is not None or wells is not None:
            raise ConfigError(f"{path.name} is a manifest: samples, pattern, wells must be null.")
        return _from_manifest(path), ()
    files = _channel_files(path)
    if not files:
        raise DataError(
            f"{path}: no image named <name>_<color>.jpg, .png or .tif there, nor under "
            f"{', '.join(CHANNELS)}."
        )
    if samples is not None and pattern is None:
        stained, notes = _stained_by_samples(samples, id, files)
    elif pattern is not None and samples is None:
        stained, notes = _stained_by_name(pattern, wells, files)
    else:
        raise ConfigError("A folder of images needs either samples=TABLE or pattern=REGEX.")
    fields = [
        Field(name, *stained[name], files[name]) for name in sorted(set(stained) & set(files))
    ]
    strangers = sorted(set(files) - set(stained))
    if strangers:
        notes += (
            f"{path.name}: {len(strangers)} images belong to no known protein and were left out: "
            f"{listed(strangers)}.",
        )
    if not fields:
        raise DataError(f"{path}: none of its {len(files)} images belongs to a known protein.")
    return fields, notes


Stained = dict[str, tuple[tuple[str, ...], str]]
"""Image name -> proteins as given, antibody."""


def _from_manifest(path: Path) -> list[Field]:
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    for column in ("protein", "image", *CHANNELS):
        find_column(sheet, header, column)
    table = sheet.read(header, after=line, texts=header)
    antibodies = table["antibody"] if "antibody" in header else table["image"].map(lambda _: "")
    fields = []
    for (row, cells), antibody in zip(table.iterrows(), antibodies, strict=True):
        proteins = _split(str(cells["protein"]), "|")
        if not proteins or not cells["image"]:
            raise DataError(f"{path.name} row {row}: protein and image must not be blank.")
        files = {c: path.parent / str(cells[c]) for c in CHANNELS if cells[c]}
        fields.append(Field(str(cells["image"]), proteins, str(antibody), files))
    twice = table["image"][table["image"].duplicated()]
    if len(twice):
        raise DataError(f"{path.name} row {twice.index[0]}: image '{twice.iloc[0]}' occurs twice.")
    return fields


def _channel_files(folder: Path) -> dict[str, dict[str, Path]]:
    """Return the files of a folder by image and channel."""
    found: dict[str, dict[str, Path]] = {}
    for channel in CHANNELS:
        candidates = [*folder.glob(f"*_{channel}.*"), *folder.glob(f"{channel}/*_{channel}.*")]
        for file in sorted(candidates):
            if file.suffix.lower() not in SUFFIXES:
                continue
            name = file.stem.removesuffix(f"_{channel}")
            other = found.setdefault(name, {}).setdefault(channel, file)
            if other != file:
                raise DataError(f"{file} and {other} are the same image; remove one.")
    return found


def _stained_by_samples(
    samples: Path, id_column: str, files: Mapping[str, object]
) -> tuple[Stained, tuple[str, ...]]:
    sheet = open_sheet(samples)
    line, header = header_of(sheet)
    wanted = ("if_plate_id", "position", "sample", "antibody", id_column)
    columns = [find_column(sheet, header, column) for column in wanted]
    table = sheet.read(header, after=line, texts=columns)
    stained = {
        f"{plate}_{position}_{sample}": (_split(genes, ",;|"), antibody)
        for plate, position, sample, antibody, genes in table.itertuples(index=False)
    }
    absent = sorted(set(stained) - set(files))
    notes: tuple[str, ...] = ()
    if absent:
        notes = (f"{samples.name}: {len(absent)} samples have no image: {listed(absent)}.",)
    return {name: entry for name, entry in stained.items() if entry[0]}, notes


def _stained_by_name(
    pattern: str, wells: Mapping[str, str] | None, names: Iterable[str]
) -> tuple[Stained, tuple[str, ...]]:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise ConfigError(f"pattern '{pattern}' is no regular expression: {error}.") from error
    if expression.groups < 1:
        raise ConfigError(f"pattern '{pattern}' needs a group in (..) around the well or protein.")
    stained: Stained = {}
    for name in names:
        match = expression.search(name)
        word = "" if match is None else match[1] or ""
        proteins = _split(word if wells is None else wells.get(word, ""), "|")
        if proteins:
            stained[name] = (proteins, "")
    return stained, ()


def _split(cell: str, marks: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in re.split(f"[{marks}]", cell))))


def field_files(fields: Sequence[Field]) -> list[Path]:
    """Return all files of some fields that exist, in order."""
    return [f.files[c] for f in fields for c in CHANNELS if c in f.files and f.files[c].is_file()]
