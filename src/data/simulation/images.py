"""Simulated immunofluorescence: fields of view in four channels."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from ...artifacts import CHANNELS
from ...errors import check_room
from ...terminal.progress import tracked
from ...terminal.workers import in_processes
from .antibodies import Stainings
from .geometry import Plane, as_plane
from .stains import STAINS, stain
from .structures import Sheet
from .truth import Truth

FIELD = 128.0  # width of a field of view, in the units of `geometry`
SHEET = 1.5  # width of a sheet of cells, in fields: each field is a window of it
JPEG_QUALITY = 92
PIXELS_A_BYTE = 8  # at most, in a JPEG; 3 in the demo

CELL_SPREAD = 0.3  # log s.d. of the brightness of cells of one field
GAIN, GAIN_SPREAD = 0.75, 0.25  # brightness of a field of 0..1, and its log s.d.
DIFFUSE = 0.1  # brightness of what an antibody leaves all over the cell
BACKGROUND = 0.02  # light from nowhere
BLUR = 0.55  # s.d. of the optics, in units
PHOTONS = 150.0  # at full brightness

Cut = Callable[[NDArray[np.generic]], Plane]
"""Cuts a field of view out of a sheet."""


def write_images(
    folder: Path, truth: Truth, plan: Stainings, size: int, noise: float, workers: int
) -> None:
    """Paint all fields to ``<color>/<plate>_<well>_<sample>_<color>.jpg`` and list them.

    The sheets of cells are shared between processes, each with all fields that are windows of it,
    so that the result does not depend on their number.
    """
    check_room(folder, len(plan.protein) * len(CHANNELS) * size**2 // PIXELS_A_BYTE)
    for channel in CHANNELS:
        (folder / channel).mkdir(parents=True)
    _list_samples(folder / "samples.csv", truth, plan)
    names = tuple(place.name for place in truth.places)
    work = partial(_write_sheet, folder, plan, names, size, noise)
    sheets = range(len(plan.sheet_seed))
    painted = in_processes(work, [(sheet,) for sheet in sheets], workers)
    for _ in tracked(painted, "painting images", len(sheets)):
        pass


def _list_samples(path: Path, truth: Truth, plan: Stainings) -> None:
    header = "filename if_plate_id position sample status locations antibody ensembl_ids gene_names"
    with path.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(header.split())
        for row, protein in enumerate(plan.protein):
            name, gene = plan.name(row), truth.proteins[protein]
            shown = [place for place, _ in plan.shown(row)]
            seen = ",".join(dict.fromkeys(truth.places[k].location for k in shown))
            antibody, identifier = f"AB{plan.antibody[row] + 1:06d}", f"G{gene[1:]}"
            table.writerow([f"{name}_", *name.split("_"), 35, seen, antibody, identifier, gene])


def _write_sheet(
    folder: Path, plan: Stainings, names: Sequence[str], size: int, noise: float, sheet: int
) -> None:
    """Grow a sheet of cells and write all fields that are windows of it."""
    drawn = _Drawn.grow(size, int(plan.sheet_seed[sheet]))
    for row in np.flatnonzero(plan.sheet == sheet).tolist():
        rng = np.random.default_rng(int(plan.seed[row]))
        shown = plan.shown(row)
        pixels = drawn.photograph(
            [(names[k], b) for k, b in shown], plan.texture[row], size, noise, rng
        )
        for channel, plane in pixels.items():
            path = folder / channel / f"{plan.name(row)}_{channel}.jpg"
            Image.fromarray(plane).save(path, quality=JPEG_QUALITY)


@dataclass(frozen=True)
class _Drawn:
    """A sheet of cells, and the stains of it drawn so far."""

    sheet: Sheet
    seed: int
    planes: dict[str, Plane] = field(default_factory=dict)

    @classmethod
    def grow(cls, size: int, seed: int) -> _Drawn:
        rng = np.random.default_rng(seed)
        return cls(Sheet.grow(round(SHEET * size), size / FIELD, rng), seed)

    def plane(self, name: str) -> Plane:
        """Return a stain, drawn on its first use with chances of its own."""
        if name not in self.planes:
            rng = np.random.default_rng([self.seed, list(STAINS).index(name)])
            self.planes[name] = stain(name, self.sheet, rng)
        return self.planes[name]

    def photograph(
        self,
        shown: Sequence[tuple[str, float]],
        texture: NDArray[np.float64],
        size: int,
        noise: float,
        rng: np.random.Generator,
    ) -> dict[str, NDArray[np.uint8]]:
        """Return a field's ``(size, size)`` uint8 pixels of each channel."""
        sheet, cells = self.sheet, self.sheet.cells
        window = _window(len(cells.label), size, rng)
        green = _shading(sheet, texture, window)
        green *= np.sum([bright * window(self.plane(name)) for name, bright in shown], axis=0)
        diffuse = window(0.6 * cells.cytoplasm + 0.4 * cells.nucleus)
        green += DIFFUSE * np.exp(0.6 * texture[4]) * diffuse
        light = np.exp(noise * CELL_SPREAD * rng.standard_normal(len(cells.centre) + 1))
        green *= window(light[cells.label])
        planes: dict[str, Plane] = {
            "red": window(sheet.microtubules),
            "green": as_plane(green),
            "blue": window(sheet.chromatin),
            "yellow": window(sheet.reticulum),
        }
        return {name: _exposed(planes[name], cells.unit, noise, rng) for name in CHANNELS}


def _window(side: int, size: int, rng: np.random.Generator) -> Cut:
    """Return what cuts a field out of a sheet, at a random place, turned and flipped."""
    row, column = rng.integers(0, side - size + 1, 2)
    turns, flipped = int(rng.integers(4)), bool(rng.integers(2))

    def cut(plane: NDArray[np.generic]) -> Plane:
        part = as_plane(plane[row : row + size, column : column + size])
        return np.rot90(part.T if flipped else part, turns)

    return cut


def _shading(sheet: Sheet, texture: NDArray[np.float64], window: Cut) -> NDArray[np.float64]:
    """Return the texture of a complex as factors: a gradient, patches, grains."""
    mix = 0.25 * np.pi * (1 + np.tanh(texture[3]))
    log_factor = (
        0.9 * texture[0] * (0.5 - window(sheet.cells.way))
        + 0.25 * texture[1] * window(sheet.coarse)
        + 0.25
        * (texture[2] + 1)
        * (np.cos(mix) * window(sheet.fine) + np.sin(mix) * window(sheet.medium))
    )
    return np.asarray(np.exp(log_factor.clip(-2, 2)), np.float64)


def _exposed(
    plane: Plane, unit: float, noise: float, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return what the camera makes of a plane: blurred, in single photons, 8 bit."""
    gain = GAIN * np.exp(noise * GAIN_SPREAD * rng.standard_normal())
    blur = BLUR * unit * (0.5 + 0.5 * noise)
    light = ndimage.gaussian_filter(gain * plane, blur) + noise * BACKGROUND * rng.exponential()
    if noise > 0:
        # So many photons that a normal draw serves for a Poisson one, at a fifth of the time.
        grain = rng.standard_normal(light.shape, np.float32)
        light += np.sqrt(light.clip(0) * noise / PHOTONS) * grain
    return np.asarray(np.rint(255 * light.clip(0, 1)), np.uint8)
