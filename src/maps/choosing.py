"""Choosing assemblies: how surely each returns, how much holds it together, and which to keep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Network
from .containment import Indices, as_sets, jaccards
from .partitions import Partitions
from .persistence import distinct_clusters

SMALLEST_MATCH = 2  # clusters below cannot be near an assembly of 4 or more


def stabilities(members: sparse.csr_array, partitions: Partitions) -> NDArray[np.float64]:
    """Return ``(A,)`` how surely each assembly returns under resampled edges and other seeds.

    The Jaccard index with the most similar cluster at any resolution, averaged over the resampled
    networks. 1 is best; a chance set of proteins has about 1 / size. NaN without resampled ones.

    Args:
        members: ``(A, N)`` assemblies.
        partitions: Runs on the whole and on resampled networks.
    """
    best = [
        _best_jaccards(members, distinct_clusters(partitions.labels[seen], SMALLEST_MATCH)[0])
        for seen in (partitions.replicates == r for r in np.unique(partitions.replicates) if r)
    ]
    return np.mean(best, axis=0) if best else np.full(members.shape[0], np.nan)


def _best_jaccards(members: sparse.csr_array, clusters: sparse.csr_array) -> NDArray[np.float64]:
    if not clusters.shape[0] or not members.shape[0]:
        return np.zeros(members.shape[0])
    best: NDArray[np.float64] = jaccards(members, clusters).max(axis=1).toarray().ravel()
    return best


def weights_inside(
    members: sparse.csr_array, network: Network, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return ``(A,)`` the sum of `weights` over the network's edges inside each assembly."""
    n = len(network.proteins)
    half = sparse.csr_array((weights, (network.edges[:, 0], network.edges[:, 1])), shape=(n, n))
    sets = as_sets(members).astype(np.float64)
    return np.asarray(sparse.csr_array(sets @ half).multiply(sets).sum(axis=1)).ravel()


def best_distinct(
    members: sparse.csr_array, score: NDArray[np.float64], most: int, overlap: float
) -> Indices:
    """Return rows to keep, ascending: the best first, leaving out what resembles a better one.

    Args:
        members: ``(A, N)`` assemblies.
        score: ``(A,)``, higher is better; of equal ones the first row wins, and -inf is never kept.
        most: How many to keep at most.
        overlap: Jaccard above which two assemblies are too alike to keep both.
    """
    near = jaccards(members, members)
    barred = np.zeros(len(score), bool)
    kept: list[int] = []
    for k in np.argsort(-score, kind="stable").tolist():
        if len(kept) == most or score[k] == -np.inf:
            break
        if not barred[k]:
            kept.append(k)
            row = slice(near.indptr[k], near.indptr[k + 1])
            barred[near.indices[row][near.data[row] > overlap]] = True
    return np.array(sorted(kept), np.int64)
