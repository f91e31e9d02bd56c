"""Similarity of protein profiles: elution, perturbation, morphology, dependency, expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...artifacts import Embedding
from ...errors import DataError
from ...similarity.components import principal_axes
from ...similarity.nearest import unit_rows
from ..embedding.retrieval import BLOCK
from ..terms.overlap import Index, Values

Matrix = NDArray[np.float32]

CONSTANT_TOLERANCE = 1e-9
"""Rows that spread less than this share of the largest number are constant."""

MIN_FEATURES = 3
"""Features that profiles need: with two of them every correlation is 1 or -1."""

Strata = Callable[[Index, int | None], Index]
"""``(rows, wanted) -> (n,)``: strata of some proteins, about so many; None: as many as fit."""


@dataclass(frozen=True)
class Profiles:
    """Profile similarity: inner product of unit-length profiles, mean over replicates.

    Attributes:
        proteins: ``N`` names with a profile that varies in some replicate.
        units: ``(R, N, F)`` profiles, centred or smoothed, of unit length, 0 where constant.
        varies: ``(R, N)`` 1 where a profile is not constant, else 0.
        strata: Function that assigns proteins to strata.
    """

    proteins: tuple[str, ...]
    units: Values
    varies: Values
    strata: Strata

    def __call__(self, rows: Index, columns: Index) -> Values:
        """Return the ``(B, C)`` similarities of rows with columns, in -1..1.

        The mean is over the replicates in which both profiles vary; without any, the similarity is
        0.
        """
        total = np.zeros((len(rows), len(columns)))
        replicates = np.zeros_like(total)
        for units, varies in zip(self.units, self.varies, strict=True):
            total += units[rows] @ units[columns].T
            replicates += np.outer(varies[rows], varies[columns])
        return total / np.maximum(replicates, 1)

    def among(self, rows: Index) -> Matrix:
        """Return the symmetric ``(B, B)`` similarities among some proteins."""
        values = np.empty((len(rows), len(rows)), np.float32)
        for start in range(0, len(rows), BLOCK):
            values[start : start + BLOCK] = self(rows[start : start + BLOCK], rows)
        return values


def matrix_similarity(
    matrix: Embedding, strata: Strata, *, scaled: bool = False, remove_axes: int = 0
) -> Profiles:
    """Return profile similarities from a matrix: Pearson correlation of its rows.

    In screens of many perturbations the first principal axes are growth, ribosome and
    mitochondria, in which almost all proteins correlate; removing them reveals complexes.

    Args:
        matrix: Proteins x features.
        strata: Function that assigns proteins to strata.
        scaled: Whether each feature is brought to mean 0 and standard deviation 1 first.
        remove_axes: Number of principal axes of the centred features to remove first.

    Raises:
        DataError: If no feature would remain, or fewer than two rows vary.
    """
    values = matrix.vectors.astype(np.float64)
    if min(values.shape) - remove_axes < MIN_FEATURES:
        raise DataError(
            f"matrix: {values.shape[0]} proteins x {values.shape[1]} features, less "
            f"{remove_axes} principal axes, are too few to compare profiles by: {MIN_FEATURES} "
            "must be left; give more columns, or lower remove_axes."
        )
    if scaled:
        spread = values.std(axis=0)
        values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)
    if remove_axes:
        centred = values - values.mean(axis=0)
        axes = principal_axes(values, remove_axes)
        values = centred - centred @ axes.T @ axes
    constant = np.ptp(values, axis=1) <= CONSTANT_TOLERANCE * np.abs(values).max()
    if (~constant).sum() < 2:
        raise DataError("matrix: no two rows vary between features, so none can be compared.")
    prepared = (values - values.mean(axis=1, keepdims=True))[None, ~constant]
    names = tuple(np.array(matrix.proteins, object)[~constant])
    kept = np.flatnonzero(~constant)
    units, varies = unit_profiles(prepared, np.zeros((1, len(kept)), bool))
    return Profiles(names, _narrow(units), varies, lambda rows, wanted: strata(kept[rows], wanted))


def _narrow(units: Values) -> Values:
    """Return profiles with at most as many features as profiles, and equal inner products."""
    if units.shape[2] <= units.shape[1]:
        return units
    u, s, _ = np.linalg.svd(units[0], full_matrices=False)
    return np.asarray(u * s)[None]


def unit_profiles(prepared: Values, constant: NDArray[np.bool_]) -> tuple[Values, Values]:
    """Return profiles of unit length, 0 where constant, and 1 where they are not.

    Args:
        prepared: ``(R, N, F)`` centred or smoothed profiles.
        constant: ``(R, N)`` which do not vary.
    """
    prepared[constant] = 0
    return unit_rows(prepared), (~constant).astype(np.float64)
