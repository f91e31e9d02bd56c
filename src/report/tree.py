"""A hierarchy as a tree: main parents, levels, and a radial layout."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Hierarchy
from ..errors import DataError
from ..similarity.containment import jaccard_index

NODE_GAP = 60.0
RING_GAP = 220.0
"""Least distance between neighbours on a ring, and between rings, in units of CX2 (pixels)."""


def main_parents(hierarchy: Hierarchy) -> NDArray[np.int64]:
    """Return the main parent of each assembly, of highest Jaccard, -1 for the root: ``(A,)`` rows.

    Ties are broken by the first row.
    """
    parents = np.full(len(hierarchy.names), -1)
    parent, child = hierarchy.edges.reshape(-1, 2).T.astype(np.int64)
    if not len(parent):
        return parents
    membership = hierarchy.membership.astype(bool).astype(np.int64)
    both = membership[parent].multiply(membership[child]).sum(axis=1)
    sizes = hierarchy.sizes
    best_last = np.lexsort((-parent, jaccard_index(both, sizes[parent], sizes[child])))
    parents[child[best_last]] = parent[best_last]
    return parents


def smallest_assemblies(
    hierarchy: Hierarchy, membership: sparse.csr_array | None = None
) -> NDArray[np.int64]:
    """Return the row of the smallest assembly of each protein, 0 if only the root contains it.

    Ties are broken by the last row.

    Args:
        hierarchy: The map.
        membership: ``(A, M)`` memberships over other proteins; None: its own, ``(A, N)``.
    """
    members = hierarchy.membership if membership is None else membership
    smallest = np.zeros(members.shape[1], np.int64)
    for row in np.argsort(-hierarchy.sizes[1:], kind="stable").tolist():
        start, stop = members.indptr[row + 1 : row + 3]
        smallest[members.indices[start:stop]] = row + 1
    return smallest


def levels(hierarchy: Hierarchy) -> NDArray[np.int64]:
    """Return the longest path length from the root to each assembly, 0 for the root: ``(A,)``.

    Raises:
        DataError: If the edges have a cycle.
    """
    level = np.zeros(len(hierarchy.names), np.int64)
    parent, child = hierarchy.edges.reshape(-1, 2).T
    for _ in hierarchy.names:
        deeper = level.copy()
        np.maximum.at(deeper, child, level[parent] + 1)
        if (deeper == level).all():
            return level
        level = deeper
    raise DataError("Hierarchy: its edges run in a circle; an assembly cannot be its own ancestor.")


def drawing_order(hierarchy: Hierarchy) -> list[int]:
    """Return the rows in depth-first order from the root, largest children first."""
    below: dict[int, list[int]] = {}
    parents = main_parents(hierarchy)
    for row in np.argsort(-hierarchy.sizes, kind="stable").tolist():
        below.setdefault(int(parents[row]), []).append(row)
    order, waiting = [], [0]
    while waiting:
        row = waiting.pop()
        order.append(row)
        waiting.extend(reversed(below.get(row, [])))
    return order


def radial_places(hierarchy: Hierarchy) -> NDArray[np.float64]:
    """Return x and y of each assembly, ``(A, 2)``: the root in the middle, levels as rings.

    Leaves are evenly spaced on the circle, in drawing order; other assemblies are at the middle of
    their leaves' arc. Rings are wide enough to keep `NODE_GAP` between neighbours.
    """
    n = len(hierarchy.names)
    order, parents = drawing_order(hierarchy), main_parents(hierarchy)
    first, last = np.full(n, np.inf), np.full(n, -np.inf)
    is_parent = np.isin(np.arange(n), parents)
    leaves = [row for row in order if not is_parent[row]]
    first[leaves] = last[leaves] = np.arange(len(leaves))
    for row in reversed(order[1:]):
        above = parents[row]
        first[above] = min(first[above], first[row])
        last[above] = max(last[above], last[row])
    angle = np.pi * (first + last) / len(leaves)
    level = levels(hierarchy)
    inner = max(RING_GAP, NODE_GAP * len(leaves) / (2 * np.pi))
    radius = np.where(level == 0, 0.0, inner + (level - 1) * RING_GAP)
    places: NDArray[np.float64] = np.column_stack(
        [radius * np.sin(angle), -radius * np.cos(angle)]
    ).round(2)
    return places
