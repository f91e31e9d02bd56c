"""Catalogue of metrics: each declared once, for tables, page, console, objective and docs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..errors import ConfigError

Form = Literal["count", "share", "index"]
"""How a number is written: counts are unbounded; shares, in per cent, and indices end at 1."""

DOCUMENTED = 0.5
"""Least Jaccard with a term at which an assembly counts as documented. Source: Schaffer et al.,
Nature 642:222 (2025), doi:10.1038/s41586-025-08878-3; so is `VARIANT`."""
VARIANT = 0.2
"""Least Jaccard with a term at which an assembly counts as a variant of it."""

BANDS = {"small": (4, 30), "medium": (30, 150), "large": (150, 1500)}
"""Band -> least size of its terms, and the size below which they are, in `MapRetrieval`."""

REFERENCE_ORDER = ("map", "truth", "corum", "go_cc", "hpa", "sec")
"""References whose headlines come first; those of other names have all headlines of these."""


@dataclass(frozen=True)
class Metric:
    """Name, meaning and range of a metric, and where it is shown.

    Attributes:
        name: Last part of the full name, ``<reference>.<part>.<name>``.
        label: Label on the page.
        meaning: What it measures and what it does not; ``{terms.fdr}`` is replaced by the setting
            ``eval.terms.fdr``, ``{terms.fdr%}`` by the same in per cent.
        form: Number format.
        chance: Its value without any signal; None where it is estimated from permuted labels.
        lowest: Its lowest possible value.
        increasing: Whether higher is better.
        reference: The only reference it is measured against; "" for any.
        headline: Where terminal and study tables show it: ``corum.all`` for one reference, and for
            those whose names are not in `REFERENCE_ORDER`; ``all`` for every one.
        page: Whether it is at the top of the page; other metrics are listed by name.
        drawn: Title of the histogram of its null on the page; "" for no histogram.
    """

    name: str
    label: str
    meaning: str
    form: Form = "index"
    chance: float | None = None
    lowest: float = 0.0
    increasing: bool = True
    reference: str = ""
    headline: tuple[str, ...] = ()
    page: bool = True
    drawn: str = ""

    @property
    def range(self) -> tuple[float, float]:
        """Lowest and highest possible value."""
        return self.lowest, math.inf if self.form == "count" else 1.0

    @property
    def best(self) -> float:
        """The best possible value."""
        return self.range[1] if self.increasing else self.range[0]


_METRICS: dict[tuple[str, str], Metric] = {}


def register(metric: Metric) -> Metric:
    """Append a metric to the catalogue; return it.

    Raises:
        ConfigError: If its name is empty, contains a dot, or is taken.
    """
    if not metric.name or "." in metric.name:
        raise ConfigError(f"A metric's name is one word without dots, got '{metric.name}'.")
    taken = _METRICS.get((metric.reference, metric.name))
    if taken is not None:
        raise ConfigError(
            f"Metric '{metric.name}' is declared already ('{taken.label}'); choose another name."
        )
    _METRICS[metric.reference, metric.name] = metric
    return metric


def find(reference: str, name: str) -> Metric | None:
    """Return the metric of a name for a reference; None where it is not declared."""
    return _METRICS.get((reference, name), _METRICS.get(("", name)))


def metrics() -> tuple[Metric, ...]:
    """Return all metrics in the order in which they are shown."""
    return tuple(_METRICS.values())


def headlines(measured: Iterable[str] = ()) -> list[str]:
    """Return the names of the headline metrics, by reference.

    Args:
        measured: Names of measured metrics; their references follow the known ones.
    """
    places = [place for metric in metrics() for place in metric.headline if "." in place]
    references = dict.fromkeys(
        (*REFERENCE_ORDER, *(n.partition(".")[0] for n in (*places, *measured)))
    )
    named = (
        f"{reference}.{place.rpartition('.')[2]}.{metric.name}"
        for reference in references
        for metric in metrics()
        for place in metric.headline
        if _is_of(place.rpartition(".")[0], reference)
    )
    return list(dict.fromkeys(named))


def _is_of(named: str, reference: str) -> bool:
    """Return whether a place that names one reference, or none, is one of `reference`."""
    return named in ("", reference) or (
        reference not in REFERENCE_ORDER and named not in ("map", "truth")
    )


def table() -> str:
    """Return all metrics as a Markdown table."""
    lines = ["| metric | name | range | chance level | meaning |", "|---|---|---|---|---|"]
    for metric in metrics():
        low, high = metric.range
        bounds = f"from {low:g}" if math.isinf(high) else f"{low:g} to {high:g}"
        bounds += "" if metric.increasing else ", lower is better"
        chance = "its null" if metric.chance is None else f"{metric.chance:.2g}"
        name = f"{metric.reference}.*.{metric.name}" if metric.reference else metric.name
        meaning = metric.meaning.replace("{", "`eval.").replace("%}", "`").replace("}", "`")
        lines.append(f"| `{name}` | {metric.label} | {bounds} | {chance} | {meaning} |")
    return "\n".join(lines) + "\n"


def _declare(*declared: Metric) -> None:
    for metric in declared:
        register(metric)


_declare(
    Metric(
        "assemblies",
        "Assemblies",
        "Assemblies below the root.",
        form="count",
        reference="map",
        headline=("map.all",),
        page=False,
    ),
    Metric(
        "objective",
        "Objective of sweeps",
        "Quality of the map relative to the default map: 1 is equal, 0 is chance, below 0 a part "
        "is below its floor.",
        lowest=-math.inf,
        reference="map",
        headline=("map.tune",),
    ),
    Metric(
        "pairs",
        "Proteins of a term are close, relative to the default map",
        "Retrieval of pairs of a term by the smallest assembly that contains both; 1 is the "
        "default's.",
        chance=0.0,
        lowest=-math.inf,
        reference="map",
        page=False,
    ),
    *(
        Metric(
            f"pairs_{band}",
            f"Proteins of a {band} term are close, relative to the default map",
            f"Retrieval of pairs of terms of {low} to {high - 1} members; 1 is the default's.",
            chance=0.0,
            lowest=-math.inf,
            reference="map",
            page=False,
        )
        for band, (low, high) in BANDS.items()
    ),
    Metric(
        "recall",
        "Best match of each term, relative to the default map",
        "Best Jaccard of each group of similar terms, above permuted labels; 1 is the default's.",
        chance=0.0,
        lowest=-math.inf,
        reference="map",
        page=False,
    ),
    Metric(
        "coelution",
        "Close pairs co-elute, relative to the default map",
        "Similarity of elution of the closest pairs of the map; 1 is the default's.",
        chance=0.0,
        lowest=-math.inf,
        reference="map",
        page=False,
    ),
    Metric(
        "enriched",
        "Assemblies with an enriched term, relative to the default map",
        "Share of assemblies, mean over references; 1 is the default's.",
        reference="map",
        page=False,
    ),
    Metric(
        "robust",
        "Assemblies that return when proteins are left out",
        "Share that returns in more than half of the resampled maps.",
        form="share",
        reference="map",
        headline=("map.all",),
    ),
    Metric(
        "returns",
        "How often an assembly returns",
        "Share of the resampled maps that contain an assembly again, mean over assemblies.",
        form="share",
        reference="map",
        headline=("map.all",),
        page=False,
    ),
    Metric(
        "needs_all",
        "Assemblies that need every modality",
        "Robust assemblies that return in no map with a modality replaced by noise.",
        form="count",
        reference="map",
        headline=("map.all",),
        page=False,
    ),
    Metric(
        "recovered",
        "Terms recovered",
        "Number of known sets that some assembly matches at Jaccard ≥ {terms.recovered_at}. "
        "Ignores assemblies that match no set.",
        form="count",
        headline=("corum.all", "go_cc.all"),
    ),
    Metric(
        "recovered_groups",
        "Groups of similar terms recovered",
        "The same with near-identical sets counted once: a well-studied complex with many entries "
        "counts once.",
        form="count",
        headline=("corum.all", "corum.held_out", "go_cc.held_out"),
        drawn="groups of terms recovered",
    ),
    Metric(
        "enriched",
        "Assemblies with an enriched term",
        "Share of assemblies that share more proteins with some set than expected by chance "
        "(Jaccard ≥ {terms.jaccard}, FDR < {terms.fdr}). Large assemblies pass easily.",
        form="share",
        headline=("corum.all", "go_cc.all", "hpa.all"),
        drawn="share of assemblies enriched",
    ),
    Metric(
        "mmr",
        "Maximum matching ratio",
        "Overlap of sets and assemblies, each matched at most once: 1 is perfect. Low values "
        "are normal, since no data set covers all known sets.",
        headline=("corum.all", "go_cc.all"),
    ),
    Metric(
        "matching_f1",
        "One-to-one matching of assemblies and groups of terms (F1)",
        "The same matching over groups of similar sets, relative to the number of assemblies too: "
        "copies, thousands of small ones and giants lower it. It rewards leaving out assemblies "
        "that match nothing listed.",
        headline=("corum.held_out", "go_cc.held_out"),
        drawn="one-to-one F1",
    ),
    *(
        Metric(
            f"pairs_{band}",
            f"Proteins of {band} terms are close in the map",
            f"Average precision of the other members of a protein's term ({low} to {high - 1} "
            "members), ranked by the smallest assembly that contains both.",
            chance=0.0,
            lowest=-math.inf,
            page=False,
        )
        for band, (low, high) in BANDS.items()
    ),
    Metric(
        "recall",
        "Best match of each group of terms",
        "The largest Jaccard of any assembly with any term of a group of similar ones, mean over "
        "groups.",
        page=False,
    ),
    Metric(
        "nested_coelution",
        "Closest pairs of the map co-elute",
        "Similarity of elution of the closest 1 to 100 pairs a protein, above pairs matched on "
        "detection and abundance, in standard deviations: 0 by chance.",
        chance=0.0,
        lowest=-math.inf,
        page=False,
    ),
    Metric(
        "j50",
        "Assemblies that match a term",
        f"Best Jaccard with a known set ≥ {DOCUMENTED}.",
        form="count",
    ),
    Metric(
        "j20",
        "Assemblies similar to a term",
        f"Best Jaccard with a set {VARIANT} to {DOCUMENTED}.",
        form="count",
    ),
    Metric(
        "validated",
        "Assemblies whose members co-elute",
        "Members co-elute more than unrelated pairs (rank-sum test, FDR {coelution.fdr%}). The "
        "test ignores that pairs of one protein are dependent: with shuffled names up to a tenth "
        "of the assemblies still pass.",
        form="count",
        headline=("sec.all",),
        drawn="co-elute, rank-sum test",
    ),
    Metric(
        "coeluting",
        "Assemblies whose members co-elute, matched test",
        "Members co-elute more than as many proteins matched on detection and abundance (labels "
        "permuted among them, each assembly one unit, FDR {coelution.fdr%}): the stricter test.",
        form="count",
        headline=("sec.all",),
        drawn="co-elute, matched test",
    ),
    Metric(
        "unexpected_auroc",
        "Unexpected members co-elute with their assembly",
        "Probability that a member outside the known term of its assembly co-elutes with the rest "
        "more than a matched protein that is not in the assembly; 0.5 is chance.",
        chance=0.5,
        headline=("sec.all",),
    ),
    Metric(
        "unexpected",
        "Unexpected members supported one by one",
        "Number of these members that are significant at FDR {coelution.fdr%}. One experiment is "
        "seldom enough for a single protein.",
        form="count",
    ),
    Metric(
        "neighbours_auroc",
        "Nearest neighbours co-elute",
        "Probability that a pair of neighbours in the embedding co-elutes more than another pair; "
        "0.5 is chance.",
        chance=0.5,
    ),
    Metric(
        "macro_auroc",
        "Embedding: AUROC of terms, mean over terms",
        "Probability that two proteins of one set are more similar than two that share none; each "
        "set counts once. 0.5 is chance, 1 is best.",
        chance=0.5,
        headline=("corum.all", "corum.held_out"),
    ),
    Metric(
        "auroc",
        "Embedding: AUROC of terms, over pairs",
        "The same over pairs, so that large sets weigh more. 0.5 is chance.",
        chance=0.5,
        headline=("corum.all",),
    ),
    Metric(
        "ap_1to10",
        "Embedding: average precision",
        "Average precision with ten unrelated pairs to one related, ranked by similarity; chance "
        "0.09.",
        chance=1 / 11,
        headline=("corum.all",),
    ),
    Metric(
        "knn_precision",
        "Nearest neighbours share a term (kNN precision)",
        "Share of the {pairs.neighbours} nearest annotated proteins in the embedding that share a "
        "set.",
        form="share",
        headline=("hpa.all",),
    ),
    Metric(
        "mean_best_jaccard",
        "True assemblies, mean best Jaccard",
        "Best match in the map of each true assembly; 1 means that all are recovered exactly.",
        headline=("truth.all",),
    ),
    Metric(
        "complexes_mean_best_jaccard",
        "True complexes, mean best Jaccard",
        "The same for true assemblies that contain no smaller one.",
        headline=("truth.all",),
    ),
    Metric(
        "map_mean_best_jaccard",
        "Assemblies of the map, mean best Jaccard with the truth",
        "Best match in the truth of each assembly of the map; low if many assemblies are false.",
    ),
    Metric(
        "f1",
        "Precision and recall together (F1)",
        "Harmonic mean of the share of assemblies that match a term and of groups of terms "
        "recovered.",
    ),
    Metric(
        "f1",
        "Precision and recall together (F1)",
        "Harmonic mean of the two mean best Jaccards, of the true assemblies and of the map's.",
        reference="truth",
        headline=("truth.all",),
    ),
    Metric(
        "recovered",
        "True assemblies recovered",
        "Share of true assemblies that some assembly matches at Jaccard ≥ {truth.recovered_at}.",
        form="share",
        reference="truth",
    ),
    Metric(
        "complexes_recovered",
        "True complexes recovered",
        "The same for those that contain no smaller one.",
        form="share",
        reference="truth",
    ),
)
