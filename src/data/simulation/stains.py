"""Simulated stains of sub-compartments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .geometry import Plane, as_plane, smooth_noise
from .structures import Sheet, filaments, filled, labels_at, places, spots


def stain(name: str, sheet: Sheet, rng: np.random.Generator) -> Plane:
    """Return the stain of a sub-compartment, ``(L, L)``, about 0..1.

    Sub-compartments that a light microscope hardly resolves, such as the mitochondrial membranes,
    have similar stains.
    """
    return as_plane(STAINS[name](sheet, rng))


def _nucleoplasm(s: Sheet) -> Plane:
    return as_plane(s.cells.nucleus * (1 - 0.75 * s.nucleoli) * (0.85 + 0.08 * s.fine))


def _fibrillar_center(s: Sheet, rng: np.random.Generator) -> Plane:
    dots = spots(s.cells, rng, per_cell=9, size=0.8, odds=s.nucleoli)
    return as_plane(1.2 * dots * s.cells.nucleus + 0.2 * s.nucleoli)


def _speckles(s: Sheet, rng: np.random.Generator) -> Plane:
    grain = smooth_noise(len(s.cells.label), 1.15 * s.cells.unit, rng)
    blobs = np.clip((grain - 0.75) / 0.6, 0, 1.2)
    inner = np.clip((0.95 - s.cells.nuclear) / 0.1, 0, 1)
    return as_plane(blobs * inner * (1 - s.nucleoli) + 0.22 * _nucleoplasm(s))


def _nuclear_bodies(s: Sheet, rng: np.random.Generator) -> Plane:
    inner = ((s.cells.nuclear < 0.85) * (1 - s.nucleoli)).astype(np.float32)
    return as_plane(
        1.2 * spots(s.cells, rng, per_cell=6, size=0.9, odds=inner) + 0.12 * _nucleoplasm(s)
    )


def _nuclear_membrane(s: Sheet) -> Plane:
    rim = np.exp(-(((s.cells.nuclear - 1.0) / 0.08) ** 2)) * (s.cells.label > 0)
    return as_plane(rim + 0.15 * s.cells.nucleus)


def _soluble_cytosol(s: Sheet) -> Plane:
    thick = 1 - 0.55 * s.cells.way
    body = thick * (0.9 + 0.06 * s.medium + 0.05 * s.fine) * s.cells.cytoplasm
    return as_plane(body + 0.3 * _nucleoplasm(s))


def _ribosomes(s: Sheet) -> Plane:
    grains = np.clip(0.55 + 0.35 * s.fine, 0, 1.4)
    body = grains * (1.1 - 0.7 * s.cells.way) * s.cells.cytoplasm
    return as_plane(body + 0.5 * s.nucleoli)


def _cytoplasmic_bodies(s: Sheet, rng: np.random.Generator) -> Plane:
    dots = spots(s.cells, rng, per_cell=12, size=1.0, odds=s.cells.cytoplasm)
    return as_plane(1.2 * dots * s.cells.cell + 0.18 * _soluble_cytosol(s))


def _inner_membrane(s: Sheet) -> Plane:
    return as_plane(s.tubules * np.clip(0.85 + 0.5 * s.fine, 0.1, 1.6))


def _outer_membrane(s: Sheet) -> Plane:
    wide = ndimage.gaussian_filter(s.tubules, 0.9 * s.cells.unit)
    return as_plane(filled((1.5 * wide - 0.35 * s.tubules).clip(0) * s.cells.cell))


def _er_lumen(s: Sheet) -> Plane:
    return as_plane(s.reticulum * (1.25 - 0.75 * s.cells.way) * (0.9 + 0.2 * s.medium).clip(0.2, 2))


def _golgi(s: Sheet, rng: np.random.Generator, *, spread: float, scattered: float) -> Plane:
    """Return a ribbon at one side of the nucleus, near the centrosome."""
    c = s.cells
    away = (c.nuclear - 1.28) / (0.22 * spread)
    region = np.exp(-(away**2)) * np.clip((c.side - (1 - 0.42 * spread)) / 0.25, 0, 1)
    ribbon = np.exp(-((smooth_noise(len(c.label), 1.5 * c.unit, rng) / 0.45) ** 2))
    near = region.clip(0, 1).astype(np.float32) * c.cytoplasm
    odds = (0.03 + near) * c.cytoplasm * (1 - c.way)
    vesicles = spots(c, rng, per_cell=30 * scattered, size=0.7, odds=odds)
    return as_plane((1.3 * near * (0.25 + ribbon) + 0.8 * scattered * vesicles).clip(0, 1.5))


def _endosomes(s: Sheet, rng: np.random.Generator) -> Plane:
    odds = s.cells.cytoplasm * (0.3 + s.cells.way)
    return as_plane(spots(s.cells, rng, per_cell=70, size=0.75, odds=odds, unequal=0.8))


def _lysosomes(s: Sheet, rng: np.random.Generator) -> Plane:
    odds = s.cells.cytoplasm * np.exp(-s.cells.way / 0.3) * (1.2 + s.cells.side)
    return as_plane(spots(s.cells, rng, per_cell=35, size=1.25, odds=odds.clip(0), unequal=0.5))


def _peroxisomes(s: Sheet, rng: np.random.Generator) -> Plane:
    odds = s.cells.cytoplasm * (1 - 0.6 * s.cells.way)
    return as_plane(spots(s.cells, rng, per_cell=110, size=0.6, odds=odds, unequal=0.2))


def _cell_surface(s: Sheet) -> Plane:
    c = s.cells
    rim = np.exp(-c.depth / (1.3 * c.unit)) * (c.label > 0) * (0.8 + 0.3 * s.medium).clip(0.2, 2)
    ruffles = np.clip(s.fine - 1.0, 0, 1) * (c.way > 0.6) * c.cytoplasm
    return as_plane(rim + 0.5 * ruffles + 0.16 * c.cell)


def _cell_junctions(s: Sheet) -> Plane:
    return as_plane(s.cells.contact * (0.9 + 0.35 * s.fine).clip(0.1, 2) + 0.08 * s.cells.cell)


def _focal_adhesions(s: Sheet, rng: np.random.Generator) -> Plane:
    """Return short streaks near the outline, pointing outwards."""
    c = s.cells
    border = np.exp(-(((c.depth - 3.5 * c.unit) / (2.2 * c.unit)) ** 2)) * c.cytoplasm
    at = places(border, int(rng.poisson(18 * len(c.centre))), rng)
    out = at - c.centre[labels_at(c, at) - 1]
    out /= np.linalg.norm(out, axis=1, keepdims=True) + 1e-9
    length = np.linspace(-2.2, 2.2, 12) * c.unit
    path = np.rint(at[:, None] + length[:, None] * out[:, None]).astype(np.int64)
    path = path.clip(0, len(c.label) - 1)
    drawn = np.zeros(c.label.shape, np.float32)
    drawn[path[..., 0], path[..., 1]] = 1
    return as_plane(
        ndimage.gaussian_filter(drawn, 0.5 * c.unit) * 1.3 * c.cell + 0.1 * _soluble_cytosol(s)
    )


def _centrosome(s: Sheet, rng: np.random.Generator) -> Plane:
    """Return a pair of bright dots in each cell."""
    c = s.cells
    drawn = np.zeros(c.label.shape)
    pair = np.concatenate([c.hub, c.hub + 1.6 * c.unit * rng.standard_normal(c.hub.shape)])
    row, column = np.rint(pair).astype(np.int64).clip(0, len(c.label) - 1).T
    drawn[row, column] = 1
    size = 0.95 * c.unit
    dots = ndimage.gaussian_filter(drawn, size) * 2 * np.pi * size**2
    return as_plane(1.3 * dots.clip(0, 1) + 0.16 * _soluble_cytosol(s))


def _actin_filaments(s: Sheet) -> Plane:
    """Return parallel stress fibres along each cell's axis, and the cortex."""
    c = s.cells
    rows, columns = np.mgrid[: len(c.label), : len(c.label)]
    axis = c.axis[np.maximum(c.label - 1, 0)]
    across = (np.cos(axis) * rows - np.sin(axis) * columns) / c.unit
    stripes = np.cos(2 * np.pi * across / 3.6 + 1.4 * s.coarse)
    fibres = np.clip(stripes - 0.45, 0, 1) / 0.55 * np.clip(0.75 + 0.5 * s.medium, 0, 1.3)
    cortex = np.exp(-c.depth / (1.1 * c.unit)) * (c.label > 0)
    return as_plane((0.75 * fibres * c.cell * (0.45 + 0.55 * c.way) + 0.8 * cortex).clip(0, 1.4))


