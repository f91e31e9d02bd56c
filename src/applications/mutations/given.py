"""Inputs of mutation tests: mutations, and covariates of genes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from ...artifacts.mutations import Mutations, Patients
from ...data.mutations import read_mutations, read_pairs
from ...errors import ConfigError, DataError
from ...eval.matched.hierarchical import Lineage
from ...eval.matched.sets import inside_of
from ...eval.terms.overlap import Index, Values, assemblies_of
from ...stages.reading import identifier_map, names_of
from ..use import Use
from .background import design

LOG = logging.getLogger("cytoweave")

PAN = "pan"
"""What all cohorts together are called."""


@dataclass(frozen=True)
class Sets:
    """The assemblies of a map that are tested, over the genes of the file.

    Attributes:
        names: Of ``A`` assemblies.
        members: ``(A, n)`` these x genes of the file that are in the map; stored entries count.
        genes: ``(n,)`` positions of these genes in the file.
        lineage: Which of the assemblies are inside which.
    """

    names: tuple[str, ...]
    members: sparse.csr_array
    genes: Index
    lineage: Lineage

    @classmethod
    def of(cls, use: Use, mutations: Mutations, min_size: int, max_size: int) -> Sets:
        """Look a file's genes up in the map.

        Raises:
            DataError: If none is in it, or no assembly contains enough of them.
        """
        places = use.places("counts", mutations.genes)
        genes = np.flatnonzero(places >= 0)
        members = sparse.csr_array(use.hierarchy.membership[:, places[genes]] > 0)
        rows = assemblies_of(use.hierarchy)
        sizes = np.diff(members.indptr)[rows]
        rows = rows[(sizes >= min_size) & (sizes <= max_size)]
        if not len(rows):
            raise DataError(
                f"counts: no assembly has {min_size} to {max_size:,} members that the file names; "
                "lower min_size, or give the counts of more genes."
            )
        names = tuple(use.hierarchy.names[row] for row in rows)
        lineage = Lineage.of(use.hierarchy, rows)
        return cls(names, sparse.csr_array(members[rows]), genes, lineage)

    def of_row(self, row: int) -> Index:
        """Return the genes of one assembly, as positions in the file."""
        return self.genes[inside_of(self.members, row)]

    def all(self) -> list[Index]:
        """Return the genes of each assembly."""
        return [self.of_row(row) for row in range(len(self.names))]


def read_given(use: Use, cohorts: Sequence[str] | None) -> Mutations:
    """Read the mutations of the chosen cohorts.

    Raises:
        ConfigError: If a cohort is not there.
        DataError: If a file is of no form that is read.
    """
    mutations = _read(use, "counts", _sizes(use))
    if use.file("patients") is not None:
        lists = _read(use, "patients", None)
        mutations = replace(mutations, patients=_patients(use.needed("patients"), lists, mutations))
    if cohorts is None:
        return mutations
    strange = [name for name in cohorts if name not in mutations.cohorts]
    if strange:
        raise ConfigError(
            f"cohorts: '{strange[0]}' is not in {use.needed('counts').name}; it holds "
            f"{', '.join(mutations.cohorts)}."
        )
    return mutations.of_cohorts([mutations.cohorts.index(name) for name in dict.fromkeys(cohorts)])


def _read(use: Use, key: str, sizes: dict[str, int] | None) -> Mutations:
    mutations = read_mutations(
        use.needed(key),
        identifiers=identifier_map(use.store, use.data_node.get("id_map")),
        names=names_of(use.data_node),
        sizes=sizes,
        samples=_samples(use),
    )
    for note in mutations.notes:
        LOG.warning("%s: %s", key, note)
    return mutations


def _patients(path: Path, lists: Mutations, counts: Mutations) -> Patients:
    """Return the patients of a file of their own, with genes and cohorts as the counts have them.

    Raises:
        DataError: If it distinguishes no patients, or has no cohort or gene of the counts.
    """
    patients = lists.patients
    if patients is None:
        raise DataError(
            f"patients: {path.name} has counts alone; give rows 'cohort patient genes', a MAF, or "
            "genes x patients."
        )
    number = pd.Index(counts.cohorts).get_indexer(pd.Index(lists.cohorts))[patients.cohort]
    place = pd.Index(counts.genes).get_indexer(pd.Index(lists.genes))
    kept, known = np.flatnonzero(number >= 0), np.flatnonzero(place >= 0)
    if not len(kept) or not len(known):
        what = "cohort" if not len(kept) else "gene"
        raise DataError(f"patients: {path.name} has no {what} of the counts.")
    shape = (len(known), len(counts.genes))
    moved = sparse.csr_array((np.ones(len(known)), (np.arange(len(known)), place[known])), shape)
    hits = sparse.csr_array(patients.hits[kept][:, known].astype(float) @ moved) > 0
    names = tuple(patients.names[k] for k in kept)
    return Patients(names, number[kept].astype(np.int32), sparse.csr_array(hits))


def covariates_of(use: Use, genes: tuple[str, ...]) -> tuple[Values, bool]:
    """Return ``(G, k)`` covariates of genes, see `design`, and whether there are any.

    Raises:
        DataError: If a file has no number, or names no gene of the counts.
    """
    lengths, table = use.file("lengths"), use.file("covariates")
    length = None if lengths is None else _length(lengths, _numbers(use, "lengths", lengths, genes))
    given = pd.DataFrame() if table is None else _numbers(use, "covariates", table, genes)
    return design(genes, given, length), length is not None or not given.empty


def drivers_of(use: Use, genes: tuple[str, ...]) -> frozenset[str] | None:
    """Return the genes that the file of the setting ``drivers`` names; None where it names none.

    Raises:
        DataError: If none of them is a gene of the counts.
    """
    path = use.file("drivers")
    if path is None:
        return None
    drivers = frozenset(map(str, use.table(path).values.index))
    if not drivers & set(genes):
        raise DataError(
            f"drivers: {path.name} names no gene of the counts (such as '{genes[0]}'), but "
            f"'{min(drivers)}'; its first column is the genes."
        )
    return drivers


def _numbers(use: Use, key: str, path: Path, genes: tuple[str, ...]) -> pd.DataFrame:
    given = use.table(path).values
    table = given.select_dtypes("number")
    if texts := [str(name) for name in given.columns.difference(table.columns)]:
        LOG.warning(f"{key}: {path.name}: not numbers, so left out: column {', '.join(texts)}")
    if table.empty:
        raise DataError(f"{key}: {path.name} has no column of numbers beside the genes.")
    if not set(genes) & set(table.index):
        raise DataError(
            f"{key}: {path.name} names no gene of the counts (such as '{genes[0]}'), but "
            f"'{table.index[0]}'."
        )
    return table


def _length(path: Path, table: pd.DataFrame) -> pd.Series[float]:
    """Return the column of lengths: the only one of numbers, or the one that is called so."""
    named = [name for name in table if "length" in str(name).casefold()] or list(table)
    if len(named) != 1:
        raise DataError(
            f"lengths: {path.name} has several columns of numbers ({', '.join(map(str, table))}); "
            "keep the length alone, or call it 'length'."
        )
    return table[named[0]]


def _sizes(use: Use) -> dict[str, int] | None:
    """Return cohort -> patients from the file that the setting ``totals`` names."""
    path = use.file("totals")
    if path is None:
        return None
    pairs = read_pairs(path)
    wrong = [name for name, count in pairs.items() if not count.isdigit()]
    if wrong:
        raise DataError(
            f"totals: {path.name}: '{pairs[wrong[0]]}' of {wrong[0]} is no number of patients; the "
            "table is cohort, patients."
        )
    return {name: int(count) for name, count in pairs.items()}


def _samples(use: Use) -> dict[str, str] | None:
    """Return sample -> cohort from the file that the setting ``samples`` names."""
    path = use.file("samples")
    return None if path is None else read_pairs(path)
