"""Geometry of simulated cells: outlines, nuclei, and coordinates of pixels in cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Plane = NDArray[np.float32]

CELL_RADIUS = 26.0  # mean, in units: a field is 128 units wide whatever its pixels
NUCLEUS_SHARE = 0.46  # radius of a nucleus over that of its cell
SPACING = 40.0  # least distance of two cells' centres, in units
OUTSIDE_DISTANCE = 1e3  # distance for "in no cell"


def as_plane(values: NDArray[np.generic]) -> Plane:
    """Return values as single precision."""
    return np.asarray(values, np.float32)


@dataclass(frozen=True)
class Cells:
    """A sheet of cells, larger than a field of view.

    Attributes:
        unit: Pixels per unit of length; a field of view is 128 units wide.
        label: ``(L, L)`` number of the cell at each pixel, 0 outside of all.
        centre: ``(C, 2)`` centres of the nuclei, row and column.
        axis: ``(C,)`` direction of each cell's long axis, radians.
        radius: ``(C,)`` of each nucleus, in pixels.
        nuclear: ``(L, L)`` distance from the nucleus's centre over its radius in that direction.
        depth: ``(L, L)`` pixels to the cell's outline; 0 outside.
        contact: ``(L, L)`` 1 at outlines shared with another cell, falling to 0 within 3 units.
        way: ``(L, L)`` 0 at the nucleus to 1 at the outline; inside the nucleus 0 at its centre
            to 1 at its envelope.
        side: ``(L, L)`` cosine of the angle, seen from the nucleus, to the centrosome.
        hub: ``(C, 2)`` centrosomes, row and column.
    """

    unit: float
    label: NDArray[np.int64]
    centre: NDArray[np.float64]
    axis: NDArray[np.float64]
    radius: NDArray[np.float64]
    nuclear: Plane
    depth: Plane
    contact: Plane
    way: Plane
    side: Plane
    hub: NDArray[np.float64]

    @property
    def cell(self) -> Plane:
        """Return 1 inside cells, 0 outside, over a soft edge."""
        return as_plane(np.clip(self.depth / self.unit, 0, 1))

    @property
    def nucleus(self) -> Plane:
        """Return 1 inside nuclei, 0 outside, over a soft edge."""
        return as_plane(_soft(1 - self.nuclear, 0.08) * (self.label > 0))

    @property
    def cytoplasm(self) -> Plane:
        """Return 1 between nucleus and outline, 0 elsewhere, over soft edges."""
        return as_plane(self.cell * (1 - self.nucleus))


def grow_cells(side: int, unit: float, rng: np.random.Generator) -> Cells:
    """Draw a sheet of cells of `side` pixels, `unit` pixels to the unit of length."""
    seeds = _scattered(side, SPACING * unit, rng)
    count = len(seeds)
    axis = rng.uniform(0, np.pi, count)
    stretch = rng.uniform(1.0, 1.45, count)
    radius = unit * CELL_RADIUS * rng.uniform(0.85, 1.25, count)
    outline = _shape(side, seeds, axis, stretch, radius, 0.10, rng)
    label = outline.argmin(axis=0) + 1
    label[outline.min(axis=0) > 1] = 0
    nuclear_radius = NUCLEUS_SHARE * radius * rng.uniform(0.9, 1.1, count)
    centre = seeds + 0.12 * radius[:, None] * rng.standard_normal((count, 2)).clip(-1.5, 1.5)
    nuclei = _shape(side, centre, axis, np.sqrt(stretch), nuclear_radius, 0.04, rng)
    inside = np.maximum(label - 1, 0)
    nuclear = np.take_along_axis(nuclei, inside[None], axis=0)[0]
    nuclear = as_plane(np.where(label > 0, nuclear, OUTSIDE_DISTANCE))
    depth, contact = _outlines(label, unit)
    turn = rng.uniform(0, 2 * np.pi, count)
    hub = centre + 1.25 * nuclear_radius[:, None] * np.stack([np.sin(turn), np.cos(turn)], axis=1)
    rows, columns = np.mgrid[:side, :side]
    angle = np.arctan2(rows - centre[inside, 0], columns - centre[inside, 1])
    return Cells(
        unit,
        label,
        centre,
        axis,
        nuclear_radius,
        nuclear,
        depth,
        contact,
        _way(nuclear, depth, nuclear_radius[inside]),
        as_plane(np.cos(angle - turn[inside])),
        hub,
    )


def smooth_noise(side: int, scale: float, rng: np.random.Generator) -> Plane:
    """Return ``(side, side)`` Gaussian noise of mean 0, s.d. 1 and a grain of `scale` pixels."""
    noise = ndimage.gaussian_filter(
        rng.standard_normal((side, side)).astype(np.float32), scale, mode="wrap"
    )
    return as_plane((noise - noise.mean()) / noise.std())


def _scattered(side: int, spacing: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Throw points on the sheet until no more fit at the given spacing."""
    points = np.empty((0, 2))
    for thrown in rng.uniform(0, side, (60 * int((side / spacing) ** 2), 2)):
        if not len(points) or ((points - thrown) ** 2).sum(axis=1).min() > spacing**2:
            points = np.vstack([points, thrown])
    return points


