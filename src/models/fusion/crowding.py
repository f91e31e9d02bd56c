"""Hubness correction of an embedding: cosines are adjusted for local density."""

from __future__ import annotations

import numpy as np

from ...artifacts import Floats
from ...similarity.nearest import cosine_blocks, unit_rows

REFERENCE_LENGTH = 1.0
"""Length of the constant column. The longer, the more a cosine reflects the distance of the scaled
vectors; on half of CORUM metrics are flat from 1 to 5 if strength is reduced accordingly."""


def closeness(vectors: Floats, neighbours: int) -> Floats:
    """Return each protein's mean cosine with its nearest neighbours, ``(N,)``.

    Args:
        vectors: ``(N, D)``, N >= 2, rows of norm 1 or 0.
        neighbours: Number of neighbours, >= 1; at most all others.
    """
    count = min(neighbours, len(vectors) - 1)
    result = np.empty(len(vectors), np.float32)
    for rows, cosines in cosine_blocks(vectors):
        result[rows] = np.partition(cosines, -count, axis=1)[:, -count:].mean(1)
    return result


def spaced(vectors: Floats, strength: float, neighbours: int) -> Floats:
    """Return vectors whose cosines are corrected for local density.

    A protein in a dense region is near to many others, related or not, and one in a sparse region
    to none; the same cosine means less in the first. With ``r_i`` from `closeness`, its mean ``r``
    and ``u_i`` the unit vectors, the new vectors are::

        (exp(strength * (r_i - r)) * u_i, 1)

    at norm 1. With the constant column, the cosine depends on the distance of the scaled vectors:
    about ``u_i . u_j - strength * (r_i + r_j) * (1 - u_i . u_j)``, so that proteins in dense
    regions, which are longer, are further from all but their closest neighbours.

    Args:
        vectors: ``(N, D)``, N >= 2, rows of norm 1 or 0.
        strength: >= 0; 0 returns `vectors` unchanged, without a constant column.
        neighbours: Number of nearest neighbours, >= 1.

    Returns:
        ``(N, D + 1)``, or ``(N, D)`` at strength 0.

    Source: correction by the similarity of nearest neighbours (CSLS), Conneau et al., ICLR 2018,
    arXiv:1710.04087; hubness, Radovanovic et al., JMLR 2010, 11:2487.
    """
    if strength == 0:
        return vectors
    crowd = closeness(vectors, neighbours)
    length = np.exp(strength * (crowd - crowd.mean()), dtype=np.float32)[:, None]
    shared = np.full((len(vectors), 1), REFERENCE_LENGTH, np.float32)
    return unit_rows(np.concatenate([length * vectors, shared], axis=1))
