"""Pair retrieval by a map: proteins ranked by the smallest assembly shared with a query.

The distance of two proteins is the size of the smallest assembly that contains both. For a protein
of a term, the other members should rank before proteins that share no term with it. Recall is the
best Jaccard of any assembly with each group of similar terms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy import sparse

from ...artifacts import TermSet
from ...nodes.ranges import AtLeastOne, Natural, checked
from ..nulls import Metrics, permuted_within
from ..scoring import Tables, Task
from .nested_pairs import Nested
from .notable import Least, notable_pairs
from .overlap import Index, Values, relabelled
from .queries import Ground, Relations, bands_of, drawn_queries, every_query, ground_of


@checked
@dataclass(frozen=True)
class MapRetrieval:
    """Scores a map against a term set: pair retrieval and recall.

    Args:
        queries: Number of query proteins of terms, drawn once for all maps of the same proteins, as
            many of each size band; null for all.
        max_related: Maximum size of a term that makes two proteins related: all proteins share the
            largest terms of an ontology.
        nulls: Number of label-permuted maps for the chance level of ``recall``.
    """

    takes: ClassVar[type] = TermSet

    queries: AtLeastOne | None = 600
    max_related: AtLeastOne = 500
    nulls: Natural = 5

    def __call__(self, task: Task[TermSet]) -> tuple[Metrics, Tables]:
        """Return ``pairs_small``, ``pairs_medium``, ``pairs_large`` and ``recall``; no tables.

        ``pairs_<band>``: average precision of the retrieval of the other members of a protein's
        term, 0 by chance and 1 at best, mean over the proteins of a term, the terms of a group and
        the groups of a band; a band without a group is left out. ``recall``: the largest Jaccard of
        any assembly with any term of a group, mean over groups, in 0..1, with
        ``recall.null_mean``. Queries do not depend on the run's seed.

        Raises:
            NothingSharedError: If no term has `MIN_SIZE` offered proteins.
        """
        if task.hierarchy is None:
            return {}, {}
        ground = ground_of(task.hierarchy.proteins, task.reference, task.other, self.max_related)
        seed = task.seed[-1]
        queries = drawn_queries(ground, self.queries, seed) if self.queries else every_query(ground)
        nested = Nested.of(task.hierarchy, ground.inside)
        return pair_metrics(nested, ground, queries) | self._recall(nested, ground, seed), {}

    def _recall(self, nested: Nested, ground: Ground, seed: int) -> Metrics:
        metrics = {"recall": recall(nested.members, ground)}
        everyone = np.zeros(ground.terms.shape[1], np.intp)
        drawn = permuted_within(everyone, self.nulls, np.random.default_rng(seed))
        null = [recall(relabelled(nested.members, labels), ground) for labels in drawn]
        return metrics | ({"recall.null_mean": float(np.mean(null))} if null else {})


def pair_metrics(nested: Nested, ground: Ground, queries: Iterable[Relations]) -> Metrics:
    """Return ``pairs_<band>`` of each band that has a term.

    Args:
        nested: The map over the proteins of the ground.
        ground: The terms.
        queries: Query proteins of terms.
    """
    precision = [(block.term, retrieved(nested, block)) for block in queries]
    term = np.concatenate([np.empty(0, np.intp), *(terms for terms, _ in precision)])
    value = np.concatenate([np.empty(0), *(values for _, values in precision)])
    terms, of_term = _means(term, value)
    metrics: Metrics = {}
    for name, rows in bands_of(ground).items():
        mine = np.isin(terms, rows)
        if mine.any():
            of_group = _means(ground.groups[terms[mine]], of_term[mine])[1]
            metrics[f"pairs_{name}"] = float(of_group.mean())
    return metrics


def _means(codes: Index, values: Values) -> tuple[Index, Values]:
    """Return the codes that occur, and the mean of the values of each."""
    present, place = np.unique(codes, return_inverse=True)
    return present, np.bincount(place, values, len(present)) / np.bincount(place)


def retrieved(nested: Nested, relations: Relations) -> Values:
    """Return ``(Q,)`` the chance-corrected average precision: 0 by chance, 1 at best.

    The average precision of `Nested.precision`, corrected by that of a random order.
    """
    precision = nested.precision(relations.protein, relations.wanted, relations.unrelated)
    wanted = relations.wanted.sum(axis=1)
    chance = wanted / (wanted + relations.unrelated.sum(axis=1))
    return np.asarray((precision - chance) / (1 - chance), np.float64)


def recall(members: sparse.csr_array, ground: Ground) -> float:
    """Return the largest Jaccard of any assembly with any term of a group, mean over groups.

    Args:
        members: ``(A, U)`` assemblies over the proteins of the ground.
        ground: The terms.
    """
    by_protein = sparse.csr_array(ground.terms.T.tocsr())
    no_pair = Least.at_jaccard(np.diff(members.indptr), ground.sizes, 2)
    pairs = notable_pairs(members, by_protein, no_pair).overlap  # only the best ones
    best = np.zeros(int(ground.groups.max()) + 1)
    np.maximum.at(best, ground.groups[pairs.column], pairs.jaccard)
    return float(best.mean())
