"""Evaluation of maps and embeddings against references, permutation nulls and ground truth.

Plain functions of arrays and sparse matrices; nothing here imports torch, Lightning or Hydra.
Exports are loaded on first use, so that the catalogue of metrics is read without them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .coelution.profiles import drawn_profiles, surest, with_profiles
    from .coelution.scores import CoelutionScoring
    from .coelution.similarity import complex_auroc, elution_similarity, neighbours_auroc
    from .embedding.image_retrieval import image_retrieval
    from .embedding.link_prediction import (
        HeldOutEdges,
        cosine_of_pairs,
        edge_metrics,
        hold_out_edges,
        matched_negatives,
    )
    from .embedding.location_accuracy import location_hits, location_metrics
    from .embedding.neighbourhood import neighbour_metrics
    from .embedding.retrieval import cosine, retrieval_metrics
    from .embedding.scores import PairScoring
    from .evaluation import Evaluation
    from .map_metrics import map_metrics
    from .matched.assemblies import MatchedAssemblies
    from .matched.profiles import Profiles
    from .matched.rank_sum import RankSum
    from .matched.unexpected import UnexpectedMembers, matched_assemblies
    from .nulls import Nulls
    from .objective import MapObjective, Objective, Unit
    from .robustness import recovered_assemblies
    from .scoring import Scorer, Task
    from .terms.enrichment import benjamini_hochberg, hypergeometric_tails
    from .terms.map_retrieval import MapRetrieval
    from .terms.matching import MatchingScores, matching_f1, maximum_matching_ratio
    from .terms.overlap import assemblies_of, compare, distinct_assemblies
    from .terms.recovery import group_terms
    from .terms.scores import TermScoring, assembly_table, term_table
    from .terms.splits import Split
    from .truth import TruthScoring, score_truth, truth_table
    from .weighted_metrics import WeightedMetrics

__all__ = [
    "CoelutionScoring",
    "Evaluation",
    "HeldOutEdges",
    "MapObjective",
    "MapRetrieval",
    "MatchedAssemblies",
    "MatchingScores",
    "Nulls",
    "Objective",
    "PairScoring",
    "Profiles",
    "RankSum",
    "Scorer",
    "Split",
    "Task",
    "TermScoring",
    "TruthScoring",
    "UnexpectedMembers",
    "Unit",
    "WeightedMetrics",
    "assemblies_of",
    "assembly_table",
    "benjamini_hochberg",
    "compare",
    "complex_auroc",
    "cosine",
    "cosine_of_pairs",
    "distinct_assemblies",
    "drawn_profiles",
    "edge_metrics",
    "elution_similarity",
    "group_terms",
    "hold_out_edges",
    "hypergeometric_tails",
    "image_retrieval",
    "location_hits",
    "location_metrics",
    "map_metrics",
    "matched_assemblies",
    "matched_negatives",
    "matching_f1",
    "maximum_matching_ratio",
    "neighbour_metrics",
    "neighbours_auroc",
    "recovered_assemblies",
    "retrieval_metrics",
    "score_truth",
    "surest",
    "term_table",
    "truth_table",
    "with_profiles",
]

_MODULES = (
    "coelution.profiles", "coelution.scores", "coelution.similarity", "embedding.image_retrieval",
    "embedding.link_prediction", "embedding.location_accuracy", "embedding.neighbourhood",
    "embedding.retrieval", "embedding.scores", "evaluation", "map_metrics",
    "matched.assemblies", "matched.profiles", "matched.rank_sum", "matched.unexpected", "nulls",
    "objective", "robustness", "scoring", "terms.enrichment", "terms.map_retrieval",
    "terms.overlap", "terms.recovery", "terms.scores", "terms.splits", "truth", "weighted_metrics",
)  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    modules = (import_module(f"{__name__}.{module}") for module in _MODULES)
    return next(getattr(module, name) for module in modules if hasattr(module, name))
