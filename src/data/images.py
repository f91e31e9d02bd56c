"""Fields of view in four channels, decoded and resized."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageChops

from ..errors import ConfigError, DataError
from ..measurements import CHANNELS, ImageSet, Reading
from ..progress import tracked
from .fields import Field, find_fields
from .identifiers import IdentifierMap, translate

UNREADABLE = (
    OSError,
    SyntaxError,  # what pillow raises on a broken PNG chunk
    ValueError,
    struct.error,
    zlib.error,
    tifffile.TiffFileError,
    Image.DecompressionBombError,
)
"""What pillow and tifffile raise on files that are no images or damaged ones."""


def read_images(
    path: Path,
    *,
    samples: Path | None = None,
    id: str = "gene_names",  # noqa: A002 - the key's name in the config
    pattern: str | None = None,
    wells: Mapping[str, str] | None = None,
    size: int = 128,
    white: int | None = None,
    identifiers: IdentifierMap | None = None,
    strict: bool = False,
) -> Reading:
    """Decode fields of view as an `ImageSet` of ``size x size`` uint8 pixels.

    Three layouts are read. A manifest: `path` is a TSV with columns ``protein image red green blue
    yellow``, optionally ``antibody``, files relative to it, ``A|B`` for an antibody of two
    proteins. A folder with `samples`: files ``<color>/<plate>_<position>_<sample>_<color>.jpg``
    or the same without the folder of the color. A folder with `pattern`: files ``.._<color>.jpg``
    named by what their proteins can be told from.

    A field that lacks a channel or whose file does not decode is left out and noted. Pixels are
    averaged over areas; of a field that is not square the central square is taken; of a file in
    color the brightest of its bands counts.

    Args:
        path: Manifest or folder; JPEG, PNG or TIFF, 8 or 16 bit.
        samples: Table with columns ``if_plate_id position sample antibody`` and `id`.
        id: Column of `samples` with the proteins, separated by ``,``, ``;`` or ``|``.
        pattern: Regular expression whose first group, found in a file's name, is its well or
            protein.
        wells: Protein, or ``A|B``, of each well; None: the group is the protein.
        size: Width and height to resize to, in pixels, >= 8.
        white: Intensity that becomes 255; None: the largest the file's type can hold.
        identifiers: Brings names to current symbols.
        strict: Stop at the first field that would be left out.

    Raises:
        ConfigError: If a folder comes with neither or both of `samples` and `pattern`, or a
            setting is out of range.
        DataError: If no field can be read, or with `strict` the first that cannot.
    """
    if size < 8 or (white is not None and white < 1):
        raise ConfigError(f"size must be >= 8 and white >= 1, got size={size}, white={white}.")
    fields, notes = find_fields(path, samples=samples, id=id, pattern=pattern, wells=wells)
    pixels = np.empty((len(fields), len(CHANNELS), size, size), np.uint8)
    with ThreadPoolExecutor() as pool:
        decoded = pool.map(lambda f, into: _decode_field(f, into, white), fields, pixels)
        wrong = list(tracked(decoded, "reading images", len(fields)))
    failed = [message for message in wrong if message]
    if failed and strict:
        raise DataError(f"{failed[0]}; repair or remove it, or set strict=false to go on without.")
    if len(failed) == len(fields):
        raise DataError(f"{path.name}: none of {len(fields)} images can be read: {failed[0]}.")
    kept = [field for field, message in zip(fields, wrong, strict=True) if not message]
    given = [name for field in kept for name in field.proteins]
    symbols, table = translate(given, identifiers)
    meaning = dict(zip(given, symbols, strict=True))
    value = ImageSet(
        tuple(field.name for field in kept),
        tuple(tuple(dict.fromkeys(meaning[name] for name in f.proteins)) for f in kept),
        tuple(field.antibody for field in kept),
        pixels[[not message for message in wrong]] if failed else pixels,
    )
    left_out = tuple(f"{message}; the image was left out." for message in failed)
    return Reading(value, table, (*notes, *left_out))


def _decode_field(field: Field, into: NDArray[np.uint8], white: int | None) -> str:
    """Fill ``(4, size, size)`` pixels and return "", or why that is not possible."""
    missing = [c for c in CHANNELS if c not in field.files or not field.files[c].is_file()]
    if missing:
        return f"image '{field.name}' lacks its channel {' and '.join(missing)}"
    for plane, channel in zip(into, CHANNELS, strict=True):
        file = field.files[channel]
        try:
            plane[:] = decode(file, len(plane), white)
        except UNREADABLE as error:
            return f"image '{field.name}' does not decode: {file.name} ({error})"
    return ""


def decode(file: Path, size: int, white: int | None = None) -> NDArray[np.uint8]:
    """Return one channel of a field as ``(size, size)`` uint8.

    Raises:
        ValueError: If the file holds no single plane of 8 or 16 bits; pillow and tifffile raise
            others of `UNREADABLE`.
    """
    tiff = file.suffix.lower() in (".tif", ".tiff")
    pixels, top = _tiff_plane(file) if tiff else _pillow_plane(file, size)
    side = min(pixels.shape)
    left, upper = ((length - side) / 2 for length in pixels.shape[::-1])
    square = Image.fromarray(pixels.astype(np.float32)).resize(
        (size, size), Image.Resampling.BOX, box=(left, upper, left + side, upper + side)
    )
    scaled = np.asarray(square) * (255.0 / (top if white is None else white))
    return np.rint(np.clip(scaled, 0, 255)).astype(np.uint8)


def _tiff_plane(file: Path) -> tuple[NDArray[np.generic], int]:
    pixels = np.squeeze(np.asarray(tifffile.imread(file)))
    if pixels.ndim == 3 and pixels.shape[-1] in (3, 4):
        pixels = pixels[..., :3].max(axis=-1)
    if pixels.ndim != 2:
        raise ValueError(f"{pixels.shape} is no single plane")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"pixels are {pixels.dtype}, not 8 or 16 bit")
    return pixels, int(np.iinfo(pixels.dtype).max)


def _pillow_plane(file: Path, size: int) -> tuple[NDArray[np.generic], int]:
    with Image.open(file) as image:
        # A JPEG is decoded at 1/2, 1/4 or 1/8 already where that stays above twice the size.
        image.draft(None, (2 * size, 2 * size))
        if image.mode in ("I;16", "I;16B", "I"):
            return np.asarray(image), 65535
        if image.mode in ("L", "1"):
            return np.asarray(image.convert("L")), 255
        return np.asarray(reduce(ImageChops.lighter, image.convert("RGB").split())), 255
