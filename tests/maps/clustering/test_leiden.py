"""One network as several layers, and the cliques of a graph."""

from itertools import combinations

import leidenalg
import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Network
from cytoweave.errors import ConfigError
from cytoweave.maps import Communities, Resolutions
from cytoweave.maps.clustering.leiden import Layers, Run, cluster, maximal_cliques

EDGES = np.array([[0, 1], [0, 2], [1, 2], [2, 3], [3, 4]], np.int32)
SIMILARITIES = np.array([0.9, 0.5, 0.8, 0.1, 0.7])


def layers(*shares: float) -> Layers:
    return Layers.of(EDGES, SIMILARITIES, np.ones(5), shares)


def test_a_layer_holds_the_strongest_edges() -> None:
    graphs = layers(0.4, 1.0).graphs(5, 5)
    assert [sorted(graph.get_edgelist()) for graph in graphs] == [
        [(0, 1), (1, 2)],
        sorted(map(tuple, EDGES.tolist())),
    ]


def test_layers_add_up() -> None:
    summed = layers(0.4, 1.0).summed(5, 5)
    expected = np.zeros((5, 5))
    expected[tuple(EDGES.T)] = [2, 1, 2, 1, 1]
    np.testing.assert_array_equal(summed.toarray(), expected + expected.T)


def test_a_resampled_edge_stays_in_its_layers() -> None:
    few = layers(0.4, 1.0).resampled(0.5, [1, 2])
    assert 0 < len(few.edges) < 5
    for edge, rank in zip(few.edges.tolist(), few.ranks.tolist(), strict=True):
        assert layers().ranks[EDGES.tolist().index(edge)] == rank


def test_layers_of_the_potts_model_are_their_sum() -> None:
    """Oracle: leidenalg's multiplex optimiser on the layers finds no better joint quality."""
    rng = np.random.default_rng(0)
    pairs = np.array(list(combinations(range(40), 2)), np.int32)
    near = pairs[:, 0] // 8 == pairs[:, 1] // 8
    pairs = pairs[rng.random(len(pairs)) < np.where(near, 0.8, 0.1)]
    result = Layers.of(pairs, rng.random(len(pairs)), np.ones(len(pairs)), (0.3, 0.6, 1.0))
    graphs = result.graphs(40, len(pairs))
    labels = cluster(40, result, [Run("cpm", 0.2, 0, seed=1)])[0]

    def parts(membership: list[int] | None) -> list[leidenalg.CPMVertexPartition]:
        return [
            leidenalg.CPMVertexPartition(
                graph, membership, weights="weight", resolution_parameter=0.2
            )
            for graph in graphs
        ]

    jointly = parts(None)
    optimiser = leidenalg.Optimiser()
    optimiser.set_rng_seed(1)
    optimiser.optimise_partition_multiplex(jointly, n_iterations=-1)
    ours = sum(part.quality() for part in parts(labels.tolist()))
    assert ours >= 0.99 * sum(part.quality() for part in jointly)


def test_communities_of_layers_are_seeded() -> None:
    rng = np.random.default_rng(0)
    names = [f"P{k:02d}" for k in range(40)]
    pairs = [
        p
        for p in combinations(range(40), 2)
        if rng.random() < (0.9 if p[0] // 8 == p[1] // 8 else 0.1)
    ]
    given = Network.from_pairs(
        [names[i] for i, _ in pairs], [names[j] for _, j in pairs], rng.random(len(pairs))
    )
    few = Communities(Resolutions(None, 1.0, 4), Resolutions(0.5, 2, 3), layers=(0.5, 1.0))
    one, same, alone = (
        method(given, seed=2, workers=w)
        for method, w in ((few, 1), (few, 2), (Communities(few.cpm, few.modularity), 1))
    )
    assert one.labels.tobytes() == same.labels.tobytes()
    assert (one.labels != alone.labels).any()


def test_layers_out_of_range() -> None:
    with pytest.raises(ConfigError, match=r"layers must be a list \(each a number above 0"):
        Communities(layers=(0.0,))


@pytest.mark.parametrize("seed", range(3))
def test_maximal_cliques_against_networkx(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense = np.triu(rng.random((12, 12)) < 0.5, 1)
    graph = nx.from_numpy_array(dense | dense.T)
    expected = sorted(sorted(c) for c in nx.find_cliques(graph))
    result = maximal_cliques(sparse.csr_array(dense | dense.T | np.eye(12, dtype=bool)))
    assert sorted(c.tolist() for c in result) == expected
