"""Structures of simulated cells, of which stains are composed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .geometry import Cells, Plane, as_plane, grow_cells, smooth_noise


@dataclass(frozen=True)
class Sheet:
    """A sheet of cells with the structures that several stains share; all ``(L, L)``, about 0..1.

    Attributes:
        cells: Their shapes.
        coarse: Noise of a grain of 6 units, mean 0, s.d. 1.
        medium: The same of 2.2 units.
        fine: The same of 1 unit.
        nucleoli: Large round bodies in nuclei.
        chromatin: DNA, the blue channel.
        tubules: Mitochondria.
        reticulum: Endoplasmic reticulum, the yellow channel.
        microtubules: The red channel.
    """

    cells: Cells
    coarse: Plane
    medium: Plane
    fine: Plane
    nucleoli: Plane
    chromatin: Plane
    tubules: Plane
    reticulum: Plane
    microtubules: Plane

    @classmethod
    def grow(cls, side: int, unit: float, rng: np.random.Generator) -> Sheet:
        """Draw a sheet of `side` pixels, `unit` pixels to the unit of length."""
        cells = grow_cells(side, unit, rng)
        coarse, medium, fine = (smooth_noise(side, grain * unit, rng) for grain in (6, 2.2, 1))
        nucleoli = _nucleoli(cells, rng)
        return cls(
            cells,
            coarse,
            medium,
            fine,
            nucleoli,
            _chromatin(cells, nucleoli, medium, fine),
            _tubules(cells, rng),
            _reticulum(cells, rng),
            _microtubules(cells, rng),
        )


def _nucleoli(cells: Cells, rng: np.random.Generator) -> Plane:
    """Return 1 to 4 large round bodies in each nucleus."""
    rows, columns = np.mgrid[: len(cells.label), : len(cells.label)]
    body = np.zeros(cells.label.shape, np.float32)
    for centre, radius in zip(cells.centre, cells.radius, strict=True):
        for _ in range(rng.integers(1, 5)):
            turn, out = rng.uniform(0, 2 * np.pi), 0.62 * radius * np.sqrt(rng.random())
            row, column = centre + out * np.array([np.sin(turn), np.cos(turn)])
            size = radius * rng.uniform(0.17, 0.30)
            oval = rng.uniform(0.75, 1.3)
            away = np.hypot((rows - row) * oval, (columns - column) / oval) / size
            body = np.maximum(body, np.clip((1.15 - away) / 0.3, 0, 1).astype(np.float32))
    return body * cells.nucleus


def _chromatin(cells: Cells, nucleoli: Plane, medium: Plane, fine: Plane) -> Plane:
    """Return clumped chromatin, dense at the envelope and around the nucleoli."""
    rim = np.exp(-(((cells.nuclear - 0.93) / 0.09) ** 2))
    around = ndimage.gaussian_filter(nucleoli, 1.2 * cells.unit) * (1 - nucleoli)
    level = 0.62 + 0.22 * medium + 0.12 * fine + 0.25 * rim + 0.35 * around
    return as_plane(level.clip(0.1, 1.6) * (1 - 0.8 * nucleoli) * cells.nucleus)


def _tubules(cells: Cells, rng: np.random.Generator) -> Plane:
    """Return broken, winding threads throughout the cytoplasm, densest around the nucleus."""
    side, unit = len(cells.label), cells.unit
    thread = np.exp(-((smooth_noise(side, 1.7 * unit, rng) / 0.28) ** 2))
    pieces = np.clip(1.2 * smooth_noise(side, 3.0 * unit, rng) + 1.3, 0, 1)
    return filled(thread * pieces * (1 - 0.75 * cells.way) * cells.cytoplasm)


def _reticulum(cells: Cells, rng: np.random.Generator) -> Plane:
    """Return a fine meshwork, dense around the nucleus and fading to the outline."""
    side, unit = len(cells.label), cells.unit
    mesh = np.exp(-((smooth_noise(side, 1.3 * unit, rng) / 0.45) ** 2))
    dense = np.exp(-cells.way / 0.45)
    holes = np.clip(1.1 - 0.5 * smooth_noise(side, 1.2 * unit, rng).clip(0, 3), 0.15, 1)
    envelope = np.exp(-(((cells.nuclear - 1.03) / 0.06) ** 2))
    body = (0.35 + 0.65 * mesh) * holes * dense * cells.cytoplasm
    return filled(body + 0.3 * envelope * (cells.label > 0))


def _microtubules(cells: Cells, rng: np.random.Generator) -> Plane:
    """Return a mesh of long filaments, denser at the centrosome and around the nucleus."""
    spread = 30
    from_hub = np.repeat(cells.hub, spread, axis=0)
    from_hub = from_hub + 4.0 * cells.unit * rng.standard_normal(from_hub.shape)
    odds = cells.cytoplasm * np.exp(-cells.way / 0.5)
    elsewhere = places(odds, 70 * len(cells.hub), rng)
    lines = filaments(cells, np.concatenate([from_hub, elsewhere]), rng, bend=0.07, steps=55)
    haze = ndimage.gaussian_filter(lines, 2.0 * cells.unit)
    return filled((lines + 0.5 * haze) * cells.cell * (1 - 0.75 * cells.nucleus))


def filaments(
    cells: Cells,
    starts: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    bend: float,
    steps: int,
) -> Plane:
    """Return curved filaments that leave the given places in any direction and end with the cell.

    Args:
        cells: The sheet.
        starts: ``(F, 2)`` rows and columns.
        rng: Random generator.
        bend: Change of direction per step, radians.
        steps: Length in steps of 0.7 units.
    """
    home = labels_at(cells, starts[:, None])
    drift = rng.normal(0, bend, (len(starts), steps)) + rng.normal(0, bend / 3, (len(starts), 1))
    heading = rng.uniform(0, 2 * np.pi, (len(starts), 1)) + np.cumsum(drift, axis=1)
    strides = 0.7 * cells.unit * np.stack([np.sin(heading), np.cos(heading)], axis=-1)
    path = starts[:, None] + np.cumsum(strides, axis=1)
    within = np.logical_and.accumulate(labels_at(cells, path) == home, axis=1) & (home > 0)
    row, column = np.rint(path[within]).astype(np.int64).T
    drawn = np.bincount(row * len(cells.label) + column, minlength=cells.label.size)
    image = np.sqrt(drawn.reshape(cells.label.shape).astype(np.float32))
    return as_plane(ndimage.gaussian_filter(image, 0.45 * cells.unit))


def labels_at(cells: Cells, path: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the cell at each place of ``(F, steps, 2)``; 0 off the sheet."""
    pixel = np.rint(path).astype(np.int64)
    on_sheet = ((pixel >= 0) & (pixel < len(cells.label))).all(axis=-1)
    row, column = np.where(on_sheet, np.moveaxis(pixel, -1, 0), 0)
    return np.where(on_sheet, cells.label[row, column], 0)


