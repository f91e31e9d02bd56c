"""Places of proteins on a page: many dimensions down to two."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from ..artifacts import Embedding

UMAP_NEIGHBOURS = 15
"""Neighbours of a protein in UMAP, its published default; fewer proteins are drawn by PCA."""


def method_for(n_proteins: int) -> str:
    """Return ``UMAP``, or ``PCA`` for fewer proteins than a UMAP needs."""
    return "UMAP" if n_proteins > UMAP_NEIGHBOURS else "PCA"


def layout(embedding: Embedding, seed: int) -> NDArray[np.float32]:
    """Return two coordinates per protein, ``(N, 2)``: UMAP on cosine distance, or PCA.

    PCA, of vectors scaled to unit length, serves where `method_for` says so. Distances between far
    groups of a UMAP mean nothing; only who is near whom does. One thread and a fixed seed: the same
    embedding and seed give the same places on the same machine.

    Source: McInnes et al. 2018, doi:10.21105/joss.00861.
    """
    length = np.linalg.norm(embedding.vectors, axis=1, keepdims=True)
    unit = (embedding.vectors / np.where(length > 0, length, 1)).astype(np.float32)
    places = _umap(unit, seed) if method_for(len(unit)) == "UMAP" else _pca(unit)
    return places.astype(np.float32)


def _umap(unit: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """UMAP on exact neighbours: umap-learn's search takes 40 s to compile, and is approximate."""
    from sklearn.neighbors import NearestNeighbors  # half a second to import

    search = NearestNeighbors(n_neighbors=UMAP_NEIGHBOURS, metric="cosine", n_jobs=1).fit(unit)
    distances, rows = search.kneighbors(unit)
    neighbours = (rows, distances.astype(np.float32), None)
    with warnings.catch_warnings():
        # umap-learn 0.5 warns on import that its TensorFlow variant is unavailable, and that
        # without its own search it cannot place further points.
        warnings.simplefilter("ignore", ImportWarning)
        warnings.filterwarnings("ignore", "precomputed_knn", UserWarning)
        from umap import UMAP  # seconds to import: it brings numba

        model = UMAP(
            n_neighbors=UMAP_NEIGHBOURS,
            metric="cosine",
            n_jobs=1,
            random_state=seed,
            precomputed_knn=neighbours,
        )
        places: NDArray[np.float32] = model.fit_transform(unit)
    return places


def _pca(unit: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores on the two first principal components; the largest entry of an axis is positive."""
    centred = unit - unit.mean(axis=0)
    u, s, axes = np.linalg.svd(centred, full_matrices=False)
    sign = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    places = np.zeros((len(unit), 2), np.float32)
    kept = min(2, len(s))
    places[:, :kept] = (u * s * np.where(sign == 0, 1, sign))[:, :kept]
    return places
