"""Interface metrics against loops over residues that follow the published formulae."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from cytoweave.applications.structures.complexes import Complex
from cytoweave.applications.structures.scores.coordinates import read_coordinates
from cytoweave.applications.structures.scores.metrics import (
    Direction,
    Interface,
    clashes,
    confidence,
    distance_scale,
)
from cytoweave.errors import DataError

from .conftest import Dimer


def complex_of(dimer: Dimer) -> Complex:
    return Complex(
        "one", "0", "1", "x", read_coordinates("a.cif", dimer.cif()), dimer.pae, 0.6, 0.7
    )


def loop_ipsae(pae: NDArray[np.float64], kind: str) -> float:
    rows, columns = pae.shape
    near_rows = {i for i in range(rows) if (pae[i] < 10).any()}
    near_columns = {j for j in range(columns) if (pae[:, j] < 10).any()}
    best = 0.0
    for i in range(rows):
        partners = [j for j in range(columns) if pae[i, j] < 10]
        count = {
            "ipsae": len(partners),
            "ipsae_d0chn": rows + columns,
            "ipsae_d0dom": len(near_rows) + len(near_columns),
        }[kind]
        d0 = max(1.0, 1.24 * (max(count, 27) - 15) ** (1 / 3) - 1.8)
        if partners:
            best = max(best, sum(1 / (1 + (pae[i, j] / d0) ** 2) for j in partners) / len(partners))
    return best


@pytest.mark.parametrize("seed", range(5))
def test_metrics_agree_with_loops_over_residues(seed: int) -> None:
    dimer = Dimer(seed)
    n = dimer.lengths[0]
    result = Interface.of(complex_of(dimer), 0, 1).metrics()
    ab, ba, near = dimer.pae[:n, n:], dimer.pae[n:, :n], dimer.distances() <= 8
    for kind in ("ipsae", "ipsae_d0chn", "ipsae_d0dom"):
        both = loop_ipsae(ab, kind), loop_ipsae(ba, kind)
        assert (result[f"{kind}_ab"], result[f"{kind}_ba"]) == pytest.approx(both)
        assert (result[f"{kind}_max"], result[f"{kind}_min"]) == pytest.approx(
            (max(both), min(both))
        )
    lis = [np.mean([(12 - x) / 12 for x in one.ravel() if x <= 12]) for one in (ab, ba)]
    clis = [
        np.mean([(12 - x) / 12 for x in one[mask] if x <= 12])
        for one, mask in ((ab, near), (ba, near.T))
    ]
    assert result["lis"] == pytest.approx(np.mean(lis))
    assert result["ilis"] == pytest.approx(np.sqrt(np.mean(lis) * np.mean(clis)))
    plddt = np.concatenate([dimer.plddt[:n][near.any(1)], dimer.plddt[n:][near.any(0)]]).mean()
    x = plddt * np.log10(near.sum())
    assert result["pdockq"] == pytest.approx(0.724 / (1 + np.exp(-0.052 * (x - 152.611))) + 0.018)
    x = plddt * np.mean([1 / (1 + (v / 10) ** 2) for v in ab[near]])
    expected = 1.31 / (1 + np.exp(-0.075 * (x - 84.733))) + 0.005
    assert result["pdockq2_ab"] == pytest.approx(expected)
    assert result["contacts"] == near.sum()


def test_chains_that_do_not_touch_have_no_interface() -> None:
    dimer = Dimer()
    place = read_coordinates("a.cif", dimer.cif())
    far = place.position + 100.0 * (place.chain == 1)[:, None]
    pae = np.full((21, 21), 30.0)
    moved = replace(complex_of(dimer), coordinates=replace(place, position=far), pae=pae)
    result = Interface.of(moved, 0, 1).metrics()
    zero = ("contacts", "pdockq", "pdockq2", "lis", "clis", "ilis", "lia", "ipsae_max", "ipsae_min")
    assert {name: result[name] for name in zero} == dict.fromkeys(zero, 0)
    assert np.isnan(result["interface_plddt"])


def test_clashes_are_heavy_atoms_within_two_angstrom() -> None:
    dimer = Dimer()
    result = complex_of(dimer)
    assert clashes(result, 0, 1) == 0
    place = result.coordinates
    closer = place.atoms - np.array([0.0, 5.0, 0.0]) * (place.atom_chain == 1)[:, None]
    inside = replace(place, atoms=closer)
    brute = sum(
        any(np.linalg.norm(p - q) < 2 for q in closer[place.atom_chain == 1])
        for p in closer[place.atom_chain == 0]
    )
    assert clashes(replace(result, coordinates=inside), 0, 1) == brute > 0


def test_small_metrics() -> None:
    assert confidence(0.5, 1.0) == pytest.approx(0.6)
    assert distance_scale(np.array([1, 27, 1000])) == pytest.approx(
        [1.0388, 1.0388, 10.5371], abs=1e-3
    )
    assert Direction(np.full((2, 2), 12.0), np.ones((2, 2), bool)).lia() == 4


@pytest.mark.parametrize(
    ("pae", "message"),
    [
        (np.ones((20, 20)), "the PAE is 20 x 20, the structure has 21 residues"),
        (np.full((21, 21), np.nan), "holds values that are no numbers"),
        (np.full((21, 21), -1.0), "holds negative values"),
    ],
)
def test_a_pae_that_does_not_fit_is_refused(pae: NDArray[np.float64], message: str) -> None:
    place = read_coordinates("a.cif", Dimer().cif())
    with pytest.raises(DataError, match=message):
        Complex("one", "0", "1", "x", place, pae, 0.6, 0.7)
