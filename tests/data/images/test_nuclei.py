"""Nuclei are found where the simulator and plain discs have put them."""

import numpy as np
import pytest

from cytoweave.data.images.nuclei import Nuclei, find_nuclei, typical_area
from cytoweave.data.simulation.geometry import Cells
from cytoweave.data.simulation.images import FIELD, SHEET, _exposed
from cytoweave.data.simulation.structures import Sheet


def discs(*places: tuple[float, float, float], side: int = 256, light: int = 120) -> np.ndarray:
    """Return a plane with a bright disc at each (row, column, radius) on a dark ground."""
    rows, columns = np.mgrid[:side, :side]
    plane = np.full((side, side), 6.0)
    for row, column, radius in places:
        plane[np.hypot(rows - row, columns - column) < radius] = light
    noise = np.random.default_rng(0).normal(0, 2, plane.shape)
    return np.clip(plane + noise, 0, 255).astype(np.uint8)


def test_discs_are_found_with_their_place_and_area() -> None:
    result = find_nuclei(discs((60, 70, 15), (150, 180, 22), (3, 120, 15)))
    order = np.argsort(result.areas)
    assert result.inside[order].tolist() == [False, True, True]
    assert np.abs(result.centres[order][1:] - [[60, 70], [150, 180]]).max() < 1
    assert result.areas[order][1:] == pytest.approx(np.pi * np.array([15, 22]) ** 2, rel=0.06)


def test_a_large_field_gives_places_in_its_own_pixels() -> None:
    result = find_nuclei(discs((500, 900, 60), (900, 300, 60), side=1024))
    assert np.abs(result.centres - [[500, 900], [900, 300]]).max() < 2


def test_touching_nuclei_are_parted_and_an_oval_is_not() -> None:
    assert len(find_nuclei(discs((100, 100, 16), (100, 129, 16))).areas) == 2
    rows, columns = np.mgrid[:256, :256]
    oval = np.hypot((rows - 128) / 1.8, columns - 128) < 15
    assert len(find_nuclei(np.where(oval, 120, 6).astype(np.uint8)).areas) == 1


@pytest.mark.parametrize("light", [6, 9])
def test_an_empty_field_has_no_nucleus(light: int) -> None:
    assert len(find_nuclei(discs((100, 100, 30), light=light)).areas) == 0
    assert len(find_nuclei(np.zeros((64, 64), np.uint8)).areas) == 0


def test_the_typical_nucleus_is_no_speck() -> None:
    specks = Nuclei(np.zeros((40, 2)), np.full(40, 12.0), np.ones(40, bool))
    whole = Nuclei(np.zeros((9, 2)), np.full(9, 400.0), np.ones(9, bool))
    cut = Nuclei(np.zeros((9, 2)), np.full(9, 9000.0), np.zeros(9, bool))
    assert typical_area([specks, whole, cut]) == 400
    assert np.isnan(typical_area([cut]))


def simulated(seed: int, size: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """Return the true nuclei, numbered, and the blue channel of a simulated field."""
    random = np.random.default_rng(seed)
    sheet = Sheet.grow(round(SHEET * size), size / FIELD, random)
    cells: Cells = sheet.cells
    truth = np.where(cells.nucleus > 0.5, cells.label, 0)[:size, :size]
    return truth, _exposed(sheet.chromatin[:size, :size], cells.unit, 1.0, random)


def test_simulated_nuclei_are_found() -> None:
    """The simulator's geometry is the oracle; 95 % of 255 nuclei were found in 60 other fields."""
    whole, right, wrong = 0, 0, 0
    for seed in range(5):
        truth, blue = simulated(seed)
        rim = np.concatenate([truth[0], truth[-1], truth[:, 0], truth[:, -1]])
        expected = set(np.unique(truth).tolist()) - set(rim.tolist()) - {0}
        result = find_nuclei(blue)
        kept = result.inside & (result.areas > 0.25 * typical_area([result]))
        rows, columns = np.rint(result.centres[kept]).astype(int).T
        hit = truth[rows, columns].tolist()
        whole += len(expected)
        right += len(expected & set(hit))
        wrong += len(hit) - len(expected & set(hit))
    assert whole > 15
    assert right >= 0.9 * whole
    assert wrong <= 0.15 * whole
