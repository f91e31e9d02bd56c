"""Held-out interactions against scikit-learn, and what is held out."""

import numpy as np
import pytest
from scipy.sparse import csgraph
from sklearn.metrics import average_precision_score, roc_auc_score

from cytoweave.artifacts import Network
from cytoweave.errors import DataError
from cytoweave.eval import cosine_of_pairs, edge_metrics, hold_out_edges, matched_negatives


def _network(n: int = 400, edges: int = 900, seed: int = 0) -> Network:
    """Draw a network with hubs."""
    random = np.random.default_rng(seed)
    first, second = (random.random((2, edges)) ** 2 * n).astype(int)
    weights = random.uniform(0.1, 1, edges)
    return Network.from_pairs([f"P{k:03d}" for k in first], [f"P{k:03d}" for k in second], weights)


def _pairs(edges: np.ndarray) -> set[tuple[int, int]]:
    return {(int(min(pair)), int(max(pair))) for pair in edges}


def test_metrics_equal_scikit_learn_with_ties() -> None:
    held_out = hold_out_edges(_network(), 0.2, 0)
    drawn = np.random.default_rng(1).integers(0, 3, (len(held_out.rest.proteins), 3))
    vectors = drawn.astype(float)
    result = edge_metrics(cosine_of_pairs(vectors), held_out)
    unit = vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-12)
    pairs = np.concatenate([held_out.positives, held_out.negatives])
    values = np.array([unit[i] @ unit[j] for i, j in pairs], np.float32)
    truth = np.arange(len(pairs)) < len(held_out.positives)
    assert result["auroc"] == pytest.approx(roc_auc_score(truth, values))
    assert result["ap"] == pytest.approx(average_precision_score(truth, values))
    assert result["edges"] == len(held_out.positives)


def test_nothing_is_lost_and_nobody_is_cut_off() -> None:
    network = _network()
    held_out = hold_out_edges(network, 0.2, 3)
    rest, kept_back = _pairs(held_out.rest.edges), _pairs(held_out.positives)
    assert rest | kept_back == _pairs(network.edges)
    assert not rest & kept_back
    assert len(kept_back) == round(0.2 * len(network.edges))
    parts, _ = csgraph.connected_components(network.adjacency())
    assert csgraph.connected_components(held_out.rest.adjacency())[0] == parts
    weight = dict(zip(map(tuple, network.edges.tolist()), network.weights, strict=True))
    for pair, kept in zip(held_out.rest.edges.tolist(), held_out.rest.weights, strict=True):
        assert weight[tuple(pair)] == kept


def test_negatives_have_the_degrees_of_positives_and_do_not_interact() -> None:
    network = _network()
    held_out = hold_out_edges(network, 0.2, 3)
    both = held_out.positives, held_out.negatives
    counts = [np.bincount(pairs.ravel(), minlength=400) for pairs in both]
    assert (counts[0] == counts[1]).all()
    negatives = _pairs(held_out.negatives)
    assert len(negatives) == len(held_out.negatives)
    assert not negatives & _pairs(network.edges)
    assert all(i != j for i, j in negatives)
    degree = network.adjacency().astype(bool).sum(axis=1).astype(float)
    by_degree = edge_metrics(lambda i, j: degree[i] * degree[j], held_out)
    assert abs(by_degree["auroc"] - 0.5) < 0.05


def test_the_seed_decides() -> None:
    first, repeated, other = (hold_out_edges(_network(), 0.3, seed) for seed in (1, 1, 2))
    assert (first.positives == repeated.positives).all()
    assert (first.negatives == repeated.negatives).all()
    assert _pairs(first.positives) != _pairs(other.positives)


def test_a_tree_keeps_all_its_interactions() -> None:
    tree = Network.from_pairs(list("ABBD"), list("BCDE"))
    held_out = hold_out_edges(tree, 0.5, 0)
    assert len(held_out.rest.edges) == 4
    assert edge_metrics(cosine_of_pairs(np.eye(5)), held_out) == {}


def test_a_clique_has_no_negatives() -> None:
    names = "ABCDEF"
    pairs = [(a, b) for a in names for b in names if a < b]
    clique = Network.from_pairs([a for a, _ in pairs], [b for _, b in pairs])
    held_out = hold_out_edges(clique, 0.3, 0)
    assert len(held_out.positives) == 4
    assert held_out.negatives.shape == (0, 2)
    assert edge_metrics(cosine_of_pairs(np.eye(6)), held_out) == {}
    nothing = np.empty((0, 2), np.intp)
    assert matched_negatives(clique, nothing, np.random.default_rng(0)).shape == (0, 2)


def test_a_network_without_interactions() -> None:
    held_out = hold_out_edges(Network.from_pairs([], [], None, ["A", "B"]), 0.2, 0)
    assert len(held_out.positives) == len(held_out.negatives) == 0


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1])
def test_a_share_out_of_range(share: float) -> None:
    with pytest.raises(DataError, match=rf"must be in \(0, 1\), got {share}\."):
        hold_out_edges(_network(), share, 0)