def places(
    odds: NDArray[np.floating], number: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return ``(number, 2)`` rows and columns drawn in proportion to the odds of each pixel."""
    ends = np.cumsum(odds.ravel(), dtype=np.float64)
    pixel = np.searchsorted(ends, rng.random(number) * ends[-1], side="right")
    pixel = pixel.clip(max=odds.size - 1)
    return np.stack(np.divmod(pixel, odds.shape[1]), axis=1).astype(np.float64)


def spots(
    cells: Cells,
    rng: np.random.Generator,
    *,
    per_cell: float,
    size: float,
    odds: Plane,
    unequal: float = 0.4,
) -> Plane:
    """Return round spots of `size` units at places drawn in proportion to `odds`."""
    number = int(rng.poisson(per_cell * len(cells.centre)))
    row, column = places(odds, number, rng).astype(np.int64).T
    bright = np.exp(unequal * rng.standard_normal(number))
    drawn = np.bincount(row * odds.shape[1] + column, bright, minlength=odds.size)
    image = ndimage.gaussian_filter(drawn.reshape(odds.shape), size * cells.unit)
    peak = 1 / (2 * np.pi * (size * cells.unit) ** 2)
    return as_plane((image / peak).clip(0, 2) / 1.5)


def filled(plane: NDArray[np.floating]) -> Plane:
    """Scale a plane so that its bright structures are near 1."""
    bright = plane[plane > 0.05 * plane.max()]
    return as_plane((plane / np.quantile(bright, 0.95)).clip(0, 1.4))
