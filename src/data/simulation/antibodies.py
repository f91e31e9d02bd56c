"""Simulated antibodies: targets, brightness, off-target staining and textures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .truth import Truth

SHEETS, FIELDS_PER_SHEET = 48, 12  # at most so many sheets of cells, one for so many fields
WELLS = tuple(f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13))

SECOND_PLACE = (0.4, 1.0)  # brightness of a protein's second place over its first
TEXTURES = 5  # gradient, patchiness, graininess, grain size, diffuse share
TEXTURE_PROTEIN = 0.7  # s.d. of a protein's texture around its complex's, whose own s.d. is 1
TEXTURE_ANTIBODY = 0.7  # s.d. of an antibody's around its protein's
OFF_TARGET, OFF_BRIGHTNESS = 0.5, (0.2, 1.0)  # chance that an antibody stains another place, too
FAILED, FAILED_BRIGHTNESS = 0.12, 0.2  # chance that it hardly stains its target


@dataclass(frozen=True)
class Stainings:
    """Staining plan, one row per field of view.

    Attributes:
        protein: ``(I,)`` row of the protein that the antibody was made for.
        antibody: ``(I,)`` number of the antibody; its fields show the same places.
        sample: ``(I,)`` number of the field among those of its antibody.
        place: ``(I, 3)`` main, second and off-target place, rows of the truth's places.
        bright: ``(I, 3)`` brightness of each, 0 where there is none.
        texture: ``(I, 5)`` about standard normal; see `TEXTURES`.
        sheet: ``(I,)`` the sheet of cells that the field is a window of.
        seed: ``(I,)`` seed of the field's own noise.
        sheet_seed: ``(sheets,)`` seed of each sheet.
    """

    protein: NDArray[np.int64]
    antibody: NDArray[np.int64]
    sample: NDArray[np.int64]
    place: NDArray[np.int64]
    bright: NDArray[np.float64]
    texture: NDArray[np.float64]
    sheet: NDArray[np.int64]
    seed: NDArray[np.int64]
    sheet_seed: NDArray[np.int64]

    def shown(self, field: int) -> list[tuple[int, float]]:
        """Return the sub-compartments stained in a field, with the brightness of each."""
        lit = np.flatnonzero(self.bright[field])
        return [(int(self.place[field, k]), float(self.bright[field, k])) for k in lit]

    def name(self, field: int) -> str:
        """Return ``<plate>_<well>_<sample>``: each antibody has a well of its own."""
        plate, well = divmod(int(self.antibody[field]), len(WELLS))
        return f"{plate + 1}_{WELLS[well]}_{self.sample[field] + 1}"


def plan_stainings(
    truth: Truth,
    imaged: NDArray[np.bool_],
    images_per_protein: int,
    noise: float,
    rng: np.random.Generator,
    images_per_antibody: int = 1,
) -> Stainings:
    """Draw the antibodies of each imaged protein, their fields, and all random variation.

    Proteins of one complex share a texture, so that a field is informative mostly on the
    compartment, less on the sub-compartment and a little on the complex.
    """
    own = _textures(truth, noise, rng)
    which, sample = np.divmod(np.arange(images_per_protein), images_per_antibody)
    targets = np.repeat(np.flatnonzero(imaged), which[-1] + 1)
    place, bright = _targets(truth, targets, noise, rng)
    texture = own[targets] + noise * TEXTURE_ANTIBODY * rng.standard_normal(
        (len(targets), TEXTURES)
    )
    antibody = np.arange(len(targets)).reshape(-1, which[-1] + 1)[:, which].ravel()
    count = len(antibody)
    sheets = int(np.clip(count // FIELDS_PER_SHEET, 1, SHEETS))
    return Stainings(
        targets[antibody],
        antibody,
        np.resize(sample, count),
        place[antibody],
        bright[antibody],
        texture[antibody],
        rng.permutation(count) % sheets,
        rng.integers(2**62, size=count),
        rng.integers(2**62, size=sheets),
    )


def _targets(
    truth: Truth, protein: NDArray[np.int64], noise: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return each antibody's main, second and off-target place, and the brightness of each."""
    second = _second_place(truth)[protein]
    shade = rng.uniform(*SECOND_PLACE, len(truth.proteins))[protein] * (second >= 0)
    failed = rng.random(len(protein)) < 1 - (1 - FAILED) ** noise
    astray = (rng.random(len(protein)) < 1 - (1 - OFF_TARGET) ** noise) | failed
    shares = np.diff(truth.homes.indptr) / truth.homes.nnz
    elsewhere = rng.choice(len(shares), len(protein), p=shares)
    target = np.where(failed, FAILED_BRIGHTNESS, 1.0)
    off_target = rng.uniform(*OFF_BRIGHTNESS, len(protein)) * astray
    place = np.stack([truth.main_place[protein], np.maximum(second, 0), elsewhere], axis=1)
    return place, np.stack([target, target * shade, off_target], axis=1)


def _textures(truth: Truth, noise: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the ``(N, 5)`` textures of proteins, similar within a complex."""
    n, complexes = len(truth.proteins), truth.complexes
    of_complex = rng.standard_normal((complexes.shape[0], TEXTURES))
    alone = rng.standard_normal((n, TEXTURES))
    member = np.repeat(np.arange(complexes.shape[0]), np.diff(complexes.indptr))
    at_home = truth.complex_place[member] == truth.main_place[complexes.indices]
    alone[complexes.indices[at_home]] = of_complex[member[at_home]]
    return alone + noise * TEXTURE_PROTEIN * rng.standard_normal((n, TEXTURES))


def _second_place(truth: Truth) -> NDArray[np.int64]:
    """Return each protein's place besides the main one, -1 where there is none."""
    homes = truth.homes.tocoo()
    other = homes.row != truth.main_place[homes.col]
    second = np.full(len(truth.proteins), -1)
    second[homes.col[other]] = homes.row[other]
    return second
