"""Room in an embedding: proteins in crowded places are set further out."""

from __future__ import annotations

import numpy as np

from ...artifacts import Floats
from ...similarity.nearest import cosine_blocks, unit_rows

REFERENCE_LENGTH = 1.0
"""Of the column all proteins share. The longer, the more a cosine is a distance between the ends
of the vectors; on half of CORUM the figures are flat from 1 to 5 where strength shrinks with it."""


def closeness(vectors: Floats, neighbours: int) -> Floats:
    """Return each protein's mean cosine with its nearest others, ``(N,)``.

    Args:
        vectors: ``(N, D)``, N >= 2, rows of norm 1 or 0.
        neighbours: How many of them, >= 1; at most all others.
    """
    count = min(neighbours, len(vectors) - 1)
    result = np.empty(len(vectors), np.float32)
    for rows, cosines in cosine_blocks(vectors):
        result[rows] = np.partition(cosines, -count, axis=1)[:, -count:].mean(1)
    return result


def spaced(vectors: Floats, strength: float, neighbours: int) -> Floats:
    """Return vectors whose cosines allow for how crowded a protein's surroundings are.

    A protein of a crowded place is near to many others, related or not, and one of an empty place
    to none; the same cosine means less in the first. With ``r_i`` from `closeness`, its mean
    ``r`` and ``u_i`` the unit vectors, the new vectors are::

        (exp(strength * (r_i - r)) * u_i, 1)

    at norm 1. The shared column makes nearness by cosine nearness of the ends of ``a_i u_i``:
    about ``u_i . u_j - strength * (r_i + r_j) * (1 - u_i . u_j)``, so that crowded proteins, which
    are longer, lie further from what is not right beside them.

    Args:
        vectors: ``(N, D)``, N >= 2, rows of norm 1 or 0.
        strength: >= 0; 0 returns `vectors` as they are, without a shared column.
        neighbours: How many make a crowd, >= 1.

    Returns:
        ``(N, D + 1)``, or ``(N, D)`` at strength 0.

    Source: of the correction of hubs by the similarity of nearest neighbours, Conneau et al.,
    ICLR 2018, arXiv:1710.04087; of hubs, Radovanovic et al., JMLR 2010, 11:2487.
    """
    if strength == 0:
        return vectors
    crowd = closeness(vectors, neighbours)
    length = np.exp(strength * (crowd - crowd.mean()), dtype=np.float32)[:, None]
    shared = np.full((len(vectors), 1), REFERENCE_LENGTH, np.float32)
    return unit_rows(np.concatenate([length * vectors, shared], axis=1))
