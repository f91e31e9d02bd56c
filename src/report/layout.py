"""Places of proteins on a page: many dimensions down to two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..artifacts import Embedding
from ..similarity.components import principal_scores
from ..similarity.nearest import unit_rows

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
    unit = unit_rows(embedding.vectors)
    start = principal_scores(unit, 2)
    if method_for(len(unit)) == "PCA":
        return start.astype(np.float32)
    from .umap import umap  # half a second to import: it brings numba

    return umap(unit, start, UMAP_NEIGHBOURS, seed)
