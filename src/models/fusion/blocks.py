"""Blocks of concatenated modalities: centring, damping, normalisation and scaling."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...artifacts import Embedding, Floats
from ...errors import DataError, SettingError, check_complete
from ...similarity.components import leading_axes
from ...similarity.nearest import unit_rows

EIGENVALUE_FLOOR = 1e-6
"""Share of the largest eigenvalue below which a direction counts as rounding error."""


@dataclass(frozen=True)
class Blocks:
    """One block of columns per modality for the union of proteins.

    Attributes:
        proteins: ``N`` names, sorted.
        modalities: ``M`` names.
        values: ``M`` arrays ``(N, D_m)`` float32, rows of norm 1 (unless `as_given`), zeros where
            missing.
        present: ``(N, M)`` bool.
    """

    proteins: tuple[str, ...]
    modalities: tuple[str, ...]
    values: tuple[Floats, ...]
    present: NDArray[np.bool_]

    @classmethod
    def of(cls, embeddings: Mapping[str, Embedding], dominance: float) -> Blocks:
        """Centre, damp and normalise each embedding over its own proteins.

        Args:
            embeddings: One per modality; each has its own proteins.
            dominance: Maximum variance of a direction, see `damped`.

        Raises:
            DataError: If there is no modality, or one has no two different vectors.
        """
        return cls._prepared(embeddings, lambda vectors: unit_rows(damped(vectors, dominance)))

    @classmethod
    def as_given(cls, embeddings: Mapping[str, Embedding]) -> Blocks:
        """Use each embedding without preprocessing, as published methods do; rows have any norm.

        Raises:
            DataError: See `of`.
        """
        return cls._prepared(embeddings, lambda vectors: vectors)

    @classmethod
    def _prepared(
        cls, embeddings: Mapping[str, Embedding], prepare: Callable[[Floats], Floats]
    ) -> Blocks:
        if not embeddings:
            raise DataError("fusion needs at least one modality, got none; see data.modalities.")
        proteins = tuple(sorted(set().union(*(e.proteins for e in embeddings.values()))))
        row = {name: k for k, name in enumerate(proteins)}
        present = np.zeros((len(proteins), len(embeddings)), bool)
        values = []
        for column, (modality, embedding) in enumerate(embeddings.items()):
            rows = [row[name] for name in embedding.proteins]
            present[rows, column] = True
            if (embedding.vectors == embedding.vectors[:1]).all():
                raise DataError(
                    f"data.modalities.{modality}: no two of its {len(rows)} proteins have "
                    f"different vectors; leave this modality out or check its columns."
                )
            full = np.zeros((len(proteins), embedding.vectors.shape[1]), np.float32)
            full[rows] = prepare(embedding.vectors)
            values.append(full)
        return cls(proteins, tuple(embeddings), tuple(values), present)

    def complete(self, fusion: str) -> Blocks:
        """Return the blocks, for a method that needs every modality of every protein.

        Args:
            fusion: Name of the method, for the message.

        Raises:
            DataError: If a protein lacks a modality.
        """
        absent = (~self.present).sum(axis=0)
        check_complete(fusion, len(self.proteins), dict(zip(self.modalities, absent, strict=True)))
        return self

    def narrowed(self, width: int) -> Blocks:
        """Return blocks of at most `width` columns; wider ones are reduced to leading axes.

        Rows are normalised again; missing rows are zeros.

        Args:
            width: >= 1.
        """
        values = tuple(
            block
            if block.shape[1] <= width
            else unit_rows(np.asarray(block @ leading_axes(block, width), np.float32))
            for block in self.values
        )
        return replace(self, values=values)

    def rows(self, rows: NDArray[np.int64]) -> Blocks:
        """Return the blocks of some of the proteins."""
        return Blocks(
            tuple(self.proteins[k] for k in rows),
            self.modalities,
            tuple(block[rows] for block in self.values),
            self.present[rows],
        )

    @property
    def widths(self) -> dict[str, int]:
        """Width of each modality."""
        return {m: v.shape[1] for m, v in zip(self.modalities, self.values, strict=True)}

    def scales(self, weights: Mapping[str, float]) -> Floats:
        """Return the factor of each modality that equalises their contributions to cosines.

        The cosine of two concatenated vectors is the sum of the blocks' inner products, and
        blocks differ in their spread: cosines have a root mean square of .32 for 30 fractions of a
        gradient, and of .11 for 128 dimensions of a network. A factor is the square root of weight
        over spread, where spread is the root mean square of the cosines between the modality's
        proteins.

        Args:
            weights: Contribution of a modality relative to an equal share, > 0; 1 where not named.

        Raises:
            ConfigError: If `weights` names another modality.
        """
        for name in weights:
            if name not in self.modalities:
                raise SettingError(
                    f"weights.{name}",
                    f": there is no such modality; allowed: {', '.join(self.modalities)}.",
                )
        shares = [weights.get(name, 1.0) for name in self.modalities]
        spreads = [
            cosine_spread(block[here])
            for block, here in zip(self.values, self.present.T, strict=True)
        ]
        return np.asarray(np.sqrt(np.divide(shares, spreads)), np.float32)


def damped(vectors: Floats, dominance: float) -> Floats:
    """Return centred vectors in which no direction dominates, in the same axes.

    The variance of a principal direction is capped at `dominance` times the mean over all
    directions; the others are unchanged. Fractions of a gradient, where two or three directions
    have nearly all variance, gain from it as from whitening, but weak, noisy directions are not
    amplified; factors of a network hardly change.

    Args:
        vectors: ``(N, D)``.
        dominance: > 0; infinity changes nothing.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    values, axes = np.linalg.eigh(centred.T @ centred / len(centred))
    real = values > EIGENVALUE_FLOOR * values[-1]
    values, axes = values[real], axes[:, real]
    factors = np.minimum(1, np.sqrt(dominance * values.mean() / values))
    return np.asarray((centred @ axes * factors) @ axes.T, np.float32)


def cosine_spread(rows: Floats) -> float:
    """Return the root mean square of the cosines between all pairs of distinct rows.

    Args:
        rows: ``(N, D)``, N >= 2, of norm 1 or 0.
    """
    n = len(rows)
    gram = rows.T.astype(np.float64) @ rows
    itself = np.count_nonzero(rows.any(axis=1))
    return float(np.sqrt((np.square(gram).sum() - itself) / (n * (n - 1))))
