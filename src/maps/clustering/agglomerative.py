"""Agglomerative baselines: average linkage and HDBSCAN, cut at many heights.

Both keep all pairs of proteins in memory, so they are for thousands of proteins, not for tens of
thousands. Both are deterministic: the seed has no effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ...artifacts import Network
from ...errors import DataError
from ...nodes.ranges import AtLeastOne, Ge, checked
from .communities import contrasted
from .partitions import Partitions

MOST_PROTEINS = 20_000  # 3.2 GB of distances


@checked
@dataclass(frozen=True)
class AverageLinkage:
    """Cut the tree of average linkage (UPGMA) into 2, 3, ... clusters, in geometric steps.

    The distance of a linked pair falls with its scaled weight; that of an unlinked pair is 1.

    Args:
        cuts: Number of cuts, at least 2.

    Raises:
        ConfigError: If `cuts` is below 2.

    Source: Sokal & Michener, Univ. Kansas Sci. Bull. 38:1409 (1958); scipy's implementation.
    Cost: N^2 memory and time, 10 s for 5,000 proteins.
    """

    cuts: Annotated[int, Ge(2)] = 150

    def weights(self, network: Network) -> NDArray[np.float64]:
        """Return the ``(E,)`` weights for the cohesion of assemblies."""
        return contrasted(network.weights, 1)

    def __call__(self, network: Network, *, seed: int, workers: int = 1) -> Partitions:
        """Return one partition for each cut; a network without edges has none."""
        n = len(network.proteins)
        if not len(network.edges):
            return _partitions([], n, "average linkage")
        from scipy.cluster.hierarchy import cut_tree, linkage  # slow to import

        distances = _distances(network, self.weights(network))
        tree = linkage(distances[~np.tri(n, dtype=bool)], "average")  # each pair once
        counts = np.unique(np.geomspace(2, n, self.cuts).round().astype(int))
        return _partitions(list(cut_tree(tree, counts[counts <= n]).T), n, "average linkage")


@checked
@dataclass(frozen=True)
class DensityClusters:
    """HDBSCAN at many minimum cluster sizes, with leaf and excess-of-mass selection.

    Noise proteins are singleton clusters.

    Args:
        sizes: Number of minimum sizes, from 4 to a quarter of the proteins in geometric steps; >=
            1.

    Raises:
        ConfigError: If `sizes` is below 1.

    Source: Campello et al., PAKDD 2013, doi:10.1007/978-3-642-37456-2_14; scikit-learn's
    implementation.
    Cost: N^2 memory and time for each size.
    """

    sizes: AtLeastOne = 12

    def weights(self, network: Network) -> NDArray[np.float64]:
        """Return the ``(E,)`` weights for the cohesion of assemblies."""
        return contrasted(network.weights, 1)

    def __call__(self, network: Network, *, seed: int, workers: int = 1) -> Partitions:
        """Return two partitions for each minimum size; a network without edges has none."""
        n = len(network.proteins)
        if not len(network.edges) or n < 4:
            return _partitions([], n, "density")
        from sklearn.cluster import HDBSCAN  # half a second to import

        distances = _distances(network, self.weights(network))
        least = np.unique(np.geomspace(4, max(4, n // 4), self.sizes).round().astype(int))
        clusters = [
            HDBSCAN(
                min_cluster_size=int(size), min_samples=min(4, n), metric="precomputed",
                cluster_selection_method=method, allow_single_cluster=False, copy=True,
            ).fit_predict(distances)
            for size in least
            for method in ("leaf", "eom")
        ]  # fmt: skip
        return _partitions([_alone(labels) for labels in clusters], n, "density")


def _distances(network: Network, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(N, N)`` 1 less the weight over the largest, 1 for unlinked pairs, 0 with itself."""
    n = len(network.proteins)
    if n > MOST_PROTEINS:
        raise DataError(
            f"map.communities: agglomerative maps hold all pairs of proteins, at most "
            f"{MOST_PROTEINS} proteins, got {n}; choose map=multiresolution."
        )
    table = np.ones((n, n))
    i, j = network.edges.T
    table[i, j] = table[j, i] = 1 - weights / weights.max() * (1 - 1e-6)
    np.fill_diagonal(table, 0)
    return table


def _alone(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """Labels from 0, with a singleton label for each noise protein (-1)."""
    noise = np.flatnonzero(labels < 0)
    own = labels.astype(np.int32)
    own[noise] = labels.max() + 1 + np.arange(len(noise))
    return own


def _partitions(labels: list[NDArray[np.int32]], n: int, quality: str) -> Partitions:
    count = len(labels)
    return Partitions(
        np.array(labels, np.int32).reshape(count, n),
        (quality,) * count,
        np.arange(1, count + 1, dtype=np.float64),
        np.zeros(count, np.int32),
    )
