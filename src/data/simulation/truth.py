"""Ground truth of the simulated cell: sub-compartments and complexes of proteins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

SMALLEST_PLACE = 4  # a sub-compartment with fewer proteins is left out of a small cell
SMALLEST_COMPLEX, LARGEST_COMPLEX = 3, 30
IN_COMPLEX = 0.7  # share of a sub-compartment's proteins that work in a complex there
IN_TWO_PLACES = 0.24  # Human Protein Atlas v23: 23 % of proteins have two main locations
COMPLEX_IN_BOTH = 0.4  # of those, the share that joins a complex in the second place, too


@dataclass(frozen=True)
class Place:
    """A sub-compartment.

    Attributes:
        name: Its own name.
        compartment: The compartment around it.
        share: Its share of the cell's proteins, before all shares are scaled to sum to 1; after
            the main locations of the Human Protein Atlas, v23.
        location: Its name in the Human Protein Atlas.
    """

    name: str
    compartment: str
    share: float
    location: str


PLACES = (
    Place("nucleoplasm", "nucleus", 0.14, "Nucleoplasm"),
    Place("chromatin", "nucleus", 0.08, "Nucleoplasm"),
    Place("nucleoli", "nucleus", 0.05, "Nucleoli"),
    Place("fibrillar_center", "nucleus", 0.02, "Nucleoli fibrillar center"),
    Place("speckles", "nucleus", 0.035, "Nuclear speckles"),
    Place("nuclear_bodies", "nucleus", 0.025, "Nuclear bodies"),
    Place("nuclear_membrane", "nucleus", 0.03, "Nuclear membrane"),
    Place("soluble_cytosol", "cytosol", 0.10, "Cytosol"),
    Place("ribosomes", "cytosol", 0.05, "Cytosol"),
    Place("cytoplasmic_bodies", "cytosol", 0.02, "Cytoplasmic bodies"),
    Place("mitochondrial_matrix", "mitochondria", 0.045, "Mitochondria"),
    Place("inner_membrane", "mitochondria", 0.035, "Mitochondria"),
    Place("outer_membrane", "mitochondria", 0.02, "Mitochondria"),
    Place("er_membrane", "endoplasmic_reticulum", 0.035, "Endoplasmic reticulum"),
    Place("er_lumen", "endoplasmic_reticulum", 0.025, "Endoplasmic reticulum"),
    Place("cis_golgi", "golgi", 0.03, "Golgi apparatus"),
    Place("trans_golgi", "golgi", 0.03, "Golgi apparatus"),
    Place("endosomes", "vesicles", 0.045, "Vesicles"),
    Place("lysosomes", "vesicles", 0.03, "Vesicles"),
    Place("peroxisomes", "vesicles", 0.025, "Vesicles"),
    Place("cell_surface", "plasma_membrane", 0.045, "Plasma membrane"),
    Place("cell_junctions", "plasma_membrane", 0.02, "Cell Junctions"),
    Place("focal_adhesions", "plasma_membrane", 0.02, "Focal adhesion sites"),
    Place("microtubules", "cytoskeleton", 0.02, "Microtubules"),
    Place("centrosome", "cytoskeleton", 0.025, "Centrosome"),
    Place("actin_filaments", "cytoskeleton", 0.02, "Actin filaments"),
    Place("intermediate_filaments", "cytoskeleton", 0.02, "Intermediate filaments"),
)


@dataclass(frozen=True)
class Truth:
    """The cell behind all simulated measurements.

    Attributes:
        proteins: ``N`` invented names.
        places: The sub-compartments of this cell; a small cell lacks the rarest.
        homes: ``(places, N)`` CSR bool: which proteins are in which sub-compartment.
        complexes: ``(C, N)`` CSR bool: which proteins belong to which complex.
        complex_place: ``(C,)`` the sub-compartment around each complex, a row of `homes`.
        main_place: ``(N,)`` main sub-compartment of each protein, a row of `homes`.
        abundance: ``(N,)`` copies relative to the median protein, > 0.
        mass: ``(N,)`` molecular mass in kDa.
    """

    proteins: tuple[str, ...]
    places: tuple[Place, ...]
    homes: sparse.csr_array
    complexes: sparse.csr_array
    complex_place: NDArray[np.int64]
    main_place: NDArray[np.int64]
    abundance: NDArray[np.float64]
    mass: NDArray[np.float64]

    @property
    def compartments(self) -> tuple[str, ...]:
        """Return the names of the compartments, in the order of `places`."""
        return tuple(dict.fromkeys(place.compartment for place in self.places))

    def compartment_members(self) -> sparse.csr_array:
        """Return the ``(compartments, N)`` CSR bool membership of the compartments."""
        row = {name: k for k, name in enumerate(self.compartments)}
        above = [row[place.compartment] for place in self.places]
        lift = sparse.coo_array(
            (np.ones(len(above), bool), (above, np.arange(len(above)))),
            shape=(len(row), len(above)),
        )
        return sparse.csr_array(lift.tocsr() @ self.homes, dtype=bool)


def build_truth(n_proteins: int, rng: np.random.Generator) -> Truth:
    """Draw a cell of `n_proteins` proteins."""
    places, quotas = _quotas(n_proteins)
    main_place = np.repeat(np.arange(len(places)), quotas)
    complexes, complex_place = _complexes(quotas, rng)
    homes = _one_hot(main_place, len(places))
    homes, complexes = _second_homes(homes, complexes, complex_place, places, rng)
    order = rng.permutation(n_proteins)  # so that the order of names is uninformative
    width = max(4, len(str(n_proteins)))
    return Truth(
        proteins=tuple(f"P{k:0{width}d}" for k in range(1, n_proteins + 1)),
        places=places,
        homes=homes[:, order],
        complexes=complexes[:, order],
        complex_place=complex_place,
        main_place=main_place[order],
        abundance=np.exp(rng.normal(0, 1, n_proteins)),
        mass=45 * np.exp(rng.normal(0, 0.6, n_proteins)),  # human proteome: median about 45 kDa
    )


def _quotas(n_proteins: int) -> tuple[tuple[Place, ...], NDArray[np.int64]]:
    """Distribute the proteins by largest remainder, without places that would be too small."""
    places = list(PLACES)
    while True:
        shares = np.array([place.share for place in places])
        exact = n_proteins * shares / shares.sum()
        if len(places) == 1 or exact.min() >= SMALLEST_PLACE:
            break
        places.pop(int(exact.argmin()))
    quotas = np.floor(exact).astype(np.int64)
    rest = np.argsort(quotas - exact, kind="stable")[: n_proteins - quotas.sum()]
    quotas[rest] += 1
    return tuple(places), quotas


def _complexes(
    quotas: NDArray[np.int64], rng: np.random.Generator
) -> tuple[sparse.csr_array, NDArray[np.int64]]:
    """Assign the first share of each place's proteins to complexes of 3-30 proteins."""
    starts, sizes, where = [], [], []
    for place, (first, quota) in enumerate(zip(np.cumsum(quotas) - quotas, quotas, strict=True)):
        of_place = _sizes(max(SMALLEST_COMPLEX, round(IN_COMPLEX * int(quota))), rng)
        sizes.append(of_place)
        starts.append(first + np.cumsum(of_place) - of_place)
        where.append(np.full(len(of_place), place))
    size = np.concatenate(sizes)
    indptr = np.concatenate([[0], np.cumsum(size)])
    offset = np.arange(size.sum()) - np.repeat(indptr[:-1], size)
    indices = np.repeat(np.concatenate(starts), size) + offset
    shape = (len(size), int(quotas.sum()))
    members = sparse.csr_array((np.ones(len(indices), bool), indices, indptr), shape=shape)
    return members, np.concatenate(where)


