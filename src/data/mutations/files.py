"""Reading mutations: the form of a file is told by its header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...artifacts.mutations import Mutations
from ...errors import DataError
from ..identifiers import IdentifierMap
from ..names import USUAL, NamePolicy
from ..sheets import header_of, open_sheet, plain
from ..textfiles import listed
from .counts import is_counts, read_counts

LEAST_PATIENTS = 2
"""A gene, or a file, of fewer shows no recurrence."""


def read_mutations(
    path: Path,
    *,
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
    sizes: Mapping[str, int] | None = None,
) -> Mutations:
    """Read mutations of genes in cohorts.

    Args:
        path: Counts, ``gene nonsilent_patients_<COHORT> .. silent_mutations_<COHORT> ..``.
        identifiers: Brings names to current symbols.
        names: What groups of proteins and contaminants stand for.
        sizes: Patients of each cohort, where the file does not tell.

    Raises:
        DataError: If the file is of no such form, a count is none, genes are Entrez numbers that
            nothing translates, or there is one patient.
    """
    sheet = open_sheet(path)
    _, header = header_of(sheet)
    if is_counts(header):
        found = read_counts(path, sheet, identifiers, names)
    else:
        raise DataError(
            f"{path.name} is no table of mutations: it has columns {listed(header)}. It needs "
            "nonsilent_patients_<COHORT> and silent_mutations_<COHORT> for each cohort."
        )
    found = _with_sizes(path, found, sizes)
    _check_genes(path, found)
    _check_patients(path, found)
    return found


def _with_sizes(path: Path, found: Mutations, sizes: Mapping[str, int] | None) -> Mutations:
    if sizes is None:
        return found
    missing = [name for name in found.cohorts if name not in sizes]
    if len(missing) == len(found.cohorts):
        raise DataError(
            f"totals: names no cohort of {path.name} ({listed(found.cohorts, 4)}), but "
            f"{listed(sizes, 4)}."
        )
    given = np.array([sizes.get(name, np.nan) for name in found.cohorts], float)
    return replace(found, sizes=np.where(np.isnan(given), found.sizes, given))


def _check_genes(path: Path, found: Mutations) -> None:
    numbers = [gene for gene in found.genes if gene.isdigit()]
    if len(numbers) * 2 > len(found.genes):
        raise DataError(
            f"{path.name}: genes are Entrez numbers such as '{numbers[0]}', not symbols; set "
            "data.id_map to translate them."
        )


def _check_patients(path: Path, found: Mutations) -> None:
    """Refuse a file of one patient: known to be one, or no gene has a second patient anywhere."""
    if not found.nonsilent.any():
        raise DataError(f"{path.name}: holds no non-silent mutation.")
    known = np.nansum(found.sizes) if np.isfinite(found.sizes).any() else np.inf
    if known < LEAST_PATIENTS or found.nonsilent.sum(axis=1).max() < LEAST_PATIENTS:
        raise DataError(
            f"{path.name}: no gene is mutated in more than one patient, so nothing recurs; give "
            "the mutations of a cohort."
        )


def is_patient_list(header: tuple[str, ...]) -> bool:
    """Return whether a table holds a row per patient with the genes that are mutated in it."""
    return len(header) >= 2 and any(plain(name).startswith("genes") for name in header)
