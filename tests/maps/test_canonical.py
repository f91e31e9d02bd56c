"""Canonical order and twins: names and their order must not show."""

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Network
from cytoweave.maps.canonical import canonical_order, reordered, twins, with_twins


def renamed(network: Network, seed: int) -> tuple[Network, dict[str, str]]:
    """The same network under permuted names; new names by old ones."""
    order = np.random.default_rng(seed).permutation(len(network.proteins)).tolist()
    new = {old: network.proteins[k] for old, k in zip(network.proteins, order, strict=True)}
    table = network.to_frame().sample(frac=1, random_state=seed)
    first, second = (table[column].map(new).tolist() for column in ("protein_a", "protein_b"))
    return Network.from_pairs(first, second, table["weight"].to_numpy(), network.proteins), new


def random_network(*, weighted: bool, n: int = 80, seed: int = 0) -> Network:
    rng = np.random.default_rng(seed)
    i, j = np.triu_indices(n, 1)
    kept = rng.random(len(i)) < 0.08
    names = np.array([f"P{k:03d}" for k in range(n)])
    weights = rng.random(kept.sum()) + 0.1 if weighted else None
    return Network.from_pairs(
        names[i[kept]].tolist(), names[j[kept]].tolist(), weights, names.tolist()
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_the_ordered_network_does_not_depend_on_names(weighted: bool) -> None:
    given = random_network(weighted=weighted)
    other, new = renamed(given, 1)
    first, second = (reordered(k, canonical_order(k)) for k in (given, other))
    assert np.array_equal(first.edges, second.edges)
    assert np.array_equal(first.weights, second.weights)
    assert tuple(new[name] for name in first.proteins) == second.proteins
    assert first.to_frame().shape == given.to_frame().shape


def test_reordering_keeps_every_edge() -> None:
    given = random_network(weighted=True)
    order = np.random.default_rng(3).permutation(len(given.proteins))
    pairs = [
        {frozenset(row[:2]): row[2] for row in k.to_frame().itertuples(index=False)}
        for k in (given, reordered(given, order))
    ]
    assert pairs[0] == pairs[1]
    assert (np.diff(reordered(given, order).edges, axis=1) > 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_twins_have_the_same_neighbours(seed: int) -> None:
    graph = nx.gnp_random_graph(30, 0.06, seed)
    names = [f"P{k:02d}" for k in range(30)]
    first, second = zip(*graph.edges, strict=True)
    given = Network.from_pairs([names[a] for a in first], [names[b] for b in second], None, names)
    classes = twins(given)
    for a in graph:
        for b in graph:
            same = set(graph[a]) - {b} == set(graph[b]) - {a}
            assert (classes[a] == classes[b]) == same, (a, b)


def test_weights_tell_twins_apart() -> None:
    star = Network.from_pairs(["hub"] * 3, ["a", "b", "c"], [1, 1, 0.5])
    classes = dict(zip(star.proteins, twins(star).tolist(), strict=True))
    assert classes["a"] == classes["b"] != classes["c"]


def test_sets_hold_all_twins_or_none() -> None:
    classes = np.array([0, 0, 0, 1, 1, 2])
    sets = sparse.csr_array(np.array([[1, 1, 0, 1, 0, 0], [1, 0, 0, 1, 1, 1.0]]))
    assert with_twins(sets, classes).toarray().tolist() == [[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]]


def test_a_network_without_edges_has_an_order() -> None:
    empty = Network.from_pairs([], [], proteins=["a", "b", "c"])
    assert canonical_order(empty).tolist() == [0, 1, 2]
    assert len(set(twins(empty).tolist())) == 1
