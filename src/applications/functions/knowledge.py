"""Known annotations: proteins x terms, propagated, and copies with annotations held out.

A hidden annotation is one that a predictor does not see and is judged by. All annotations of a
protein are hidden, or some of its most specific terms with what follows from them alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Annotations, Ontology
from ...errors import DataError

Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]
Values = NDArray[np.float64]

UNINFORMATIVE = ("GO:0005515",)
"""Protein binding: says that some partner is known, which every interaction map says."""


@dataclass(frozen=True)
class Knowledge:
    """Proteins and the terms that they have.

    Attributes:
        proteins: ``N`` names.
        ontology: The ``T`` terms that can be predicted, and their order.
        has: ``(N, T)`` CSR bool, propagated to ancestors.
        known: ``(N, A)`` whether a protein has any annotation in an aspect of the ontology.
        aspects: ``A`` aspects.
    """

    proteins: tuple[str, ...]
    ontology: Ontology
    has: sparse.csr_array
    known: Mask
    aspects: tuple[str, ...]

    @classmethod
    def of(
        cls,
        annotations: Annotations,
        ontology: Ontology,
        proteins: Sequence[str] = (),
        least: int = 3,
        without: Sequence[str] = UNINFORMATIVE,
    ) -> Knowledge:
        """Propagate annotations and choose the terms that can be predicted.

        Args:
            annotations: Their terms are in the ontology.
            ontology: All terms.
            proteins: Proteins to add that have no annotation.
            least: Fewest proteins of a term that is predicted; roots and `without` are not.
            without: Terms that are not predicted.

        Raises:
            DataError: If no term is left.
        """
        table = annotations.table
        names = tuple(sorted({*table["protein"], *proteins}))
        position = {name: k for k, name in enumerate(names)}
        i = table["protein"].map(position).to_numpy(np.int64)
        t = table["term"].map(ontology.row).to_numpy(np.int64)
        direct = _matrix(i, t, (len(names), len(ontology.terms)))
        full = _bool(direct.astype(np.float32) @ ontology.ancestors.astype(np.float32))
        counts = np.bincount(full.indices, minlength=len(ontology.terms))
        left_out = np.isin(ontology.terms, list(without)) | ontology.roots
        chosen = np.flatnonzero((counts >= least) & ~left_out)
        if not len(chosen):
            raise DataError(f"annotations: no term has {least} proteins; nothing can be learned.")
        aspects = tuple(sorted({ontology.aspects[k] for k in chosen}))
        of = [(np.array(ontology.aspects, object) == one) & ~left_out for one in aspects]
        counted = full.astype(np.float32) @ np.array(of, np.float32).T
        return cls(names, ontology.only(chosen), _bool(full[:, chosen]), counted > 0, aspects)

    @cached_property
    def aspect(self) -> Rows:
        """``(T,)`` position of each term's aspect."""
        return np.array([self.aspects.index(one) for one in self.ontology.aspects], np.intp)

    @property
    def annotated(self) -> Mask:
        """``(N,)`` whether a protein has any annotation."""
        return np.asarray(self.known.any(axis=1), bool)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """``(T,)`` number of proteins of each term."""
        return np.bincount(self.has.indices, minlength=self.has.shape[1]).astype(np.int64)

    @cached_property
    def frequency(self) -> Values:
        """``(T,)`` share that has each term of the proteins that are known in its aspect."""
        return np.asarray(self.counts / np.maximum(1, self.known.sum(axis=0))[self.aspect], float)

    @cached_property
    def information(self) -> Values:
        """``(T,)`` information content in bits: -log2 P(term | all of its parents).

        Source: Clark & Radivojac 2013, doi:10.1093/bioinformatics/btt228.
        """
        columns = self.has.tocsc()
        parents = self.ontology.parents
        members = np.split(columns.indices, columns.indptr[1:-1])
        bits, known = np.zeros(len(self.counts)), self.known.sum(axis=0)[self.aspect]
        for term, own in enumerate(self.counts.tolist()):
            above = parents.indices[parents.indptr[term] : parents.indptr[term + 1]]
            both = len(_shared([members[k] for k in above])) if len(above) else known[term]
            bits[term] = np.log2(both / own) if own else 0.0
        return bits

    def rows(self, names: Sequence[str]) -> Rows:
        """Return the row of each name, all of which are here."""
        position = {name: k for k, name in enumerate(self.proteins)}
        return np.array([position[name] for name in names], np.intp)

    def without(self, hidden: Mask) -> Knowledge:
        """Return what is known when nothing is known of some proteins."""
        kept = sparse.diags_array((~hidden).astype(np.float32), format="csr")
        seen = _bool(kept @ self.has.astype(np.float32))
        return replace(self, has=seen, known=self.known & ~hidden[:, None])

    def with_less(self, proteins: Mask, share: float, seed: int) -> Knowledge:
        """Return what is known when some of the most specific terms of proteins are hidden.

        A protein that loses all of its terms still counts as known.

        Args:
            proteins: ``(N,)`` of which proteins.
            share: Of their most specific terms that is hidden, drawn at random.
            seed: Of the draw.
        """
        leaves = self.most_specific()
        row = np.repeat(np.arange(len(self.proteins)), np.diff(leaves.indptr))
        drawn = np.random.default_rng(seed).random(leaves.nnz) < share
        stays = ~(drawn & proteins[row])
        kept = _matrix(row[stays], leaves.indices[stays], self.has.shape)
        above = self.ontology.ancestors.astype(np.float32)
        return replace(self, has=_bool(kept.astype(np.float32) @ above))

    def most_specific(self) -> sparse.csr_array:
        """Return ``(N, T)`` bool: the terms of which a protein has no descendant."""
        parents = self.ontology.parents.astype(np.float32)
        implied = _bool(self.has.astype(np.float32) @ parents)
        return _bool(self.has > self.has.multiply(implied).astype(bool))


