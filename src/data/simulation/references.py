"""Simulated references: incomplete and partly wrong annotations of the cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from .truth import Truth

COMPLEX_KNOWN = 0.58  # so that CORUM has 43 % of proteins, as of BioPlex 3 and LOPIT-DC together
MEMBER_KNOWN = 0.85  # share of a known complex's members that are listed
EXTRA_MEMBERS = 0.08  # wrong members of a complex, relative to its right ones
VARIANTS = 1.5  # further, smaller entries of a complex, per entry
ANNOTATED = 0.86  # proteins with any GO-CC, of BioPlex 3, and any HPA, of BioPlex 3 and LOPIT-DC
TERM_KNOWN = 0.75  # share of a protein's true GO-CC terms that it is annotated with
WRONG_TERMS = 0.2  # wrong sub-compartments per annotated protein
RELIABILITIES = {"Enhanced": 0.10, "Supported": 0.33, "Approved": 0.51, "Uncertain": 0.06}
WRONG_LOCATION = {"Enhanced": 0.02, "Supported": 0.08, "Approved": 0.20, "Uncertain": 0.50}
ADDITIONAL = 0.62  # spurious additional locations per protein

Terms = Iterable[tuple[str, str, NDArray[np.int64]]]


def corum_terms(truth: Truth, noise: float, rng: np.random.Generator) -> Terms:
    """Yield term, description and members of CORUM-like complexes."""
    known = rng.random(truth.complexes.shape[0]) < COMPLEX_KNOWN**noise
    known[np.diff(truth.complexes.indptr).argmax()] = True  # the largest is always known
    number = 0
    for k, members in enumerate(_rows(truth.complexes)):
        if not known[k]:
            continue
        place = truth.homes[[truth.complex_place[k]]].indices
        for part in range(1 + rng.poisson(noise * VARIANTS)):
            listed = members[rng.random(len(members)) < (MEMBER_KNOWN**noise) * 0.7**part]
            if part == 0 and len(listed) < 2:
                listed = members
            extra = rng.choice(place, min(rng.poisson(noise * EXTRA_MEMBERS * len(members)), 5))
            entry = np.unique(np.concatenate([listed, extra]))
            if len(entry) >= 2:
                number += 1
                name = truth.places[truth.complex_place[k]].name
                yield f"complex{number}", f"{name} complex {k + 1}", entry


def go_terms(truth: Truth, noise: float, rng: np.random.Generator) -> Terms:
    """Yield term, description and members of GO-CC-like terms, annotations propagated upwards."""
    n = len(truth.proteins)
    known = rng.random(n) < ANNOTATED**noise
    homes = _forgotten(truth.homes, TERM_KNOWN**noise, rng)
    complexes = _forgotten(truth.complexes, TERM_KNOWN**noise, rng)
    wrong = np.repeat(np.arange(n), rng.poisson(noise * WRONG_TERMS, n))
    odds = np.cumsum(np.diff(truth.homes.indptr))
    where = np.searchsorted(odds, rng.random(len(wrong)) * odds[-1], side="right")
    homes = homes + sparse.coo_array((np.ones(len(wrong), bool), (where, wrong)), shape=homes.shape)
    inside = sparse.coo_array(
        (
            np.ones(len(truth.complex_place), bool),
            (truth.complex_place, np.arange(len(truth.complex_place))),
        ),
        shape=(len(truth.places), len(truth.complex_place)),
    )
    homes = (homes + inside @ complexes).tocsr().astype(bool)
    named = [(place.name, place.compartment) for place in truth.places]
    for compartment in truth.compartments:
        rows = [k for k, (_, around) in enumerate(named) if around == compartment]
        yield from _term(compartment, homes[rows].sum(axis=0) > 0, known)
    for k, (name, compartment) in enumerate(named):
        yield from _term(f"{compartment}.{name}", homes[[k]].sum(axis=0) > 0, known)
    for k, place in enumerate(truth.complex_place):
        if rng.random() < COMPLEX_KNOWN**noise:
            name, _ = named[place]
            yield from _term(f"{name}.complex{k + 1}", complexes[[k]].sum(axis=0) > 0, known)


def hpa_table(truth: Truth, noise: float, rng: np.random.Generator) -> pd.DataFrame:
    """Return a table in the format of the Human Protein Atlas's subcellular locations."""
    n = len(truth.proteins)
    levels = np.array(list(RELIABILITIES), object)
    level = rng.choice(len(levels), n, p=list(RELIABILITIES.values()))
    error = noise * np.array(list(WRONG_LOCATION.values()))[level]
    labels = np.array([place.location for place in truth.places], object)
    known = rng.random(n) < ANNOTATED**noise
    mistaken, added = rng.random(n) < error, rng.poisson(noise * ADDITIONAL, n)
    shares = np.diff(truth.homes.indptr) / truth.homes.nnz
    columns = truth.homes.tocsc()
    rows = []
    for k in np.flatnonzero(known):
        homes = columns.indices[columns.indptr[k] : columns.indptr[k + 1]]
        main = [truth.main_place[k], *homes[homes != truth.main_place[k]]]
        strange = rng.choice(len(labels), added[k] + 1, p=shares)
        if mistaken[k]:
            main[0] = strange[0]
        first = list(dict.fromkeys(labels[main]))
        more = [name for name in dict.fromkeys(labels[strange[1:]]) if name not in first]
        rows.append(
            (
                f"G{truth.proteins[k][1:]}",
                truth.proteins[k],
                levels[level[k]],
                ";".join(first),
                ";".join(more),
            )
        )
    header = ["Gene", "Gene_name", "Reliability", "Main_location", "Additional_location"]
    return pd.DataFrame(rows, columns=header)


def write_gmt(path: Path, terms: Terms, truth: Truth) -> None:
    """Write terms as GMT: ``term <tab> description <tab> protein <tab> protein ..``."""
    with path.open("w", newline="\n") as file:
        for term, description, members in terms:
            names = "\t".join(truth.proteins[k] for k in members)
            file.write(f"{term}\t{description}\t{names}\n")


def _forgotten(
    membership: sparse.csr_array, share: float, rng: np.random.Generator
) -> sparse.csr_array:
    """Keep a random share of the entries."""
    entries = membership.tocoo()
    kept = rng.random(entries.nnz) < share
    pairs = (entries.row[kept], entries.col[kept])
    return sparse.coo_array((np.ones(kept.sum(), bool), pairs), shape=membership.shape).tocsr()


def _term(name: str, members: NDArray[np.bool_], known: NDArray[np.bool_]) -> Terms:
    listed = np.flatnonzero(members & known)
    if len(listed) >= 2:
        yield name, name.rpartition(".")[2].replace("_", " "), listed


def _rows(membership: sparse.csr_array) -> Iterator[NDArray[np.int64]]:
    for start, stop in zip(membership.indptr[:-1], membership.indptr[1:], strict=True):
        yield np.sort(membership.indices[start:stop])
