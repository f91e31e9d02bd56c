"""Agglomerative baselines: what they cut, and what they leave out."""

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering

from cytoweave.artifacts import Network
from cytoweave.errors import ConfigError, DataError
from cytoweave.maps import AverageLinkage, DensityClusters, Multiresolution
from cytoweave.maps.clustering import agglomerative
from cytoweave.maps.clustering.agglomerative import MOST_PROTEINS


def cliques(count: int = 4, size: int = 6) -> Network:
    """Cliques in a ring, joined by weak pairs; strong pairs differ a little."""
    first, second, weights = [], [], []
    for k in range(count):
        names = [f"P{k}_{i}" for i in range(size)]
        for i, a in enumerate(names):
            for j, b in enumerate(names[:i]):
                first.append(a)
                second.append(b)
                weights.append(0.9 + 0.001 * (i + j))
        first.append(names[0])
        second.append(f"P{(k + 1) % count}_1")
        weights.append(0.1)
    return Network.from_pairs(first, second, weights)


@pytest.mark.parametrize("communities", [AverageLinkage(), DensityClusters()])
def test_cliques_come_back(communities: AverageLinkage | DensityClusters) -> None:
    result = Multiresolution(communities=communities)(cliques(), seed=0)
    groups = {frozenset(result.members_of(k)) for k in range(1, len(result.names))}
    assert {frozenset(f"P{k}_{i}" for i in range(6)) for k in range(4)} <= groups
    assert np.isnan(result.stability[1:]).all()


def test_cuts_of_average_linkage_against_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    i, j = np.triu_indices(30, 1)
    names = np.array([f"P{k:02d}" for k in range(30)])
    network = Network.from_pairs(names[i].tolist(), names[j].tolist(), rng.random(len(i)))
    method = AverageLinkage(cuts=8)
    result = method(network, seed=0)
    weights = method.weights(network)
    distances = np.zeros((30, 30))
    distances[i, j] = distances[j, i] = 1 - weights / weights.max() * (1 - 1e-6)
    for labels in result.labels:
        oracle = AgglomerativeClustering(
            n_clusters=labels.max() + 1, metric="precomputed", linkage="average"
        ).fit_predict(distances)
        pairs = {*zip(labels.tolist(), oracle.tolist(), strict=True)}
        assert len(pairs) == labels.max() + 1


@pytest.mark.parametrize("communities", [AverageLinkage(), DensityClusters()])
def test_nothing_to_cluster(communities: AverageLinkage | DensityClusters) -> None:
    lonely = Network.from_pairs([], [], proteins=["A", "B", "C"])
    assert communities(lonely, seed=0).labels.shape == (0, 3)
    pair = Network.from_pairs(["A"], ["B"])
    assert len(Multiresolution(communities=communities)(pair, seed=0).names) == 1


def test_more_pairs_than_memory_holds() -> None:
    names = [f"P{k}" for k in range(MOST_PROTEINS + 1)]
    with pytest.raises(DataError, match=r"at most 20000 proteins, got 20001"):
        agglomerative.AverageLinkage()(Network.from_pairs(["P0"], ["P1"], proteins=names), seed=0)


def test_bounds_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"cuts must be a whole number of at least 2, got 1"):
        AverageLinkage(cuts=1)
    with pytest.raises(ConfigError, match=r"sizes must be a whole number of at least 1, got 0"):
        DensityClusters(sizes=0)
