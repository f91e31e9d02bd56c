"""Where several embeddings disagree on the nearest neighbours of a protein."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from ..artifacts import Floats
from ..similarity.nearest import nearest_rows


def disagreement(embeddings: Sequence[Floats], neighbours: int) -> Floats:
    """Return the share of a protein's nearest others on which embeddings differ, ``(N,)``, 0 .. 1.

    The mean over all pairs of embeddings; 1 where no two of them share a neighbour. Where all
    place proteins at random it is near 1, so it measures how far a protein's place is a choice of
    the seed; it says nothing of an error that all of them share.

    Args:
        embeddings: At least 2 of ``(N, D)``, N >= 2, rows of norm 1 or 0.
        neighbours: How many are the nearest, >= 1; at most all others.
    """
    count = min(neighbours, len(embeddings[0]) - 1)
    sets = [nearest_rows(vectors, count)[0] for vectors in embeddings]
    total = np.zeros(len(sets[0]))
    pairs = list(combinations(sets, 2))
    for one, other in pairs:
        both = np.sort(np.concatenate([one, other], axis=1), axis=1)
        total += (both[:, 1:] == both[:, :-1]).sum(axis=1)
    return np.asarray(1 - total / (count * len(pairs)), np.float32)
