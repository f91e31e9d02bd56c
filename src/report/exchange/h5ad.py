"""A finished map as one AnnData or MuData file: vectors, modalities, assemblies, neighbours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ... import __version__
from ...artifacts import Embedding, Floats, Hierarchy, Network, whole
from ...artifacts.embedding import PRESENCE_PREFIX
from ...artifacts.files import load
from ...errors import ConfigError
from ..annotations import Annotations
from ..layout import method_for
from ..tree import main_parents, smallest_assemblies
from .tables import assemblies_table

if TYPE_CHECKING:
    import anndata
    import mudata

    from ..result import RunResult

ASSEMBLIES = "assemblies"
SIMILARITY = "similarity"
NEIGHBOURS = {"connectivities_key": SIMILARITY, "distances_key": SIMILARITY}
"""Where scanpy finds the network that the map was made from."""


@dataclass(frozen=True)
class Vectors:
    """What `read_h5ad` finds.

    Attributes:
        embedding: The fused vectors.
        modalities: Those of each modality.
        layout: ``(N, 2)`` places in the plane, or None.
        similarity: ``(N, N)`` the network that the map was made from; None in files of older runs.
    """

    embedding: Embedding
    modalities: dict[str, Embedding]
    layout: Floats | None
    similarity: sparse.csr_array | None

    def network(self, proteins: Sequence[str]) -> Network | None:
        """Return the similarity network of some of the proteins, in their order."""
        if self.similarity is None:
            return None
        row = {name: k for k, name in enumerate(self.embedding.proteins)}
        at = [row[name] for name in proteins]
        half = sparse.triu(self.similarity[at][:, at], k=1).tocsr().sorted_indices().tocoo()
        edges = np.column_stack(half.coords).astype(np.int32)
        return Network(tuple(proteins), edges.reshape(-1, 2), half.data.astype(np.float32))


def as_anndata(
    embedding: Embedding, result: RunResult, annotations: Annotations
) -> anndata.AnnData:
    """Return a run's vectors as AnnData, with the map and the modalities.

    ``X`` has the fused vectors; ``obsm`` each modality under its name (NaN rows for a protein
    that lacks it), ``assemblies`` (sparse; support of each membership) and ``X_umap`` or ``X_pca``;
    ``obsp["similarity"]`` the network that the map was made from, where scanpy finds it as
    neighbours; ``obs`` a flag ``has_<modality>`` each, ``assembly`` (the smallest that contains the
    protein), names and accessions where known and, of an ensemble, ``uncertainty``;
    ``uns["assemblies"]`` a row for each column of ``obsm["assemblies"]``, annotated;
    ``uns["cytoweave"]`` version, title, command and config.
    """
    data, hierarchy = embedding.to_anndata(), result.hierarchy
    for name, part in result.modalities.items():
        data.obsm[name] = _on_rows_of(embedding.proteins, part)
    data.obsm[ASSEMBLIES] = _membership(embedding.proteins, hierarchy)
    data.obsp[SIMILARITY] = _square(embedding.proteins, result.similarity)
    names = np.array(hierarchy.names, object)[smallest_assemblies(hierarchy)]
    home = pd.Series(names, index=list(hierarchy.proteins))
    data.obs["assembly"] = home.reindex(embedding.proteins, fill_value="").to_numpy(str)
    known = result.measured.names.set_index("protein").reindex(embedding.proteins).fillna("")
    for column in known.columns if len(result.measured.names) else ():
        data.obs[column] = known[column].to_numpy(str)
    data.uns[ASSEMBLIES] = _assemblies(hierarchy, annotations)
    data.uns["neighbors"] = {**NEIGHBOURS, "params": {"method": "cytoweave"}}
    data.uns["modalities"] = np.array(embedding.modalities, object)
    data.uns["encoded"] = np.array(list(result.modalities), object)
    data.uns["cytoweave"] = {
        "version": __version__,
        "title": result.title,
        "command": result.command,
        "config": json.dumps(result.config, default=str, sort_keys=True),
    }
    if result.layout is not None:
        data.obsm[f"X_{method_for(len(result.layout)).lower()}"] = result.layout
    return data


def as_mudata(embedding: Embedding, result: RunResult, annotations: Annotations) -> mudata.MuData:
    """Return a run as MuData: the fused vectors as ``fused``, each modality under its name.

    A modality has the proteins that were measured in it.

    Raises:
        ConfigError: If mudata is not installed.
    """
    try:
        library = load("mudata")
    except ModuleNotFoundError as error:
        raise ConfigError("mudata is not installed: pip install 'cytoweave[mudata]'.") from error
    parts = {"fused": as_anndata(embedding, result, annotations)}
    for name, part in result.modalities.items():
        rows = pd.DataFrame(index=list(part.proteins))
        columns = pd.DataFrame(index=[f"{name}_{k}" for k in range(part.vectors.shape[1])])
        parts[name] = load("anndata").AnnData(X=part.vectors, obs=rows, var=columns)
    with library.set_options(pull_on_update=False):  # columns stay with their modality
        data: mudata.MuData = library.MuData(parts)
        return data


def write_h5ad(
    path: Path, embedding: Embedding, result: RunResult, annotations: Annotations
) -> None:
    """Write what `as_anndata` returns."""
    as_anndata(embedding, result, annotations).write_h5ad(path, compression="gzip")


def read_h5ad(path: Path) -> Vectors:
    """Read back what `write_h5ad` wrote, less the assemblies.

    Raises:
        DataError: If the file is damaged.
    """
    with whole(path, "restore it, or make the run again."):
        return _vectors(load("anndata").read_h5ad(path))


def _vectors(data: anndata.AnnData) -> Vectors:
    proteins = tuple(data.obs_names)
    names = tuple(str(name) for name in data.uns["modalities"])
    present = data.obs[[f"{PRESENCE_PREFIX}{name}" for name in names]].to_numpy(bool)
    values = data.obs.get("uncertainty")
    uncertainty = None if values is None else values.to_numpy(np.float32)
    embedding = Embedding(proteins, np.asarray(data.X, np.float32), names, present, uncertainty)
    places = data.obsm.get(f"X_{method_for(len(proteins)).lower()}")
    parts = {str(name): _part(str(name), proteins, data.obsm[name]) for name in data.uns["encoded"]}
    drawn = None if places is None else np.asarray(places, np.float32)
    similar = data.obsp.get(SIMILARITY)
    matrix = None if similar is None else sparse.csr_array(similar)
    return Vectors(embedding, parts, drawn, matrix)


def _on_rows_of(proteins: tuple[str, ...], part: Embedding) -> NDArray[np.float32]:
    row = {name: k for k, name in enumerate(proteins)}
    rows = [row[name] for name in part.proteins if name in row]
    kept = [name in row for name in part.proteins]
    table = np.full((len(proteins), part.vectors.shape[1]), np.nan, np.float32)
    table[rows] = part.vectors[kept]
    return table


def _part(name: str, proteins: tuple[str, ...], table: NDArray[np.float32]) -> Embedding:
    has = np.flatnonzero(~np.isnan(table).any(axis=1))
    return Embedding.of_modality(name, [proteins[k] for k in has.tolist()], table[has])


def _membership(proteins: tuple[str, ...], hierarchy: Hierarchy) -> sparse.csr_matrix:
    """``(N, A)`` support of each membership; a csr_matrix, which every AnnData version reads."""
    row = {name: k for k, name in enumerate(proteins)}
    rows = np.array([row[name] for name in hierarchy.proteins], np.int64)
    membership = hierarchy.membership.tocoo()
    shape = (len(proteins), len(hierarchy.names))
    return sparse.csr_matrix((membership.data, (rows[membership.col], membership.row)), shape=shape)


def _square(proteins: tuple[str, ...], network: Network) -> sparse.csr_matrix:
    """``(N, N)`` symmetric weights of a network; its type is one that every AnnData reads."""
    row = {name: k for k, name in enumerate(proteins)}
    at = np.array([row[name] for name in network.proteins], np.int64)
    i, j = at[network.edges].reshape(-1, 2).T
    half = sparse.coo_matrix((network.weights, (i, j)), shape=(len(proteins),) * 2)
    return sparse.csr_matrix(half + half.T)


def _assemblies(hierarchy: Hierarchy, annotations: Annotations) -> pd.DataFrame:
    """Return a row for each assembly, the root first: its annotated table without the members."""
    table = assemblies_table(hierarchy, annotations).drop(columns="members").set_index("id")
    table = table.reindex(list(hierarchy.names)).rename_axis("id")
    table["size"] = hierarchy.sizes
    table["persistence"] = hierarchy.persistence
    above = main_parents(hierarchy)
    table.insert(0, "parent", [hierarchy.names[k] if k >= 0 else "" for k in above.tolist()])
    texts = table.select_dtypes(object).columns
    table[texts] = table[texts].fillna("").astype(str)
    return table
