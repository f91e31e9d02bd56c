import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from cytoweave.artifacts import Embedding
from cytoweave.report.layout import UMAP_NEIGHBOURS, layout, method_for
from cytoweave.report.umap import fuzzy_set, nearest


def of(vectors: np.ndarray) -> Embedding:
    return Embedding.of_modality("x", [f"P{k}" for k in range(len(vectors))], vectors)


def _unit(n: int) -> np.ndarray:
    vectors = np.random.default_rng(4).normal(size=(n, 5)).astype(np.float32)
    unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def test_few_proteins_are_drawn_by_pca_as_scikit_learn_does() -> None:
    vectors = np.random.default_rng(0).normal(size=(12, 5)).astype(np.float32)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = PCA(2).fit_transform(unit)
    result = layout(of(vectors), seed=0)
    np.testing.assert_allclose(np.abs(result), np.abs(expected), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 3), (2, 1), (5, 1)])
def test_pca_of_what_has_fewer_than_two_dimensions(shape: tuple[int, int]) -> None:
    places = layout(of(np.ones(shape, np.float32)), seed=0)
    assert places.shape == (shape[0], 2)
    assert np.isfinite(places).all()


def test_a_zero_vector_has_a_place() -> None:
    assert np.isfinite(layout(of(np.zeros((4, 3), np.float32)), seed=0)).all()


def test_method_depends_on_the_number_of_proteins() -> None:
    assert method_for(UMAP_NEIGHBOURS) == "PCA"
    assert method_for(UMAP_NEIGHBOURS + 1) == "UMAP"


def test_umap_separates_two_groups_and_repeats_itself() -> None:
    rng = np.random.default_rng(1)
    centres = np.repeat(np.eye(8)[:2], 40, axis=0)
    embedding = of((centres + 0.05 * rng.normal(size=(80, 8))).astype(np.float32))
    first, second = layout(embedding, seed=4), layout(embedding, seed=4)
    assert first.tobytes() == second.tobytes()
    apart = np.linalg.norm(first[:40].mean(axis=0) - first[40:].mean(axis=0))
    assert apart > 3 * (first[:40] - first[:40].mean(axis=0)).std()


def test_neighbours_of_a_umap_are_neighbours() -> None:
    rng = np.random.default_rng(2)
    angles = rng.uniform(0, 2 * np.pi, (300, 1))
    ring = np.hstack([np.cos(angles), np.sin(angles), 0.05 * rng.normal(size=(300, 6))])
    places = layout(of(ring.astype(np.float32)), seed=0)
    assert trustworthiness(ring, places, n_neighbors=10, metric="cosine") > 0.95


def test_nearest_are_those_of_scikit_learn() -> None:
    unit = _unit(50)
    distances, rows = NearestNeighbors(n_neighbors=7, metric="cosine").fit(unit).kneighbors(unit)
    result = nearest(unit, 7)
    np.testing.assert_array_equal(result[0], rows)
    np.testing.assert_allclose(result[1], distances, atol=1e-6)


def test_weights_of_neighbours_are_the_papers() -> None:
    rows, distances = nearest(_unit(30), 8)
    result = fuzzy_set(rows, distances).toarray()
    alone = np.zeros((30, 30))
    for i in range(30):
        beyond = distances[i, 1:] - distances[i, 1]
        low, high = 1e-9, 1e3
        for _ in range(200):
            scale = (low + high) / 2
            low, high = (low, scale) if np.exp(-beyond / scale).sum() > 3 else (scale, high)
        alone[i, rows[i, 1:]] = np.exp(-beyond / scale)  # they sum to log2 8
    np.testing.assert_allclose(alone.sum(axis=1), 3, atol=1e-6)
    np.testing.assert_allclose(result, alone + alone.T - alone * alone.T, atol=1e-5)


def test_equal_vectors_have_places() -> None:
    assert np.isfinite(layout(of(np.ones((40, 3), np.float32)), seed=0)).all()
