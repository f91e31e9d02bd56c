"""Somatic mutations by gene and cohort: patients with non-silent, and counts of silent ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .files import Ints


@dataclass(frozen=True)
class Patients:
    """Which patient has a non-silent mutation in which gene.

    Attributes:
        names: Names of ``P`` patients, sorted within their cohort.
        cohort: ``(P,)`` index of each one's cohort.
        hits: ``(P, G)`` bool, CSR.
    """

    names: tuple[str, ...]
    cohort: Ints
    hits: sparse.csr_array


@dataclass(frozen=True)
class Mutations:
    """Mutations of ``G`` genes in ``C`` cohorts of patients.

    Attributes:
        genes: Symbols, sorted.
        cohorts: Names, such as tumour types.
        nonsilent: ``(G, C)`` patients with at least one non-silent mutation of the gene.
        silent: ``(G, C)`` number of silent mutations; None if the file has none.
        sizes: ``(C,)`` patients of each cohort; NaN if unknown.
        patients: Calls by patient; None if the file has counts alone.
        notes: Messages on changed rows and possible problems.
    """

    genes: tuple[str, ...]
    cohorts: tuple[str, ...]
    nonsilent: Ints
    silent: Ints | None
    sizes: NDArray[np.float64]
    patients: Patients | None = None
    notes: tuple[str, ...] = ()

    def of_cohorts(self, chosen: list[int]) -> Mutations:
        """Return the mutations of some cohorts, by their numbers."""
        patients = self.patients
        if patients is not None:
            number = np.full(len(self.cohorts), -1)
            number[chosen] = np.arange(len(chosen))
            kept = np.flatnonzero(number[patients.cohort] >= 0)
            names = tuple(patients.names[k] for k in kept)
            hits = sparse.csr_array(patients.hits[kept])
            patients = Patients(names, number[patients.cohort[kept]], hits)
        return replace(
            self,
            cohorts=tuple(self.cohorts[k] for k in chosen),
            nonsilent=self.nonsilent[:, chosen],
            silent=None if self.silent is None else self.silent[:, chosen],
            sizes=self.sizes[chosen],
            patients=patients,
        )
