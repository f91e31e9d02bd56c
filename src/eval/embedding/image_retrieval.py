"""Image retrieval: AUROC of image pairs of the same protein against those of different proteins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .retrieval import cosine, placements


def image_retrieval(vectors: NDArray[np.float32], shows: sparse.csr_array) -> float:
    """Return the AUROC of cosines of same-protein image pairs against all others.

    Over all pairs of images. It needs no location labels, so that an encoder can be selected by it
    and evaluated by location accuracy. Chance level .5, best 1; images of two proteins of the same
    compartment look alike, so that 1 is not reached.

    Args:
        vectors: ``(I, D)``, centred.
        shows: ``(I, N)`` bool: which proteins an image may show.

    Returns:
        The AUROC; NaN where no pair, or every pair, shares a protein.

    Cost: a second for 2,000 images.
    """
    rows = shows.astype(np.int32)
    together = (rows @ rows.T).toarray() > 0
    first, second = np.triu_indices(len(vectors), 1)
    everyone = np.arange(len(vectors))
    alike = cosine(vectors)(everyone, everyone)[first, second].astype(np.float32)
    same = together[first, second]
    if not same.any() or same.all():
        return float("nan")
    return float(placements(alike[same], np.sort(alike[~same])).mean())
