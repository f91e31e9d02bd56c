"""Overlap of assemblies and reference sets: shared proteins and Jaccard of all pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Hierarchy, TermSet
from ...errors import DataError
from ...similarity.containment import as_sets, jaccard_index


class NothingSharedError(DataError):
    """A reference, or half of it, contains nothing that can be scored."""


Index = NDArray[np.intp]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Overlap:
    """The pairs of sets, one from each of two families, that share a protein.

    Attributes:
        row: ``(P,)`` set of the first family.
        column: ``(P,)`` set of the second family.
        shared: ``(P,)`` number of proteins in both, at least 1.
        row_sizes: ``(A,)`` number of proteins in each set of the first family.
        column_sizes: ``(T,)`` the same for the second family.
    """

    row: Index
    column: Index
    shared: Index
    row_sizes: Index
    column_sizes: Index

    @cached_property
    def jaccard(self) -> Values:
        """``(P,)`` shared proteins over proteins in either set, in (0, 1]."""
        return jaccard_index(self.shared, self.row_sizes[self.row], self.column_sizes[self.column])

    def best_per_row(self) -> Index:
        """Return ``(A,)`` the pair of highest Jaccard in each row, -1 for a row without pairs.

        Ties are broken by the first column.
        """
        return _best(self.row, self.jaccard, self.column, len(self.row_sizes))

    def best_per_column(self) -> Index:
        """Return ``(T,)`` the pair of highest Jaccard in each column, -1 without pairs."""
        return _best(self.column, self.jaccard, self.row, len(self.column_sizes))


def _best(group: Index, score: Values, tie: Index, groups: int) -> Index:
    highest = np.zeros(groups)
    np.maximum.at(highest, group, score)
    top = np.flatnonzero(score == highest[group])
    order = top[np.lexsort((tie[top], group[top]))]
    present, first = np.unique(group[order], return_index=True)
    best = np.full(groups, -1, np.intp)
    best[present] = order[first]
    return best


def overlap(
    members: sparse.csr_array,
    by_protein: sparse.csr_array,
    row_sizes: Index | None = None,
    column_sizes: Index | None = None,
) -> Overlap:
    """Count the shared proteins of each pair of sets.

    Args:
        members: ``(A, N)`` memberships of the first family; stored entries count, their values
            do not.
        by_protein: ``(N, T)`` memberships of the second family, proteins in rows.
        row_sizes: ``(A,)`` sizes of the first family, where they have more than these `N`
            proteins.
        column_sizes: ``(T,)`` the same for the second family.
    """
    shared = sparse.csr_array(as_sets(members) @ as_sets(by_protein))
    if row_sizes is None:
        row_sizes = np.diff(members.indptr).astype(np.intp)
    if column_sizes is None:
        column_sizes = np.bincount(by_protein.indices, minlength=by_protein.shape[1])
    return Overlap(
        np.repeat(np.arange(shared.shape[0]), np.diff(shared.indptr)),
        shared.indices.astype(np.intp),
        shared.data.astype(np.intp),
        row_sizes,
        column_sizes,
    )


def distinct(codes: Index) -> int:
    """Return the number of distinct codes (small integers from 0), in linear time."""
    return int(np.count_nonzero(np.bincount(codes)))


def relabelled(members: sparse.csr_array, labels: Index) -> sparse.csr_array:
    """Return the memberships after protein `k` has become protein ``labels[k]``.

    Set sizes, and overlaps of sets with each other, are unchanged.
    """
    return sparse.csr_array((members.data, labels[members.indices], members.indptr), members.shape)


def assemblies_of(hierarchy: Hierarchy) -> Index:
    """Return the rows of a map that count as assemblies.

    The root does not, nor does any other that contains every offered protein or none.

    Raises:
        DataError: If none is left.
    """
    sizes = hierarchy.sizes
    rows = np.flatnonzero((sizes > 0) & (sizes < len(hierarchy.proteins)))
    rows = rows[rows > 0]
    if len(rows) == 0:
        raise DataError(
            "the map holds no assembly below its root, so there is nothing to score (an assembly "
            "that holds all others, or stands alone, is the root); loosen the settings it was made "
            "with."
        )
    return rows


def distinct_assemblies(hierarchy: Hierarchy, jaccard: float = 0.5) -> Index:
    """Return the assemblies without near-duplicates, largest first.

    An assembly is dropped when its Jaccard with one already kept is above `jaccard`; ties in size
    are broken by order.
    """
    rows = assemblies_of(hierarchy)
    rows = rows[np.argsort(-hierarchy.sizes[rows], kind="stable")]
    members = sparse.csr_array(hierarchy.membership[rows])
    pairs = overlap(members, sparse.csr_array(members.T.tocsr()))
    close = (pairs.jaccard > jaccard) & (pairs.column < pairs.row)
    row, column = pairs.row[close], pairs.column[close]
    kept = np.ones(len(rows), bool)
    for k in np.unique(row):
        kept[k] = not kept[column[row == k]].any()
    return rows[kept]


@dataclass(frozen=True)
class Comparison:
    """A map and a term set, restricted to the offered, annotated proteins.

    Attributes:
        assemblies: ``(A,)`` rows of the hierarchy that count as assemblies.
        terms: ``(T,)`` rows of the term set that are large enough and not a repetition.
        proteins: ``U`` names of the offered, annotated proteins.
        members: ``(A, U)`` assemblies x annotated proteins; a row may be empty.
        annotations: ``(U, T)`` annotated proteins x terms.
    """

    assemblies: Index
    terms: Index
    proteins: tuple[str, ...]
    members: sparse.csr_array
    annotations: sparse.csr_array

    @property
    def universe(self) -> int:
        """Number of offered, annotated proteins."""
        return len(self.proteins)

    @property
    def assembly_sizes(self) -> Index:
        """``(A,)`` number of annotated proteins in each assembly."""
        return np.diff(self.members.indptr).astype(np.intp)

    @cached_property
    def term_sizes(self) -> Index:
        """``(T,)`` number of offered proteins of each term."""
        return np.bincount(self.annotations.indices, minlength=self.annotations.shape[1])

    def relabelled(self, labels: Index | None) -> sparse.csr_array:
        """Return `members`, after relabelling the map's proteins where `labels` is given."""
        return self.members if labels is None else relabelled(self.members, labels)

    def overlap(self) -> Overlap:
        """Count shared proteins of all pairs."""
        return overlap(self.members, self.annotations)


