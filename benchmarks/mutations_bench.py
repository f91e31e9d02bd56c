"""The cohorts, the map and what is made of them once, for the benchmark of mutations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from cytoweave.applications.mutations.answer import Answer, Cell, MutationOptions, beyond_children
from cytoweave.applications.mutations.background import Background, Line, design
from cytoweave.applications.mutations.excess import CohortTest
from cytoweave.applications.mutations.factor import AssemblyFactor
from cytoweave.applications.mutations.given import PAN, Sets
from cytoweave.applications.mutations.hisig import HiSig
from cytoweave.artifacts import Hierarchy
from cytoweave.artifacts.mutations import Mutations
from cytoweave.data.mutations import read_mutations
from cytoweave.eval.matched.hierarchical import Lineage
from cytoweave.eval.terms.overlap import Index, Values, assemblies_of
from cytoweave.maps import read_hierarchy

MAY_2023 = "hierarchies/U2OS_map_May2023final.nodes.gz"
COUNTS = "cancer/tcga_mc3_gene_counts_17_cohorts.tsv.gz"
LENGTHS = "cancer/protein_lengths_maftools.tsv.gz"
COVARIATES = "cancer/dndscv_hg19_covariates_20pcs.tsv.gz"
MIN_SIZE, MAX_SIZE, FDR = 2, 500, 0.1
LARGEST = 50
"""Members of an assembly that HiSig as published tests."""


@dataclass(frozen=True)
class Bench:
    """The cohorts and a map."""

    data: Path
    map_file: Path
    draws: int

    @cached_property
    def mutations(self) -> Mutations:
        """Of 17 cohorts."""
        return read_mutations(self.data / COUNTS)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The map."""
        return read_hierarchy(self.map_file)

    @cached_property
    def covariates(self) -> Values:
        """Of genes."""
        table = pd.read_csv(self.data / COVARIATES, sep="\t").groupby("gene").first()
        lengths = pd.read_csv(self.data / LENGTHS, sep="\t").set_index("Hugo_Symbol")["aa.length"]
        return design(self.mutations.genes, table, lengths)

    @cached_property
    def sets(self) -> Sets:
        """The assemblies, over the genes of the file."""
        places = pd.Index(self.hierarchy.proteins).get_indexer(pd.Index(self.mutations.genes))
        genes = np.flatnonzero(places >= 0)
        members = sparse.csr_array(self.hierarchy.membership[:, places[genes]] > 0)
        rows = assemblies_of(self.hierarchy)
        sizes = np.diff(members.indptr)[rows]
        rows = rows[(sizes >= MIN_SIZE) & (sizes <= MAX_SIZE)]
        names = tuple(self.hierarchy.names[row] for row in rows)
        chosen = sparse.csr_array(members[rows])
        return Sets(names, chosen, genes, Lineage.of(self.hierarchy, rows))

    def answer(self, mutations: Mutations, test_on: str, seed: int) -> Answer:
        """Return the whole analysis of some mutations."""
        return Answer(
            mutations, self.sets, self.covariates, True, MutationOptions(test_on, FDR, 0, seed)
        )

    def cohort(self, tested: Values, silent: Values) -> CohortTest:
        """Return the test of all cohorts together."""
        background = Background.of_silent(silent, self.covariates)
        factor = AssemblyFactor.fit(background, self.sets.all())
        return CohortTest(tested, background, Line.fit(tested, background), factor)

    def passing(self, test: CohortTest, fdr: float = FDR) -> list[int]:
        """Return the assemblies that pass in all cohorts together."""
        _, rates = beyond_children([Cell.of(PAN, test, self.sets)], self.sets, fdr)
        return list(np.flatnonzero(rates[0] <= fdr))

    @cached_property
    def real(self) -> CohortTest:
        """The test of all cohorts together, as they are."""
        nonsilent, quiet = self.mutations.nonsilent, self.mutations.silent
        assert quiet is not None
        return self.cohort(nonsilent.sum(axis=1).astype(float), quiet.sum(axis=1).astype(float))

    def hisig(
        self, test: CohortTest, permutations: int = 1, largest: int = LARGEST, workers: int = 1
    ) -> tuple[HiSig, Index]:
        """Return HiSig on the genes of the map, and the rows of the assemblies that it tests."""
        score = np.log2(np.maximum(test.counts - test.expected, 0) + 1)[self.sets.genes]
        place = np.full(len(test.counts), -1)
        place[self.sets.genes] = np.arange(len(self.sets.genes))
        every = self.sets.all()
        rows = np.array([k for k, genes in enumerate(every) if len(genes) <= largest])
        sets = [place[every[k]] for k in rows]
        return HiSig(score, sets, permutations, 0, workers), rows
