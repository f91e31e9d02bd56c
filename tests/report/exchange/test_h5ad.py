from dataclasses import replace
from pathlib import Path

import anndata
import numpy as np
import pytest
from scipy import sparse

from cytoweave.report import RunResult
from cytoweave.report.exchange.h5ad import read_h5ad, write_h5ad


@pytest.fixture(scope="module")
def path(run: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("h5ad") / "embedding.h5ad"
    assert run.embedding is not None
    write_h5ad(path, run.embedding, run.modalities, run.hierarchy, run.layout)
    return path


def test_anndata_finds_everything_in_its_place(path: Path, run: RunResult) -> None:
    data = anndata.read_h5ad(path)
    assert run.embedding is not None
    assert tuple(data.obs_names) == run.embedding.proteins
    np.testing.assert_array_equal(data.X, run.embedding.vectors)
    np.testing.assert_array_equal(
        data.obs[["has_ppi", "has_image"]].to_numpy(bool), run.embedding.present
    )
    assert data.uns["assemblies"].tolist() == list(run.hierarchy.names)
    membership = data.obsm["assemblies"]
    assert isinstance(membership, sparse.csr_matrix)
    np.testing.assert_array_equal(membership.toarray(), run.hierarchy.membership.T.toarray())
    np.testing.assert_array_equal(data.obsm["X_umap"], run.layout)


def test_a_protein_without_a_modality_has_nan_there(path: Path, run: RunResult) -> None:
    table = anndata.read_h5ad(path).obsm["image"]
    assert run.embedding is not None
    np.testing.assert_array_equal(np.isnan(table).all(axis=1), ~run.embedding.present[:, 1])
    np.testing.assert_array_equal(np.isnan(table).any(axis=1), ~run.embedding.present[:, 1])
    np.testing.assert_array_equal(
        table[run.embedding.present[:, 1]], run.modalities["image"].vectors
    )


def test_what_was_written_reads_back(path: Path, run: RunResult) -> None:
    found = read_h5ad(path)
    assert run.embedding is not None
    assert found.layout is not None
    assert found.embedding.vectors.tobytes() == run.embedding.vectors.tobytes()
    assert found.embedding.modalities == run.embedding.modalities
    assert list(found.modalities) == list(run.modalities)
    for name, part in run.modalities.items():
        assert found.modalities[name].proteins == part.proteins
        assert found.modalities[name].vectors.tobytes() == part.vectors.tobytes()


def test_the_uncertainty_of_an_ensemble_is_a_column(run: RunResult, tmp_path: Path) -> None:
    assert run.embedding is not None
    unsure = np.linspace(0, 1, len(run.embedding.proteins), dtype=np.float32)
    embedding = replace(run.embedding, uncertainty=unsure)
    write_h5ad(tmp_path / "e.h5ad", embedding, run.modalities, run.hierarchy, run.layout)
    np.testing.assert_array_equal(anndata.read_h5ad(tmp_path / "e.h5ad").obs["uncertainty"], unsure)
    back = read_h5ad(tmp_path / "e.h5ad").embedding.uncertainty
    assert back is not None
    np.testing.assert_array_equal(back, unsure)
