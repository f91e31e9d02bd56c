"""Queries of pair retrieval: proteins of terms, with their positives and negatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import TermSet
from ..catalogue import BANDS
from ..kept import kept
from .overlap import Index, NothingSharedError, common_columns, distinct_sets
from .recovery import group_terms

Mask = NDArray[np.bool_]

MIN_SIZE = 4
GROUPED_AT = 0.5
"""Jaccard from which two terms form a group."""
BLOCK = 512
"""Queries whose relations to all proteins are in memory at once."""


@dataclass(frozen=True)
class Ground:
    """A term set, restricted to the offered proteins in terms that count.

    Attributes:
        inside: ``(U,)`` columns of those proteins in the map.
        terms: ``(T, U)`` distinct terms of at least `MIN_SIZE` of them.
        groups: ``(T,)`` group of similar terms of each.
        related: ``(K, U)`` terms small enough to make their proteins related.
        barred: ``(B, U)`` terms of the other half, whose pairs do not count.
    """

    inside: Index
    terms: sparse.csr_array
    groups: Index
    related: sparse.csr_array
    barred: sparse.csr_array

    @property
    def sizes(self) -> Index:
        """``(T,)`` offered members of each term."""
        return np.diff(self.terms.indptr).astype(np.intp)


@kept
def ground_of(
    proteins: tuple[str, ...], reference: TermSet, other: TermSet | None, max_related: int
) -> Ground:
    """Restrict a term set to the offered proteins.

    Args:
        proteins: Names of all proteins offered to the map.
        reference: The terms, or half of them.
        other: The other half, whose pairs do not count.
        max_related: Maximum size of a term that makes two proteins related.

    Raises:
        NothingSharedError: If no term has `MIN_SIZE` of them.
    """
    offered, columns = _offered(proteins, reference)
    kept_rows = distinct_sets(offered, MIN_SIZE)
    if not len(kept_rows):
        raise NothingSharedError(
            f"no term holds {MIN_SIZE} or more of the map's {len(proteins)} proteins."
        )
    terms = sparse.csr_array(offered[kept_rows])
    annotated = np.unique(terms.indices)
    terms = sparse.csr_array(terms[:, annotated])
    sizes, inside = np.diff(terms.indptr), columns[annotated]
    barred = sparse.csr_array((0, len(inside)), dtype=bool)
    if other is not None:
        theirs, their_columns = _offered(proteins, other, strict=False)
        place = np.full(len(proteins), -1, np.intp)
        place[their_columns] = np.arange(len(their_columns))
        at = np.flatnonzero(place[inside] >= 0)
        spread = sparse.csr_array(
            (np.ones(len(at), bool), (place[inside[at]], at)),
            shape=(theirs.shape[1], len(inside)),
        )
        barred = sparse.csr_array((theirs @ spread).tocsr())
        counts = np.diff(barred.indptr)
        barred = sparse.csr_array(barred[(counts >= 2) & (counts <= max_related)])
    return Ground(
        inside,
        terms,
        group_terms(terms, GROUPED_AT),
        sparse.csr_array(terms[sizes <= max_related]),
        barred,
    )


def _offered(
    proteins: tuple[str, ...], reference: TermSet, *, strict: bool = True
) -> tuple[sparse.csr_array, Index]:
    """Return ``(T, M)`` terms over offered proteins with any term, and the columns of those."""
    try:
        column = common_columns(proteins, reference.proteins)
    except NothingSharedError:
        if strict:
            raise
        column = np.full(len(proteins), -1, np.intp)
    columns = np.flatnonzero(column >= 0)
    offered = sparse.csr_array(reference.members[:, column[columns]])
    offered.sort_indices()
    return offered, columns


@dataclass(frozen=True)
class Relations:
    """Query proteins with their positives and negatives.

    Attributes:
        protein: ``(Q,)`` columns of the ground.
        term: ``(Q,)`` rows of its terms.
        wanted: ``(Q, U)`` positives: other members of the term, except barred ones; at least one.
        unrelated: ``(Q, U)`` negatives: proteins without a common term; at least one.
    """

    protein: Index
    term: Index
    wanted: Mask
    unrelated: Mask

    @classmethod
    def of(cls, ground: Ground, protein: Index, term: Index) -> Relations:
        """Find positives and negatives; a query that lacks either is left out."""
        related = _together(ground.related, protein)
        barred = _together(ground.barred, protein) & ~related
        barred[np.arange(len(term)), protein] = True
        members = ground.terms[term].toarray().astype(bool)
        wanted = members & ~barred
        unrelated = ~(members | related | barred)
        counts = wanted.any(axis=1) & unrelated.any(axis=1)
        return cls(protein[counts], term[counts], wanted[counts], unrelated[counts])


def _together(sets: sparse.csr_array, proteins: Index) -> Mask:
    """``(Q, U)`` which proteins share a set with each query."""
    counted = sets.astype(np.float32)
    shared = sparse.csr_array(counted[:, proteins].T.tocsr() @ counted)
    return np.asarray(shared.toarray() > 0)


def bands_of(ground: Ground) -> dict[str, Index]:
    """Return the terms of each size band that has any."""
    bands = {
        name: np.flatnonzero((ground.sizes >= low) & (ground.sizes < high))
        for name, (low, high) in BANDS.items()
    }
    return {name: rows for name, rows in bands.items() if len(rows)}


def every_query(ground: Ground) -> Iterator[Relations]:
    """Yield all queries of a band in blocks."""
    rows = np.concatenate([np.empty(0, np.intp), *bands_of(ground).values()])
    terms = sparse.csr_array(ground.terms[rows])
    protein, term = terms.indices.astype(np.intp), np.repeat(rows, np.diff(terms.indptr))
    for start in range(0, len(term), BLOCK):
        piece = slice(start, start + BLOCK)
        yield Relations.of(ground, protein[piece], term[piece])


@kept
def drawn_queries(ground: Ground, queries: int, seed: int) -> tuple[Relations, ...]:
    """Return random queries, the same number for each band that has a term.

    Args:
        ground: The terms.
        queries: Approximate total number.
        seed: Seed of the draw.
    """
    rng, bands = np.random.default_rng(seed), bands_of(ground)
    return tuple(
        Relations.of(ground, *_draw(ground, rows, -(-queries // len(bands)), rng))
        for rows in bands.values()
    )


def _draw(
    ground: Ground, rows: Index, wanted: int, rng: np.random.Generator
) -> tuple[Index, Index]:
    """Draw queries: cycle over groups, draw a term of each, and a protein of that."""
    groups = np.unique(ground.groups[rows])
    turns = [rng.permutation(groups) for _ in range(-(-wanted // len(groups)))]
    proteins, terms = [], []
    for group in np.concatenate(turns)[:wanted]:
        term = rng.choice(rows[ground.groups[rows] == group])
        start, stop = ground.terms.indptr[term : term + 2]
        terms.append(term)
        proteins.append(rng.choice(ground.terms.indices[start:stop]))
    return np.array(proteins, np.intp), np.array(terms, np.intp)
