"""Mutual exclusivity and coverage of assemblies over patients, as tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from ...artifacts.mutations import Mutations, Patients
from ...eval.terms.enrichment import benjamini_hochberg
from ...eval.terms.overlap import Index
from .given import PAN, Sets
from .patients import Coverage, coverage

MIN_MUTATED_GENES = 2
"""Mutated genes that an assembly needs for a question of exclusivity."""

MAX_LISTED_ASSEMBLIES = 12
"""Most assemblies whose patients are listed."""


@dataclass(frozen=True)
class Exclusivity:
    """Patients, the assemblies of a map, and how many tables are drawn.

    Attributes:
        mutations: Of genes and cohorts.
        patients: Their mutated genes.
        sets: The assemblies.
        draws: Tables with the same margins.
        seed: Of these.
    """

    mutations: Mutations
    patients: Patients
    sets: Sets
    draws: int
    seed: int

    def tables(self, called: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Return ``patients`` and ``hits``.

        ``patients``: a row per assembly and cohort in which two or more of its genes are mutated,
        called ones first. ``fdr`` is that of `p_exclusive` over called rows alone: what they were
        called for are totals of genes, which every draw keeps. ``hits``: the mutated genes of
        the first called assemblies, a row per gene and patient.

        Args:
            called: Rows of ``mutations`` that pass, in order.
        """
        tables = {"hits": self._hits(called)}
        if not self.draws:
            return tables
        table = self._cells(self._coverage())
        keys = list(zip(called["assembly"], called["cohort"], strict=True))
        rank = {key: k for k, key in enumerate(keys)}
        place = [
            rank.get(key, len(rank)) for key in zip(table["assembly"], table["cohort"], strict=True)
        ]
        table = table.assign(place=place).sort_values(["place", "p_exclusive"], kind="stable")
        passed = table["place"].to_numpy() < len(rank)
        rates = np.full(len(table), np.nan)
        rates[passed] = benjamini_hochberg(table["p_exclusive"].to_numpy()[passed])
        return {
            "patients": table.drop(columns="place").assign(fdr=rates).reset_index(drop=True)
        } | tables

    def _members(self) -> sparse.csr_array:
        """Return ``(A, G)`` assemblies x genes of the file."""
        sizes = np.diff(self.sets.members.indptr)
        places = (
            np.repeat(np.arange(len(sizes)), sizes),
            self.sets.genes[self.sets.members.indices],
        )
        shape = (len(sizes), len(self.mutations.genes))
        return sparse.csr_array((np.ones(len(places[0])), places), shape=shape)

    def _coverage(self) -> Coverage:
        cohorts = len(self.mutations.cohorts)
        return coverage(self.patients, cohorts, self._members(), self.draws, self.seed)

    def _cells(self, coverage: Coverage) -> pd.DataFrame:
        """Return a row per assembly and cohort that has patients, all together first."""
        cohort, names = self.patients.cohort, self.mutations.cohorts
        known = [k for k in range(len(names)) if (cohort == k).any()]
        inside = [(k, names[k], np.flatnonzero(cohort == k)) for k in known]
        if len(known) > 1:
            inside = [(len(names), PAN, np.arange(len(cohort))), *inside]
        return pd.concat([self._rows(coverage, *one) for one in inside], ignore_index=True)

    def _rows(self, coverage: Coverage, column: int, cohort: str, rows: Index) -> pd.DataFrame:
        has = np.asarray(self.patients.hits[rows].sum(axis=0)).ravel() > 0
        genes = self._members() @ has.astype(float)
        table = pd.DataFrame(
            {
                "assembly": np.array(self.sets.names, object),
                "cohort": np.full(len(genes), cohort, object),
                "patients": np.full(len(genes), len(rows)),
                "mutated": genes.astype(int),
                "covered": coverage.observed[:, column],
                "expected": coverage.expected[:, column],
                "p_exclusive": coverage.p_exclusive[:, column],
                "p_together": coverage.p_together[:, column],
            }
        )
        return table[table["mutated"] >= MIN_MUTATED_GENES]

    def _hits(self, called: pd.DataFrame) -> pd.DataFrame:
        """Return the patients of the genes that the first called assemblies name."""
        place = {gene: k for k, gene in enumerate(self.mutations.genes)}
        columns = sparse.csc_array(self.patients.hits)
        names = np.array(self.patients.names, object)
        cohorts = np.array(self.mutations.cohorts, object)[self.patients.cohort]
        shown = called.drop_duplicates("assembly").head(MAX_LISTED_ASSEMBLIES)
        rows = [
            (assembly, gene, cohorts[row], names[row])
            for assembly, listed in zip(shown["assembly"], shown["genes"], strict=True)
            for gene in (one.rpartition(":")[0] for one in str(listed).split())
            for row in columns.indices[slice(*columns.indptr[place[gene] : place[gene] + 2])]
        ]
        return pd.DataFrame(rows, columns=["assembly", "gene", "cohort", "patient"], dtype=object)