def _intermediate_filaments(s: Sheet, rng: np.random.Generator) -> Plane:
    """Return wavy filaments, a cage around the nucleus."""
    odds = s.cells.cytoplasm * np.exp(-s.cells.way / 0.22)
    starts = places(odds, 75 * len(s.cells.hub), rng)
    cage = filaments(s.cells, starts, rng, bend=0.26, steps=34)
    return filled(cage * (1.2 - s.cells.way) * s.cells.cytoplasm)


STAINS: dict[str, Callable[[Sheet, np.random.Generator], NDArray[np.floating]]] = {
    "nucleoplasm": lambda s, _: _nucleoplasm(s),
    "chromatin": lambda s, _: s.chromatin,
    "nucleoli": lambda s, _: s.nucleoli + 0.14 * _nucleoplasm(s),
    "fibrillar_center": _fibrillar_center,
    "speckles": _speckles,
    "nuclear_bodies": _nuclear_bodies,
    "nuclear_membrane": lambda s, _: _nuclear_membrane(s),
    "soluble_cytosol": lambda s, _: _soluble_cytosol(s),
    "ribosomes": lambda s, _: _ribosomes(s),
    "cytoplasmic_bodies": _cytoplasmic_bodies,
    "mitochondrial_matrix": lambda s, _: s.tubules,
    "inner_membrane": lambda s, _: _inner_membrane(s),
    "outer_membrane": lambda s, _: _outer_membrane(s),
    "er_membrane": lambda s, _: s.reticulum,
    "er_lumen": lambda s, _: _er_lumen(s),
    "cis_golgi": lambda s, rng: _golgi(s, rng, spread=1.0, scattered=0.2),
    "trans_golgi": lambda s, rng: _golgi(s, rng, spread=1.25, scattered=1.0),
    "endosomes": _endosomes,
    "lysosomes": _lysosomes,
    "peroxisomes": _peroxisomes,
    "cell_surface": lambda s, _: _cell_surface(s),
    "cell_junctions": lambda s, _: _cell_junctions(s),
    "focal_adhesions": _focal_adhesions,
    "microtubules": lambda s, _: s.microtubules,
    "centrosome": _centrosome,
    "actin_filaments": lambda s, _: _actin_filaments(s),
    "intermediate_filaments": _intermediate_filaments,
}
