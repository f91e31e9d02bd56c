"""Clique percolation of recurrent clusters, and their consensus.

Identical clusters share all their neighbours, so each is handled once, with its number of
occurrences as its weight: cliques are counted in occurrences.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ...similarity.containment import Indices, as_sets, set_sizes
from ..clustering.leiden import maximal_cliques
from ..persistence import Occurrences


def components(clusters: Occurrences, nearby: sparse.csr_array, threshold: float) -> Indices:
    """Return ``(O,)`` the connected component of each occurrence.

    Two occurrences are linked when their partitions are `nearby` and their Jaccard index is above
    `threshold`. Cost: one sparse product for each partition with those near it.

    Args:
        clusters: Clusters of ``R`` partitions.
        nearby: ``(R, R)`` bool, symmetric.
        threshold: Jaccard, in 0..1.
    """
    sizes = set_sizes(clusters.members)
    starts = np.searchsorted(clusters.partition, np.arange(nearby.shape[0] + 1))
    sets = as_sets(clusters.members)
    links_i, links_j = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for k in range(nearby.shape[0]):
        own = np.arange(starts[k], starts[k + 1])
        after = nearby.indices[nearby.indptr[k] : nearby.indptr[k + 1]]
        others = [np.arange(starts[m], starts[m + 1]) for m in np.sort(after[after > k])]
        other = np.concatenate([np.empty(0, np.int64), *others])
        product = (sets[clusters.cluster[own]] @ sets[clusters.cluster[other]].T.tocsr()).tocoo()
        i, j = own[product.row], other[product.col]
        union = sizes[clusters.cluster[i]] + sizes[clusters.cluster[j]] - product.data
        alike = product.data > threshold * union
        links_i.append(i[alike])
        links_j.append(j[alike])
    i, j = np.concatenate(links_i), np.concatenate(links_j)
    n = len(clusters.cluster)
    links = sparse.coo_array((np.ones(len(i), np.int8), (i, j)), shape=(n, n))
    return connected_components(links, directed=False)[1].astype(np.int64)


def ensembles(
    clusters: Occurrences, part: Indices, alike: sparse.csr_array, size: int
) -> Iterator[tuple[Indices, Indices]]:
    """Yield the clusters and the occurrences of each, for every ensemble.

    Within each part of at least `size` occurrences, an ensemble is a community of clique
    percolation (Palla et al. 2005, doi:10.1038/nature03607): the union of cliques of `size`
    occurrences that can be reached from each other through `size` - 1 shared ones.

    Args:
        clusters: Clusters of all partitions.
        part: ``(O,)`` from `components`.
        alike: ``(C, C)`` bool pairs of clusters above the Jaccard threshold, with the diagonal.
        size: Size of the cliques, at least 2.
    """
    order = np.lexsort((clusters.cluster, part))
    bounds = np.flatnonzero(np.r_[True, np.diff(part[order]) > 0, True])
    for start, stop in pairwise(bounds):
        if stop - start >= size:
            rows, times = np.unique(clusters.cluster[order[start:stop]], return_counts=True)
            for inside in _percolated(alike[rows][:, rows], times, size):
                yield rows[inside], times[inside]


def _percolated(alike: sparse.csr_array, times: Indices, size: int) -> list[Indices]:
    """Rows of each percolation community of a graph whose vertices have multiplicity `times`."""
    n = len(times)
    if n == 1:
        return [np.zeros(1, np.int64)]
    cliques = [c for c in maximal_cliques(alike) if times[c].sum() >= size]
    if not cliques:
        return []
    rows = np.repeat(np.arange(len(cliques)), [len(c) for c in cliques])
    table = sparse.csr_array(
        (np.ones(len(rows)), (rows, np.concatenate(cliques))), shape=(len(cliques), n)
    )
    shared = (table * times[None, :]) @ table.T
    reach = sparse.csr_array(shared >= size - 1).astype(np.int8)
    count, label = connected_components(reach, directed=False)
    return [np.unique(table[label == k].indices).astype(np.int64) for k in range(count)]


def consensus(
    members: sparse.csr_array, groups: list[tuple[Indices, Indices]], share: float
) -> tuple[sparse.csr_array, Indices]:
    """Return ``(A, N)`` support of the members of each ensemble, and its occurrences.

    Args:
        members: ``(C, N)`` clusters.
        groups: Clusters and occurrences of each ensemble.
        share: A protein belongs to an ensemble if more than this share of the occurrences contain
            it, in 0..1.
    """
    rows = np.repeat(np.arange(len(groups)), [len(c) for c, _ in groups])
    columns = np.concatenate([np.empty(0, np.int64), *(c for c, _ in groups)])
    times = np.concatenate([np.empty(0, np.int64), *(t for _, t in groups)]).astype(np.float64)
    weighted = sparse.csr_array((times, (rows, columns)), shape=(len(groups), members.shape[0]))
    total: NDArray[np.float64] = np.asarray(weighted.sum(axis=1)).ravel()
    support = sparse.csr_array(weighted @ as_sets(members).astype(np.float64))
    support.data /= np.repeat(total, np.diff(support.indptr))
    support.data[support.data <= share] = 0
    support.eliminate_zeros()
    support.sort_indices()
    persistence: NDArray[np.int64] = np.rint(total).astype(np.int64)
    return support, persistence
