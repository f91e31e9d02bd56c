"""Closed-form fusion: concatenation of scaled modalities, with smoothing over neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ...artifacts import Embedding, Floats
from ...nodes.ranges import AtLeastOne, Gt, NonNegative, OrInfinite, Positive, checked
from ...similarity.nearest import ROWS_AT_ONCE, largest, unit_rows
from .blocks import Blocks
from .crowding import spaced

PADDING_COLUMNS = 256
"""Extra columns for the missing length: random directions there have cosines of about 1/16."""

ROUNDING = 1e-5
"""Share of a squared length below which a row does not count as short."""


@checked
@dataclass(frozen=True)
class Concat:
    """Concatenates modalities after centring, damping, normalisation and scaling.

    Modalities inform each other through neighbours: proteins that are near in all other
    modalities. A protein's vector in one modality is its own plus `sharing` times the mean of
    its neighbours' there, at norm 1. A missing modality is imputed by that mean alone, which is
    short where the neighbours disagree, so that an uncertain imputation has little weight. The
    missing length is filled in extra columns, in a random direction for each protein. Otherwise
    two proteins that were only imaged would be far more similar than two with equally similar
    images and known interactions.

    Args:
        dominance: Largest variance of a direction within a modality, in multiples of the mean
            over its directions, > 0; infinity (``.inf``) damps none.
        weights: Contribution of a modality relative to the others, > 0; 1 where not named.
        neighbours: Number of neighbours, >= 1.
        sharing: Weight of their mean relative to the protein's own vector, >= 0.
        crowding: Strength of the hubness correction, >= 0; see `spaced`.
        crowd: Number of nearest neighbours for the hubness correction, >= 1.

    Raises:
        ConfigError: If a number is out of its range.
    """

    dominance: Annotated[float, Gt(0), OrInfinite()] = 1.0
    weights: Mapping[str, Positive] = field(default_factory=dict)
    neighbours: AtLeastOne = 20
    sharing: NonNegative = 1.0
    crowding: NonNegative = 1.0
    crowd: AtLeastOne = 10

    def __call__(self, embeddings: Mapping[str, Embedding], *, seed: int) -> Embedding:
        """Fuse over the union of proteins, sorted; vectors of norm 1.

        The seed is used for the random directions of proteins that lack a modality.

        Raises:
            ConfigError: If a weight names a modality that is not there.
            DataError: If there is nothing to fuse.
        """
        fused = self.side_by_side(self.blocks(embeddings), seed=seed)
        return replace(fused, vectors=self.spaced(fused.vectors))

    def spaced(self, vectors: Floats) -> Floats:
        """Return unit vectors with the hubness correction applied."""
        return spaced(vectors, self.crowding, self.crowd)

    def blocks(self, embeddings: Mapping[str, Embedding]) -> Blocks:
        """Return the preprocessed modalities."""
        return Blocks.of(embeddings, self.dominance)

    def side_by_side(self, blocks: Blocks, *, seed: int) -> Embedding:
        """Fuse without the hubness correction."""
        scales = blocks.scales(self.weights)
        columns = [
            scale * self._shared(blocks, scales, modality) for modality, scale in enumerate(scales)
        ]
        vectors = unit_rows(np.concatenate([*columns, *unknown(columns, scales, seed)], axis=1))
        return Embedding(blocks.proteins, vectors, blocks.modalities, blocks.present)

    def _shared(self, blocks: Blocks, scales: Floats, modality: int) -> Floats:
        """Return one modality's block, smoothed over neighbours or imputed from them."""
        block, here = blocks.values[modality], blocks.present[:, modality]
        others = [m for m in range(len(scales)) if m != modality]
        asking = np.flatnonzero(~here | (self.sharing > 0))
        if not others or not len(asking):
            return block
        place = np.concatenate([scales[m] * blocks.values[m] for m in others], axis=1)
        mean = neighbours_mean(place, block, np.flatnonzero(here), asking, self.neighbours)
        own = unit_rows(block[asking] + np.float32(self.sharing) * mean)
        result = block.copy()
        result[asking] = np.where(here[asking, None], own, mean)
        return result


def unknown(columns: Sequence[Floats], scales: Floats, seed: int) -> list[Floats]:
    """Return a block that fills up the length of rows that are short, if any.

    Args:
        columns: One ``(N, D_m)`` block per modality, rows of norm ``scales[m]`` or shorter.
        scales: ``(M,)``.
        seed: Seed of the rows' directions.

    Returns:
        One ``(N, APART)`` block, or none if no row is short.
    """
    known = np.sum([np.square(block).sum(axis=1) for block in columns], axis=0)
    whole = np.square(scales).sum()
    short = np.sqrt(np.where(known < (1 - ROUNDING) * whole, whole - known, 0))
    if not short.any():
        return []
    drawn = np.random.default_rng(seed).standard_normal((len(short), PADDING_COLUMNS), np.float32)
    return [np.asarray(short[:, None] * unit_rows(drawn), np.float32)]


def neighbours_mean(
    place: Floats,
    values: Floats,
    known: NDArray[np.intp],
    asking: NDArray[np.intp],
    neighbours: int,
) -> Floats:
    """Return for each query row the weighted mean of `values` over its nearest known rows.

    Weights are squared cosines, 0 at 90 degrees or more; a row without neighbours gets zeros.

    Args:
        place: ``(N, D)`` vectors whose cosines define the neighbours.
        values: ``(N, E)`` values to average.
        known: Rows that may be neighbours, at least one.
        asking: ``(Q,)`` query rows; none is its own neighbour.
        neighbours: Maximum number of neighbours.

    Returns:
        ``(Q, E)``.
    """
    unit = unit_rows(place)
    count = min(neighbours, len(known))
    result = np.zeros((len(asking), values.shape[1]), np.float32)
    for low in range(0, len(asking), ROWS_AT_ONCE):
        rows = asking[low : low + ROWS_AT_ONCE]
        cosines = unit[rows] @ unit[known].T
        cosines[rows[:, None] == known] = 0
        near = largest(cosines, count)
        shares = np.maximum(np.take_along_axis(cosines, near, axis=1), 0) ** 2
        shares /= np.maximum(shares.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        result[low : low + len(rows)] = np.einsum("qk,qke->qe", shares, values[known[near]])
    return result
