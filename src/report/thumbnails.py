"""Thumbnails of the cells of each protein, on sheets that a page loads as one picture."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..artifacts import ImageSet
from .measured import Thumbnails
from .page.cells import composite, rows_of_proteins, stretched

SIDE = 96
"""Pixels of a thumbnail."""
IN_A_ROW = 8
"""Thumbnails of a row of a sheet, and rows of it."""
QUALITY = 82


def thumbnails(images: ImageSet, proteins: Iterable[str]) -> Thumbnails:
    """Return one picture of each protein that has an image, its first: all channels in colour.

    Light is stretched per image and channel, only for the eye.
    """
    rows = rows_of_proteins(images)
    shown = tuple(name for name in proteins if name in rows)
    step = IN_A_ROW * IN_A_ROW
    sheets = [
        _sheet(images, np.array([rows[name][0] for name in shown[start : start + step]]))
        for start in range(0, len(shown), step)
    ]
    return Thumbnails(shown, tuple(sheets))


def _sheet(images: ImageSet, rows: NDArray[np.int64]) -> bytes:
    canvas = np.full((SIDE * IN_A_ROW, SIDE * IN_A_ROW, 3), 255, np.uint8)
    for k, row in enumerate(rows.tolist()):
        y, x = SIDE * (k // IN_A_ROW), SIDE * (k % IN_A_ROW)
        light = stretched(images, np.array([row]))[0]
        whole = Image.fromarray(composite(light, images.channels))
        canvas[y : y + SIDE, x : x + SIDE] = np.asarray(whole.resize((SIDE, SIDE)))
    packed = BytesIO()
    Image.fromarray(canvas).save(packed, "JPEG", quality=QUALITY)
    return packed.getvalue()
