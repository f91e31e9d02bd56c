"""Places of proteins on a page: many dimensions down to two."""

from __future__ import annotations

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
    if method_for(len(unit)) == "PCA":
        return _pca(unit).astype(np.float32)
    from .umap import umap  # half a second to import: it brings numba

    return umap(unit, _pca(unit), UMAP_NEIGHBOURS, seed)


def _pca(unit: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scores on the two first principal components; the largest entry of an axis is positive."""
    centred = unit - unit.mean(axis=0)
    u, s, axes = np.linalg.svd(centred, full_matrices=False)
    sign = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    places = np.zeros((len(unit), 2))
    kept = min(2, len(s))
    places[:, :kept] = (u * s * np.where(sign == 0, 1, sign))[:, :kept]
    return places