def compare(
    hierarchy: Hierarchy, terms: TermSet, min_size: int = 4, *, identical_terms: bool = False
) -> Comparison:
    """Restrict a map and a term set to their common universe.

    The universe is the offered proteins that occur in any term, of any size. Terms are kept
    when at least `min_size` of their proteins are in it; of terms with identical proteins
    only the first is kept, unless `identical_terms`.

    Raises:
        NothingSharedError: If no protein is in both, or no term is large enough.
        DataError: If the map has no assembly.
    """
    assemblies = assemblies_of(hierarchy)
    column = common_columns(hierarchy.proteins, terms.proteins)
    offered = terms.members[:, column[column >= 0]]
    annotated = np.bincount(offered.indices, minlength=offered.shape[1]) > 0
    inside = np.flatnonzero(column >= 0)[annotated]
    restricted = sparse.csr_array(offered[:, np.flatnonzero(annotated)])
    restricted.sort_indices()
    kept = distinct_sets(restricted, min_size)
    if identical_terms:
        kept = np.flatnonzero(np.diff(restricted.indptr) >= min_size)
    if len(kept) == 0:
        raise NothingSharedError(
            f"no term holds {min_size} or more of the map's {len(hierarchy.proteins)} "
            f"proteins (the largest holds {np.diff(restricted.indptr).max()}); lower "
            "eval.terms.min_size or leave this reference out."
        )
    members = sparse.csr_array(hierarchy.membership[assemblies][:, inside])
    names = tuple(hierarchy.proteins[k] for k in inside)
    return Comparison(
        assemblies, kept, names, members, sparse.csr_array(restricted[kept].T.tocsr())
    )


def common_columns(offered: Sequence[str], known: Sequence[str]) -> Index:
    """Return the position of each offered protein among the known ones, -1 if it is not known.

    Raises:
        NothingSharedError: If no protein is in both.
    """
    column = pd.Index(list(known), dtype=object).get_indexer(pd.Index(list(offered), dtype=object))
    if (column < 0).all():
        raise NothingSharedError(
            f"none of its {len(known)} proteins (such as '{next(iter(known), '')}') is among "
            f"the {len(offered)} scored ones (such as '{next(iter(offered), '')}'); set "
            "data.id_map to translate, or leave this reference out."
        )
    return column


def distinct_sets(sets: sparse.csr_array, min_size: int = 1, max_size: int | None = None) -> Index:
    """Return the distinct rows with `min_size` to `max_size` entries, first occurrences.

    Args:
        sets: ``(T, N)`` memberships, indices sorted within each row.
        min_size: Minimum size of a row.
        max_size: Maximum size; None for no limit.
    """
    first: dict[bytes, int] = {}
    sizes = np.diff(sets.indptr)
    large = sizes >= min_size if max_size is None else (sizes >= min_size) & (sizes <= max_size)
    for row in np.flatnonzero(large):
        start, stop = sets.indptr[row : row + 2]
        first.setdefault(sets.indices[start:stop].tobytes(), int(row))
    return np.fromiter(first.values(), np.intp)
