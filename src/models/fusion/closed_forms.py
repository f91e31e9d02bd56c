"""Closed-form fusion baselines: single modality, PCA, canonical correlation analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...artifacts import Embedding, Floats
from ...errors import DataError, SettingError
from ...nodes.ranges import AtLeastOne, NonNegative, checked
from ...similarity.components import leading_axes
from ...similarity.nearest import unit_rows
from .blocks import EIGENVALUE_FLOOR, Blocks


@checked
@dataclass(frozen=True)
class Single:
    """A single modality, unchanged; the others are left out.

    Args:
        modality: Its name.
    """

    modality: str

    def __call__(self, embeddings: Mapping[str, Embedding], *, seed: int) -> Embedding:
        """Return the modality over its own proteins; deterministic.

        Raises:
            ConfigError: If there is no such modality.
        """
        if self.modality not in embeddings:
            raise SettingError(
                "modality", f"must be one of {', '.join(embeddings)}, got {self.modality!r}."
            )
        return embeddings[self.modality]


@checked
@dataclass(frozen=True)
class Pca:
    """Principal components of the concatenated modalities.

    Each is normalised and scaled to contribute equally; missing modalities are near the mean.

    Args:
        dimensions: Number of components, >= 1; at most as many as there are columns.

    Raises:
        ConfigError: If `dimensions` is below 1.
    """

    dimensions: AtLeastOne = 128

    def __call__(self, embeddings: Mapping[str, Embedding], *, seed: int) -> Embedding:
        """Fuse over the union of proteins, sorted; deterministic.

        Raises:
            DataError: If there is nothing to fuse.
        """
        blocks = Blocks.of(embeddings, dominance=np.inf)
        table = np.concatenate(
            [s * v for s, v in zip(blocks.scales({}), blocks.values, strict=True)], axis=1
        )
        table = table - table.mean(axis=0)
        vectors = np.asarray(table @ leading_axes(table, self.dimensions), np.float32)
        return Embedding(blocks.proteins, vectors, blocks.modalities, blocks.present)


@checked
@dataclass(frozen=True)
class Cca:
    """Canonical correlation of any number of modalities.

    Each modality is whitened; the directions in which the whitened modalities agree best over the
    proteins that have all of them are the leading eigenvectors of their joint covariance, which for
    two modalities are the canonical variates. A protein's coordinate is the mean over the
    modalities it has, at norm 1, each direction weighted by how much the modalities agree in it.

    Args:
        dimensions: Number of directions, >= 1; at most as many as the narrowest modality has.
        ridge: Share of a modality's mean variance that is added to each of its variances before
            whitening, >= 0: prevents amplification of weak directions.

    Raises:
        ConfigError: If a number is out of its range.

    Source: Hotelling, Biometrika 1936, doi:10.1093/biomet/28.3-4.321; more than two: Kettenring,
    Biometrika 1971, doi:10.1093/biomet/58.3.433 (MAXVAR).
    """

    dimensions: AtLeastOne = 128
    ridge: NonNegative = 0.1

    def __call__(self, embeddings: Mapping[str, Embedding], *, seed: int) -> Embedding:
        """Fuse over the union of proteins, sorted; deterministic.

        Raises:
            DataError: If there are not two modalities, or no protein has every one.
        """
        blocks = Blocks.as_given(embeddings)
        if len(blocks.modalities) < 2:
            raise DataError(
                f"fusion=cca correlates modalities, but there is only {blocks.modalities[0]}; take "
                f"another fusion."
            )
        white = [
            whitened(values, here, self.ridge)
            for values, here in zip(blocks.values, blocks.present.T, strict=True)
        ]
        complete = np.asarray(blocks.present.all(axis=1))
        if not complete.any():
            raise DataError(
                f"fusion=cca needs proteins that have every modality, but none has all of "
                f"{', '.join(blocks.modalities)}; take another fusion."
            )
        parts, agreement = canonical(white, complete, self.dimensions)
        total = np.sum(parts, axis=0) * np.sqrt(np.maximum(agreement, 0))
        return Embedding(
            blocks.proteins,
            unit_rows(np.asarray(total, np.float32)),
            blocks.modalities,
            blocks.present,
        )


def whitened(values: Floats, here: NDArray[np.bool_], ridge: float) -> NDArray[np.float64]:
    """Return centred values with unit covariance, rows of zeros where missing, ``(N, R)``.

    Args:
        values: ``(N, D)``.
        here: ``(N,)`` which rows were measured.
        ridge: See `Cca`.
    """
    centred = values.astype(np.float64) - values[here].mean(axis=0, dtype=np.float64)
    centred[~here] = 0
    variances, axes = np.linalg.eigh(centred.T @ centred / here.sum())
    real = variances > EIGENVALUE_FLOOR * variances[-1]
    scale = 1 / np.sqrt(variances[real] + ridge * variances.mean())
    return np.asarray(centred @ (axes[:, real] * scale))


def canonical(
    white: list[NDArray[np.float64]], complete: NDArray[np.bool_], dimensions: int
) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
    """Return the canonical variates of each modality, and the canonical correlations.

    Args:
        white: Whitened modalities, each ``(N, R_m)``.
        complete: ``(N,)`` which proteins have all of them, at least one.
        dimensions: Number of directions.

    Returns:
        Per modality ``(N, K)``; and ``(K,)``, for two modalities the canonical correlations, each
        lowered by the ridge.
    """
    joint = np.concatenate(white, axis=1)
    shared = joint[complete].T @ joint[complete] / complete.sum()
    starts = np.cumsum([0, *(part.shape[1] for part in white)])
    for low, high in pairwise(starts):
        shared[low:high, low:high] = np.eye(high - low)  # the ridge is part of the variance
    values, axes = np.linalg.eigh(shared)
    count = min(dimensions, *(part.shape[1] for part in white))
    leading, agreement = axes[:, ::-1][:, :count], values[::-1][:count]
    rows = zip(white, starts[:-1], starts[1:], strict=True)
    parts = [part @ leading[low:high] * np.sqrt(len(white)) for part, low, high in rows]
    return parts, (agreement - 1) / max(len(white) - 1, 1)
