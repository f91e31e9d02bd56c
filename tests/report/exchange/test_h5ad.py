import json
from dataclasses import replace
from pathlib import Path

import anndata
import mudata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from cytoweave.report import RunResult
from cytoweave.report.exchange.h5ad import read_h5ad, write_h5ad
from cytoweave.report.measured import NAME_COLUMNS, Measured


@pytest.fixture(scope="module")
def path(run: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("h5ad") / "embedding.h5ad"
    assert run.embedding is not None
    write_h5ad(path, run.embedding, run, run.annotations())
    return path


def test_anndata_finds_everything_in_its_place(path: Path, run: RunResult) -> None:
    data = anndata.read_h5ad(path)
    assert run.embedding is not None
    assert tuple(data.obs_names) == run.embedding.proteins
    np.testing.assert_array_equal(data.X, run.embedding.vectors)
    np.testing.assert_array_equal(
        data.obs[["has_ppi", "has_image"]].to_numpy(bool), run.embedding.present
    )
    assert data.uns["assemblies"].index.tolist() == list(run.hierarchy.names)
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
    result = read_h5ad(path)
    assert run.embedding is not None
    assert result.layout is not None
    assert result.embedding.vectors.tobytes() == run.embedding.vectors.tobytes()
    assert result.embedding.modalities == run.embedding.modalities
    assert list(result.modalities) == list(run.modalities)
    for name, part in run.modalities.items():
        assert result.modalities[name].proteins == part.proteins
        assert result.modalities[name].vectors.tobytes() == part.vectors.tobytes()


def test_the_uncertainty_of_an_ensemble_is_a_column(run: RunResult, tmp_path: Path) -> None:
    assert run.embedding is not None
    unsure = np.linspace(0, 1, len(run.embedding.proteins), dtype=np.float32)
    embedding = replace(run.embedding, uncertainty=unsure)
    write_h5ad(tmp_path / "e.h5ad", embedding, run, run.annotations())
    np.testing.assert_array_equal(anndata.read_h5ad(tmp_path / "e.h5ad").obs["uncertainty"], unsure)
    back = read_h5ad(tmp_path / "e.h5ad").embedding.uncertainty
    assert back is not None
    np.testing.assert_array_equal(back, unsure)


def test_each_column_of_the_memberships_has_its_row(path: Path, run: RunResult) -> None:
    data, hierarchy = anndata.read_h5ad(path), run.hierarchy
    table = data.uns["assemblies"]
    assert table.index[0] == "root"
    sizes = (data.obsm["assemblies"] > 0).sum(axis=0)
    assert table["size"].tolist() == np.asarray(sizes).ravel().tolist() == hierarchy.sizes.tolist()
    frame = run.to_frame().set_index("id")
    for column in ("class", "corum_term", "diameter_nm", "stability"):
        given, written = frame[column], table[column][1:]
        if given.dtype == object:
            assert given.fillna("").tolist() == written.tolist()
        else:
            np.testing.assert_array_equal(given, written)
    for name, parent in table["parent"][1:].items():
        assert parent in hierarchy.parents_of(hierarchy.names.index(str(name)))


def test_the_network_of_the_map_comes_back_whole(path: Path, run: RunResult) -> None:
    result = read_h5ad(path).network(run.hierarchy.proteins)
    assert result is not None
    assert result.proteins == run.similarity.proteins
    np.testing.assert_array_equal(result.edges, run.similarity.edges)
    np.testing.assert_array_equal(result.weights, run.similarity.weights)
    square = anndata.read_h5ad(path).obsp["similarity"]
    assert abs(square - square.T).nnz == 0


def test_scanpy_finds_neighbours_where_it_looks(path: Path) -> None:
    data = anndata.read_h5ad(path)
    key = data.uns["neighbors"]["connectivities_key"]
    assert data.obsp[key].shape == (data.n_obs, data.n_obs)


def test_a_protein_names_its_smallest_assembly(path: Path, run: RunResult) -> None:
    data, hierarchy = anndata.read_h5ad(path), run.hierarchy
    for protein, name in data.obs["assembly"].items():
        holding = [k for k in range(len(hierarchy.names)) if protein in hierarchy.members_of(k)]
        assert hierarchy.sizes[hierarchy.names.index(name)] == min(hierarchy.sizes[holding])


def test_names_and_settings_travel_with_it(run: RunResult, tmp_path: Path) -> None:
    names = pd.DataFrame(
        [["P02", "second", "two|deux", "P12345", "ENSG02", "HGNC:2", "2"]], columns=NAME_COLUMNS
    )
    known = replace(run, measured=Measured(names=names))
    known.to_anndata().write_h5ad(tmp_path / "named.h5ad")
    data = anndata.read_h5ad(tmp_path / "named.h5ad")
    assert data.obs.loc["P02", "uniprot"] == "P12345"
    assert (data.obs["uniprot"] != "").sum() == 1
    about = data.uns["cytoweave"]
    assert json.loads(about["config"]) == run.config
    assert about["title"] == run.title


def test_mudata_has_each_modality_with_its_own_proteins(run: RunResult, tmp_path: Path) -> None:
    with mudata.set_options(pull_on_update=False):  # the coming default, without its warning
        run.to_mudata().write(tmp_path / "run.h5mu")
        data = mudata.read(str(tmp_path / "run.h5mu"))
    assert set(data.mod) == {"fused", *run.modalities}
    for name, part in run.modalities.items():
        assert tuple(data.mod[name].obs_names) == part.proteins
        np.testing.assert_array_equal(data.mod[name].X, part.vectors)
    assert run.embedding is not None
    assert set(data.obs_names) == set(run.embedding.proteins)
