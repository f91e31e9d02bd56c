import numpy as np
import pytest
from sklearn.decomposition import PCA

from cytoweave.artifacts import Embedding
from cytoweave.report.layout import UMAP_NEIGHBOURS, layout, method_for


def of(vectors: np.ndarray) -> Embedding:
    return Embedding.of_modality("x", [f"P{k}" for k in range(len(vectors))], vectors)


def test_few_proteins_are_drawn_by_pca_as_scikit_learn_does() -> None:
    vectors = np.random.default_rng(0).normal(size=(12, 5)).astype(np.float32)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = PCA(2).fit_transform(unit)
    found = layout(of(vectors), seed=0)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-5)


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


@pytest.mark.slow
def test_umap_separates_two_groups_and_repeats_itself() -> None:
    rng = np.random.default_rng(1)
    centres = np.repeat(np.eye(8)[:2], 40, axis=0)
    embedding = of((centres + 0.05 * rng.normal(size=(80, 8))).astype(np.float32))
    first, second = layout(embedding, seed=4), layout(embedding, seed=4)
    assert first.tobytes() == second.tobytes()
    apart = np.linalg.norm(first[:40].mean(axis=0) - first[40:].mean(axis=0))
    assert apart > 3 * first[:40].std()
