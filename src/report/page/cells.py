"""HTML page of the cells in each protein's images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...artifacts import ImageSet
from ...errors import ConfigError
from ..templating import render
from .markup import TEMPLATES

COLORS = {
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.15, 0.25, 1.0),
    "yellow": (0.4, 0.4, 0.0),
}
"""Light of each channel in the composite: yellow at less than half, or it hides red and green."""

TARGET = "green"
"""The channel that is also shown by itself, in grey."""

QUANTILE = 0.995
"""What is brighter in a field's crops is shown at full light, per channel: only for the eye."""

DARKEST = 24
"""Grey level that is shown at full light at least: noise of an empty channel stays dark."""

IN_A_ROW, GAP = 8, 4


def write_crops(
    folder: Path,
    sets: Mapping[str, ImageSet],
    *,
    title: str,
    per_protein: int = 24,
    proteins: Sequence[str] | None = None,
) -> list[Path]:
    """Write ``index.html`` and a picture per protein, ``<modality>/<protein>.png``.

    In a picture each crop occurs twice: all channels in their colors, below it the stained protein
    alone. Crops are taken in turn from the protein's fields, so that every field is seen.

    Args:
        folder: Where to.
        sets: Modality -> cells or fields.
        title: Heading of the page.
        per_protein: Most crops of one protein, >= 1.
        proteins: Only these; None: all.

    Raises:
        ConfigError: If `per_protein` is below 1, or a protein has no image.
    """
    if per_protein < 1:
        raise ConfigError(f"crops.per_protein must be at least 1, got {per_protein}.")
    paths, described = [], []
    for modality, images in sets.items():
        rows = rows_of_proteins(images)
        absent = [name for name in proteins or () if name not in rows]
        if absent:
            raise ConfigError(f"crops.proteins: {', '.join(absent)} has no image in {modality}.")
        (folder / modality).mkdir(parents=True, exist_ok=True)
        for number, name in enumerate(sorted(proteins or rows)):
            shown = in_turn(images.fields[rows[name]], per_protein)
            picture = folder / modality / f"{number:05d}_{_plain(name)}.png"
            Image.fromarray(montage(images, rows[name][shown])).save(picture)
            paths.append(picture)
            about = _about(name, images, rows[name], shown)
            place = picture.relative_to(folder).as_posix()
            described.append({"name": name, "about": about, "picture": place})
    page = folder / "index.html"
    html = render(f"{TEMPLATES}/crops.html.j2", title=title, proteins=described)
    page.write_text(f"{html}\n", encoding="utf-8")
    return [page, *paths]


def rows_of_proteins(images: ImageSet) -> dict[str, NDArray[np.int64]]:
    """Return the rows of the images that may show each protein."""
    rows: dict[str, list[int]] = {}
    for row, genes in enumerate(images.proteins):
        for name in genes:
            rows.setdefault(name, []).append(row)
    return {name: np.array(places, np.int64) for name, places in rows.items()}


def in_turn(fields: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Choose at most so many crops, the first of every field before the second of any.

    Args:
        fields: ``(K,)`` field of each crop.
        most: How many.

    Returns:
        Chosen positions, sorted by field.
    """
    order = np.argsort(fields, kind="stable")
    grouped = fields[order]
    turn = np.arange(len(fields)) - np.searchsorted(grouped, grouped)
    first = order[np.argsort(turn, kind="stable")[:most]]
    return np.asarray(first[np.argsort(fields[first], kind="stable")], np.int64)


def montage(images: ImageSet, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return a picture ``(H, W, 3)`` of some images: composites, and the target below each."""
    size = images.pixels.shape[-1]
    across = min(IN_A_ROW, len(rows))
    down = -(-len(rows) // across)
    target = images.channels.index(TARGET) if TARGET in images.channels else None
    high = size * (1 if target is None else 2) + GAP
    canvas = np.full((down * high - GAP, across * (size + GAP) - GAP, 3), 255, np.uint8)
    light = stretched(images, rows)
    for k, planes in enumerate(light):
        y, x = (k // across) * high, (k % across) * (size + GAP)
        canvas[y : y + size, x : x + size] = composite(planes, images.channels)
        if target is not None:
            grey = np.rint(255 * planes[target]).astype(np.uint8)
            canvas[y + size : y + 2 * size, x : x + size] = grey[..., None]
    return canvas


def composite(planes: NDArray[np.float32], channels: Sequence[str]) -> NDArray[np.uint8]:
    """Add channels of 0..1, ``(C, S, S)``, in their colors; ``(S, S, 3)``."""
    tints = np.array([COLORS.get(name, (0.3, 0.3, 0.3)) for name in channels], np.float32)
    mixed = np.einsum("cyx,ck->yxk", planes, tints)
    return np.asarray(np.rint(255 * mixed.clip(0, 1)), np.uint8)


def stretched(images: ImageSet, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return ``(K, C, S, S)`` in 0..1, scaled alike in all crops of one field."""
    pixels = images.pixels[rows].astype(np.float32)
    fields = images.fields[rows]
    for field in np.unique(fields):
        own = fields == field
        top = np.quantile(pixels[own], QUANTILE, axis=(0, 2, 3))
        pixels[own] /= np.maximum(top, DARKEST)[None, :, None, None]
    return np.asarray(pixels.clip(0, 1), np.float32)


def _about(name: str, images: ImageSet, rows: NDArray[np.int64], shown: NDArray[np.int64]) -> str:
    antibodies = sorted({images.antibodies[row] for row in rows} - {""})
    fields = len(np.unique(images.fields[rows]))
    words = [f"{len(shown)} of {len(rows)} crops", f"from {fields} fields"]
    words += [f"antibodies {', '.join(antibodies)}"] if antibodies else []
    also = sorted({gene for row in rows for gene in images.proteins[row]} - {name})
    words += [f"antibody ambiguous, may show {', '.join(also)}, too"] if also else []
    return "; ".join(words)


def _plain(name: str) -> str:
    """Return a name that any file system takes."""
    return "".join(sign if sign.isalnum() or sign in "-." else "_" for sign in name)
