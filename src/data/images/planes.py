"""One channel of a field of view from its file: decoded, squared, averaged to a size."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import imagecodecs  # noqa: F401  # what tifffile decodes compressed files with
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageChops

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

BY_IMAGE = "image"
"""Value of ``white`` that scales every file by its own brightness."""

WHITE_QUANTILE = 0.999
"""Share of an image's pixels that are no brighter than what then becomes white: hot pixels and
dirt, one in a thousand, do not dim the rest."""


@dataclass(frozen=True)
class Plane:
    """One decoded channel.

    Attributes:
        pixels: ``(size, size)`` uint8.
        shape: Height and width of the file.
        brightest: Largest intensity after averaging, in units of the file.
        top: Largest intensity that the file's type can hold.
    """

    pixels: NDArray[np.uint8]
    shape: tuple[int, int]
    brightest: float
    top: int


def decode(file: Path, size: int, white: int | str | None = None) -> Plane:
    """Read one channel of a field at ``size x size``.

    The central square is taken, pixels are averaged over areas, of a file in color the brightest
    of the bands counts. Intensities are scaled linearly, 0 staying 0.

    Args:
        file: JPEG, PNG or TIFF of 8 or 16 bit.
        size: Width and height to bring it to.
        white: Intensity that becomes 255; ``image``: the `WHITE_QUANTILE` of this file's averaged
            pixels; None: the largest that the file's type can hold.

    Raises:
        ValueError: If the file holds no single plane of 8 or 16 bits; pillow and tifffile raise
            others of `UNREADABLE`.
    """
    tiff = file.suffix.lower() in (".tif", ".tiff")
    image, shape, top = _tiff_plane(file) if tiff else _pillow_plane(file, size)
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
    """Return the central square at ``size x size``: uint8 where nothing is lost, else float32."""
    side = min(image.size)
    left, upper = ((length - side) / 2 for length in image.size)
    if image.mode == "L" and side % size == 0 and left.is_integer() and upper.is_integer():
        x, y = int(left), int(upper)
        square = image.reduce(side // size, box=(x, y, x + side, y + side))
        return np.asarray(square, np.uint8)
    box = (left, upper, left + side, upper + side)
    whole = image if image.mode == "F" else image.convert("F")
    return np.asarray(whole.resize((size, size), Image.Resampling.BOX, box), np.float32)


def _tiff_plane(file: Path) -> tuple[Image.Image, tuple[int, int], int]:
    pixels = np.squeeze(np.asarray(tifffile.imread(file)))
    if pixels.ndim == 3 and pixels.shape[-1] in (3, 4):
        pixels = pixels[..., :3].max(axis=-1)
    if pixels.ndim != 2:
        raise ValueError(f"{pixels.shape} is no single plane")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"pixels are {pixels.dtype}, not 8 or 16 bit")
    top = int(np.iinfo(pixels.dtype).max)
    kept = pixels if pixels.dtype == np.uint8 else pixels.astype(np.float32)
    return Image.fromarray(kept), (pixels.shape[0], pixels.shape[1]), top


def _pillow_plane(file: Path, size: int) -> tuple[Image.Image, tuple[int, int], int]:
    with Image.open(file) as image:
        shape = (image.height, image.width)
        # A JPEG is decoded at 1/2, 1/4 or 1/8 already where that stays above twice the size.
        image.draft(None, (2 * size, 2 * size))
        if image.mode in ("I;16", "I;16B", "I"):
            return Image.fromarray(np.asarray(image).astype(np.float32)), shape, 65535
        if image.mode == "F":
            raise ValueError("pixels are float32, not 8 or 16 bit")
        if image.mode in ("L", "1"):
            return image.convert("L"), shape, 255
        return reduce(ImageChops.lighter, image.convert("RGB").split()), shape, 255
