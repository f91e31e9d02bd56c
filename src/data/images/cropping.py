"""Cropping and resizing of images for an encoder: channels, size, pixel width, cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...artifacts import ImageContract, ImageSet, Reading, file_filled_by
from ...errors import ConfigError, DataError
from ..parallel import spread
from ..textfiles import listed
from .nuclei import Nuclei, find_nuclei, typical_area
from .pixel_files import new_pixels

CELL_SHARE = 4
"""Default width of a cell's window: the field's width divided by this."""

MIN_SHARE = 0.25
"""Minimum area of a nucleus relative to the typical one's: smaller ones are debris."""

ENLARGED = 1.25
"""Fields that would need more enlargement than this for an encoder are refused."""


@dataclass(frozen=True)
class Windows:
    """Crop windows in fields.

    Attributes:
        rows: ``(K,)`` rows of the image set, ascending.
        corners: ``(K, 2)`` top and left, in pixels, inside the field.
        widths: ``(K,)`` in pixels.
    """

    rows: NDArray[np.int64]
    corners: NDArray[np.float64]
    widths: NDArray[np.float64]


def brought_to(
    images: ImageSet,
    contract: ImageContract,
    *,
    modality: str,
    scratch: Path,
    workers: int = 1,
) -> Reading:
    """Crop and resize images to the contract of an encoder.

    The window of a cell is centred on its nucleus, shifted if necessary to stay inside the field,
    without padding. Nuclei that touch the edge of a field are left out with their cells. Pixels are
    averaged over areas.

    Args:
        images: Fields of view.
        contract: Requirements of the encoder.
        modality: Name of the modality, for messages.
        scratch: An existing folder for the file of pixels.
        workers: Processes for the segmentation of nuclei.

    Returns:
        An `ImageSet` of fields or of cells ``<image>#<number>``, and notes on fields without cells.

    Raises:
        ConfigError: If the contract needs a channel or a pixel width that the images lack.
        DataError: If the images are too small, or no field has a nucleus.
    """
    key = f"data.modalities.{modality}"
    _check_channels(images, contract, key)
    widths = _window_widths(images, contract, key)
    notes: tuple[str, ...] = ()
    if contract.cells:
        windows, notes = _cells(images, contract, widths, key, workers)
    else:
        room = (images.pixels.shape[-1] - widths) / 2
        windows = Windows(np.arange(len(widths)), np.stack([room, room], axis=1), widths)
    pixels = _cut(images, windows, contract, scratch / "crops.npy", workers)
    return Reading(_as_set(images, windows, contract, pixels), notes=notes)


def _check_channels(images: ImageSet, contract: ImageContract, key: str) -> None:
    wanted = [*contract.channels, *([contract.nucleus] if contract.cells else [])]
    absent = [name for name in wanted if name not in images.channels]
    if absent:
        raise ConfigError(
            f"image_encoder.contract: {key} has no channel {listed(absent)}; it has "
            f"{listed(images.channels)}. Name its files in {key}.channels, or choose another "
            "image_encoder."
        )


def _window_widths(images: ImageSet, contract: ImageContract, key: str) -> NDArray[np.float64]:
    """Return the window width in pixels of each field."""
    side = int(images.pixels.shape[-1])
    um = images.pixel_um
    per_um = contract.pixel_um is not None or (contract.cells and contract.min_nucleus_um2)
    if per_um and np.isnan(um).any():
        raise ConfigError(
            f"image_encoder.contract counts in um, but {key} does not state how wide a pixel is; "
            f"set {key}.pixel_um to the um of a pixel of the files."
        )
    if contract.pixel_um is None:
        if contract.cells:
            width = contract.size or side // CELL_SHARE
        else:
            width = side
            _check_not_enlarged(side, float(contract.size or side), key)
        widths = np.full(len(um), float(width))
    else:
        _check_not_enlarged(side, side * float(um.max()) / contract.pixel_um, key)
        widths = float(contract.size or 0) * contract.pixel_um / um
    if widths.max(initial=0) > side:
        raise DataError(
            f"{key}: the image encoder wants windows {widths.max():.0f} px wide, but the fields "
            f"are read at {side} px; set {key}.size={CELL_SHARE * int(np.ceil(widths.max()))}, or "
            "a smaller image_encoder.contract.size."
        )
    return widths


def _check_not_enlarged(side: int, wanted: float, key: str) -> None:
    if wanted > ENLARGED * side:
        raise ConfigError(
            f"{key}: fields are read at {side} px, too coarse for the image encoder; "
            f"set {key}.size={int(np.ceil(wanted))}."
        )


