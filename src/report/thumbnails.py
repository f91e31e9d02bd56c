"""Thumbnails of the cells of each protein, on sprite sheets."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..artifacts import ImageSet
from .measured import Thumbnails
from .page.cells import composite, in_turn, rows_of_proteins, stretched

SIDE = 96
"""Pixels of a thumbnail."""
IN_A_ROW = 8
"""Thumbnails of a row of a sheet, and rows of it."""
PER_PROTEIN = 4
"""Images of a protein that are shown."""
QUALITY = 82


def thumbnails(images: ImageSet, proteins: Iterable[str]) -> Thumbnails:
    """Return thumbnails of each protein with images, all channels in colour.

    The first ones of all proteins come first, then the second ones, up to `PER_PROTEIN`, from
    different fields of view if possible. Contrast is stretched per image and channel, for display
    only.
    """
    rows = rows_of_proteins(images)
    names = [name for name in proteins if name in rows]
    rows = {name: rows[name][in_turn(images.fields[rows[name]], PER_PROTEIN)] for name in names}
    shown = [
        (name, rows[name][k]) for k in range(PER_PROTEIN) for name in names if k < len(rows[name])
    ]
    step = IN_A_ROW * IN_A_ROW
    sheets = [
        _sheet(images, np.array([row for _, row in shown[start : start + step]]))
        for start in range(0, len(shown), step)
    ]
    return Thumbnails(tuple(name for name, _ in shown), tuple(sheets))


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
