"""How much two hierarchies of one cell have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Hierarchy
from ..errors import DataError
from .containment import jaccards


@dataclass(frozen=True)
class Comparison:
    """What two maps share, seen from each: best-match Jaccard over the assemblies below the root.

    Attributes:
        mean_best: Mean best Jaccard of the first map's assemblies in the second, and back; 1 is
            best.
        recovered_40: Share of assemblies with a match of .4 or more, and back.
        recovered_90: Share of assemblies with a match of .9 or more, and back.
    """

    mean_best: tuple[float, float]
    recovered_40: tuple[float, float]
    recovered_90: tuple[float, float]


def compare(first: Hierarchy, second: Hierarchy) -> Comparison:
    """Return how well each map's assemblies are found in the other.

    Proteins are matched by name and roots left out. Two maps without assemblies agree (1); an
    assembly finds nothing in a map without any (0).

    Raises:
        DataError: If the maps have no protein in common.
    """
    a, b = _shared_columns(first, second)
    table = jaccards(a, b)
    there, back = _row_maxima(table), _row_maxima(sparse.csr_array(table.T.tocsr()))
    return Comparison(
        (_mean(there), _mean(back)),
        (_mean(there >= 0.4), _mean(back >= 0.4)),
        (_mean(there >= 0.9), _mean(back >= 0.9)),
    )


def _shared_columns(
    first: Hierarchy, second: Hierarchy
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Members below the root of both maps, over the union of their proteins."""
    names = sorted({*first.proteins, *second.proteins})
    if len(names) == len(first.proteins) + len(second.proteins) and names:
        raise DataError(
            f"The maps share no protein (first: '{first.proteins[0]}', "
            f"second: '{second.proteins[0]}'); translate one of them."
        )
    column = {name: k for k, name in enumerate(names)}
    return _placed(first, column), _placed(second, column)


def _placed(hierarchy: Hierarchy, column: dict[str, int]) -> sparse.csr_array:
    below = hierarchy.members[1:].tocoo()
    to = np.array([column[name] for name in hierarchy.proteins], np.int64)
    shape = (len(hierarchy.names) - 1, len(column))
    return sparse.csr_array(
        (np.ones(below.nnz, np.float32), (below.row, to[below.col])), shape=shape
    )


def _row_maxima(table: sparse.csr_array) -> NDArray[np.float64]:
    if 0 in table.shape:
        return np.zeros(table.shape[0])
    best: NDArray[np.float64] = table.max(axis=1).toarray().ravel()
    return best


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else 1.0
