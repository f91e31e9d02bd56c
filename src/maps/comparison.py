"""Comparison of two hierarchies: best-match Jaccard, recovered assemblies and kept edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Hierarchy
from ..errors import DataError
from ..similarity.containment import Indices, boolean, descendants, jaccards

RECOVERED = 0.4  # the published threshold for a recovered assembly
SAME_JACCARD = 0.9


@dataclass(frozen=True)
class Comparison:
    """Best-match Jaccard between two maps, in both directions, over assemblies below the root.

    Attributes:
        mean_best: Mean best Jaccard of the first map's assemblies in the second, and in reverse; 1
            is best.
        recovered_40: Share of assemblies with a match of .4 or more, and in reverse.
        recovered_90: Share of assemblies with a match of .9 or more, and in reverse.
        edges_kept: Share of the parent-child edges below the root whose ends have matches of .4 or
            more that are ancestor and descendant in the other map, and in reverse.
        matches: Best match of each assembly of the first map in the second: ``(A,)`` row of the
            second map, -1 where none shares a protein.
        jaccard: ``(A,)`` of those.
    """

    mean_best: tuple[float, float]
    recovered_40: tuple[float, float]
    recovered_90: tuple[float, float]
    edges_kept: tuple[float, float]
    matches: Indices
    jaccard: NDArray[np.float64]

    def metrics(self) -> dict[str, float]:
        """Return the shares by name, the reverse direction as ``<name>.back``."""
        names = ("mean_best", "recovered_40", "recovered_90", "edges_kept")
        pairs = [(name, getattr(self, name)) for name in names]
        return {
            f"{name}{suffix}": value
            for name, both in pairs
            for suffix, value in zip(("", ".back"), both, strict=True)
        }


def compare(first: Hierarchy, second: Hierarchy) -> Comparison:
    """Compare two maps: recovery of each map's assemblies in the other.

    Proteins are matched by name and roots left out. Two maps without assemblies agree (1), as do
    two without edges; an assembly has no match (0) in a map without any.

    Source of the threshold of .4: Schaffer et al. 2025, doi:10.1038/s41586-025-08878-3.

    Raises:
        DataError: If the maps have no protein in common.
    """
    a, b = _shared_columns(first, second)
    table = jaccards(a, b)
    match, there = _best(table)
    counterpart, back = _best(sparse.csr_array(table.T.tocsr()))
    return Comparison(
        (_mean(there), _mean(back)),
        (_mean(there >= RECOVERED), _mean(back >= RECOVERED)),
        (_mean(there >= SAME_JACCARD), _mean(back >= SAME_JACCARD)),
        (
            _edges_kept(first, second, match, there),
            _edges_kept(second, first, counterpart, back),
        ),
        match,
        there,
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
    below = hierarchy.membership[1:].tocoo()
    to = np.array([column[name] for name in hierarchy.proteins], np.int64)
    shape = (len(hierarchy.names) - 1, len(column))
    return sparse.csr_array(
        (np.ones(below.nnz, np.float32), (below.row, to[below.col])), shape=shape
    )


def _best(table: sparse.csr_array) -> tuple[Indices, NDArray[np.float64]]:
    """Row of the second map (root 0) that each assembly matches best, -1 for none; its Jaccard."""
    if 0 in table.shape:
        return np.full(table.shape[0], -1), np.zeros(table.shape[0])
    jaccard: NDArray[np.float64] = table.max(axis=1).toarray().ravel()
    column = np.asarray(table.argmax(axis=1)).ravel().astype(np.int64)
    return np.where(jaccard > 0, column + 1, -1), jaccard


def _edges_kept(
    first: Hierarchy, second: Hierarchy, match: Indices, jaccard: NDArray[np.float64]
) -> float:
    edges = first.edges[first.edges[:, 0] > 0] - 1
    arcs = boolean((second.edges[:, 0], second.edges[:, 1]), len(second.names))
    above = descendants(arcs)
    known = (jaccard[edges] >= RECOVERED).all(axis=1)
    parents, children = match[edges[known]].T.reshape(2, -1)
    kept = np.asarray(above[parents, children]).ravel() if len(parents) else np.empty(0, bool)
    return float(kept.sum() / len(edges)) if len(edges) else 1.0


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else 1.0