def _sizes(budget: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw sizes of complexes that sum to a budget of proteins, up to one or two."""
    draw = np.exp(rng.normal(np.log(6), 0.7, budget // SMALLEST_COMPLEX))
    sizes = np.clip(np.rint(draw), SMALLEST_COMPLEX, LARGEST_COMPLEX).astype(np.int64)
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), budget, side="right"))]
    rest = min(budget - int(sizes.sum()), LARGEST_COMPLEX)
    return np.append(sizes, rest) if rest >= SMALLEST_COMPLEX else sizes


def _second_homes(
    homes: sparse.csr_array,
    complexes: sparse.csr_array,
    complex_place: NDArray[np.int64],
    places: tuple[Place, ...],
    rng: np.random.Generator,
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Give some proteins a second place in another compartment, some of them a complex there."""
    names = [place.compartment for place in places]
    compartment = np.unique(names, return_inverse=True)[1]
    if compartment.max() == 0:
        return homes, complexes
    n = homes.shape[1]
    main = homes.tocsc().indices
    movers = np.flatnonzero(rng.random(n) < IN_TWO_PLACES)
    shares = np.array([place.share for place in places])
    odds = shares * (compartment[main[movers]][:, None] != compartment)
    steps = np.cumsum(odds, axis=1)
    second = (steps < rng.random((len(movers), 1)) * steps[:, -1:]).sum(axis=1)
    homes = homes + sparse.coo_array(
        (np.ones(len(movers), bool), (second, movers)), shape=homes.shape
    )
    joining = rng.random(len(movers)) < COMPLEX_IN_BOTH
    room = LARGEST_COMPLEX - np.diff(complexes.indptr)
    rows, columns = [], []
    for place in range(len(places)):
        guests = movers[joining & (second == place)]
        hosts = np.repeat(np.flatnonzero(complex_place == place), room[complex_place == place])
        guests = guests[: len(hosts)]
        rows.append(rng.permutation(hosts)[: len(guests)])
        columns.append(guests)
    row, column = np.concatenate(rows), np.concatenate(columns)
    joined = sparse.coo_array((np.ones(len(row), bool), (row, column)), shape=complexes.shape)
    return homes.tocsr().astype(bool), (complexes + joined).tocsr().astype(bool)


def _one_hot(rows: NDArray[np.int64], height: int) -> sparse.csr_array:
    entries = (np.ones(len(rows), bool), (rows, np.arange(len(rows))))
    return sparse.coo_array(entries, shape=(height, len(rows))).tocsr()


def write_truth(truth: Truth, folder: Path) -> None:
    """Write ``truth.nodes``, ``truth.edges`` (HiDeF format) and ``proteins.txt``."""
    assemblies = list(_assemblies(truth))
    with (folder / "truth.nodes").open("w", newline="\n") as nodes:
        for name, _, members in assemblies:
            listed = " ".join(truth.proteins[k] for k in members)
            nodes.write(f"{name}\t{len(members)}\t{listed}\t1\n")
    with (folder / "truth.edges").open("w", newline="\n") as edges:
        for name, parent, _ in assemblies:
            if parent:
                edges.write(f"{parent}\t{name}\tdefault\n")
    (folder / "proteins.txt").write_text("".join(f"{name}\n" for name in truth.proteins))


def _assemblies(truth: Truth) -> Iterator[tuple[str, str, NDArray[np.int64]]]:
    """Yield name, parent ("" for the root) and sorted members of every true assembly."""
    yield "cell", "", np.arange(len(truth.proteins))
    alone = {
        name
        for name in truth.compartments
        if sum(place.compartment == name for place in truth.places) == 1
    }
    for name, members in zip(truth.compartments, _rows(truth.compartment_members()), strict=True):
        yield name, "cell", members
    path = [
        place.compartment if place.compartment in alone else f"{place.compartment}.{place.name}"
        for place in truth.places
    ]
    for place, name, members in zip(truth.places, path, _rows(truth.homes), strict=True):
        if place.compartment not in alone:  # else it would duplicate its compartment
            yield name, place.compartment, members
    for k, members in enumerate(_rows(truth.complexes)):
        parent = path[truth.complex_place[k]]
        yield f"{parent}.complex{k + 1}", parent, members


def _rows(membership: sparse.csr_array) -> Iterator[NDArray[np.int64]]:
    for start, stop in zip(membership.indptr[:-1], membership.indptr[1:], strict=True):
        yield np.sort(membership.indices[start:stop])
