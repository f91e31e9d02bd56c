"""Decoding of one channel of a field of view: read, crop to a square, resize."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Literal

import imagecodecs  # noqa: F401  # what tifffile decodes compressed files with
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageChops

from ..textfiles import gunzip

UNREADABLE = (
    OSError,
    EOFError,  # truncated gzip
    MemoryError,
    SyntaxError,  # what pillow raises on a broken PNG chunk
    ValueError,
    struct.error,
    zlib.error,
    tifffile.TiffFileError,
    Image.DecompressionBombError,
)
"""Exceptions of pillow and tifffile for damaged files and files that are no images."""

BY_IMAGE = "image"
"""Value of ``white`` for scaling each file by its own brightness."""

WHITE_QUANTILE = 0.999
"""Share of an image's pixels that are no brighter than what then becomes white: hot pixels and
dirt, one in a thousand, do not dim the rest."""

TOPS = {"uint8": 255.0, "uint16": 65535.0}
"""Largest intensity of the types whose whole range is the camera's."""

MAX_VALUES = 2**28
"""Pixels times planes of a file; more are taken for a file that unpacks without end."""

MOST_BYTES = 2**29
"""Bytes of an unpacked ``.gz``."""

Pixels = NDArray[np.integer | np.floating]

Stack = Literal["max", "mean", "middle"] | int
"""Projection of a z stack: maximum or mean, its middle plane, or the index of a plane."""


@dataclass(frozen=True)
class Plane:
    """A decoded channel.

    Attributes:
        pixels: ``(size, size)`` uint8.
        shape: Height and width of the file.
        brightest: Largest intensity after averaging, in units of the file.
        top: Largest intensity of the file's data type; infinite unless that has 8 or 16 bits, as
            for floating point.
    """

    pixels: NDArray[np.uint8]
    shape: tuple[int, int]
    brightest: float
    top: float


def decode(
    file: Path,
    size: int,
    white: float | str | None = None,
    plane: int | None = None,
    stack: Stack | None = None,
) -> Plane:
    """Read one channel of a field at ``size x size``.

    The central square is used, pixels are averaged over areas, and of a color file the brightest
    band counts. Intensities are scaled linearly, with 0 fixed.

    Args:
        file: JPEG, PNG or TIFF of 8 or 16 bit, or of floating point if `white` is given; a TIFF
            may be packed as ``.tif.gz``. Images with white at 0 are inverted.
        size: Target width and height.
        white: Intensity that becomes 255; ``image``: the `WHITE_QUANTILE` of this file's averaged
            pixels; None: the largest of the file's data type.
        plane: Index of the channel in a file with several, from 0.
        stack: Projection of a z stack.

    Raises:
        ValueError: If these settings do not determine a single plane of the file, or it has more
            than `MAX_VALUES`; pillow and tifffile raise others of `UNREADABLE`.
    """
    tiff = ".tif" in "".join(file.suffixes[-2:]).lower()
    if tiff:
        image, shape, top = _tiff_plane(file, plane, stack)
    else:
        image, shape, top = _pillow_plane(file, size)
    if top == np.inf and white is None:
        raise ValueError("pixels are not of 8 or 16 bits; set white=NUMBER, or white=image")
    averaged = _averaged(image, size)
    brightest = float(averaged.max())
    if white == BY_IMAGE:
        level = max(1.0, float(np.quantile(averaged, WHITE_QUANTILE)))
    else:
        level = float(top if white is None else white)
    if averaged.dtype == np.uint8 and level == 255:
        return Plane(averaged.astype(np.uint8, copy=False), shape, brightest, top)
    scaled = np.clip(averaged * np.float32(255 / level), 0, 255)
    return Plane(np.rint(scaled).astype(np.uint8), shape, brightest, top)


