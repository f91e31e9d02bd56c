"""Interface of tests of protein sets, given as sparse memberships."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..terms.overlap import Index, Values


class SetTest(Protocol):
    """A test of a property of proteins in every set of a family."""

    def p_values(self) -> Values:
        """Return ``(A,)`` p values."""

    def null_p(self, strata: Index, nulls: int, seed: int) -> Values:
        """Return ``(nulls, A)`` p values after the property was permuted within `strata`."""

    def rest(self, inside: Index, gone: NDArray[np.bool_]) -> float:
        """Return the p value of a set among the proteins that are not `gone`."""

    def described(self) -> dict[str, Values]:
        """Return the result columns of each set."""


def inside_of(members: sparse.csr_array, row: int) -> Index:
    """Return the positions of one set's proteins."""
    return np.asarray(members.indices[slice(*members.indptr[row : row + 2])], np.intp)


def ones_of(members: sparse.csr_array) -> sparse.csr_array:
    """Return memberships with every entry 1, whatever its support."""
    ones = np.ones(members.nnz)
    return sparse.csr_array((ones, members.indices, members.indptr), shape=members.shape)
