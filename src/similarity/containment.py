"""Set algebra on assemblies: overlaps, containment, and the order it induces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Indices = NDArray[np.int64]
Rows = NDArray[np.integer]
Counts = NDArray[np.integer] | NDArray[np.floating]


def set_sizes(members: sparse.csr_array) -> NDArray[np.int64]:
    """Return ``(A,)`` the number of members of each row."""
    return np.diff(members.indptr).astype(np.int64)


def as_sets(members: sparse.csr_array) -> sparse.csr_array:
    """Return the same rows with every entry 1, as float32, whose products count overlaps."""
    ones = np.ones(len(members.indices), np.float32)
    return sparse.csr_array((ones, members.indices, members.indptr), shape=members.shape)


def overlaps(a: sparse.csr_array, b: sparse.csr_array) -> tuple[Indices, Indices, Indices]:
    """Return rows of `a`, rows of `b` and shared members, for every pair that shares any.

    Cost: the non-zero entries of one sparse product; pairs come in row-major order.
    """
    product = sparse.csr_array(as_sets(a) @ as_sets(b).T.tocsr())
    product.sort_indices()
    i = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
    shared = np.rint(product.data).astype(np.int64)
    return i.astype(np.int64), product.indices.astype(np.int64), shared


def jaccard_index(shared: Counts, one: Counts, other: Counts | int) -> NDArray[np.float64]:
    """Return the Jaccard index of sets: shared members over members of either, in 0..1.

    Args:
        shared: Members of both.
        one: Sizes of the first sets, of a shape that broadcasts with `shared`.
        other: Sizes of the second sets. Two empty sets give NaN.
    """
    return np.asarray(shared / (np.add(one, other) - shared), np.float64)


def jaccards(a: sparse.csr_array, b: sparse.csr_array) -> sparse.csr_array:
    """Return the ``(A, B)`` sparse float64 matrix of Jaccard indices; absent pairs are 0."""
    i, j, shared = overlaps(a, b)
    values = jaccard_index(shared, set_sizes(a)[i], set_sizes(b)[j])
    return sparse.csr_array((values, (i, j)), shape=(a.shape[0], b.shape[0]))


def containments(members: sparse.csr_array, threshold: float) -> sparse.csr_array:
    """Return ``(A, A)`` bool: entry (parent, child) where the parent holds most of the child.

    An entry is set where |parent & child| / |child| >= `threshold`, also in both directions for
    near-identical sets; never on the diagonal.
    """
    i, j, shared = overlaps(members, members)
    keep = (i != j) & (shared >= threshold * set_sizes(members)[j])
    return boolean((i[keep], j[keep]), len(set_sizes(members)))


def boolean(entries: tuple[Rows, Rows], n: int) -> sparse.csr_array:
    """Return the ``(n, n)`` bool matrix with the given entries set."""
    matrix = sparse.coo_array((np.ones(len(entries[0]), np.int32), entries), shape=(n, n)).tocsr()
    matrix.sum_duplicates()
    return sparse.csr_array(matrix.astype(bool))


def descendants(arcs: sparse.csr_array) -> sparse.csr_array:
    """Return ``(A, A)`` bool: which rows are reached from which along `arcs`, itself left out."""
    reached = arcs.astype(np.float32)
    while True:
        further = reached + reached @ reached
        further.data[:] = 1
        if further.nnz == reached.nnz:
            return sparse.csr_array(reached.astype(bool))
        reached = further


def without_shortcuts(arcs: sparse.csr_array) -> sparse.csr_array:
    """Return the transitive reduction of a directed acyclic graph of parent -> child `arcs`."""
    steps = arcs.astype(np.float32)
    longer = sparse.csr_array(steps @ descendants(arcs).astype(np.float32)).astype(bool)
    i, j = steps.nonzero()
    detour = boolean(longer.nonzero(), arcs.shape[0])
    direct = ~np.asarray(detour[i, j]).ravel() if len(i) else np.empty(0, bool)
    return boolean((i[direct], j[direct]), arcs.shape[0])


def bridged(arcs: sparse.csr_array, kept: Indices) -> sparse.csr_array:
    """Return the arcs among `kept`; what hung below a row left out hangs below its parents."""
    out = arcs.astype(np.int32).tolil()
    for row in np.setdiff1d(np.arange(arcs.shape[0]), kept):
        parents = out[:, [row]].nonzero()[0]
        children = out.rows[row]
        for parent in parents:
            out[parent, children] = 1
        out[parents, row] = 0
        out[row, :] = 0
    i, j = out.tocsr()[kept][:, kept].nonzero()
    bridges = boolean((i, j), len(kept))
    return bridges if len(kept) == arcs.shape[0] else without_shortcuts(bridges)


def parent_child_pairs(arcs: sparse.csr_array) -> NDArray[np.int32]:
    """Return ``(K, 2)`` int32 rows parent, child of `arcs`, in lexicographic order."""
    i, j = arcs.nonzero()
    order = np.lexsort((j, i))
    return np.column_stack([i[order], j[order]]).astype(np.int32).reshape(-1, 2)