def folds_of(groups: Rows, folds: int, seed: int) -> Rows:
    """Return ``(N,)`` the fold of each protein; proteins of one group share a fold.

    Groups are dealt to the smallest fold, the largest first, equal ones in drawn order.

    Args:
        groups: ``(N,)`` group of each protein; all distinct for folds that share no protein alone.
        folds: How many.
        seed: Of the draw.
    """
    sizes = np.bincount(groups)
    drawn = np.random.default_rng(seed).random(len(sizes))
    load = np.zeros(folds, np.int64)
    fold = np.zeros(len(sizes), np.intp)
    for group in np.lexsort((drawn, -sizes)):
        fold[group] = load.argmin()
        load[fold[group]] += sizes[group]
    return fold[groups]


def groups_by_sets(proteins: Sequence[str], sets: Mapping[str, Sequence[str]]) -> Rows:
    """Return ``(N,)`` groups of proteins that complexes connect: no complex has two groups."""
    position = {name: k for k, name in enumerate(proteins)}
    pairs = [
        (position[members[0]], position[other])
        for given in sets.values()
        if (members := [name for name in given if name in position])
        for other in members[1:]
    ]
    n = len(proteins)
    i, j = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = sparse.coo_array((np.ones(len(i)), (i, j)), shape=(n, n))
    return np.asarray(sparse.csgraph.connected_components(graph, directed=False)[1], np.intp)


def _shared(sets: Sequence[NDArray[np.int32]]) -> NDArray[np.int32]:
    first, *others = sorted(sets, key=len)
    for other in others:
        first = first[np.isin(first, other, assume_unique=True)]
    return first


def _matrix(
    i: NDArray[np.integer], t: NDArray[np.integer], shape: tuple[int, int]
) -> sparse.csr_array:
    return _bool(sparse.coo_array((np.ones(len(i), np.float32), (i, t)), shape=shape))


def _bool(matrix: sparse.csr_array | sparse.coo_array) -> sparse.csr_array:
    boolean = sparse.csr_array(matrix)
    boolean.sum_duplicates()
    boolean.eliminate_zeros()
    boolean.sort_indices()
    ones = np.ones(boolean.nnz, bool)
    return sparse.csr_array((ones, boolean.indices, boolean.indptr), shape=boolean.shape)
