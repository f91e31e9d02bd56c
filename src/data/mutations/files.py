"""Reader of mutations; the format is recognised by the header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...artifacts.mutations import Mutations
from ...errors import DataError
from ..identifiers import IdentifierMap
from ..names import USUAL, NamePolicy
from ..numbers import is_number
from ..sheets import header_of, open_sheet
from ..textfiles import listed
from .calls import is_list, is_maf, read_list, read_maf, read_matrix
from .counts import is_counts, read_counts

LEAST_PATIENTS = 2
"""A gene, or a file, of fewer shows no recurrence."""


def read_mutations(
    path: Path,
    *,
    identifiers: IdentifierMap | None = None,
    names: NamePolicy = USUAL,
    sizes: Mapping[str, int] | None = None,
    samples: Mapping[str, str] | None = None,
) -> Mutations:
    """Read mutations of genes in cohorts.

    Args:
        path: Counts, ``gene nonsilent_patients_<COHORT> .. silent_mutations_<COHORT> ..``; a MAF,
            or cBioPortal's ``data_mutations.txt``; ``[cohort] patient genes``; genes x patients.
        identifiers: Maps names to current symbols.
        names: Policy for protein groups and contaminants.
        sizes: Number of patients of each cohort, if not in the file.
        samples: Sample or patient -> cohort, for files that name them; also counts patients without
            any mutation.

    Raises:
        DataError: If the file has none of these formats, a count is invalid, genes are Entrez
            numbers without an identifier map, or there is only one patient.
    """
    sheet = open_sheet(path)
    _, header = header_of(sheet)
    if is_counts(header):
        mutations = read_counts(path, sheet, identifiers, names)
    elif is_maf(header):
        mutations = read_maf(path, sheet, identifiers, names, samples)
    elif is_list(header):
        mutations = read_list(path, sheet, identifiers, names, samples)
    else:
        mutations = read_matrix(path, sheet, identifiers, names, samples)
    mutations = _with_sizes(path, mutations, sizes)
    _check_genes(path, mutations)
    _check_patients(path, mutations)
    return mutations


def _with_sizes(path: Path, mutations: Mutations, sizes: Mapping[str, int] | None) -> Mutations:
    if sizes is None:
        return mutations
    missing = [name for name in mutations.cohorts if name not in sizes]
    if len(missing) == len(mutations.cohorts):
        raise DataError(
            f"totals: names no cohort of {path.name} ({listed(mutations.cohorts, 4)}), but "
            f"{listed(sizes, 4)}."
        )
    given = np.array([sizes.get(name, np.nan) for name in mutations.cohorts], float)
    return replace(mutations, sizes=np.where(np.isnan(given), mutations.sizes, given))


def _check_genes(path: Path, mutations: Mutations) -> None:
    numbers = [gene for gene in mutations.genes if gene.isdigit()]
    if len(numbers) * 2 > len(mutations.genes):
        raise DataError(
            f"{path.name}: genes are Entrez numbers such as '{numbers[0]}', not symbols; set "
            "data.id_map to translate them."
        )


def _check_patients(path: Path, mutations: Mutations) -> None:
    """Refuse a file of one patient, by its size or by counts that never exceed one."""
    if not mutations.nonsilent.any():
        raise DataError(f"{path.name}: holds no non-silent mutation.")
    known = np.nansum(mutations.sizes) if np.isfinite(mutations.sizes).any() else np.inf
    if known < LEAST_PATIENTS or mutations.nonsilent.sum(axis=1).max() < LEAST_PATIENTS:
        raise DataError(
            f"{path.name}: no gene is mutated in more than one patient, so nothing recurs; give "
            "the mutations of a cohort."
        )


def read_pairs(path: Path) -> dict[str, str]:
    """Read the first two columns of a table with a header as a mapping.

    Raises:
        DataError: If there are no two columns.
    """
    sheet = open_sheet(path)
    line, header = header_of(sheet)
    if len(header) < 2:
        raise DataError(f"{path.name}: needs two columns, got {listed(header)}.")
    if is_number(header[1]):
        raise DataError(
            f"{path.name}: the first line is data ('{header[0]}', '{header[1]}'); it needs a "
            "header, such as 'cohort' and 'patients'."
        )
    table = sheet.read(header, after=line, texts=list(header[:2]))
    return dict(zip(table[header[0]], table[header[1]], strict=True))
