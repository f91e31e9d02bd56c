"""Pooling of image vectors to proteins, and labels of images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ...artifacts import Embedding, Floats, ImageSet, ImageVectors, TermSet

SMALLEST_SPREAD = 1e-6
"""Minimum standard deviation of a dimension; below, it counts as constant."""


def pooled_images(images: ImageVectors, modality: str) -> Embedding:
    """Return one vector per protein, proteins in alphabetical order."""
    proteins, shows = proteins_shown(images)
    vectors = mean_of_images(images.vectors, shows, images.logits)
    return Embedding.of_modality(modality, proteins, vectors)


def mean_of_images(
    vectors: Floats, shows: sparse.csr_array, logits: Floats | None = None
) -> Floats:
    """Return the mean standardised vector of each protein's images.

    Each dimension is standardised over the images first, so that what all images share is removed
    and no dimension dominates. An image of an ambiguous antibody counts for each of its proteins.

    Args:
        vectors: ``(I, D)``, one per image.
        shows: ``(I, N)`` bool: which proteins an image may show; at least one image per protein.
        logits: ``(I,)``: images are weighted by the softmax of these over those of a protein;
            equally by default.

    Returns:
        ``(N, D)`` float32; all zero if there is only one image.
    """
    weights = image_weights(shows, np.zeros(len(vectors)) if logits is None else logits)
    counts = np.asarray(weights.sum(axis=1))
    return np.asarray((weights @ standardised(vectors)) / counts[:, None], np.float32)


def standardised(vectors: Floats) -> Floats:
    """Return vectors whose every dimension has mean 0 and deviation 1 over the images."""
    centred = vectors - vectors.mean(axis=0)
    return np.asarray(centred / np.maximum(centred.std(axis=0), SMALLEST_SPREAD), np.float32)


def image_weights(shows: sparse.csr_array, logits: ArrayLike) -> sparse.csr_array:
    """Return ``(N, I)`` the weights of images for proteins, scaled to a maximum of 1."""
    weights = sparse.csr_array(shows.T.tocsr().astype(np.float32))
    own = np.asarray(logits, np.float64)[weights.indices]
    most = np.maximum.reduceat(own, weights.indptr[:-1])
    weights.data = np.exp(own - np.repeat(most, np.diff(weights.indptr))).astype(np.float32)
    return weights


def image_table(images: ImageVectors) -> pd.DataFrame:
    """Return one row per protein and image: its weight, and its agreement with the others.

    Columns: ``protein``, ``image``, ``antibody``, ``share`` of the image in the protein's vector,
    ``cosine`` of the standardised image to the protein's vector (1 for an only image), and
    ``spread``: 1 minus the mean cosine of the protein's images, 0 where all agree, about 1 - 1/sqrt
    of their number where they have nothing in common.
    """
    proteins, shows = proteins_shown(images)
    weights = image_weights(shows, images.logits)
    vectors = standardised(images.vectors)
    means = mean_of_images(images.vectors, shows, images.logits)
    row = np.repeat(np.arange(len(proteins)), np.diff(weights.indptr))
    image = weights.indices
    norms = np.linalg.norm(means, axis=1)[row] * np.linalg.norm(vectors, axis=1)[image]
    cosine = (means[row] * vectors[image]).sum(axis=1) / np.maximum(norms, SMALLEST_SPREAD)
    table = pd.DataFrame(
        {
            "protein": np.array(proteins, object)[row],
            "image": np.array(images.names, object)[image],
            "antibody": np.array(images.antibodies, object)[image],
            "share": weights.data / np.asarray(weights.sum(axis=1))[row],
            "cosine": cosine,
        }
    )
    table["spread"] = 1 - table.groupby("protein")["cosine"].transform("mean")
    return table.round(6)


def proteins_shown(images: ImageSet | ImageVectors) -> tuple[list[str], sparse.csr_array]:
    """Return all proteins, sorted, and ``(I, N)`` CSR bool: which of them an image may show."""
    proteins = sorted({name for shown in images.proteins for name in shown})
    return proteins, _incidence(images, proteins)


def locations_shown(images: ImageSet, labels: TermSet) -> NDArray[np.bool_]:
    """Return ``(I, T)``: the locations of each image's proteins, without empty ones.

    An image of an ambiguous antibody has the locations of all its proteins.
    """
    shows = _incidence(images, labels.proteins).astype(np.int32)
    located: NDArray[np.bool_] = (shows @ labels.members.T.astype(np.int32)).toarray() > 0
    return located[:, located.any(axis=0)]


def rows_kept(shows: sparse.csr_array, rows: NDArray[np.intp]) -> sparse.csr_array:
    """Return a matrix of the same shape with all other rows empty."""
    n = shows.shape[0]
    keep = sparse.csr_array((np.ones(len(rows), bool), (rows, rows)), shape=(n, n))
    return sparse.csr_array(keep @ shows)


def _incidence(images: ImageSet | ImageVectors, proteins: Sequence[str]) -> sparse.csr_array:
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
