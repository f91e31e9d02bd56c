"""Weaving: a hierarchy of assemblies by containment, with one root and names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ..artifacts import Floats, Hierarchy, Ints
from ..similarity.containment import (
    Indices,
    containments,
    descendants,
    jaccards,
    parent_child_pairs,
    set_sizes,
    without_shortcuts,
)


def weave(
    proteins: Sequence[str],
    members: sparse.csr_array,
    persistence: Indices,
    stability: Floats,
    *,
    containment: float,
    redundancy: float,
) -> Hierarchy:
    """Order assemblies by containment under one root.

    An assembly is a parent of every other that it mostly contains. Assemblies that contain each
    other are merged; so are a parent and child that are nearly equal, including the root. Parents
    then receive the members of all descendants, and transitive edges are removed.

    Args:
        proteins: ``N`` names: the root's members.
        members: ``(A, N)`` support of each membership, in (0, 1].
        persistence: ``(A,)`` number of occurrences.
        stability: ``(A,)`` in 0..1.
        containment: Share of a child that its parent must contain, in (.5, 1].
        redundancy: Jaccard at and above which parent and child are one assembly, in (0, 1].
    """
    while True:
        arcs = containments(members, containment)
        members, persistence, stability = _merged(members, arcs, persistence, stability)
        arcs = without_shortcuts(containments(members, containment))
        whole = grown(members, arcs)
        below = np.flatnonzero(set_sizes(whole) < redundancy * len(proteins))
        alike = redundant(whole, arcs, redundancy)
        if len(below) < len(persistence):
            members, persistence, stability = members[below], persistence[below], stability[below]
        elif alike.nnz:
            members, persistence, stability = _merged(
                members, alike + alike.T, persistence, stability
            )
        else:
            break
    return named(proteins, whole, arcs, persistence, stability)


def _merged(
    members: sparse.csr_array, arcs: sparse.csr_array, persistence: Indices, stability: Floats
) -> tuple[sparse.csr_array, Indices, Floats]:
    """One row for each strongly connected component of `arcs`: the most persistent."""
    count, part = connected_components(arcs, connection="strong")
    if count == len(part):
        return members, persistence, stability
    order = np.lexsort((np.arange(len(part)), -persistence, part))
    first = order[np.r_[True, np.diff(part[order]) > 0]]
    first.sort()
    return members[first], persistence[first], stability[first]


def grown(members: sparse.csr_array, arcs: sparse.csr_array) -> sparse.csr_array:
    """Return ``(A, N)`` members including those of all descendants, at their largest support."""
    upper, lower = descendants(arcs).nonzero()
    upper, lower = (
        np.r_[np.arange(members.shape[0]), upper],
        np.r_[np.arange(members.shape[0]), lower],
    )
    source = members[lower].tocoo()
    row, column, support = upper[source.row], source.col, source.data
    order = np.lexsort((-support, column, row))
    row, column, support = row[order], column[order], support[order]
    first = np.r_[True, (np.diff(row) > 0) | (np.diff(column) > 0)] if len(row) else row > 0
    return sparse.csr_array((support[first], (row[first], column[first])), shape=members.shape)


def redundant(members: sparse.csr_array, arcs: sparse.csr_array, at: float) -> sparse.csr_array:
    """Return ``(A, A)`` the `arcs` whose ends have a Jaccard index of `at` or more."""
    near = jaccards(members, members)
    i, j = arcs.nonzero()
    alike = np.asarray(near[i, j]).ravel() >= at if len(i) else np.empty(0, bool)
    ones = np.ones(int(alike.sum()), np.int32)
    return sparse.csr_array((ones, (i[alike], j[alike])), shape=arcs.shape)


def named(
    proteins: Sequence[str],
    members: sparse.csr_array,
    arcs: sparse.csr_array,
    persistence: Indices,
    stability: Floats,
) -> Hierarchy:
    """Return the hierarchy, rows by depth, then size, then first member; the root first."""
    n = len(proteins)
    depth = _depths(arcs)
    first = [int(members.indices[members.indptr[k]]) for k in range(members.shape[0])]
    order = np.lexsort((np.array(first, np.int64), -set_sizes(members), depth)).astype(np.int64)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(1, len(order) + 1)
    top = np.flatnonzero(np.bincount(arcs.indices, minlength=len(order)) == 0)
    edges = np.concatenate(
        [
            np.column_stack([np.zeros(len(top), np.int64), place[top]]),
            place[parent_child_pairs(arcs)].reshape(-1, 2),
        ]
    ).astype(np.int32)
    everyone = sparse.csr_array(np.ones((1, n), np.float32))
    return Hierarchy(
        tuple(proteins),
        ("Cluster0-0", *_names(depth[order])),
        sparse.csr_array(sparse.vstack([everyone, members[order]]).tocsr()),
        edges[np.lexsort((edges[:, 1], edges[:, 0]))],
        np.array([0, *persistence[order]], np.int32),
        np.array([1, *stability[order]], np.float32),
    )


def _depths(arcs: sparse.csr_array) -> Ints:
    """Minimum number of steps from the root, 1 for its children."""
    depth = np.zeros(arcs.shape[0], np.int32)
    reached = np.bincount(arcs.indices, minlength=arcs.shape[0]) == 0
    depth[reached] = 1
    level = 1
    while (depth == 0).any():
        frontier = (depth == level).astype(np.int32)
        depth[(arcs.T.astype(np.int32) @ frontier > 0) & (depth == 0)] = level + 1
        level += 1
    return depth


def _names(depth: Ints) -> list[str]:
    count: dict[int, int] = {}
    names = []
    for level in depth.tolist():
        names.append(f"Cluster{level}-{count.get(level, 0)}")
        count[level] = count.get(level, 0) + 1
    return names
