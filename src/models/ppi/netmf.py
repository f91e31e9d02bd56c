"""NetMF: network embedding by closed-form factorisation of the random-walk matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Embedding, Floats, Network
from ...nodes.ranges import AtLeastOne, Natural, Positive, checked
from ...terminal.cores import allowed
from ...terminal.progress import tracked
from ...terminal.workers import in_threads
from .connected import connected_part
from .walks import Walker

BLOCK = 32
"""Proteins per sparse-by-dense product: their visits to 11,000 others just fit into a core's cache;
of 16 to 512 the fastest by processor time."""

PAIRS_AT_ONCE = 20_000_000
"""Sampled pairs before they are summed; bounds the working memory to about 1 GB."""

OVERSAMPLING = 20
POWER_ITERATIONS = 6
"""Settings of the randomised factorisation; Halko et al. 2011 advise 5-20 and a few."""

Matrix = NDArray[np.float32] | sparse.csr_array


@checked
@dataclass(frozen=True)
class NetMF:
    """Embedding whose inner products approximate the log co-occurrence on random walks.

    With ``A`` the weighted adjacency, ``D`` its degrees and ``P = D^-1 A``::

        M = vol(A) / (b T) * (P + P^2 + ... + P^T) D^-1
        U S V^T = svd(log max(M, 1));    vectors = U sqrt(S)

    This is what skip-gram on random walks (DeepWalk, node2vec with p = q = 1) converges to.
    Networks of up to `exact_limit` proteins are computed exactly, in ``4 N^2`` bytes and time
    proportional to ``N E T``; larger ones from sampled walks, in memory proportional to
    ``samples T E``.

    Args:
        dimensions: Width of the vectors, > 0; at most the number of connected proteins is used.
        window: Longest walk ``T``, > 0.
        negative: Number ``b`` of negative samples in terms of skip-gram, > 0: the larger, the
            fewer pairs count as close.
        exact_limit: Maximum number of connected proteins for the exact computation, >= 0.
        samples: Sampled walks per interaction (of mean weight) and walk length, > 0.

    Raises:
        ConfigError: If a number is out of its range.

    Source: Qiu et al., WSDM 2018, doi:10.1145/3159652.3159706; sampled form: Qiu et al.,
    WWW 2019, doi:10.1145/3308558.3313446.
    """

    dimensions: AtLeastOne = 128
    window: AtLeastOne = 10
    negative: Positive = 1.0
    exact_limit: Natural = 15_000
    samples: AtLeastOne = 20

    def __call__(self, network: Network, *, modality: str, seed: int) -> Embedding:
        """Embed every protein that has an interaction; isolated ones are left out.

        A hub that co-occurs with no protein more often than by chance has the zero vector.

        Raises:
            DataError: If the network has no interaction.
        """
        network = connected_part(network, modality)
        adjacency, rng = network.adjacency(), np.random.default_rng(seed)
        closeness: Matrix
        if len(network.proteins) <= self.exact_limit:
            closeness = walk_closeness(adjacency, self.window, self.negative)
        else:
            closeness = sampled_closeness(adjacency, self.window, self.negative, self.samples, rng)
        vectors = leading_factors(closeness, self.dimensions, rng)
        return Embedding.of_modality(modality, network.proteins, vectors)


def walk_closeness(
    adjacency: sparse.csr_array, window: int, negative: float = 1.0
) -> NDArray[np.float32]:
    """Return ``log max(M, 1)`` of `NetMF`, ``(N, N)``, symmetric.

    Rows are computed in blocks with sparse-by-dense products, in parallel, so that the result is
    the only large array.

    Args:
        adjacency: ``(N, N)`` symmetric weights, every row with an entry.
        window: Longest walk.
        negative: Divides `M`.
    """
    degrees = adjacency.sum(axis=1)
    steps = sparse.csr_array(sparse.diags_array(1 / degrees) @ adjacency, dtype=np.float32)
    scale = degrees.sum() / (negative * window) / degrees
    first = sparse.csr_array(sparse.diags_array(scale) @ steps.T, dtype=np.float32)
    n = len(degrees)
    closeness = np.empty((n, n), np.float32)

    def fill(low: int) -> None:
        visits = np.ascontiguousarray(first[low : low + BLOCK].toarray().T)
        total = visits.copy()
        for _ in range(window - 1):
            visits = steps @ visits
            total += visits
        np.maximum(total, 1, out=total)
        np.log(total.T, out=closeness[low : low + BLOCK])

    blocks = range(0, n, BLOCK)
    filled = in_threads(fill, zip(blocks), allowed())
    for _ in tracked(filled, "walks from all proteins", len(blocks)):
        pass
    return closeness


def sampled_closeness(
    adjacency: sparse.csr_array,
    window: int,
    negative: float,
    samples: int,
    rng: np.random.Generator,
) -> sparse.csr_array:
    """Return an unbiased sample of ``M`` of `NetMF`, then ``log max(M, 1)``, sparse.

    A walk of length ``r`` through a given interaction, at a random position in the walk, starts and
    ends at ``(u, v)`` with probability ``(D P^r)[u, v] / vol(A)``. Therefore walks of every length
    are sampled through each interaction in proportion to its weight, and their end points are
    counted.

    Args:
        adjacency: ``(N, N)`` symmetric weights, every row with an entry.
        window: Longest walk.
        negative: Divides `M`.
        samples: Walks per interaction of mean weight and length.
        rng: Random generator of the walks.

    Cost: ``samples * window`` steps and pairs per interaction.
    """
    upper = sparse.triu(adjacency, 1, format="coo")
    degrees = adjacency.sum(axis=1)
    walks = samples * upper.nnz
    places = (np.arange(walks) + rng.random()) / walks * upper.data.sum()
    edge = np.searchsorted(np.cumsum(upper.data), places).clip(max=upper.nnz - 1)
    walker = Walker.of(adjacency)
    counts = sparse.csr_array(adjacency.shape, dtype=np.float32)
    for length in range(1, window + 1):
        for low in range(0, walks, PAIRS_AT_ONCE):
            part = edge[low : low + PAIRS_AT_ONCE]
            counts = counts + _end_points(walker, upper.row[part], upper.col[part], length, rng)
    counts = counts + counts.T
    scale = degrees.sum() ** 2 / (2 * negative * walks * window)
    inverse = sparse.diags_array(1 / degrees)
    closeness = sparse.csr_array(inverse @ counts @ inverse * scale, dtype=np.float32)
    closeness.data = np.log(np.maximum(closeness.data, 1))
    closeness.eliminate_zeros()
    return closeness


def _end_points(
    walker: Walker,
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    length: int,
    rng: np.random.Generator,
) -> sparse.csr_array:
    """Return the counts of end points of walks of `length` through the edges first-second."""
    back = rng.integers(0, length, len(first))
    first, second = first.copy(), second.copy()
    for step in range(length - 1):
        earlier = step < back
        first[earlier] = walker.step(first[earlier], rng)
        second[~earlier] = walker.step(second[~earlier], rng)
    n = len(walker.degrees)
    ones = np.ones(len(first), np.float32)
    return sparse.coo_array((ones, (first, second)), shape=(n, n)).tocsr()


def leading_factors(matrix: Matrix, dimensions: int, rng: np.random.Generator) -> Floats:
    """Return ``U sqrt(S)`` of the leading part of a symmetric matrix's singular decomposition.

    Randomised subspace iteration; each column's entry of largest magnitude is positive, so that
    the result does not depend on arbitrary signs.

    Args:
        matrix: ``(N, N)`` float32, symmetric, dense or sparse.
        dimensions: Number of columns; at most ``N`` are returned.
        rng: Random generator of the initial subspace.

    Source: Halko, Martinsson and Tropp, SIAM Review 2011, doi:10.1137/090771806.
    """
    n = matrix.shape[0]
    width = min(dimensions + OVERSAMPLING, n)
    basis = rng.standard_normal((n, width), dtype=np.float32)
    for _ in range(POWER_ITERATIONS):
        basis = np.linalg.qr(matrix @ basis)[0]
    values, inner = np.linalg.eigh((basis.T @ (matrix @ basis)).astype(np.float64))
    order = np.argsort(-np.abs(values), kind="stable")[: min(dimensions, n)]
    factors = (basis @ inner[:, order]) * np.sqrt(np.abs(values[order]))
    peaks = factors[np.abs(factors).argmax(axis=0), np.arange(factors.shape[1])]
    return np.asarray(factors * np.where(peaks < 0, -1, 1), np.float32)
