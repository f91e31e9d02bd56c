"""Distance of two proteins in a map: the size of the smallest assembly that contains both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Hierarchy
from ...similarity.compiled import compiled
from .overlap import Index, Values

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Nested:
    """The assemblies of a map over some of its proteins, in ascending size.

    Attributes:
        members: ``(A, U)`` assemblies of at least two proteins and not of all.
        sizes: ``(A,)`` number of all its proteins, ascending.
    """

    members: sparse.csr_array
    sizes: Index

    @classmethod
    def of(cls, hierarchy: Hierarchy, inside: Index) -> Nested:
        """Read the assemblies of a map.

        Args:
            hierarchy: The map.
            inside: ``(U,)`` columns of the proteins that count.
        """
        sizes = hierarchy.sizes
        rows = np.flatnonzero((sizes >= 2) & (sizes < len(hierarchy.proteins)))
        rows = rows[np.argsort(sizes[rows], kind="stable")]
        members = sparse.csr_array(hierarchy.membership[rows][:, inside])
        return cls(members, sizes[rows].astype(np.intp))

    def precision(self, proteins: Index, wanted: Mask, unrelated: Mask) -> Values:
        """Return ``(Q,)`` the average precision of the retrieval of wanted proteins by the map.

        Proteins are ranked by the smallest assembly that they share with the query; tied proteins
        get the last rank of their tie, and those that share none come last.

        Args:
            proteins: ``(Q,)`` columns of the query proteins.
            wanted: ``(Q, U)`` which proteins should be near each (positives); at least one.
            unrelated: ``(Q, U)`` which should not (negatives); the others do not count.

        Cost: the sum, over proteins, of the sizes of their assemblies.
        """
        holders = sparse.csc_array(self.members)
        holders.sort_indices()
        return _precision(
            (holders.indptr, holders.indices),
            (self.members.indptr, self.members.indices),
            self.sizes,
            proteins,
            wanted,
            unrelated,
        )


Rows = tuple[NDArray[np.int32], NDArray[np.int32]]


@compiled
def _precision(
    holders: Rows, members: Rows, sizes: Index, proteins: Index, wanted: Mask, unrelated: Mask
) -> Values:
    precision = np.empty(len(proteins))
    seen = np.full(wanted.shape[1], -1, np.int64)
    for query in range(len(proteins)):
        protein = proteins[query]
        start, stop = holders[0][protein], holders[0][protein + 1]
        true, retrieved, total, before = 0, 0, 0.0, 0
        for k in range(start, stop):
            assembly = holders[1][k]
            for m in range(members[0][assembly], members[0][assembly + 1]):
                other = members[1][m]
                if seen[other] != query:
                    seen[other] = query
                    true += wanted[query, other]
                    retrieved += wanted[query, other] + unrelated[query, other]
            if k + 1 == stop or sizes[holders[1][k + 1]] > sizes[assembly]:
                if true > before:
                    total += (true - before) * true / retrieved
                before = true
        everything = wanted[query].sum()
        total += (everything - true) * everything / (everything + unrelated[query].sum())
        precision[query] = total / everything
    return precision
