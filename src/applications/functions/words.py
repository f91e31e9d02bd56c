"""Evidence of a prediction as text: assemblies and neighbours that have the term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Hierarchy
from .features import Pairs
from .knowledge import Knowledge, Mask, Rows
from .predicting import Predictor
from .voters import Voters

MAX_PREDICTORS = 3
"""Predictors that are named for a pair, the most telling first."""

MAX_NAMED = 4
"""Assemblies or voters that are named."""

AT_LEAST = 2.0
"""Times the term's frequency that a predictor's share must be to be named."""

OTHERWISE = "how common the term is"


@dataclass(frozen=True)
class Words:
    """Puts the evidence for pairs into words.

    Attributes:
        hierarchy: The map.
        knowledge: What is known.
        predictor: What was learned.
    """

    hierarchy: Hierarchy
    knowledge: Knowledge
    predictor: Predictor

    def short(self, pairs: Pairs) -> list[str]:
        """Return for each pair the most telling predictors, and how many of their voters have it.

        ``10 nearest in the embedding (6 of 10); neighbours in ppi (3 of 7)``.
        """
        counts = self._carriers(pairs)
        lift = np.where(counts >= 0.5, pairs.shares / pairs.frequency[:, None], 0)
        lift[lift < AT_LEAST] = 0
        best = np.argsort(-lift, axis=1, kind="stable")[:, :MAX_PREDICTORS]
        names = [one.name for one in self.predictor.voters]
        informative = np.take_along_axis(lift, best, 1) > 0
        carriers = np.take_along_axis(np.rint(counts).astype(int), best, 1).tolist()
        whole = np.take_along_axis(np.rint(pairs.voters).astype(int), best, 1).tolist()
        return [
            "; ".join(
                f"{names[k]} ({a} of {b})"
                for k, a, b, yes in zip(order, of, out, use, strict=True)
                if yes
            )
            or OTHERWISE
            for order, of, out, use in zip(
                best.tolist(), carriers, whole, informative.tolist(), strict=True
            )
        ]

    def full(self, pairs: Pairs) -> list[str]:
        """Return for each pair the assemblies and the neighbours that speak for it, by name."""
        return [
            "; ".join(filter(None, [self._assemblies(i, t), *self._neighbours(i, t)])) or OTHERWISE
            for i, t in zip(pairs.protein.tolist(), pairs.term.tolist(), strict=True)
        ]

    def from_map(self, pairs: Pairs) -> Mask:
        """Return whether any predictor speaks for a pair more than the term's frequency does."""
        lift = pairs.shares / pairs.frequency[:, None]
        return np.asarray(((lift >= AT_LEAST) & (self._carriers(pairs) >= 0.5)).any(axis=1))

    def _carriers(self, pairs: Pairs) -> NDArray[np.float32]:
        """Return ``(P, V)`` how many voters have the term."""
        pseudo = np.array(self.predictor.pseudo, np.float32)
        counts = pairs.shares * (pairs.voters + pseudo) - pseudo * pairs.frequency[:, None]
        return np.asarray(np.maximum(counts, 0), np.float32)

    def _assemblies(self, protein: int, term: int) -> str:
        """Return the assemblies of a protein in which the term is most frequent."""
        path = self._paths.indices[slice(*self._paths.indptr[protein : protein + 2])]
        supporting = []
        for row in path.tolist():
            inside = self._members[row]
            inside = inside[inside != self._rows[protein]]
            judged = inside[self.knowledge.known[inside, self.knowledge.aspect[term]]]
            carriers = int(np.isin(judged, self._having(term)).sum())
            if carriers and carriers / len(judged) >= AT_LEAST * self.knowledge.frequency[term]:
                supporting.append((carriers / (len(judged) + 1), carriers, len(judged), row))
        supporting.sort(reverse=True)
        names = [f"{self.hierarchy.names[r]} ({a} of {b})" for _, a, b, r in supporting[:MAX_NAMED]]
        return f"assemblies {', '.join(names)}" if names else ""

    def _neighbours(self, protein: int, term: int) -> list[str]:
        """Return the carriers among the neighbours of each predictor of single proteins."""
        return [
            f"{one.name}: {', '.join(named)}"
            for one in self._single
            if (named := self._named(one, protein, term))
        ]

    def _named(self, one: Voters, protein: int, term: int) -> list[str]:
        start, stop = one.left.indptr[protein : protein + 2]
        voters, weights = one.left.indices[start:stop], one.left.data[start:stop]
        having = np.flatnonzero(np.isin(voters, self._having(term)))
        if not len(having):
            return []
        share = weights[having].sum() / weights.sum()
        if share < AT_LEAST * self.knowledge.frequency[term]:
            return []
        first = having[np.argsort(-weights[having], kind="stable")][:MAX_NAMED]
        names = [self.knowledge.proteins[voters[k]] for k in first.tolist()]
        return [*names, *(["..."] if len(having) > MAX_NAMED else [])]

    def _having(self, term: int) -> NDArray[np.int32]:
        return self._columns.indices[slice(*self._columns.indptr[term : term + 2])]

    @cached_property
    def _columns(self) -> sparse.csc_array:
        return self.knowledge.has.tocsc()

    @cached_property
    def _rows(self) -> Rows:
        return self.knowledge.rows(self.hierarchy.proteins)

    @cached_property
    def _paths(self) -> sparse.csr_array:
        below = sparse.csr_array(self.hierarchy.membership[1:]).tocsc()
        paths = sparse.csr_array(below.T)
        return sparse.csr_array(
            (paths.data, paths.indices + 1, paths.indptr),
            shape=(paths.shape[0], paths.shape[1] + 1),
        )

    @cached_property
    def _members(self) -> list[Rows]:
        inside = sparse.csr_array(self.hierarchy.membership)
        return [self._rows[part] for part in np.split(inside.indices, inside.indptr[1:-1])]

    @cached_property
    def _single(self) -> Sequence[Voters]:
        return [one for one in self.predictor.voters if one.kind != "assemblies"]