def _shape(
    side: int,
    centre: NDArray[np.float64],
    axis: NDArray[np.float64],
    stretch: NDArray[np.float64],
    radius: NDArray[np.float64],
    roughness: float,
    rng: np.random.Generator,
) -> Plane:
    """Return ``(C, L, L)`` distances from each centre over the radius in that direction."""
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    down = rows - centre[:, 0, None, None].astype(np.float32)
    across = columns - centre[:, 1, None, None].astype(np.float32)
    cosine, sine = (f(axis).astype(np.float32)[:, None, None] for f in (np.cos, np.sin))
    along = (cosine * across + sine * down) / stretch.astype(np.float32)[:, None, None]
    aside = (cosine * down - sine * across) * stretch.astype(np.float32)[:, None, None]
    away = np.hypot(along, aside)
    direction = (along + 1j * aside) / np.maximum(away, 1e-6)  # its k-th power is a k-fold wave
    wave, power = np.ones_like(away), direction
    for order in (2, 3, 4, 5):
        power = power * direction
        size = roughness * rng.standard_normal(len(centre)) * 2 / order
        turned = size * np.exp(1j * rng.uniform(0, 2 * np.pi, len(centre)))
        wave += (turned.astype(np.complex64)[:, None, None] * power).real
    return as_plane(away / (radius[:, None, None] * wave.clip(0.5, 1.6)))


def _outlines(label: NDArray[np.int64], unit: float) -> tuple[Plane, Plane]:
    """Return the depth inside cells, and nearness to outlines that touch another cell."""
    highest = ndimage.maximum_filter(label, 3)
    lowest = ndimage.minimum_filter(np.where(label > 0, label, label.max() + 1), 3)
    touching = (highest != lowest) & (highest > 0) & (lowest <= label.max()) & (label > 0)
    edge = ndimage.minimum_filter(label, 3) != highest
    depth = ndimage.distance_transform_edt((label > 0) & ~edge)
    if touching.any():
        away = ndimage.distance_transform_edt(~touching)
    else:
        away = np.full(label.shape, OUTSIDE_DISTANCE)
    near = np.exp(-((away / (1.1 * unit)) ** 2)) * (label > 0)
    return as_plane(depth), as_plane(near)


def _way(nuclear: Plane, depth: Plane, radius: NDArray[np.float64]) -> Plane:
    outside = np.maximum(nuclear - 1, 0) * radius
    way = np.where(nuclear < 1, nuclear, outside / (outside + depth + 1e-3))
    return as_plane(way.clip(0, 1))


def _soft(value: Plane, width: float) -> Plane:
    return as_plane(np.clip(value / width + 0.5, 0, 1))
