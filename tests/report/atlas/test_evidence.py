"""Evidence on assemblies against brute force, and chance against draws."""

from itertools import combinations

import numpy as np
import pytest

from cytoweave.artifacts import Embedding, Network
from cytoweave.report.atlas.evidence import Evidence, _aligned, _of_vectors
from cytoweave.report.atlas.networks import EDGES, among, layout

from ..conftest import PROTEINS, make_hierarchy


def test_interactions_are_counted_within_each_assembly() -> None:
    rng = np.random.default_rng(1)
    pairs = [p for p in combinations(range(24), 2) if rng.random() < 0.3]
    network = Network(PROTEINS, np.array(pairs, np.int32), np.ones(len(pairs), np.float32))
    result = Evidence("ppi", "interactions", np.ones(24, bool), pairs=_aligned(network, PROTEINS))
    summary = result.summary(make_hierarchy())
    hierarchy = make_hierarchy()
    degree = np.bincount(np.array(pairs).ravel(), minlength=24)
    for row in range(len(hierarchy.names)):
        members = {PROTEINS.index(name) for name in hierarchy.members_of(row)}
        assert summary.seen[row] == sum(a in members and b in members for a, b in pairs)
        expected = sum(degree[a] * degree[b] for a, b in combinations(members, 2)) / degree.sum()
        assert summary.chance[row] == pytest.approx(expected)


def test_similarity_is_the_mean_of_pairs_and_chance_is_that_of_random_sets() -> None:
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(24, 5)) + 0.4
    given = Embedding.of_modality("image", PROTEINS, vectors)
    result = _of_vectors("image", "images", given, PROTEINS)
    hierarchy = make_hierarchy()
    summary = result.summary(hierarchy)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for row in range(len(hierarchy.names)):
        members = [PROTEINS.index(name) for name in hierarchy.members_of(row)]
        mean = np.mean([unit[a] @ unit[b] for a, b in combinations(members, 2)])
        assert summary.seen[row] == pytest.approx(mean, abs=1e-5)
    everything = np.mean([unit[a] @ unit[b] for a, b in combinations(range(24), 2)])
    assert summary.chance == pytest.approx(np.full(len(summary.chance), everything), abs=1e-5)
    assert np.isnan(summary.z[0])  # the root cannot be compared with sets of its size


def test_networks_keep_the_strongest_edges_up_to_the_limit() -> None:
    n = 80
    names = tuple(f"P{k:02d}" for k in range(n))
    pairs = list(combinations(range(n), 2))
    weights = np.random.default_rng(0).random(len(pairs)).astype(np.float32) + 0.01
    network = Network(names, np.array(pairs, np.int32), weights)
    result = Evidence("ppi", "interactions", np.ones(n, bool), pairs=_aligned(network, names))
    joined = among(result, np.arange(n))
    assert len(joined.pairs) == EDGES < joined.total == len(pairs)
    assert joined.weights.min() >= np.sort(weights / weights.max())[-EDGES] - 1e-6


def test_layouts_are_the_same_every_time_and_within_bounds() -> None:
    names = tuple(f"P{k:02d}" for k in range(12))
    pairs = [*combinations(range(6), 2), *combinations(range(6, 12), 2), (0, 6)]
    network = Network(names, np.array(sorted(pairs), np.int32), np.ones(len(pairs), np.float32))
    result = Evidence("ppi", "interactions", np.ones(12, bool), pairs=_aligned(network, names))
    joined = {"ppi": among(result, np.arange(12))}
    places = layout(12, joined)
    np.testing.assert_array_equal(places, layout(12, joined))
    assert places.min() == 0
    assert places.max() == 1
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    assert apart[:6, :6].mean() < apart[:6, 6:].mean()  # two cliques lie apart
