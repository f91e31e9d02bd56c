"""Ranking and selection of assemblies by stability, cohesion, persistence and diversity."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Network
from ..nodes.ranges import NonNegative, checked
from ..similarity.containment import Indices, as_sets, jaccard_index, jaccards, set_sizes
from .clustering.partitions import Partitions
from .persistence import occurrences

SMALLEST_MATCH = 2  # smaller clusters cannot match an assembly of 4 or more


def stabilities(members: sparse.csr_array, partitions: Partitions) -> NDArray[np.float64]:
    """Return ``(A,)`` the stability of each assembly under edge resampling and other seeds.

    The Jaccard index with the most similar cluster at any resolution, averaged over the resampled
    networks. 1 is best; a random set of proteins has about 1 / size. NaN without resampled ones.

    Args:
        members: ``(A, N)`` assemblies.
        partitions: Runs on the whole and on resampled networks.
    """
    best = [
        _best_jaccards(members, occurrences(partitions.labels[seen], SMALLEST_MATCH).members)
        for seen in (partitions.replicates == r for r in np.unique(partitions.replicates) if r)
    ]
    return np.mean(best, axis=0) if best else np.full(members.shape[0], np.nan)


def _best_jaccards(members: sparse.csr_array, clusters: sparse.csr_array) -> NDArray[np.float64]:
    if not clusters.shape[0] or not members.shape[0]:
        return np.zeros(members.shape[0])
    best: NDArray[np.float64] = jaccards(members, clusters).max(axis=1).toarray().ravel()
    return best


@checked
@dataclass(frozen=True)
class Ranking:
    """Score of assemblies: a weighted geometric mean of their properties.

    score = (weight inside) / size^`size` x cohesion^`cohesion` x persistence^`persistence`
    x stability^`stability`

    Cohesion is the share of its members' weight that is inside, persistence the share of the
    partitions in which it recurs. An exponent of 0 leaves a factor out.

    Args:
        size: Exponent of the number of members; 1 scores the mean inside weight per member.
        cohesion: Exponent of the cohesion, at least 0.
        persistence: Exponent of the persistence, at least 0.
        stability: Exponent of the stability, at least 0. It is 0 by default: measured on a few
            resampled networks, stability is too noisy for ranking, and maps of different seeds
            agree less with it than without; it is still used as a threshold.
        diversity: The score of an assembly whose Jaccard with a chosen one is J counts
            (1 - J)^`diversity`; at least 0.

    Raises:
        ConfigError: If an exponent is negative.
    """

    size: NonNegative = 1.0
    cohesion: NonNegative = 0.75
    persistence: NonNegative = 0.25
    stability: NonNegative = 0.0
    diversity: NonNegative = 2.0

    def __call__(
        self,
        members: sparse.csr_array,
        network: Network,
        weights: NDArray[np.float64],
        persistence: NDArray[np.float64],
        stability: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return the ``(A,)`` scores, at least 0.

        Args:
            members: ``(A, N)`` assemblies.
            network: ``N`` proteins, ``E`` pairs.
            weights: ``(E,)`` weights as they were clustered.
            persistence: ``(A,)`` in 0..1.
            stability: ``(A,)`` in 0..1.
        """
        inside = weights_inside(members, network, weights)
        score: NDArray[np.float64] = (
            inside
            / set_sizes(members) ** self.size
            * cohesion(inside, members, network, weights) ** self.cohesion
            * persistence**self.persistence
            * stability**self.stability
        )
        return score


def strengths(network: Network, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``(N,)`` the sum of `weights` over each protein's edges."""
    ends = network.edges.ravel()
    doubled = np.repeat(weights, 2)
    return np.bincount(ends, doubled, len(network.proteins)).astype(np.float64)


def weights_inside(
    members: sparse.csr_array, network: Network, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return ``(A,)`` the sum of `weights` over the network's edges inside each assembly."""
    n = len(network.proteins)
    half = sparse.csr_array((weights, (network.edges[:, 0], network.edges[:, 1])), shape=(n, n))
    sets = as_sets(members).astype(np.float64)
    return np.asarray(sparse.csr_array(sets @ half).multiply(sets).sum(axis=1)).ravel()


def cohesion(
    inside: NDArray[np.float64],
    members: sparse.csr_array,
    network: Network,
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return ``(A,)`` the share of its members' weight that is inside each assembly, in 0 .. 1.

    Args:
        inside: ``(A,)`` from `weights_inside`.
        members: ``(A, N)`` assemblies.
        network: ``N`` proteins, ``E`` pairs.
        weights: ``(E,)`` weights.
    """
    sets = as_sets(members).astype(np.float64) @ strengths(network, weights)
    share: NDArray[np.float64] = np.divide(
        2 * inside, sets, out=np.zeros_like(inside), where=sets > 0
    )
    return share


def significance(
    inside: NDArray[np.float64],
    members: sparse.csr_array,
    network: Network,
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return ``(A,)`` the significance of the inside weight given node strengths; at least 0.

    The log-likelihood ratio of a Poisson count w against its expectation e, per member:
    (w ln(w / e) - (w - e)) / size, where w is twice the weight inside and e the square of the
    members' strength over that of the network; 0 where w is below e.

    Args:
        inside: ``(A,)`` from `weights_inside`.
        members: ``(A, N)`` assemblies.
        network: ``N`` proteins, ``E`` pairs.
        weights: ``(E,)`` weights.
    """
    strength = strengths(network, weights)
    inside = 2 * inside
    expected = (as_sets(members).astype(np.float64) @ strength) ** 2 / strength.sum()
    above = inside > expected
    log = np.log(np.divide(inside, expected, out=np.ones_like(inside), where=above))
    return np.where(above, inside * log - (inside - expected), 0) / set_sizes(members)


def best_distinct(
    members: sparse.csr_array,
    score: NDArray[np.float64],
    most: int,
    overlap: float,
    diversity: float = 0.0,
) -> Indices:
    """Return the selected rows, ascending: greedy selection with a penalty for similar ones.

    Args:
        members: ``(A, N)`` assemblies.
        score: ``(A,)``, higher is better; ties by order, and rows at or below 0 are never
            selected.
        most: Maximum number.
        overlap: Jaccard above which two assemblies are too similar to keep both.
        diversity: A score counts (1 - J)^`diversity` where J is the largest Jaccard with one
            already kept.
    """
    sizes, holders = set_sizes(members), sparse.csr_array(as_sets(members).T.tocsr())
    nearest = np.zeros(len(score))
    queue = [(-value, k) for k, value in enumerate(score.tolist()) if value > 0]
    heapq.heapify(queue)
    kept: list[int] = []
    while queue and len(kept) < most:
        promised, k = heapq.heappop(queue)
        if nearest[k] > overlap:
            continue
        value = -float(score[k] * (1 - nearest[k]) ** diversity)
        if value > promised:
            heapq.heappush(queue, (value, k))
            continue
        kept.append(k)
        inside = members.indices[members.indptr[k] : members.indptr[k + 1]]
        near, shared = np.unique(holders[inside].indices, return_counts=True)
        nearest[near] = np.maximum(nearest[near], jaccard_index(shared, sizes[near], int(sizes[k])))
    return np.array(sorted(kept), np.int64)
