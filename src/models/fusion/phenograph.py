"""PhenoGraph: Louvain clusters of the shared-nearest-neighbour graph.

Uses igraph (GPL), as `maps.leiden` does.

Source: Levine et al., Cell 2015, doi:10.1016/j.cell.2015.05.047; Louvain: Blondel et al., J. Stat.
Mech. 2008, doi:10.1088/1742-5468/2008/10/P10008.
"""

from __future__ import annotations

import random

import igraph
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Floats
from ...similarity.nearest import nearest_rows, unit_rows


def phenograph(vectors: Floats, neighbours: int, seed: int) -> NDArray[np.int64]:
    """Return the cluster of each protein, ``(N,)``, numbered from 0.

    Louvain modularity on `shared_neighbours`; the best level of its hierarchy. Small clusters are
    kept.

    Args:
        vectors: ``(N, D)``, N >= 1.
        neighbours: Number of nearest neighbours by cosine, >= 1; at most all others.
        seed: Seed of the order in which Louvain visits proteins.

    Cost: 2 s for 6,000 proteins of 128 dimensions.
    """
    weights = sparse.triu(shared_neighbours(vectors, neighbours), 1, format="coo")
    edges = np.column_stack([weights.row, weights.col])
    graph = igraph.Graph(n=len(vectors), edges=edges)
    igraph.set_random_number_generator(random.Random(seed))
    try:
        communities = graph.community_multilevel(weights=weights.data.tolist())
    finally:
        igraph.set_random_number_generator(random)
    return np.asarray(communities.membership, np.int64)


def shared_neighbours(vectors: Floats, neighbours: int) -> sparse.csr_array:
    """Return ``(N, N)`` Jaccard weights of the neighbourhoods of neighbours.

    With ``N(i)`` the nearest neighbours of ``i``, without itself, the weight of ``i`` for ``j`` in
    ``N(i)`` is ``|N(i) n N(j)| / |N(i) u N(j)|``, and the mean of both directions is returned,
    with 0 where ``j`` is no neighbour.
    """
    n, count = len(vectors), min(neighbours, len(vectors) - 1)
    near = np.sort(nearest_rows(unit_rows(vectors), count)[0], axis=1)
    indptr = np.arange(n + 1) * count
    links = sparse.csr_array((np.ones(n * count, np.float32), near.ravel(), indptr), shape=(n, n))
    common = sparse.csr_array(links @ links.T).multiply(links).tocsr()
    common.eliminate_zeros()
    common.data = common.data / (2 * count - common.data)
    return sparse.csr_array((common + common.T) / 2)