def _averaged(image: Image.Image, size: int) -> NDArray[np.uint8] | NDArray[np.float32]:
    """Return the central square at ``size x size``: uint8 if lossless, else float32."""
    side = min(image.size)
    left, upper = ((length - side) / 2 for length in image.size)
    if image.mode == "L" and side % size == 0 and left.is_integer() and upper.is_integer():
        x, y = int(left), int(upper)
        square = image.reduce(side // size, box=(x, y, x + side, y + side))
        return np.asarray(square, np.uint8)
    box = (left, upper, left + side, upper + side)
    whole = image if image.mode == "F" else image.convert("F")
    return np.asarray(whole.resize((size, size), Image.Resampling.BOX, box), np.float32)


def _tiff_plane(
    file: Path, number: int | None, stack: Stack | None
) -> tuple[Image.Image, tuple[int, int], float]:
    """Return a plane, its shape, and the largest value of its type."""
    with _opened(file) as tiff:
        series = tiff.series[0]
        if series.size > MAX_VALUES:
            raise ValueError(f"{series.shape} are more than {MAX_VALUES:,} values")
        pixels = _one_plane(series.asarray(), series.axes, number, stack)
        inverted = tiff.pages.first.photometric == tifffile.PHOTOMETRIC.MINISWHITE
    if pixels.dtype.kind not in "uif":
        raise ValueError(f"pixels are {pixels.dtype}, not 8 or 16 bit")
    if not np.isfinite(pixels).all():
        raise ValueError("some pixels are no numbers")
    top = TOPS.get(pixels.dtype.name, np.inf)
    if inverted:
        pixels = (pixels.max() if top == np.inf else np.array(top, pixels.dtype)) - pixels
    kept = pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32)
    return Image.fromarray(kept), (pixels.shape[0], pixels.shape[1]), top


@contextmanager
def _opened(file: Path) -> Iterator[tifffile.TiffFile]:
    """Open a TIFF, unpacked if necessary; of a multi-file OME data set, this file's planes."""
    source = _unpacked(file) if file.suffix.lower() == ".gz" else file
    with tifffile.TiffFile(source, _multifile=False) as tiff:
        whole = all(page is not None for series in tiff.series for page in series.pages)
        if not tiff.series:
            raise ValueError("holds no image")
        if whole:
            yield tiff
            return
    with tifffile.TiffFile(source, is_ome=False) as own:
        yield own


def _unpacked(file: Path) -> io.BytesIO:
    content = gunzip(file.read_bytes(), MOST_BYTES)
    if content is None:
        raise ValueError(f"unpacks to more than {MOST_BYTES:,} bytes")
    return io.BytesIO(content)


def _one_plane(pixels: Pixels, axes: str, number: int | None, stack: Stack | None) -> Pixels:
    """Return a ``(height, width)`` plane of a file's pixels, with axes named as in tifffile."""
    kept = [k for k, axis in enumerate(axes) if pixels.shape[k] > 1 or axis in "YX"]
    axes, pixels = "".join(axes[k] for k in kept), pixels.reshape([pixels.shape[k] for k in kept])
    if "S" in axes and number is None:  # bands of color; a fourth is opacity
        band = axes.index("S")
        pixels = pixels.take(range(min(3, pixels.shape[band])), band).max(axis=band)
        axes = axes.replace("S", "")
    for axis in [a for a in axes if a not in "YX"]:
        pixels = _reduced(pixels, axes, axis, number, stack)
        axes = axes.replace(axis, "")
    return pixels


def _reduced(
    pixels: Pixels, axes: str, axis: str, number: int | None, stack: Stack | None
) -> Pixels:
    """Return pixels with one axis (channel, depth or unnamed) selected or projected."""
    along, length = axes.index(axis), pixels.shape[axes.index(axis)]
    channels = axis == "C" or (axis not in "ZT" and number is not None)
    chosen = number if channels else stack
    if chosen is None:
        setting = "planes={red: 0, ..}" if axis == "C" else "stack=max"
        either = "" if axis in "CZ" else ", or planes={red: 0, ..} if they are channels"
        raise ValueError(f"holds {length} planes ({axes} {pixels.shape}); set {setting}{either}")
    if chosen == "max":
        return np.asarray(pixels.max(axis=along))
    if chosen == "mean":
        return np.asarray(pixels.mean(axis=along, dtype=np.float32)).astype(pixels.dtype)
    index = length // 2 if chosen == "middle" else int(chosen)
    if not 0 <= index < length:
        raise ValueError(f"has no plane {index}: it holds {length}, counted from 0")
    return np.asarray(pixels.take(index, axis=along))


def _pillow_plane(file: Path, size: int) -> tuple[Image.Image, tuple[int, int], float]:
    with Image.open(file) as image:
        shape = (image.height, image.width)
        # A JPEG is decoded at 1/2, 1/4 or 1/8 if that is at least twice the size.
        image.draft(None, (2 * size, 2 * size))
        if image.mode in ("I;16", "I;16B", "I"):
            return Image.fromarray(np.asarray(image).astype(np.float32)), shape, 65535
        if image.mode == "F":
            return image.copy(), shape, np.inf
        if image.mode in ("L", "1"):
            return image.convert("L"), shape, 255
        return reduce(ImageChops.lighter, image.convert("RGB").split()), shape, 255
