"""Candidate protein-term pairs, and their features from each predictor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...similarity.nearest import largest
from .consistency import Consistency
from .knowledge import Knowledge, Mask, Rows
from .voters import Shares, Voters

MIN_PROBABILITY = 0.03
"""A pair is considered from this share on, of any predictor or by the term's frequency alone."""

BLOCK = 256
"""Proteins at a time: a block of 10,000 terms and 10 predictors takes 100 MB."""

MOST_COMMON = 1000
"""Terms of more proteins say little about which proteins are alike in their annotations."""

VOTING_PROTEINS = 30
"""Proteins of the most similar annotations that vote."""

EDGE = 1e-4
"""Shares are kept this far from 0 and 1 in log-odds."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of protein and term, with a number from each predictor.

    Attributes:
        protein: ``(P,)`` position among the proteins that are asked about.
        term: ``(P,)`` row of the term.
        shares: ``(P, F)`` the share that each predictor gives, shrunk to the term's frequency.
        voters: ``(P, V)`` how many voters each of the first V predictors has.
        frequency: ``(P,)`` of the term.
        conditional: ``(P,)`` share that has the term of those that have the smallest term above it
            that the protein has.
        alike: ``(P,)`` share among the proteins of the most similar annotations.
        size: ``(P,)`` terms that the protein has.
    """

    protein: Rows
    term: Rows
    shares: Shares
    voters: Shares
    frequency: Shares
    conditional: Shares
    alike: Shares
    size: Shares

    def of(self, chosen: Mask | Rows) -> Pairs:
        """Return some of the pairs."""
        return Pairs(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    @classmethod
    def joined(cls, parts: Sequence[Pairs]) -> Pairs:
        """Return the pairs of several blocks."""
        names = cls.__dataclass_fields__
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def __len__(self) -> int:
        return len(self.protein)

    def matrix(self) -> Shares:
        """Return ``(P, C)`` what the stack sees: log-odds of each share beyond the frequency.

        Then the log-odds of the frequency, the logarithm of the number of known terms, the square
        of what each predictor says for (not against) a pair, so that sure ones count more, and its
        product with the frequency's log-odds, so that it may count otherwise for rare terms.
        """
        shares = np.column_stack([self.shares, self.conditional, self.alike])
        base = _log_odds(self.frequency)[:, None]
        beyond = _log_odds(shares) - base
        known = np.log1p(self.size)[:, None]
        squares = np.maximum(beyond, 0) ** 2
        columns = [beyond, base, known, squares, beyond * base]
        return np.column_stack(columns).astype(np.float32)


def _log_odds(shares: Shares) -> Shares:
    inside = np.clip(shares, EDGE, 1 - EDGE)
    return np.asarray(np.log(inside / (1 - inside)), np.float32)


@dataclass(frozen=True)
class PairFeatures:
    """What predictors say of proteins, given what is known.

    Attributes:
        knowledge: What may be used.
        voters: The predictors.
        pseudo: ``(V,)`` number of pseudo-voters of each, with the term's frequency.
        consistency: The order of the terms.
        counted: For each predictor, the weight of each group's voters that have each term.
    """

    knowledge: Knowledge
    voters: Sequence[Voters]
    pseudo: Sequence[float]
    consistency: Consistency
    counted: list[sparse.csr_array] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        knowledge: Knowledge,
        voters: Sequence[Voters],
        pseudo: Sequence[float],
        consistency: Consistency,
    ) -> PairFeatures:
        """Count votes once for all proteins."""
        counted = [one.counted(knowledge) for one in voters]
        return cls(knowledge, voters, pseudo, consistency, counted)

    def pairs(self, queried: Rows) -> Iterator[Pairs]:
        """Yield the pairs of some proteins, block by block.

        Args:
            queried: Positions among the rows that the voters are of.
        """
        totals = [one.totals(self.knowledge) for one in self.voters]
        for start in range(0, len(queried), BLOCK):
            yield self._block(queried[start : start + BLOCK], totals)

    def _block(self, part: Rows, totals: Sequence[Shares]) -> Pairs:
        know, rows = self.knowledge, self.voters[0].rows[part]
        f = know.frequency.astype(np.float32)
        shares = []
        for one, counted, total, k in zip(
            self.voters, self.counted, totals, self.pseudo, strict=True
        ):
            votes = sparse.csr_array(one.left[part] @ counted).toarray()
            votes += np.float32(k) * f
            votes /= total[part][:, know.aspect] + np.float32(k)
            shares.append(votes)
        has = know.has[rows].toarray()
        best = np.maximum.reduce([*shares, np.broadcast_to(f, has.shape)])
        i, t = np.nonzero((best >= MIN_PROBABILITY) & ~has)
        alike = above = np.broadcast_to(f, has.shape)
        if has.any():
            alike, above = self._alike(rows), self._conditional(has)
        return Pairs(
            part[i],
            t.astype(np.intp),
            np.column_stack([one[i, t] for one in shares]),
            np.column_stack([total[part[i], know.aspect[t]] for total in totals]),
            f[t],
            above[i, t],
            alike[i, t],
            np.diff(know.has[rows].indptr)[i].astype(np.float32),
        )

    def _conditional(self, has: NDArray[np.bool_]) -> Shares:
        """Return ``(B, T)`` K(term) / K(its smallest ancestor that a protein has)."""
        know = self.knowledge
        whole = know.known.sum(axis=0)[know.aspect].astype(np.float32)
        counts = know.counts.astype(np.float32)
        least = np.where(has.T, counts[:, None], whole[:, None])
        smallest = self.consistency.downward.carried(least, np.minimum)
        return np.asarray((counts[:, None] / np.maximum(smallest, 1)).T, np.float32)

    @cached_property
    def _profiles(self) -> sparse.csr_array:
        """``(N, T)`` annotations weighted by rarity, rows of length 1, without common terms."""
        know = self.knowledge
        weights = -np.log(np.maximum(know.frequency, 1e-9)) * (know.counts <= MOST_COMMON)
        scaled = sparse.csr_array(know.has.astype(np.float32).multiply(weights.astype(np.float32)))
        scaled.eliminate_zeros()
        length = np.sqrt(np.asarray(scaled.multiply(scaled).sum(axis=1)))
        unit = sparse.diags_array((1 / np.maximum(length, 1e-9)).astype(np.float32), format="csr")
        return sparse.csr_array(unit @ scaled)

    def _alike(self, rows: Rows) -> Shares:
        """Return ``(B, T)`` the share among the proteins of the most similar annotations."""
        profiles, know = self._profiles, self.knowledge
        cosine = sparse.csr_array(profiles[rows] @ profiles.T).toarray()
        cosine[np.arange(len(rows)), rows] = 0
        top = largest(cosine, VOTING_PROTEINS)
        weights = np.take_along_axis(cosine, top, 1)
        row = np.repeat(np.arange(len(rows)), top.shape[1])
        chosen = sparse.csr_array(
            (weights.ravel(), (row, top.ravel())), shape=(len(rows), len(know.proteins))
        )
        votes = sparse.csr_array(chosen @ know.has.astype(np.float32)).toarray()
        f = know.frequency.astype(np.float32)
        return np.asarray((votes + 2 * f) / (weights.sum(axis=1)[:, None] + 2), np.float32)
