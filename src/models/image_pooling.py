"""Which proteins and locations an image shows, and the pooling of images to proteins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Floats
from ..measurements import ImageSet, TermSet

SMALLEST_SPREAD = 1e-6
"""Least standard deviation that a dimension is divided by; below, it is a constant."""


def mean_of_images(vectors: Floats, shows: sparse.csr_array) -> Floats:
    """Return the mean standardised vector of each protein's images.

    Each dimension is centred and scaled over the images first, so that what all images share
    drops out and no dimension outweighs the others. An image of an ambiguous antibody counts for
    each of its proteins.

    Args:
        vectors: ``(I, D)``, one per image.
        shows: ``(I, N)`` bool: which proteins an image may show; at least one image per protein.

    Returns:
        ``(N, D)`` float32; all zero where there is one image in all.
    """
    centred = vectors - vectors.mean(axis=0)
    spread = centred.std(axis=0)
    standard = centred / np.maximum(spread, SMALLEST_SPREAD)
    weights = shows.T.astype(np.float32)
    counts = np.asarray(weights.sum(axis=1))
    return np.asarray((weights @ standard) / counts[:, None], np.float32)


def proteins_shown(images: ImageSet) -> tuple[list[str], sparse.csr_array]:
    """Return all proteins, sorted, and ``(I, N)`` CSR bool: which of them an image may show."""
    proteins = sorted({name for shown in images.proteins for name in shown})
    return proteins, _incidence(images, proteins)


def locations_shown(images: ImageSet, labels: TermSet) -> NDArray[np.bool_]:
    """Return ``(I, T)``: the locations of each image's proteins, those that occur at all.

    An image of an ambiguous antibody has the locations of all its proteins.
    """
    shows = _incidence(images, labels.proteins).astype(np.int32)
    located: NDArray[np.bool_] = (shows @ labels.members.T.astype(np.int32)).toarray() > 0
    return located[:, located.any(axis=0)]


def rows_kept(shows: sparse.csr_array, rows: NDArray[np.intp]) -> sparse.csr_array:
    """Return a matrix of the same shape whose other rows are empty."""
    n = shows.shape[0]
    keep = sparse.csr_array((np.ones(len(rows), bool), (rows, rows)), shape=(n, n))
    return sparse.csr_array(keep @ shows)


def _incidence(images: ImageSet, proteins: Sequence[str]) -> sparse.csr_array:
    column = {name: k for k, name in enumerate(proteins)}
    entries = {
        (row, column[name])
        for row, shown in enumerate(images.proteins)
        for name in shown
        if name in column
    }
    i, j = np.array(sorted(entries), np.int32).reshape(-1, 2).T
    shape = (len(images.names), len(proteins))
    return sparse.csr_array((np.ones(len(i), bool), (i, j)), shape=shape)
