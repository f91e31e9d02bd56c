"""Two-dimensional layout of an embedding by UMAP or PCA."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..artifacts import Embedding
from ..similarity.components import principal_scores
from ..similarity.nearest import unit_rows

UMAP_NEIGHBOURS = 15
"""Neighbours of a protein in UMAP, its published default; fewer proteins are drawn by PCA."""


def method_for(n_proteins: int) -> str:
    """Return ``UMAP``, or ``PCA`` for too few proteins."""
    return "UMAP" if n_proteins > UMAP_NEIGHBOURS else "PCA"


def layout(embedding: Embedding, seed: int) -> NDArray[np.float32]:
    """Return two coordinates per protein, ``(N, 2)``: UMAP on cosine distance, or PCA.

    PCA of unit vectors is used according to `method_for`. In a UMAP only neighbourhoods are
    meaningful, not distances between groups. One thread and a fixed seed: the same embedding and
    seed give the same layout on the same machine.

    Source: McInnes et al. 2018, doi:10.21105/joss.00861.
    """
    unit = unit_rows(embedding.vectors)
    start = principal_scores(unit, 2)
    if method_for(len(unit)) == "PCA":
        return start.astype(np.float32)
    from .umap import umap  # half a second to import: it brings numba

    return umap(unit, start, UMAP_NEIGHBOURS, seed)