def _cells(
    images: ImageSet,
    contract: ImageContract,
    widths: NDArray[np.float64],
    key: str,
    workers: int,
) -> tuple[Windows, tuple[str, ...]]:
    channel = images.channels.index(contract.nucleus)
    file = file_filled_by(images.pixels)
    work = partial(_nuclei_of, images.pixels if file is None else file, channel)
    rows = range(len(images.names))
    nuclei = list(spread(work, rows, "finding nuclei", 1 if file is None else workers))
    least = _least_areas(nuclei, images.pixel_um, contract)
    kept = [n.centres[n.inside & (n.areas >= low)] for n, low in zip(nuclei, least, strict=True)]
    counts = np.array([len(centres) for centres in kept])
    if not counts.sum():
        raise DataError(
            f"{key}: none of {len(counts)} fields shows a whole nucleus in channel "
            f"'{contract.nucleus}'; set image_encoder.contract.cells=false or .min_nucleus."
        )
    of_field = np.repeat(np.arange(len(counts)), counts)
    width = widths[of_field][:, None]
    corners = np.rint(np.concatenate(kept) + 0.5 - width / 2)
    corners = np.clip(corners, 0, images.pixels.shape[-1] - width)
    return Windows(of_field, corners, width[:, 0]), _notes(images, counts)


def _least_areas(
    nuclei: Sequence[Nuclei], pixel_um: NDArray[np.float64], contract: ImageContract
) -> NDArray[np.float64]:
    if contract.min_nucleus_um2 is not None:
        return np.asarray(contract.min_nucleus_um2 / pixel_um**2)
    if contract.min_nucleus is not None:
        return np.full(len(nuclei), float(contract.min_nucleus))
    return np.full(len(nuclei), MIN_SHARE * typical_area(list(nuclei)))


def _notes(images: ImageSet, counts: NDArray[np.int64]) -> tuple[str, ...]:
    empty = [name for name, n in zip(images.names, counts, strict=True) if not n]
    if not empty:
        return ()
    seen = {p for genes, n in zip(images.proteins, counts, strict=True) if n for p in genes}
    lost = sorted({p for genes in images.proteins for p in genes} - seen)
    note = f"{len(empty)} fields show no whole nucleus and were left out: {listed(empty)}"
    return (f"{note}; without a cell now: {listed(lost)}." if lost else f"{note}.",)


def _nuclei_of(pixels: NDArray[np.uint8] | Path, channel: int, row: int) -> Nuclei:
    return find_nuclei(np.asarray(_mapped(pixels)[row, channel]))


def _cut(
    images: ImageSet, windows: Windows, contract: ImageContract, file: Path, workers: int
) -> NDArray[np.uint8]:
    """Write the crops to a file, ``(K, C, size, size)``, and return it memory-mapped."""
    size = contract.size or round(float(windows.widths[0]))
    shape = (len(windows.rows), len(contract.channels), size, size)
    out = new_pixels(file, shape)
    chosen = [images.channels.index(name) for name in contract.channels]
    source = file_filled_by(images.pixels)
    work = partial(_cut_one, images.pixels if source is None else source, file, chosen)
    columns = (windows.rows, *windows.corners.T, windows.widths)
    items = list(enumerate(zip(*(column.tolist() for column in columns), strict=True)))
    what = "cutting cells" if contract.cells else "resizing fields"
    for _ in spread(work, items, what, 1 if source is None else workers):
        pass
    return out


def _cut_one(
    pixels: NDArray[np.uint8] | Path,
    target: Path,
    channels: list[int],
    item: tuple[int, tuple[int, float, float, float]],
) -> None:
    """Write one crop, ``(number, (row, top, left, width))``, to its position in a file."""
    number, (row, top, left, width) = item
    out = np.load(target, mmap_mode="r+")[number]
    field = _mapped(pixels)[row]
    for plane, channel in zip(out, channels, strict=True):
        plane[:] = _resized(field[channel], top, left, width, out.shape[-1])


def _mapped(pixels: NDArray[np.uint8] | Path) -> NDArray[np.uint8]:
    return np.load(pixels, mmap_mode="r") if isinstance(pixels, Path) else pixels


def _resized(
    plane: NDArray[np.uint8], top: float, left: float, width: float, size: int
) -> NDArray[np.uint8]:
    if width == size and top.is_integer() and left.is_integer():
        return plane[int(top) : int(top) + size, int(left) : int(left) + size]
    way = Image.Resampling.BOX if width >= size else Image.Resampling.BILINEAR
    box = (left, top, left + width, top + width)
    return np.asarray(Image.fromarray(np.ascontiguousarray(plane)).resize((size, size), way, box))


def _as_set(
    images: ImageSet, windows: Windows, contract: ImageContract, pixels: NDArray[np.uint8]
) -> ImageSet:
    rows = windows.rows.tolist()
    first = np.searchsorted(windows.rows, windows.rows)
    names = [
        f"{images.names[row]}#{k - f + 1}" if contract.cells else images.names[row]
        for k, (row, f) in enumerate(zip(rows, first.tolist(), strict=True))
    ]
    return ImageSet(
        tuple(names),
        tuple(images.proteins[row] for row in rows),
        tuple(images.antibodies[row] for row in rows),
        pixels,
        tuple(contract.channels),
        tuple(images.cell_lines[row] for row in rows),
        images.pixel_um[windows.rows] * windows.widths / pixels.shape[-1],
        images.fields[windows.rows],
    )
