"""Scores of the fusion benchmark: retrieval, and paired differences over groups of complexes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from cytoweave.artifacts import Embedding, TermSet
from cytoweave.eval.embedding.retrieval import PairSets, cosine, pair_sets, score_pairs
from cytoweave.eval.terms.overlap import common_columns
from cytoweave.eval.terms.splits import Split

Values = NDArray[np.float64]
DRAWS = 1000
RATIO = 10.0
SHARED = 500
"""Terms above this size make no two proteins related; CORUM has none."""


@dataclass(frozen=True)
class Retrieval:
    """How well one embedding finds pairs.

    Attributes:
        per_set: ``(S,)`` AUROC of each set; NaN where none of its pairs counts.
        groups: ``(S,)`` group of similar sets.
        positives: ``(P,)`` similarities of the distinct positive pairs.
        false: ``(P,)`` share of the negatives at least as similar as each.
        pair_groups: ``(P,)`` group of the first set that holds each pair.
    """

    per_set: Values
    groups: NDArray[np.intp]
    positives: NDArray[np.float32]
    false: Values
    pair_groups: NDArray[np.intp]

    @property
    def macro_auroc(self) -> float:
        """Mean over sets."""
        return float(np.nanmean(self.per_set))

    @property
    def average_precision(self) -> float:
        """At ten negatives to a positive."""
        return float(self.precision(np.ones((1, int(self.groups.max()) + 1)))[0])

    def precision(self, weights: Values) -> Values:
        """Average precision with groups counted so often each; ``(draws, groups)`` -> draws."""
        order = np.argsort(-self.positives, kind="stable")
        weight = weights[:, self.pair_groups[order]]
        true = np.cumsum(weight, axis=1)
        wrong = RATIO * true[:, -1:] * self.false[order]
        return np.asarray((weight * true / np.maximum(true + wrong, 1e-12)).sum(1) / true[:, -1])

    def macro(self, weights: Values) -> Values:
        """Macro AUROC with groups counted so often each; ``(draws, groups)`` -> draws."""
        counted = np.isfinite(self.per_set)
        weight = weights[:, self.groups[counted]]
        return np.asarray((weight * self.per_set[counted]).sum(axis=1) / weight.sum(axis=1))


def sets_of(split: Split, part: str, proteins: Sequence[str], sizes: tuple[int, int]) -> PairSets:
    """Return the pairs of one part of a reference that count."""
    result = pair_sets(
        proteins,
        split.part(part),
        min_size=sizes[0],
        max_size=sizes[1],
        max_shared=SHARED,
        other=split.other(part),
    )
    assert result is not None
    return result


def retrieval(embedding: Embedding, sets: PairSets) -> Retrieval:
    """Score an embedding whose proteins `sets` were chosen among, in that order."""
    scores = score_pairs(cosine(embedding.vectors), sets)
    assert scores is not None
    (first, second), of_set = sets.positives()
    _, index = np.unique(first * len(sets.proteins) + second, return_index=True)
    at_least = len(scores.negatives) - np.searchsorted(scores.negatives, scores.positives, "left")
    return Retrieval(
        scores.per_set,
        sets.groups,
        scores.positives,
        at_least / len(scores.negatives),
        sets.groups[of_set[index]],
    )


def partners_auroc(embedding: Embedding, split: Split, part: str) -> Values:
    """Return how well each protein finds those it shares a complex with, ``(N,)``.

    The AUROC of its partners in sets of 3 to 30 of one part against all with which it shares no
    set of the whole reference; NaN without a partner.
    """
    related = shared_sets(embedding, split.terms, SHARED)
    partners = shared_sets(embedding, split.part(part), 30)
    everyone = np.arange(len(embedding.proteins))
    cosines = cosine(embedding.vectors)(everyone, everyone)
    result = np.full(len(embedding.proteins), np.nan)
    for k in np.flatnonzero(partners.sum(axis=1) > 1):
        true, false = partners[k].copy(), ~related[k]
        true[k] = false[k] = False
        ranks = stats.rankdata(cosines[k, true | false])[true[true | false]]
        count = len(ranks)
        result[k] = (ranks.sum() - count * (count + 1) / 2) / (count * false.sum())
    return result


def first_groups(proteins: Sequence[str], split: Split, part: str) -> NDArray[np.intp]:
    """Return the group of a part's first set that holds each protein, ``(N,)``; -1 for none."""
    rows, column = split.rows(part), common_columns(proteins, split.terms.proteins)
    known = column >= 0
    held = split.terms.members[rows][:, column[known]].toarray()
    result = np.full(len(proteins), -1)
    result[known] = np.where(held.any(axis=0), split.groups[rows[held.argmax(axis=0)]], -1)
    return result


def resampled(groups: int) -> NDArray[np.int64]:
    """Return how often each of so many groups is drawn, ``(DRAWS, groups)``; always the same."""
    return np.random.default_rng(0).multinomial(groups, np.full(groups, 1 / groups), DRAWS)


def over_groups(values: Values, groups: NDArray[np.intp]) -> str:
    """Return the mean and its 95 % interval from resampling groups of values."""
    _, group = np.unique(groups, return_inverse=True)
    sums, counts = np.bincount(group, values), np.bincount(group)
    picks = resampled(len(sums))
    low, high = np.quantile((picks @ sums) / (picks @ counts), [0.025, 0.975])
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def shared_sets(embedding: Embedding, terms: TermSet, largest: int) -> NDArray[np.bool_]:
    """Return ``(N, N)``: whether two proteins are in one set of at most `largest`, at least 3."""
    column = common_columns(embedding.proteins, terms.proteins)
    members = np.zeros((terms.members.shape[0], len(column)), np.float32)
    members[:, column >= 0] = terms.members[:, column[column >= 0]].toarray()
    sizes = members.sum(axis=1)
    members = members[(sizes >= 3) & (sizes <= largest)]
    return np.asarray(members.T @ members > 0)


def paired(ours: Sequence[Retrieval], theirs: Sequence[Retrieval]) -> dict[str, Any]:
    """Return the differences of means over runs, and their 95 % intervals over groups of sets.

    Both were scored by the same sets.
    """
    assert all(np.array_equal(scores.groups, ours[0].groups) for scores in (*ours, *theirs))
    groups = int(ours[0].groups.max()) + 1
    weights = np.concatenate([np.ones((1, groups)), resampled(groups)]).astype(np.float64)
    result = {}
    for name in ("macro", "precision"):
        means = [
            np.mean([getattr(scores, name)(weights) for scores in runs], axis=0)
            for runs in (ours, theirs)
        ]
        change = means[0] - means[1]
        low, high = np.quantile(change[1:], [0.025, 0.975])
        result[name] = (float(change[0]), float(low), float(high))
    return result
