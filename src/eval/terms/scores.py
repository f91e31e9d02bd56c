"""Scores of a map against a term set: enrichment, recovery, matching; nulls and tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Hierarchy, TermSet
from ...errors import SettingError
from ...nodes.ranges import AtLeastOne, UnitAboveZero, checked
from ...terminal.cores import allowed
from ..catalogue import DOCUMENTED, VARIANT
from ..nulls import Metrics, Nulls
from ..scoring import Tables, Task
from .enrichment import (
    HypergeometricTails,
    benjamini_hochberg,
    classes,
    enriched,
    hypergeometric_tails,
    tests_made,
)
from .matching import (
    SMALLEST_MATCHED,
    MatchingScores,
    PairsLeftOutError,
    matching_f1,
    maximum_matching_ratio,
)
from .notable import Least, Notable, notable_pairs, tail_counts
from .overlap import Comparison, Index, Overlap, Values, compare, distinct
from .recovery import SIZES, THRESHOLDS, f1, group_terms, recovered_terms, recovery_curve

Entry = TypeVar("Entry", bound=np.generic)
Null = Literal["free", "matched"]
STRATA = 10

MIN_THREADED = 10_000_000
"""Pairs of assemblies and terms from which permuted maps are measured in threads."""

TOP = 64
"""Initial number of candidate pairs of an assembly for the matching."""


@checked
@dataclass(frozen=True)
class TermScoring:
    """Scores a map against a term set: enriched assemblies and recovered terms.

    False discovery rates are over the cells of assemblies with an annotated member. With a
    ``matched`` null, labels are permuted among proteins with a similar number of terms, since
    well-studied proteins are frequent in both maps and references; with a ``free`` one, among all.

    Args:
        min_size: Minimum number of offered, annotated proteins of a term that counts.
        identical_terms: Whether all terms with identical proteins count, or only the first.
        all_cells: Whether false discovery rates count the cells of assemblies without an annotated
            member, and of the root, as tests, as the published tools do.
        jaccard: Minimum Jaccard of an enriched term.
        fdr: False discovery rate below which a term is enriched.
        recovered_at: Minimum Jaccard at which a term is recovered, and two terms form a group.
        max_matched_size: Maximum size of terms for the maximum matching ratio.
        null: Permutation of labels: ``free``, or among ``matched`` proteins.
    """

    takes: ClassVar[type] = TermSet

    min_size: AtLeastOne = 4
    identical_terms: bool = False
    all_cells: bool = False
    jaccard: UnitAboveZero = 0.1
    fdr: UnitAboveZero = 0.01
    recovered_at: UnitAboveZero = 0.5
    max_matched_size: int = 100
    null: Null = "free"

    def __post_init__(self) -> None:
        if self.max_matched_size < self.min_size:
            raise SettingError(
                "max_matched_size",
                f"must be at least min_size, which is {self.min_size}, but got "
                f"{self.max_matched_size}.",
            )

    def __call__(self, task: Task[TermSet]) -> tuple[Metrics, Tables]:
        """Return the metrics of `TermScores.summary` and four tables; none without a map."""
        if task.hierarchy is None:
            return {}, {}
        scores = self.scores(task.hierarchy, task.reference)
        nulls = scores.nulls(task.nulls, task.seed)
        return scores.summary(nulls), {
            "assemblies_terms": assembly_table(scores, task.hierarchy, task.reference),
            "terms": term_table(scores, task.hierarchy, task.reference),
            "recovery": scores.curve(),
            "nulls": nulls.table(),
        }

    def scores(self, hierarchy: Hierarchy, terms: TermSet) -> TermScores:
        """Compare a map with a set of terms; see `TermScores` and `compare`."""
        comparison = compare(hierarchy, terms, self.min_size, identical_terms=self.identical_terms)
        matched, universe = self.null == "matched", comparison.universe
        sizes, of_terms = comparison.assembly_sizes, comparison.term_sizes
        tails = hypergeometric_tails(sizes, of_terms, universe)
        lowest = min(THRESHOLDS[0], VARIANT, self.jaccard, self.recovered_at)
        cells = (len(comparison.assemblies) + 1) * len(comparison.terms)
        return TermScores(
            comparison,
            tails,
            Least.at_jaccard(sizes, of_terms, lowest).or_below(tails, self.fdr),
            group_terms(sparse.csr_array(comparison.annotations.T.tocsr()), self.recovered_at),
            _strata(comparison) if matched else np.zeros(universe, np.intp),
            cells if self.all_cells else tests_made(sizes, of_terms),
            self,
        )


@dataclass(frozen=True)
class TermScores:
    """Comparison of a map with one term set.

    `metrics` costs one count of shared proteins, one look-up per kept pair, and two matchings, so
    that it can be called for thousands of permuted maps.

    Attributes:
        comparison: Map and terms, restricted to their common universe.
        tails: Hypergeometric p values by size and overlap.
        least: Minimum overlap of a pair for a metric to depend on it.
        groups: ``(T,)`` group of each term.
        strata: ``(U,)`` strata within which labels are permuted.
        tests: Number of assembly x term cells for false discovery rates.
        settings: Thresholds.
    """

    comparison: Comparison
    tails: HypergeometricTails
    least: Least
    groups: Index
    strata: Index
    tests: int
    settings: TermScoring

    def metrics(self, labels: Index | None = None) -> Metrics:
        """Return the metrics that have a permutation null, higher is better.

        ``enriched`` is a share of all assemblies, ``mmr`` a ratio (left out when no term has the
        size), as is ``matching_f1``; ``f1`` is that of the `recovery_curve` at `recovered_at`. The
        others are counts: ``j50`` and ``j20`` assemblies of best Jaccard from .5 and in .2 .. .5,
        ``recovered`` terms, of them those of each size, ``recovered_groups`` groups of terms.
        """
        pairs = self.own if labels is None else self.notable(labels)
        overlap = pairs.overlap
        high = distinct(overlap.row[overlap.jaccard >= DOCUMENTED])
        medium = distinct(overlap.row[overlap.jaccard >= VARIANT]) - high
        bar = self.settings
        hit = recovered_terms(overlap, bar.recovered_at)
        accepted = enriched(overlap, self.tails(overlap), bar.jaccard, bar.fdr, self.tests)
        metrics: Metrics = {
            "enriched": len(accepted) / len(self.comparison.assemblies),
            "j50": high,
            "j20": medium,
            "recovered": int(hit.sum()),
            "recovered_groups": distinct(self.groups[hit]),
        }
        sizes = overlap.column_sizes
        for low, high in SIZES:
            metrics[f"recovered_{low}_{high}"] = int((hit & (sizes >= low) & (sizes < high)).sum())
        assemblies = len(self.comparison.assemblies)
        recall = metrics["recovered_groups"] / (int(self.groups.max()) + 1)
        metrics["f1"] = f1(self._reaching(overlap) / assemblies, recall)
        return metrics | self._matchings(pairs, labels)

    @cached_property
    def own(self) -> Notable:
        """The pairs that metrics and tables of the map itself depend on."""
        return self.notable()

    def notable(self, labels: Index | None = None, top: int = TOP) -> Notable:
        """Return the pairs that metrics depend on, and the `top` of each assembly for matchings."""
        members = self.comparison.relabelled(labels)
        return notable_pairs(members, self.comparison.annotations, self.least, self._matched, top)

    @property
    def _matched(self) -> NDArray[np.bool_]:
        """``(T,)`` whether a term has the size of a complex."""
        sizes = self.comparison.term_sizes
        return np.asarray((sizes >= SMALLEST_MATCHED) & (sizes <= self.settings.max_matched_size))

    def _matchings(self, pairs: Notable, labels: Index | None, top: int = TOP) -> Metrics:
        """Return ``mmr`` and ``matching_f1``; pairs are added until the optimum needs no others."""
        matched, assemblies = self._matched, len(self.comparison.assemblies)
        if not matched.any():
            return {}
        scores = MatchingScores.among(pairs, matched)
        try:
            ratio, both = (
                maximum_matching_ratio(scores),
                matching_f1(scores, assemblies, self.groups),
            )
        except PairsLeftOutError:
            return self._matchings(self.notable(labels, 8 * top), labels, 8 * top)
        return {"mmr": ratio, "matching_f1": both}

    def _reaching(self, overlap: Overlap) -> int:
        return distinct(overlap.row[overlap.jaccard >= self.settings.recovered_at])

    def curve(self) -> pd.DataFrame:
        """Return the `recovery_curve`."""
        overlap = self.own.overlap
        return recovery_curve(overlap, len(self.comparison.assemblies), self.groups)

    def nulls(self, nulls: int, seed: int | list[int]) -> Nulls:
        """Return the metrics of `nulls` label-permuted maps."""
        pairs = len(self.comparison.assemblies) * len(self.comparison.terms)
        threads = allowed() if pairs >= MIN_THREADED else 1
        return Nulls.of(self.metrics, self.strata, nulls, seed, threads=threads)

    def summary(self, nulls: Nulls) -> Metrics:
        """Return all metrics, with their permutation nulls."""
        metrics = self.metrics()
        assemblies = len(self.comparison.assemblies)
        about: Metrics = {
            "assemblies": assemblies,
            "undocumented": assemblies - metrics["j50"] - metrics["j20"],
            "terms": len(self.comparison.terms),
            "groups": int(self.groups.max()) + 1,
            "universe": self.comparison.universe,
        }
        sizes = self.comparison.term_sizes
        for low, high in SIZES:
            about[f"terms_{low}_{high}"] = int(((sizes >= low) & (sizes < high)).sum())
        return metrics | about | nulls.statistics(metrics)


def _strata(comparison: Comparison) -> Index:
    """``(U,)`` deciles of the proteins by their number of terms."""
    occurs = np.diff(comparison.annotations.indptr)
    strata = np.empty(len(occurs), np.intp)
    strata[np.argsort(occurs, kind="stable")] = np.arange(len(occurs)) * STRATA // len(occurs)
    return strata


def assembly_table(scores: TermScores, hierarchy: Hierarchy, terms: TermSet) -> pd.DataFrame:
    """Return the best term of each assembly, in map order.

    Columns: ``assembly, term, description, overlap, jaccard, p, fdr, class, genes``. Best is the
    highest Jaccard within the annotated universe, ties broken by the order of the reference;
    ``genes`` names the shared proteins, separated by blanks. An assembly that shares no protein
    with any term has an empty term, Jaccard 0 and p = fdr = 1.
    """
    compared = scores.comparison
    overlap = scores.own.overlap
    best = overlap.best_per_row()
    term = compared.terms[overlap.column]
    jaccard = _taken(overlap.jaccard, best, 0.0)
    return pd.DataFrame(
        {
            "assembly": _names(hierarchy.names, compared.assemblies),
            "term": _taken(_names(terms.terms, term), best, ""),
            "description": _taken(_names(terms.descriptions, term), best, ""),
            "overlap": _taken(overlap.shared, best, 0),
            "jaccard": jaccard,
            "p": _taken(scores.tails(overlap), best, 1.0),
            "fdr": _taken(_rates(scores, overlap), best, 1.0),
            "class": classes(jaccard),
            "genes": _shared(compared, np.append(overlap.column, -1)[best]),
        }
    )


def _rates(scores: TermScores, overlap: Overlap) -> Values:
    """Return ``(P,)`` false discovery rates of some pairs, among all that share a protein."""
    compared, tails = scores.comparison, scores.tails
    counts = tail_counts(compared.members, compared.annotations, tails)
    occur = np.flatnonzero(counts)
    rates = benjamini_hochberg(tails.values[occur], scores.tests, counts[occur])
    return np.asarray(rates[np.searchsorted(occur, tails.entries(overlap))])


def _shared(compared: Comparison, term: Index) -> list[str]:
    """Return the proteins that each assembly shares with one term, -1 for none, sorted."""
    best_terms = np.unique(term[term >= 0])
    members = _parts(sparse.csr_array(compared.annotations[:, best_terms].T.tocsr()))
    columns = {-1: set[int]()} | dict(zip(best_terms.tolist(), map(set, members), strict=True))
    names = compared.proteins
    return [
        " ".join(sorted(names[k] for k in inside if k in columns[t]))
        for inside, t in zip(_parts(compared.members), term.tolist(), strict=True)
    ]


def _parts(sets: sparse.csr_array) -> list[list[int]]:
    return [part.tolist() for part in np.split(sets.indices, sets.indptr[1:-1])]


def term_table(scores: TermScores, hierarchy: Hierarchy, terms: TermSet) -> pd.DataFrame:
    """Return the best assembly of each kept term, in the order of the reference.

    Columns: ``term, description, size, group, assembly, jaccard, recovered``; sizes and Jaccard
    within the annotated universe, ties broken by the order of the map.
    """
    overlap = scores.own.overlap
    best = overlap.best_per_column()
    assembly = scores.comparison.assemblies[overlap.row]
    kept = scores.comparison.terms
    jaccard = _taken(overlap.jaccard, best, 0.0)
    return pd.DataFrame(
        {
            "term": _names(terms.terms, kept),
            "description": _names(terms.descriptions, kept),
            "size": overlap.column_sizes,
            "group": scores.groups,
            "assembly": _taken(_names(hierarchy.names, assembly), best, ""),
            "jaccard": jaccard,
            "recovered": jaccard >= scores.settings.recovered_at,
        }
    )


def _names(names: tuple[str, ...], rows: Index) -> NDArray[np.object_]:
    return np.array(names, object)[rows]


def _taken(values: NDArray[Entry], best: Index, missing: object) -> NDArray[Entry]:
    """Return the values of the best pairs, `missing` where `best` is -1."""
    taken: NDArray[Entry] = np.append(values, np.array([missing], values.dtype))[best]
    return taken
