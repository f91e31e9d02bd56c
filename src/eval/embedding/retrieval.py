"""Retrieval of co-membership by a similarity: AUROC, average precision, ROC, over all pairs.

Positives are the pairs inside a set of moderate size, negatives all pairs of members of such sets
that share no set. Pairs of overlapping complexes are not independent, so intervals are from
resampling groups of similar sets, not sets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import TermSet
from ...similarity.nearest import largest, unit_rows
from ..nulls import Metrics
from ..terms.overlap import Index, Values, common_columns, distinct_sets
from ..terms.recovery import group_terms

Similarity = Callable[[Index, Index], NDArray[np.floating]]
"""Gives the ``(B, N)`` similarities of ``B`` and ``N`` proteins, both by row."""

BLOCK = 512
"""Proteins whose similarities to all others are in memory at once."""


@dataclass(frozen=True)
class PairSets:
    """The positive and negative pairs of proteins.

    Attributes:
        proteins: ``(n,)`` rows of the scored proteins: all members of scored sets.
        scored: ``(S, n)`` distinct sets whose pairs are positives.
        sharing: ``(K, n)`` sets whose pairs are never negatives.
        barred: ``(B, n)`` sets whose pairs are neither.
        groups: ``(S,)`` group of similar sets of each scored one.
    """

    proteins: Index
    scored: sparse.csr_array
    sharing: sparse.csr_array
    barred: sparse.csr_array
    groups: Index

    def positives(self) -> tuple[Index, Index]:
        """Return ``(2, Q)`` pairs, one run per set size, and the set that each is from."""
        sizes = np.diff(self.scored.indptr)
        pairs, sets = [], []
        for size in np.unique(sizes):
            of_size = np.flatnonzero(sizes == size)
            members = self.scored.indices[self.scored.indptr[of_size, None] + np.arange(size)]
            first, second = np.triu_indices(size, 1)
            pairs.append(np.stack([members[:, first], members[:, second]]).reshape(2, -1))
            sets.append(np.repeat(of_size, len(first)))
        positive, of_set = np.concatenate(pairs, axis=1).astype(np.intp), np.concatenate(sets)
        if not self.barred.shape[0]:
            return positive, of_set
        n = len(self.proteins)
        together = sparse.csr_array(_pairs_within(self.barred))
        seen = np.unique(positive[0] * n + positive[1])
        row, column = np.divmod(seen, n)
        free = seen[np.asarray(together[row, column]).ravel() == 0]
        kept = np.isin(positive[0] * n + positive[1], free)
        return positive[:, kept], of_set[kept]


def _pairs_within(sets: sparse.csr_array) -> sparse.csr_array:
    """``(n, n)`` number of the sets that contain both proteins."""
    ones = sets.astype(np.float32)
    return sparse.csr_array(ones.T.tocsr() @ ones)


@dataclass(frozen=True)
class PairScores:
    """Similarities of the positive and negative pairs.

    Attributes:
        positives: ``(P,)`` float32 of the distinct positive pairs.
        negatives: ``(Q,)`` float32, ascending.
        per_set: ``(S,)`` AUROC of each scored set's pairs against all negatives; NaN where none of
            its pairs counts.
        groups: ``(S,)`` group of similar sets of each.
    """

    positives: NDArray[np.float32]
    negatives: NDArray[np.float32]
    per_set: Values
    groups: Index

    @property
    def auroc(self) -> float:
        """Probability that a positive pair is more similar than a negative; chance .5, best 1."""
        return float(placements(self.positives, self.negatives).mean())

    def average_precision(self, ratio: float = 10.0) -> float:
        """Return the average precision at `ratio` negatives to one positive.

        All negatives count, each with the weight that makes their total `ratio` times the number
        of positives: the expectation of drawing so many. Chance level ``1 / (1 + ratio)``, best 1.
        """
        level, count = np.unique(-self.positives, return_counts=True)
        true = np.cumsum(count)
        false = len(self.negatives) - np.searchsorted(self.negatives, -level, "left")
        weight = ratio * len(self.positives) / len(self.negatives)
        return float((count * true / (true + weight * false)).sum() / len(self.positives))

    def roc(self, points: int = 100) -> pd.DataFrame:
        """Return the ROC curve over all pairs, densest at low false-positive rates.

        Columns ``false_positive_rate, true_positive_rate``: the share of positives more similar
        than the negative at that rank, from (0, 0) to (1, 1). Chance: both equal.
        """
        ends = np.unique(np.r_[np.geomspace(1e-4, 1, points // 2), np.linspace(0, 1, points // 2)])
        count = np.unique((ends * len(self.negatives)).astype(np.intp))
        bar = np.append(self.negatives[::-1], -np.inf)[count]
        higher = len(self.positives) - np.searchsorted(np.sort(self.positives), bar, "right")
        rates = {
            "false_positive_rate": count / len(self.negatives),
            "true_positive_rate": higher / len(self.positives),
        }
        return pd.DataFrame(rates)

    def metrics(self, bootstrap: int, seed: int | list[int]) -> Metrics:
        """Return the metrics of `retrieval_metrics`."""
        counted = np.isfinite(self.per_set)
        per_set = self.per_set[counted]
        low, high = bootstrap_interval(per_set, bootstrap, seed, self.groups[counted])
        return {
            "auroc": self.auroc,
            "cliffs_delta": 2 * self.auroc - 1,
            "ap_1to10": self.average_precision(),
            "macro_auroc": float(per_set.mean()),
            "macro_auroc.lo": low,
            "macro_auroc.hi": high,
            "pairs": len(self.positives),
            "sets": len(per_set),
        }


def placements(values: NDArray[np.floating], ascending: NDArray[np.floating]) -> Values:
    """Return for each value the share of `ascending` below it, ties counting half.

    Their mean is the AUROC of `values` against `ascending`.
    """
    below = np.searchsorted(ascending, values, "left").astype(np.float64)
    return (below + np.searchsorted(ascending, values, "right")) / (2 * len(ascending))


def bootstrap_interval(
    values: Values, draws: int, seed: int | list[int], groups: Index | None = None
) -> tuple[float, float]:
    """Return the 2.5 and 97.5 % quantiles of the mean over `draws` resamplings.

    Args:
        values: ``(S,)``.
        draws: Resamplings.
        seed: Of the resamplings.
        groups: ``(S,)`` group of each value: groups are resampled whole, since values of one group
            are not independent; each value by itself where not given.
    """
    rng = np.random.default_rng(seed)
    _, group = np.unique(np.arange(len(values)) if groups is None else groups, return_inverse=True)
    sums, sizes = np.bincount(group, values), np.bincount(group)
    picks = rng.integers(0, len(sizes), (draws, len(sizes)))
    low, high = np.quantile(sums[picks].sum(axis=1) / sizes[picks].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)


def pair_sets(
    proteins: Sequence[str],
    terms: TermSet,
    *,
    min_size: int = 3,
    max_size: int = 30,
    max_shared: int | None = None,
    other: TermSet | None = None,
) -> PairSets | None:
    """Select positive and negative pairs among some proteins; None where no set has the size.

    Args:
        proteins: Names of the proteins that have a similarity.
        terms: Sets; all sizes are those among `proteins`.
        min_size: Least size of a set whose pairs are positives.
        max_size: Largest size of one.
        max_shared: Sets larger than this do not make a pair related; None to count all. With
            ontologies, whose root contains every protein, no pair is unrelated unless this is set.
        other: The other half of a reference: pairs in one of its sets are neither positive nor
            negative.

    Raises:
        DataError: If no protein is in any set.
    """
    column = common_columns(proteins, terms.proteins)
    rows = np.flatnonzero(column >= 0)
    sets = sparse.csr_array(terms.members[:, column[rows]])
    sets.sort_indices()
    sizes = np.diff(sets.indptr)
    chosen = distinct_sets(sets, min_size, max_size)
    if len(chosen) == 0:
        return None
    largest = len(rows) if max_shared is None else max(max_shared, max_size)
    sharing = np.flatnonzero((sizes >= 2) & (sizes <= largest))
    members = np.unique(sparse.csr_array(sets[chosen]).indices)
    among = sparse.csr_array(sets[:, members])
    among.sort_indices()
    scored, names = sparse.csr_array(among[chosen]), [proteins[k] for k in rows[members]]
    return PairSets(
        rows[members],
        scored,
        sparse.csr_array(among[sharing]),
        _barred(names, other, largest),
        group_terms(scored),
    )


def _barred(proteins: list[str], other: TermSet | None, largest: int) -> sparse.csr_array:
    """``(B, n)`` sets of the other half whose pairs are excluded."""
    sets = [] if other is None else _sets_among(proteins, other, largest)
    indptr = np.cumsum([0, *map(len, sets)])
    indices = np.concatenate([np.empty(0, np.int64), *sets])
    shape = (len(sets), len(proteins))
    return sparse.csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=shape)


def _sets_among(proteins: list[str], terms: TermSet, largest: int) -> list[Index]:
    """Rows of these proteins in each term with 2 to `largest` of them."""
    index = pd.Index(proteins, dtype=object)
    row = index.get_indexer(pd.Index(list(terms.proteins), dtype=object))
    rows = [row[part] for part in np.split(terms.members.indices, terms.members.indptr[1:-1])]
    inside = [np.sort(part[part >= 0]).astype(np.int64) for part in rows]
    return [part for part in inside if 2 <= len(part) <= largest]


def score_pairs(similarity: Similarity, pairs: PairSets) -> PairScores | None:
    """Return the similarities of positives and negatives; None where there is no negative.

    Similarities are kept in single precision, so that pairs of equal proteins tie. Of all arrays
    only the negatives have the size of all pairs. Cost: 2 s and .4 GB for 6,000 proteins of 128
    dimensions.
    """
    n = len(pairs.proteins)
    (first, second), of_set = pairs.positives()
    codes, which = np.unique(first * n + second, return_inverse=True)
    row, column = np.divmod(codes, n)
    positives = np.empty(len(codes), np.float32)
    if len(codes) == 0:
        return None
    sharing = sparse.csr_array(
        sparse.vstack([pairs.sharing.astype(np.float32), pairs.barred]).tocsr()
    )
    by_protein, dense = sharing.T.tocsr(), sharing.toarray()
    negatives = []
    for start in range(0, n, BLOCK):
        block = np.arange(start, min(start + BLOCK, n))
        values = similarity(pairs.proteins[block], pairs.proteins).astype(np.float32)
        here = slice(*np.searchsorted(row, [start, start + len(block)]))
        positives[here] = values[row[here] - start, column[here]]
        unrelated = np.asarray(by_protein[block] @ dense) == 0
        negatives.append(values[unrelated & (np.arange(n) > block[:, None])])
    ascending = np.sort(np.concatenate(negatives))
    if len(ascending) == 0:
        return None
    placed = placements(positives, ascending)[which]
    count = np.bincount(of_set, minlength=pairs.scored.shape[0])
    summed = np.bincount(of_set, placed, minlength=len(count))
    per_set = np.where(count > 0, summed / np.maximum(count, 1), np.nan)
    return PairScores(positives, ascending, per_set, pairs.groups)


def cosine(vectors: NDArray[np.floating]) -> Similarity:
    """Return the cosine between rows of ``(N, D)`` vectors, in -1..1; 0 with a row of zeros."""
    unit = unit_rows(np.asarray(vectors, np.float64))
    return lambda rows, columns: unit[rows] @ unit[columns].T


def most_similar(similarity: Similarity, proteins: int, count: int) -> Index:
    """Return ``(N, count)`` proteins most similar to each of `proteins`, itself left out."""
    everyone = np.arange(proteins)
    nearest = np.empty((proteins, count), np.intp)
    for start in range(0, proteins, BLOCK):
        block = everyone[start : start + BLOCK]
        values = similarity(block, everyone)
        values[block - start, block] = -np.inf
        nearest[block] = largest(values, count)
    return nearest


def retrieval_metrics(
    similarity: Similarity,
    pairs: PairSets | None,
    *,
    bootstrap: int = 1000,
    seed: int | list[int] = 0,
) -> Metrics:
    """Return AUROC, Cliff's delta, average precision and macro AUROC of a similarity.

    ``auroc`` over all positive pairs (.5 by chance, best 1), ``cliffs_delta = 2 auroc - 1`` (0, 1),
    ``ap_1to10`` the average precision at ten negatives to a positive (.09, 1), and ``macro_auroc``
    the mean over sets of the AUROC of a set's pairs (.5, 1), in which small sets count as much as
    large, with its bootstrap interval over groups of similar sets ``.lo`` and ``.hi``; ``pairs``
    and ``sets`` count.

    Args:
        similarity: Of two arrays of rows into the proteins that `pairs` were chosen among.
        pairs: From `pair_sets`.
        bootstrap: Resamplings of the groups of sets.
        seed: Of the resamplings.

    Returns:
        The metrics; none where no set has the size or no pair is unrelated.
    """
    scores = None if pairs is None else score_pairs(similarity, pairs)
    return {} if scores is None else scores.metrics(bootstrap, seed)
