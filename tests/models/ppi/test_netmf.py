"""NetMF against dense linear algebra, its sampled form against the exact one."""

import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from cytoweave.artifacts import Network
from cytoweave.errors import ConfigError, DataError
from cytoweave.models import NetMF
from cytoweave.models.ppi.netmf import leading_factors, sampled_closeness, walk_closeness


def _random_network(n: int, edges: int, seed: int = 0) -> Network:
    random = np.random.default_rng(seed)
    pairs = random.integers(0, n, (2, edges))
    first, second = ([f"P{k:04d}" for k in column] for column in pairs)
    return Network.from_pairs(first, second, random.uniform(0.1, 1, edges))


def _communities(n: int, size: int, seed: int = 0) -> Network:
    """Draw groups of `size` proteins: half of the pairs inside, few outside."""
    random = np.random.default_rng(seed)
    i, j = np.triu_indices(n, 1)
    chance = np.where(i // size == j // size, 0.5, 2 / n)
    kept = random.random(len(i)) < chance
    return Network.from_pairs(
        [f"P{k:04d}" for k in i[kept]], [f"P{k:04d}" for k in j[kept]], random.random(kept.sum())
    )


def _dense_oracle(adjacency: np.ndarray, window: int, negative: float) -> np.ndarray:
    degrees = adjacency.sum(axis=1)
    steps = adjacency / degrees[:, None]
    powers = sum(np.linalg.matrix_power(steps, r) for r in range(1, window + 1))
    visits = degrees.sum() / (negative * window) * powers / degrees[None, :]
    result: np.ndarray = np.log(np.maximum(visits, 1))
    return result


def _unit(vectors: np.ndarray) -> np.ndarray:
    result: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return result


@pytest.mark.parametrize(("window", "negative"), [(1, 1.0), (4, 0.5), (10, 2.0)])
def test_closeness_equals_dense_matrix_powers(window: int, negative: float) -> None:
    adjacency = _random_network(200, 500).adjacency()
    oracle = _dense_oracle(adjacency.toarray(), window, negative)
    assert np.allclose(walk_closeness(adjacency, window, negative), oracle, atol=1e-4)


def test_vectors_give_back_the_largest_singular_values_and_their_vectors() -> None:
    adjacency = _random_network(150, 400).adjacency()
    connected = np.flatnonzero(adjacency.sum(axis=1))
    adjacency = adjacency[connected][:, connected]
    oracle = _dense_oracle(adjacency.toarray(), 10, 1.0)
    u, s, _ = np.linalg.svd(oracle)
    vectors = NetMF(dimensions=16)(_random_network(150, 400), modality="ppi", seed=3).vectors
    assert np.allclose((vectors**2).sum(axis=0), s[:16], rtol=1e-3)
    assert np.allclose(vectors @ vectors.T, u[:, :16] * s[:16] @ u[:, :16].T, atol=0.02)


def test_weights_count() -> None:
    proteins = ["A", "A", "B", "C", "D"], ["B", "C", "C", "D", "A"]
    plain = NetMF()(Network.from_pairs(*proteins), modality="ppi", seed=0)
    weighted = Network.from_pairs(*proteins, [9.0, 1, 1, 1, 1])
    assert not np.allclose(NetMF()(weighted, modality="ppi", seed=0).vectors, plain.vectors)
    scaled = Network.from_pairs(*proteins, [7.0] * 5)
    assert np.allclose(NetMF()(scaled, modality="ppi", seed=0).vectors, plain.vectors, atol=1e-3)


@pytest.mark.parametrize("exact_limit", [15_000, 0])
def test_two_cliques_fall_apart(exact_limit: int) -> None:
    names = [f"P{k:02d}" for k in range(20)]
    inside = [(i, j) for i in range(20) for j in range(i) if i // 10 == j // 10]
    pairs = [*inside, (0, 10)]
    network = Network.from_pairs([names[i] for i, _ in pairs], [names[j] for _, j in pairs])
    embedding = NetMF(dimensions=2, exact_limit=exact_limit, samples=200)(
        network, modality="ppi", seed=0
    )
    cosines = _unit(embedding.vectors) @ _unit(embedding.vectors).T
    same = np.equal.outer(np.arange(20) // 10, np.arange(20) // 10)
    assert cosines[same].min() > cosines[~same].max() + 0.5


def test_sampled_closeness_tends_to_the_exact() -> None:
    adjacency = _random_network(25, 80).adjacency()
    sampled = sampled_closeness(adjacency, 5, 1.0, 5_000, np.random.default_rng(0)).toarray()
    assert np.abs(sampled - walk_closeness(adjacency, 5)).max() < 0.1
    assert (sampled == sampled.T).all()


def test_sampled_vectors_rank_pairs_as_exact_ones_do() -> None:
    network = _communities(600, 12)
    exact = NetMF(dimensions=32)(network, modality="ppi", seed=0)
    sampled = NetMF(dimensions=32, exact_limit=0)(network, modality="ppi", seed=0)
    pairs = np.triu_indices(len(exact.proteins), 1)
    by_exact, by_sampled = (
        (_unit(e.vectors) @ _unit(e.vectors).T)[pairs] for e in (exact, sampled)
    )
    assert exact.proteins == sampled.proteins
    assert np.corrcoef(by_exact, by_sampled)[0, 1] > 0.9


def test_the_limit_decides_between_exact_and_sampled() -> None:
    network = _random_network(60, 200)
    n = len(network.proteins)
    exact = NetMF(dimensions=4)(network, modality="ppi", seed=0).vectors
    at_limit = NetMF(dimensions=4, exact_limit=n)(network, modality="ppi", seed=0).vectors
    beyond = NetMF(dimensions=4, exact_limit=n - 1)(network, modality="ppi", seed=0).vectors
    assert (at_limit == exact).all()
    assert not np.allclose(beyond, exact, atol=1e-3)


@pytest.mark.parametrize("exact_limit", [15_000, 0])
def test_same_seed_gives_the_same_bytes(exact_limit: int) -> None:
    encoder = NetMF(dimensions=8, exact_limit=exact_limit)
    network = _random_network(300, 900)
    first, repeated, other = (encoder(network, modality="ppi", seed=s).vectors for s in (1, 1, 2))
    assert first.tobytes() == repeated.tobytes()
    assert first.tobytes() != other.tobytes()


def test_isolated_proteins_are_absent_and_disconnected_parts_are_apart() -> None:
    network = Network.from_pairs(["A", "B", "C", "X", "Y"], ["B", "C", "A", "Y", "Z"], None, ["Q"])
    embedding = NetMF()(network, modality="ppi", seed=0)
    assert embedding.proteins == ("A", "B", "C", "X", "Y", "Z")
    assert embedding.modalities == ("ppi",)
    assert embedding.present.all()
    assert embedding.vectors.shape == (6, 6)
    assert np.abs(embedding.vectors[:3] @ embedding.vectors[3:].T).max() < 1e-4


def test_a_single_pair_is_embedded() -> None:
    embedding = NetMF()(Network.from_pairs(["A"], ["B"]), modality="ppi", seed=0)
    assert embedding.vectors.shape == (2, 2)


def test_signs_are_fixed() -> None:
    matrix = walk_closeness(_communities(100, 10).adjacency(), 10)
    factors = leading_factors(matrix, 5, np.random.default_rng(0))
    assert (factors[np.abs(factors).argmax(axis=0), np.arange(5)] > 0).all()
    by_sparse = leading_factors(sparse.csr_array(matrix), 5, np.random.default_rng(9))
    assert np.allclose(by_sparse, factors, atol=1e-2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dimensions": 0}, "dimensions must be a whole number of at least 1, got 0."),
        ({"window": 2.5}, "window must be a whole number of at least 1, got 2.5."),
        ({"samples": -1}, "samples must be a whole number of at least 1, got -1."),
        ({"exact_limit": -1}, "exact_limit must be a whole number of at least 0"),
        ({"negative": 0.0}, "negative must be a number above 0, got 0.0."),
        ({"negative": float("nan")}, "negative must be a finite number above 0, got nan."),
    ],
)
def test_wrong_settings(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        NetMF(**wrong)


def test_a_network_without_interactions() -> None:
    network = Network.from_pairs([], [], None, ["A", "B"])
    with pytest.raises(DataError, match=r"modalities.ppi: the network of 2 proteins has no inter"):
        NetMF()(network, modality="ppi", seed=0)


@pytest.mark.slow
def test_bioplex_fits_into_four_gigabytes(real_data: Path) -> None:
    table = pd.read_csv(real_data / "ppi" / "bioplex3_293T.tsv.gz", sep="\t")
    network = Network.from_pairs(list(table["target"]), list(table["prey"]), table["pInt"])
    embedding = NetMF()(network, modality="ppi", seed=0)
    assert embedding.vectors.shape == (13_957, 128)
    if sys.platform == "linux":
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4e6
