"""A map against elution profiles: both tests, their figures, their nulls, one table."""

from __future__ import annotations

import pandas as pd

from ...artifacts import ElutionProfiles, Hierarchy
from ..nulls import Figures, Nulls
from .permutation import MatchedCoelution
from .rank_sum import RankSum
from .similarity import Kind

Tables = dict[str, pd.DataFrame]


def score_coelution(
    hierarchy: Hierarchy,
    profiles: ElutionProfiles,
    *,
    similarity: Kind = "pearson",
    fdr: float = 0.05,
    rank_sum_nulls: int = 20,
    permutations: int = 10_000,
    null_maps: int = 20,
    seed: list[int],
) -> tuple[Figures, Tables]:
    """Return how many assemblies of a map co-elute, by the published test and by the matched one.

    Figures: ``assemblies``, ``tested`` (with at least one pair of profiled members), ``validated``
    by `RankSum`, ``coeluting`` by `MatchedCoelution`, both with their nulls. Tables:
    ``coelution``, one row per assembly with the results of both, and ``nulls``.

    Args:
        hierarchy: The map.
        profiles: Elution profiles of some of its proteins.
        similarity: How profiles are compared, see `Coelution`.
        fdr: False discovery rate up to which an assembly passes.
        rank_sum_nulls: Maps of permuted labels that the rank-sum test is run on.
        permutations: Of the matched test; 0 leaves it out.
        null_maps: Maps of permuted labels that the matched test is run on.
        seed: Of all permutations.

    Raises:
        DataError: If no protein of the map has a profile, or no profile varies.
    """
    rank_sum = RankSum.of(hierarchy, profiles, similarity)
    table = rank_sum.table(fdr)
    figures: Figures = {
        "assemblies": len(table),
        "tested": int(table["p"].notna().sum()),
        "validated": int(table["validated"].sum()),
    }
    nulls = rank_sum.by_chance(fdr, rank_sum_nulls, [*seed, 1])
    figures |= nulls.beside(figures)
    if permutations and figures["tested"]:
        matched = MatchedCoelution.of(
            hierarchy,
            profiles,
            similarity=similarity,
            permutations=permutations,
            null_maps=null_maps,
            seed=[*seed, 2],
        )
        table = table.merge(matched.table(hierarchy, fdr), on="assembly", how="left")
        table["coelutes"] = table["coelutes"].eq(True)
        figures |= matched.figures(fdr)
        nulls = Nulls(nulls.draws | matched.nulls(fdr).draws)
    drawn = nulls.table()
    drawn.insert(0, "part", "all")
    return figures, {"coelution": table, "nulls": drawn}
