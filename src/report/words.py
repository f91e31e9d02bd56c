"""Plain words for figures and references: what each number means, and what it does not show."""

from __future__ import annotations

from typing import Literal, NamedTuple

Form = Literal["count", "share", "index"]


class Words(NamedTuple):
    """What a figure is called, how its number is written, and what it says.

    The meaning may name settings of the evaluation, see `stated`.
    """

    name: str
    form: Form
    meaning: str


REFERENCES = {
    "corum": "CORUM complexes",
    "go_cc": "GO cellular components",
    "hpa": "Human Protein Atlas locations",
    "sec": "Co-elution (SEC-MS)",
    "truth": "Simulated truth",
}

SHORT = {"corum": "CORUM", "go_cc": "GO-CC", "hpa": "HPA", "sec": "SEC-MS"}
"""References where there is little room."""

FIGURES = {
    "recovered": Words(
        "Terms recovered",
        "count",
        "Known sets that some assembly matches at Jaccard ≥ {recovered_at}. Says nothing of the "
        "assemblies that match no set.",
    ),
    "recovered_groups": Words(
        "Groups of similar terms recovered",
        "count",
        "The same with near-identical sets counted once, so that one well-studied complex with "
        "many entries does not count many times.",
    ),
    "enriched": Words(
        "Assemblies with an enriched term",
        "share",
        "Share of assemblies sharing more proteins with some set than chance allows (Jaccard ≥ "
        "{jaccard}, FDR < {fdr}). Large assemblies pass easily.",
    ),
    "mmr": Words(
        "Maximum matching ratio",
        "index",
        "Overlap of sets and assemblies when each may be matched once: 1 is perfect. Low values "
        "are usual, as no data set covers all known sets.",
    ),
    "matching_f1": Words(
        "Assemblies and groups of terms matched one to one",
        "index",
        "The same matching over groups of similar sets, held against the number of assemblies "
        "too: copies, thousands of small ones and giants lower it. What sweeps maximise.",
    ),
    "j50": Words("Assemblies like a term", "count", "Best Jaccard with a known set ≥ 0.5."),
    "j20": Words("Assemblies resembling a term", "count", "Best Jaccard with a set 0.2 to 0.5."),
    "validated": Words(
        "Assemblies whose members co-elute",
        "count",
        "Members elute together more than unrelated pairs (rank-sum test, FDR {coelution_fdr%}). "
        "Pairs of one protein are not independent, so the test is easy: with shuffled names up to "
        "a tenth of the assemblies still pass.",
    ),
    "coeluting": Words(
        "Assemblies whose members co-elute, against their like",
        "count",
        "Members elute more alike than as many proteins of like detection and amount (labels "
        "permuted among them, each assembly one unit, FDR {coelution_fdr%}): the stricter test.",
    ),
    "unexpected_auroc": Words(
        "Members outside the known term of their assembly co-elute with it",
        "index",
        "Chance that such a member elutes more like the rest of the assembly than a protein of "
        "like detection and amount that is not in it; 0.5 is chance.",
    ),
    "unexpected": Words(
        "Unexpected members supported one by one",
        "count",
        "Of them those that stand out at FDR {coelution_fdr%}. One experiment seldom tells it of a "
        "single protein.",
    ),
    "neighbours_auroc": Words(
        "Near neighbours co-elute",
        "index",
        "Chance that a pair of neighbours in the embedding elutes more alike than another pair; "
        "0.5 is chance.",
    ),
    "macro_auroc": Words(
        "Embedding: proteins of a term are near, mean over terms",
        "index",
        "Chance that two proteins of one set are more similar than two that share none; each set "
        "counts once. 0.5 is chance, 1 is best.",
    ),
    "auroc": Words(
        "Embedding: proteins of a term are near, over pairs",
        "index",
        "The same over pairs, so large sets weigh more. 0.5 is chance.",
    ),
    "ap_1to10": Words(
        "Embedding: average precision",
        "index",
        "Precision of the most similar pairs at ten unrelated pairs to one related; chance 0.09.",
    ),
    "knn_precision": Words(
        "Near neighbours share a term",
        "share",
        "Of the {neighbours} nearest annotated proteins in the embedding, how many share a set.",
    ),
    "objective": Words(
        "Objective of sweeps",
        "index",
        "Chosen figures of the half used for choosing, 0 at their chance level, 1 at their best.",
    ),
    "robust": Words(
        "Assemblies that return when proteins are left out",
        "share",
        "Share found again in more than half of the resampled maps.",
    ),
    "mean_best_jaccard": Words(
        "True assemblies found, mean best Jaccard",
        "index",
        "For each true assembly the best match in the map; 1 means all came back exactly.",
    ),
    "complexes_mean_best_jaccard": Words(
        "True complexes found, mean best Jaccard",
        "index",
        "The same for true assemblies that hold no smaller one.",
    ),
    "map_mean_best_jaccard": Words(
        "Assemblies of the map that are true, mean best Jaccard",
        "index",
        "For each assembly of the map the best match in the truth; low where the map invents.",
    ),
    "f1": Words(
        "Both ways together (F1)",
        "index",
        "Harmonic mean of the share of assemblies like a term and of groups of terms recovered.",
    ),
}
"""Figures that head the page, in this order; others are listed below them by name."""

SPECIAL = {
    ("truth", "f1"): Words(
        "Both ways together (F1)", "index", "Of found and true, the harmonic mean."
    ),
    ("truth", "recovered"): Words(
        "True assemblies recovered",
        "share",
        "Share of true assemblies that some assembly matches at Jaccard ≥ {recovered_at}.",
    ),
    ("truth", "complexes_recovered"): Words(
        "True complexes recovered", "share", "The same for those that hold no smaller one."
    ),
}
"""Figures that mean something else against one reference."""

PARTS = {"all": "", "tune": "half used for choosing settings", "held_out": "half held out"}

HPA_CAUTION = (
    "Image encoders trained on Human Protein Atlas labels, as the published one was, have seen "
    "these locations: for them the comparison is partly circular."
)


def words(reference: str, figure: str) -> Words | None:
    """Return what a figure against a reference says; None where it does not head the page."""
    return SPECIAL.get((reference, figure), FIGURES.get(figure))


def reference_name(reference: str) -> str:
    """Return how a reference is called on the page."""
    return REFERENCES[reference] if reference in REFERENCES else reference.replace("_", " ")


def short_name(reference: str) -> str:
    """Return how a reference is called in a table cell."""
    return SHORT[reference] if reference in SHORT else reference_name(reference)
