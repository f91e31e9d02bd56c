"""The embedding with everything beside it as one AnnData file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Embedding, Floats, Hierarchy, whole
from ...artifacts.embedding import HAS
from ..layout import method_for

if TYPE_CHECKING:
    import anndata

ASSEMBLIES = "assemblies"


@dataclass(frozen=True)
class Vectors:
    """What `read_h5ad` finds: the fused embedding, its modalities, and the drawing's places."""

    embedding: Embedding
    modalities: dict[str, Embedding]
    layout: Floats | None


def as_anndata(
    embedding: Embedding,
    modalities: Mapping[str, Embedding],
    hierarchy: Hierarchy,
    layout: Floats | None,
) -> anndata.AnnData:
    """Return the embedding as AnnData, with the map and the modalities beside it.

    ``X`` holds the fused vectors; ``obsm`` each modality under its name (NaN rows for a protein
    that lacks it), ``assemblies`` (sparse; support of each membership) and ``X_umap`` or ``X_pca``;
    ``obs`` a flag ``has_<modality>`` each and, of an ensemble, ``uncertainty``; ``uns`` the names
    of the assemblies, in the order of the columns, and of the modalities.
    """
    data = embedding.to_anndata()
    for name, part in modalities.items():
        data.obsm[name] = _on_rows_of(embedding.proteins, part)
    data.obsm[ASSEMBLIES] = _membership(embedding.proteins, hierarchy)
    data.uns[ASSEMBLIES] = np.array(hierarchy.names, object)
    data.uns["modalities"] = np.array(embedding.modalities, object)
    data.uns["encoded"] = np.array(list(modalities), object)
    if layout is not None:
        data.obsm[f"X_{method_for(len(layout)).lower()}"] = layout
    return data


def write_h5ad(
    path: Path,
    embedding: Embedding,
    modalities: Mapping[str, Embedding],
    hierarchy: Hierarchy,
    layout: Floats | None,
) -> None:
    """Write what `as_anndata` returns."""
    as_anndata(embedding, modalities, hierarchy, layout).write_h5ad(path, compression="gzip")


def read_h5ad(path: Path) -> Vectors:
    """Read back what `write_h5ad` wrote, less the assemblies.

    Raises:
        DataError: If the file is damaged.
    """
    import anndata  # takes seconds, and most of the package does without

    with whole(path, "restore it, or make the run again."):
        return _vectors(anndata.read_h5ad(path))


def _vectors(data: anndata.AnnData) -> Vectors:
    proteins = tuple(data.obs_names)
    names = tuple(str(name) for name in data.uns["modalities"])
    present = data.obs[[f"{HAS}{name}" for name in names]].to_numpy(bool)
    found = data.obs.get("uncertainty")
    uncertainty = None if found is None else found.to_numpy(np.float32)
    embedding = Embedding(proteins, np.asarray(data.X, np.float32), names, present, uncertainty)
    places = data.obsm.get(f"X_{method_for(len(proteins)).lower()}")
    parts = {str(name): _part(str(name), proteins, data.obsm[name]) for name in data.uns["encoded"]}
    return Vectors(embedding, parts, None if places is None else np.asarray(places, np.float32))


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
    held = hierarchy.membership.tocoo()
    shape = (len(proteins), len(hierarchy.names))
    return sparse.csr_matrix((held.data, (rows[held.col], held.row)), shape=shape)
