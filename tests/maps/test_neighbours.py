"""Networks from embeddings against a brute-force table of all pairs."""

import logging

import numpy as np
import pytest

from cytoweave.artifacts import Embedding, Network
from cytoweave.errors import ConfigError
from cytoweave.maps import NearestNeighbours, TopFraction
from cytoweave.similarity import nearest as blockwise


def embedding(vectors: np.ndarray) -> Embedding:
    names = [f"P{k:04d}" for k in range(len(vectors))]
    return Embedding.of_modality("test", names, vectors)


def pairs(network: Network) -> dict[tuple[int, int], float]:
    edges = map(tuple, network.edges.tolist())
    return dict(zip(edges, network.weights.tolist(), strict=True))


def cosines(vectors: np.ndarray) -> np.ndarray:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    table = unit @ unit.T
    np.fill_diagonal(table, -2)
    return np.asarray(table)


def nearest(table: np.ndarray, k: int) -> set[tuple[int, int]]:
    return {(i, int(j)) for i, row in enumerate(table) for j in np.argsort(-row)[:k]}


@pytest.fixture(params=[2048, 3])
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows at once, and two or three at a time."""
    monkeypatch.setattr(blockwise, "ROWS_AT_ONCE", request.param)


@pytest.mark.usefixtures("blocks")
@pytest.mark.parametrize("mutual", [False, True])
def test_nearest_neighbours_match_brute_force(mutual: bool) -> None:
    vectors = np.random.default_rng(1).normal(size=(60, 5))
    table = cosines(vectors)
    arcs = nearest(table, 4)
    expected = {(min(a), max(a)) for a in arcs if not mutual or a[::-1] in arcs}
    lonely = set(range(60)) - {p for pair in expected for p in pair}
    expected |= {(min(i, int(table[i].argmax())), max(i, int(table[i].argmax()))) for i in lonely}
    result = pairs(NearestNeighbours(k=4, mutual=mutual)(embedding(vectors)))
    assert set(result) == expected
    assert all(weight == pytest.approx(table[pair], abs=1e-5) for pair, weight in result.items())


@pytest.mark.usefixtures("blocks")
def test_top_fraction_matches_brute_force() -> None:
    vectors = np.random.default_rng(2).normal(size=(50, 4))
    table = cosines(vectors)
    low, high = np.triu_indices(50, 1)
    top = np.argsort(-table[low, high])[:61]
    expected = {(int(low[k]), int(high[k])) for k in top}
    for i in set(range(50)) - {p for pair in expected for p in pair}:
        j = int(table[i].argmax())
        expected.add((min(i, j), max(i, j)))
    assert set(pairs(TopFraction(fraction=61 / len(low))(embedding(vectors)))) == expected


@pytest.mark.usefixtures("blocks")
def test_everything_is_kept_when_all_pairs_are_asked_for() -> None:
    vectors = np.abs(np.random.default_rng(3).normal(size=(20, 3)))
    assert len(TopFraction(fraction=1)(embedding(vectors)).edges) == 190
    assert len(NearestNeighbours(k=500)(embedding(vectors)).edges) == 190


@pytest.mark.usefixtures("blocks")
def test_of_equal_similarities_the_first_wins() -> None:
    same = np.ones((12, 3))
    result = NearestNeighbours(k=2)(embedding(same))
    assert set(pairs(result)) == {
        (0, 1),
        (0, 2),
        (1, 2),
        *((a, b) for a in (0, 1) for b in range(3, 12)),
    }
    assert result.weights.tolist() == [1.0] * len(result.weights)
    top = TopFraction(fraction=3 / 66)(embedding(same))
    assert {(0, 1), (0, 2), (0, 3)} <= set(pairs(top))
    assert len(top.edges) == 3 + 8


def test_same_result_whatever_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(4).normal(size=(80, 6))
    for builder in (NearestNeighbours(k=5), TopFraction(fraction=0.05)):
        whole = builder(embedding(vectors))
        monkeypatch.setattr(blockwise, "ROWS_AT_ONCE", 4)
        pieces = builder(embedding(vectors))
        assert whole.edges.tobytes() == pieces.edges.tobytes()
        assert whole.weights.tobytes() == pieces.weights.tobytes()


def test_zero_vectors_are_named_and_isolated(caplog: pytest.LogCaptureFixture) -> None:
    vectors = np.array([[1.0, 0], [1, 0.1], [0, 0], [1, 0.2]])
    with caplog.at_level(logging.WARNING):
        network = NearestNeighbours(k=2)(embedding(vectors))
    assert "1 proteins have a vector of zeros and no neighbours, such as 'P0002'" in caplog.text
    assert len(network.proteins) == 4
    assert 2 not in network.edges


@pytest.mark.parametrize("builder", [NearestNeighbours(k=3), TopFraction(fraction=0.5)])
@pytest.mark.parametrize("n", [0, 1, 2])
def test_very_few_proteins(builder: NearestNeighbours | TopFraction, n: int) -> None:
    network = builder(embedding(np.ones((n, 3))))
    assert len(network.proteins) == n
    assert len(network.edges) == (n == 2)


def test_opposite_vectors_are_no_neighbours(caplog: pytest.LogCaptureFixture) -> None:
    vectors = np.array([[1.0, 0], [-1, 0]])
    assert len(NearestNeighbours(k=1)(embedding(vectors)).edges) == 0
    assert len(TopFraction(fraction=1)(embedding(vectors)).edges) == 0
    assert "2 of 2 proteins resemble no other and stay isolated" in caplog.text


def test_bounds_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"k must be a whole number of at least 1, got 0"):
        NearestNeighbours(k=0)
    for fraction in (0, 1.5):
        with pytest.raises(ConfigError, match=rf"above 0 and at most 1, got {fraction}"):
            TopFraction(fraction=fraction)


@pytest.mark.slow
def test_twenty_thousand_proteins() -> None:
    vectors = np.random.default_rng(5).normal(size=(20_000, 128)).astype(np.float32)
    network = NearestNeighbours(k=15)(embedding(vectors))
    row = 12_345
    table = vectors @ vectors[row] / np.linalg.norm(vectors, axis=1)
    table[row] = -np.inf
    expected = set(np.argsort(-table)[:15].tolist())
    mine = network.edges[(network.edges == row).any(axis=1)]
    assert expected <= set(mine.ravel().tolist())


@pytest.mark.slow  # compiles for a minute
def test_descent_finds_nearly_what_is_exact_and_the_same_each_time() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(40, 16))
    vectors = (centres[np.arange(1200) % 40] + rng.normal(size=(1200, 16))).astype(np.float32)
    embedding = Embedding.of_modality("m", [f"P{k:04d}" for k in range(1200)], vectors)
    exact = NearestNeighbours(k=10)(embedding)
    result = [NearestNeighbours(k=10, exact_up_to=1199)(embedding) for _ in range(2)]
    np.testing.assert_array_equal(result[0].edges, result[1].edges)
    np.testing.assert_array_equal(result[0].weights, result[1].weights)
    true = dict(zip(map(tuple, exact.edges.tolist()), exact.weights.tolist(), strict=True))
    pairs = dict(zip(map(tuple, result[0].edges.tolist()), result[0].weights.tolist(), strict=True))
    shared = true.keys() & pairs.keys()
    assert len(shared) > 0.95 * len(true)
    assert max(abs(true[pair] - pairs[pair]) for pair in shared) < 1e-5
