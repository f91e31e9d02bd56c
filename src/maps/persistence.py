"""Consensus clustering: recurrent clusters of many partitions become assemblies.

Two clusters are the same assembly if their Jaccard index exceeds a threshold. Assemblies are found
greedily: the cluster with the most similar clusters over all partitions takes these, and so on.
Chains of gradual change therefore give several assemblies, not one blurred one as connected
components would.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Ints
from ..similarity.containment import Indices, as_sets, set_sizes

BLOCK_ROWS = 2000


@dataclass(frozen=True)
class Recurrences:
    """Candidate assemblies with the number of clusters they were made from.

    Attributes:
        members: ``(A, N)`` CSR float32: share of its clusters that contain a protein, in (.5, 1].
        returns: ``(A,)`` number of its clusters, over all partitions.
    """

    members: sparse.csr_array
    returns: Indices


@dataclass(frozen=True)
class Occurrences:
    """Every cluster of every partition, with duplicates stored once.

    Attributes:
        members: ``(C, N)`` CSR float32: the distinct clusters.
        cluster: ``(O,)`` row of `members` of each occurrence.
        partition: ``(O,)`` partition of each occurrence, ascending.
    """

    members: sparse.csr_array
    cluster: Indices
    partition: Indices

    @property
    def returns(self) -> Indices:
        """``(C,)`` number of occurrences of each cluster."""
        return np.bincount(self.cluster, minlength=self.members.shape[0]).astype(np.int64)


def occurrences(labels: Ints, min_size: int) -> Occurrences:
    """Return the clusters of ``(R, N)`` partitions.

    Clusters below `min_size` and those of all proteins are left out. Clusters are compared by the
    sums of 64-bit random numbers of their members.
    """
    n = labels.shape[1]
    marks = np.random.default_rng(0).integers(0, 2**64, n, dtype=np.uint64)
    counted, keys = [], []
    for row in labels:
        sizes, sums = np.bincount(row), np.zeros(row.max(initial=0) + 1, np.uint64)
        np.add.at(sums, row, marks)
        counted.append(np.flatnonzero((sizes >= min_size) & (sizes < n)))
        keys.append(sums[counted[-1]])
    bounds = np.cumsum([0, *map(len, counted)])
    partition = np.repeat(np.arange(len(labels)), np.diff(bounds))
    _, first, cluster = np.unique(
        np.concatenate([np.empty(0, np.uint64), *keys]), return_index=True, return_inverse=True
    )
    order = np.argsort(first)  # numbered by first occurrence
    cluster = np.argsort(order)[cluster]
    new = np.full(len(partition), -1, np.int64)
    new[first[order]] = np.arange(len(first))
    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for k, (row, count) in enumerate(zip(labels, counted, strict=True)):
        place = np.full(row.max(initial=0) + 1, -1, np.int64)
        place[count] = new[bounds[k] : bounds[k + 1]]
        placed = np.flatnonzero(place[row] >= 0)
        rows.append(place[row[placed]])
        columns.append(placed)
    i, j = np.concatenate(rows), np.concatenate(columns)
    ones = np.ones(len(i), np.float32)
    members = sparse.csr_array((ones, (i, j)), shape=(len(first), n))
    return Occurrences(members, cluster.astype(np.int64), partition)


def similar(members: sparse.csr_array, threshold: float) -> sparse.csr_array:
    """Return ``(C, C)`` bool: pairs of rows with Jaccard > `threshold`, each also with itself.

    Rows are sorted by size and compared in blocks, since sets of very different size cannot be
    similar.
    """
    sizes = set_sizes(members)
    order = np.argsort(sizes, kind="stable")
    ascending, ordered = sizes[order], as_sets(members)[order]
    found_i, found_j = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start in range(0, len(order), BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, len(order))
        reach = np.searchsorted(ascending, ascending[stop - 1] / threshold, side="right")
        shared = (ordered[start:stop] @ ordered[start:reach].T.tocsr()).tocoo()
        i, j = shared.row + start, shared.col + start
        alike = shared.data > threshold * (ascending[i] + ascending[j] - shared.data)
        found_i.append(order[i[alike]])
        found_j.append(order[j[alike]])
    i, j = np.concatenate(found_i), np.concatenate(found_j)
    both = np.concatenate([i, j]), np.concatenate([j, i])
    matrix = sparse.csr_array(
        (np.ones(len(both[0]), np.int32), both), shape=(len(order), len(order))
    )
    matrix.sum_duplicates()
    matrix.sort_indices()
    return sparse.csr_array(matrix.astype(bool))


def recurrences(
    clusters: sparse.csr_array, returns: Indices, threshold: float, min_size: int, least: float
) -> Recurrences:
    """Merge similar clusters into assemblies, most recurrent first; members by majority.

    Args:
        clusters: ``(C, N)`` distinct clusters.
        returns: ``(C,)`` number of occurrences of each.
        threshold: Jaccard above which two clusters are one assembly, in 0..1.
        min_size: Minimum size of an assembly.
        least: Minimum number of occurrences of an assembly.
    """
    groups = _densest_first(similar(clusters, threshold), returns, least)
    weighted = sparse.csr_array(groups.astype(np.float64) * returns[None, :])
    total = np.asarray(weighted.sum(axis=1)).ravel()
    support = sparse.csr_array(weighted @ clusters.astype(np.float64))
    support.data /= np.repeat(total, np.diff(support.indptr))
    support.data[support.data <= 0.5] = 0
    support.eliminate_zeros()
    support.sort_indices()
    kept = np.flatnonzero(set_sizes(support) >= min_size)
    return Recurrences(
        sparse.csr_array(support[kept].astype(np.float32)), np.rint(total[kept]).astype(np.int64)
    )


def _densest_first(alike: sparse.csr_array, returns: Indices, least: float) -> sparse.csr_array:
    """``(G, C)`` bool groups: a cluster and the similar ones not yet in a group."""
    gains = np.asarray(alike.astype(np.int64) @ returns, np.int64)
    queue = [(-int(gains[k]), k) for k in np.flatnonzero(gains >= least).tolist()]
    heapq.heapify(queue)
    free = np.ones(len(returns), bool)
    groups: list[NDArray[np.int32]] = []
    while queue:
        promised, k = heapq.heappop(queue)
        if not free[k]:
            continue
        near = alike.indices[alike.indptr[k] : alike.indptr[k + 1]]
        near = near[free[near]]
        gain = int(returns[near].sum())
        if gain < -promised:
            if gain >= least:
                heapq.heappush(queue, (-gain, k))
            continue
        groups.append(near)
        free[near] = False
    indptr = np.cumsum([0, *map(len, groups)])
    indices = np.concatenate([np.empty(0, np.int32), *groups])
    return sparse.csr_array(
        (np.ones(len(indices), bool), indices, indptr), shape=(len(groups), len(returns))
    )
