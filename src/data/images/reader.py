"""Reader of multi-channel fields of view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ...artifacts import ImageSet, Reading
from ...errors import DataError
from ...nodes.ranges import AtLeastOne, Ge, Positive, checked, taking
from ..identifiers import IdentifierMap, translate
from ..parallel import spread
from ..textfiles import listed
from .fields import Field, FieldLayout, find_fields
from .pixel_files import new_pixels
from .planes import UNREADABLE, Stack, decode

DIM_RATIO = 8
"""16-bit files that use less than this share of their range are remarked on: they lose grey levels
when the whole range is brought to 8 bits."""


@checked
@taking(FieldLayout)
def read_images(
    layout: FieldLayout,
    *,
    size: Annotated[int, Ge(8)] = 128,
    white: Positive | Literal["image"] | None = None,
    pixel_um: Positive | None = None,
    identifiers: IdentifierMap | None = None,
    strict: bool = False,
    scratch: Path | None = None,
    workers: AtLeastOne = 1,
) -> Reading:
    """Decode fields of view as an `ImageSet` of ``size x size`` uint8 pixels.

    Three layouts are read. A `manifest`: a table with columns ``protein image red green blue
    yellow``, optionally ``antibody`` and ``cell_line``, files relative to it, ``A|B`` or several
    rows for an antibody of several proteins. A folder with `samples`: files
    ``<color>/<plate>_<position>_<sample>_<color>.jpg`` or the same without the folder of the
    color, and either a ``samples.csv`` or a gene table (see `manifests`). A folder with `pattern`:
    files ``.._<color>.jpg`` whose names identify their proteins.

    A field is left out and noted if it lacks a channel, a file does not decode, or its channels
    differ in size. Pixels are averaged over areas; of a field that is not square the central square
    is used; of a color file the brightest band counts.

    Args:
        layout: Layout of the files, given by its fields, from `path` to `stack`.
        path: Folder; JPEG, PNG or TIFF (``.tif.gz``, OME), 8 or 16 bit, or with `white` floating
            point.
        manifest: Table of images, in place of a folder.
        samples: Table of the proteins of the folder's images.
        id: Column of `samples` with the proteins, separated by ``,``, ``;`` or ``|``; None:
            ``gene_names`` or ``name``, by the table's form.
        pattern: Regular expression whose first group, found in a file's name, is its well or
            protein.
        wells: Protein, or ``A|B``, of each well; None: the group is the protein.
        channels: Name of each channel in file names or in the manifest, e.g.
            ``{red: mt, green: target, blue: dapi, yellow: er}``; None: its own name. Also sets
            which channels are read.
        planes: Index of each channel's plane, from 0, in files with all channels, e.g.
            ``{red: 0, green: 1, blue: 2, yellow: 3}``: ``<name>.tif``, or a manifest's column
            ``file``.
        size: Width and height to resize to, in pixels, >= 8.
        white: Intensity that becomes 255; None: the largest of a file's data type; ``image``: the
            99.9 % quantile of each file, for sets without common exposure.
        stack: Projection of a z stack: ``max`` or ``mean``, its ``middle`` plane, or the index of a
            plane, from 0.
        pixel_um: Width of a pixel of the files in um.
        identifiers: Maps names to current symbols.
        strict: Stop at the first field that would be left out.
        scratch: An existing folder: the pixels are written to a file in it and returned
            memory-mapped; None: they are kept in memory.
        workers: Processes for decoding, with `scratch`.

    Raises:
        ConfigError: If the settings do not fit the layout or each other, or one is out of range.
        DataError: If no field can be read, or with `strict` the first that cannot.
    """
    fields, notes = find_fields(layout)
    names = tuple(layout.words())
    rules = Rules(white, layout.stack, layout.planes or {})
    decoded, pixels = _decode_all(fields, names, size, rules, scratch, workers)
    whole = [not one.wrong for one in decoded]
    _check_readable(layout.path or layout.manifest, decoded, len(names), strict)
    kept = [field for field, ok in zip(fields, whole, strict=True) if ok]
    given = [name for field in kept for name in field.proteins]
    symbols, table = translate(given, identifiers)
    meaning = dict(zip(given, symbols, strict=True))
    value = ImageSet(
        tuple(field.name for field in kept),
        tuple(tuple(dict.fromkeys(meaning[name] for name in f.proteins)) for f in kept),
        tuple(field.antibody for field in kept),
        pixels,
        names,
        tuple(field.cell_line for field in kept),
        np.array([one.side for one in decoded if not one.wrong]) * (pixel_um or np.nan) / size,
    )
    return Reading(value, table, (*notes, *_remarks(fields, decoded, size, white)))


@dataclass(frozen=True)
class Rules:
    """Settings for decoding a channel to 8 bits, see `decode`.

    Attributes:
        white: Intensity that becomes 255, ``image``, or None.
        stack: Projection of a z stack, or None.
        planes: Index of each channel's plane in files with several.
    """

    white: float | str | None
    stack: Stack | None
    planes: Mapping[str, int]


@dataclass(frozen=True)
class Decoded:
    """Result of decoding one field.

    Attributes:
        wrong: Why it cannot be used, or "".
        side: Width in pixels of the central square.
        brightest: Largest intensity of its 16-bit files, 0 without any.
        top: Largest intensity of the data types of its files.
        black: Channels without any light.
    """

    wrong: str
    side: int = 0
    brightest: float = 0.0
    top: float = 0.0
    black: tuple[str, ...] = ()


def _check_readable(
    source: Path | None, decoded: Sequence[Decoded], channels: int, strict: bool
) -> None:
    failed = [one.wrong for one in decoded if one.wrong]
    if failed and strict:
        raise DataError(f"{failed[0]}; repair or remove it, or set strict=false to go on without.")
    name = source.name if source else ""
    if len(failed) == len(decoded):
        raise DataError(f"{name}: none of {len(decoded)} images can be read: {failed[0]}.")
    if all(one.wrong or len(one.black) == channels for one in decoded):
        raise DataError(f"{name}: all images are black in every channel.")


def _decode_all(
    fields: Sequence[Field],
    channels: tuple[str, ...],
    size: int,
    rules: Rules,
    scratch: Path | None,
    workers: int,
) -> tuple[list[Decoded], NDArray[np.uint8]]:
    """Return the result of each field, and the pixels of usable ones."""
    shape = (len(fields), len(channels), size, size)
    rows = list(enumerate(fields))
    if scratch is None:
        pixels = np.empty(shape, np.uint8)
        work = partial(_decode_row, pixels, channels, rules)
        decoded = list(spread(work, rows, "reading images", 1))
        whole = [not one.wrong for one in decoded]
        return decoded, pixels if all(whole) else pixels[whole]
    file = scratch / "fields.npy"
    mapped = new_pixels(file, shape)
    work = partial(_decode_row, file, channels, rules)
    decoded = list(spread(work, rows, "reading images", workers))
    return decoded, _without_gaps(mapped, [not one.wrong for one in decoded], scratch)


def _without_gaps(
    pixels: NDArray[np.uint8], whole: Sequence[bool], scratch: Path
) -> NDArray[np.uint8]:
    """Return the rows of usable fields; they are copied one by one if some are unusable."""
    if all(whole):
        return pixels
    rows = np.flatnonzero(whole)
    shape = (len(rows), *pixels.shape[1:])
    kept = new_pixels(scratch / "kept.npy", shape)
    for k, row in enumerate(rows):
        kept[k] = pixels[row]
    return kept


def _decode_row(
    target: NDArray[np.uint8] | Path,
    channels: tuple[str, ...],
    rules: Rules,
    item: tuple[int, Field],
) -> Decoded:
    """Decode a field into its row of an array, or of a memory-mapped file."""
    row, field = item
    pixels = np.load(target, mmap_mode="r+") if isinstance(target, Path) else target
    return _decode_field(field, channels, pixels[row], rules)


def _decode_field(
    field: Field, channels: tuple[str, ...], into: NDArray[np.uint8], rules: Rules
) -> Decoded:
    """Fill ``(C, size, size)`` pixels, or return why that is not possible."""
    lacking = field.lacking(channels)
    if lacking:
        return Decoded(f"image '{field.name}' lacks its channel {' and '.join(lacking)}")
    shapes: dict[str, tuple[int, int]] = {}
    brightest, top = 0.0, 65535.0
    black: list[str] = []
    for plane, channel in zip(into, channels, strict=True):
        file = field.files[channel]
        try:
            decoded = decode(file, len(plane), rules.white, rules.planes.get(channel), rules.stack)
        except UNREADABLE as error:
            return Decoded(f"image '{field.name}' does not decode: {file.name} ({error})")
        plane[:] = decoded.pixels
        shapes[channel] = decoded.shape
        brightest = max(brightest, decoded.brightest if decoded.top > 255 else 0.0)
        top = min(top, decoded.top)
        if decoded.brightest <= 0:
            black.append(channel)
    if len(set(shapes.values())) > 1:
        sizes = ", ".join(f"{name} {w} x {h}" for name, (h, w) in shapes.items())
        return Decoded(f"image '{field.name}' has channels of several sizes: {sizes}")
    return Decoded("", min(shapes[channels[0]]), brightest, top, tuple(black))


def _remarks(
    fields: Sequence[Field], decoded: Sequence[Decoded], size: int, white: float | str | None
) -> tuple[str, ...]:
    """Return notes on fields that were left out, enlarged, or are too dark."""
    notes = [f"{one.wrong}; the image was left out." for one in decoded if one.wrong]
    named = list(zip(fields, decoded, strict=True))
    kept = {p for field, one in named if not one.wrong for p in field.proteins}
    lost = sorted({p for field, one in named if one.wrong for p in field.proteins} - kept)
    if lost:
        notes.append(f"no image is left of {listed(lost)}.")
    small = [field.name for field, one in named if not one.wrong and one.side < size]
    if small:
        notes.append(
            f"{len(small)} images are narrower than size={size} and were enlarged: {listed(small)}."
        )
    dark = [f"{field.name} ({', '.join(one.black)})" for field, one in named if one.black]
    if dark:
        notes.append(f"{len(dark)} images have a channel that is black all over: {listed(dark)}.")
    tops = {one.top for one in decoded if not one.wrong}
    if isinstance(white, (int, float)) and tops and white > min(tops):
        notes.append(
            f"white={white:g} is more than some of the images can hold ({min(tops):g}), which "
            "come out dark; set white=image to scale each by itself."
        )
    brightest = max((one.brightest for one in decoded if not one.wrong), default=0.0)
    if white is None and 0 < brightest <= 65535 / DIM_RATIO:
        full = 2 ** int(np.ceil(np.log2(brightest + 1))) - 1
        notes.append(
            f"the brightest of the 16-bit images reaches {brightest:.0f} of 65535, so that few "
            f"grey levels are used; set white={full}, or white=image to scale each by itself."
        )
    return tuple(notes)
