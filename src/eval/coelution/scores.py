"""Co-elution scores of a map and an embedding: tests, nulls and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...artifacts import ElutionProfiles, Hierarchy
from ...nodes.ranges import AtLeastOne, Natural, UnitAboveZero, checked
from ..matched.assemblies import MatchedAssemblies
from ..matched.profiles import Profiles
from ..matched.rank_sum import RankSum
from ..matched.unexpected import UnexpectedMembers, matched_assemblies
from ..nulls import Metrics, Nulls
from ..scoring import Tables, Task
from .nested_pairs import excess_of, nested_coelution
from .similarity import Kind, elution_similarity, neighbours_auroc

COLUMN_NAMES = {
    "statistic": "coelution",
    "by_chance": "coelution_by_chance",
    "p": "matched_p",
    "fdr": "matched_fdr",
    "significant": "coelutes",
}
"""Names of the matched test's columns in the table of co-elution."""


@checked
@dataclass(frozen=True)
class CoelutionScoring:
    """Scores the co-elution of a map's assemblies and of an embedding's neighbours.

    Args:
        similarity: Similarity of profiles, see `elution_similarity`.
        fdr: False discovery rate up to which an assembly is validated by co-elution.
        permutations: Permutations of labels among proteins matched on detection and abundance, for
            the test with the assembly as its unit; 0 leaves it out, and that of unexpected members.
        nulls: Number of permuted maps for the published rank-sum test and the test of unexpected
            members; the matched test uses those of the evaluation.
        neighbours: Number of nearest neighbours whose co-elution is scored.
    """

    takes: ClassVar[type] = ElutionProfiles

    similarity: Kind = "pearson"
    fdr: UnitAboveZero = 0.05
    permutations: Natural = 10_000
    nulls: Natural = 20
    neighbours: AtLeastOne = 10

    def __call__(self, task: Task[ElutionProfiles]) -> tuple[Metrics, Tables]:
        """Return metrics and tables of assemblies, unexpected members and neighbours.

        Metrics: ``assemblies``, ``tested`` (with at least one pair of profiled members),
        ``validated`` by `RankSum`, ``coeluting`` by `MatchedAssemblies`, both with their nulls;
        those of `UnexpectedMembers`; ``neighbours_auroc``. Tables: ``coelution``, one row per
        assembly with the results of both tests, ``nulls`` and ``unexpected``.

        Raises:
            DataError: If no protein has a profile, or no profile varies.
        """
        metrics: Metrics = {}
        tables: Tables = {}
        if task.hierarchy is not None:
            profiles = elution_similarity(task.reference, self.similarity)
            metrics, tables = self._assemblies(task.hierarchy, profiles, task)
            if self.permutations and "assemblies_terms" in task.tables:
                members = self._unexpected(task.hierarchy, profiles, task)
                metrics |= members.metrics(self.fdr)
                tables["unexpected"] = members.table(self.fdr)
        if task.embedding is not None:
            chance = neighbours_auroc(task.embedding, task.reference, self.neighbours)
            metrics |= {} if np.isnan(chance) else {"neighbours_auroc": chance}
        return metrics, tables

    def _assemblies(
        self, hierarchy: Hierarchy, profiles: Profiles, task: Task[ElutionProfiles]
    ) -> tuple[Metrics, Tables]:
        rank_sum = RankSum.of(hierarchy, profiles)
        table = rank_sum.table(self.fdr)
        metrics: Metrics = {
            "assemblies": len(table),
            "tested": int(table["p"].notna().sum()),
            "validated": int(table["validated"].sum()),
        }
        nulls = rank_sum.by_chance(self.fdr, self.nulls, [*task.seed, 1])
        metrics |= nulls.statistics(metrics)
        excess = excess_of(hierarchy.proteins, task.reference, self.similarity)
        metrics["nested_coelution"] = nested_coelution(hierarchy, excess)
        if self.permutations and metrics["tested"]:
            matched = MatchedAssemblies.of(
                hierarchy,
                profiles,
                permutations=self.permutations,
                null_maps=task.nulls,
                seed=[*task.seed, 2],
            )
            tested = matched.table(hierarchy, self.fdr).drop(columns="measured")
            table = table.merge(tested.rename(columns=COLUMN_NAMES), on="assembly", how="left")
            table["coelutes"] = table["coelutes"].eq(True)
            metrics |= matched.metrics(self.fdr, "coeluting")
            nulls = Nulls(nulls.draws | matched.nulls(self.fdr, "coeluting").draws)
        return metrics, {"coelution": table, "nulls": nulls.table()}

    def _unexpected(
        self, hierarchy: Hierarchy, profiles: Profiles, task: Task[ElutionProfiles]
    ) -> UnexpectedMembers:
        """Test members that are in no matched term of any reference."""
        return UnexpectedMembers.of(
            hierarchy,
            profiles,
            matched_assemblies(task.tables["assemblies_terms"], task.term_fdr),
            null_maps=self.nulls,
            seed=[*task.seed, 3],
        )
