"""Generalised Procrustes alignment of replicates to a common space, on trimmed anchors.

Replicates may differ in features, their number and order, and in rotation, as embeddings do. Each
is turned onto the consensus of all; what then differs for a protein is its own.

Source: Gower, Psychometrika 40:33 (1975), doi:10.1007/BF02291478.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...artifacts import Embedding
from ...eval.terms.overlap import Index, Values
from ...similarity.components import principal_axes
from ...similarity.nearest import unit_rows

ROUNDS = 5
ANCHORS = 0.5
"""Share of the proteins that replicates are turned by: those that differ least between them."""

AXES = 50
"""Principal axes of the consensus that are kept, at most."""


@dataclass(frozen=True)
class Contexts:
    """Proteins in all replicates.

    Attributes:
        proteins: ``N`` names, those of any replicate, sorted.
        vectors: ``(R, N, K)`` coordinates in the common space; NaN where a replicate lacks one.
        units: A list of ``(C, F_r)``, one a replicate: the proteins that every replicate has, as
            measured, features scaled to mean 0 and deviation 1, rows of unit length.
        complete: ``(C,)`` positions in `proteins` of those.
        length: ``(C,)`` mean length of their rows before that: how far from the average they are.
    """

    proteins: tuple[str, ...]
    vectors: Values
    units: tuple[Values, ...]
    complete: Index
    length: Values

    @classmethod
    def of(cls, tables: Sequence[Embedding]) -> Contexts:
        """Bring replicates into one space.

        Args:
            tables: One a replicate, with at least one protein that all have.
        """
        names = sorted(set().union(*(table.proteins for table in tables)))
        row = {name: k for k, name in enumerate(names)}
        places = [np.array([row[name] for name in table.proteins], np.intp) for table in tables]
        present = np.zeros((len(tables), len(names)), bool)
        for r, place in enumerate(places):
            present[r, place] = True
        complete = np.flatnonzero(present.all(axis=0))
        width = max(table.vectors.shape[1] for table in tables)
        wide = np.full((len(tables), len(names), width), np.nan)
        units, lengths = [], []
        for r, (table, place) in enumerate(zip(tables, places, strict=True)):
            values = table.vectors.astype(float)
            inside = np.isin(place, complete)
            scaled = _scaled(values, values[inside])
            wide[r, place] = 0.0
            wide[r, place, : scaled.shape[1]] = scaled
            units.append(unit_rows(wide[r, complete, : scaled.shape[1]]))
            lengths.append(np.linalg.norm(wide[r, complete], axis=1))
        turns = rotations(wide[:, complete])
        aligned = np.stack([one @ turn for one, turn in zip(wide, turns, strict=True)])
        return cls(tuple(names), aligned, tuple(units), complete, np.mean(lengths, axis=0))

    @property
    def present(self) -> NDArray[np.bool_]:
        """``(R, N)`` bool: which replicate has which protein."""
        return np.isfinite(self.vectors[:, :, 0])

    def consensus(self, conditions: Index) -> Embedding:
        """Return proteins of every replicate in the common space, each condition counting alike.

        A map that is made of it favours no condition: its assemblies are not more cohesive in the
        one they were defined on.

        Args:
            conditions: ``(R,)`` number of the condition of each replicate.
        """
        inside = self.vectors[:, self.complete]
        means = [inside[conditions == k].mean(axis=0) for k in np.unique(conditions)]
        names = [self.proteins[k] for k in self.complete]
        return Embedding.of_modality("consensus", names, np.mean(means, axis=0))

    def whole(self) -> Contexts:
        """Return the contexts of the proteins that every replicate has."""
        names = tuple(self.proteins[k] for k in self.complete)
        rows = np.arange(len(names))
        return Contexts(names, self.vectors[:, self.complete], self.units, rows, self.length)


def rotations(values: Values, rounds: int = ROUNDS, anchors: float = ANCHORS) -> Values:
    """Return ``(R, K, K')`` what turns each replicate onto the consensus of all.

    The consensus is turned to its principal axes, of which at most `AXES` are kept.

    Args:
        values: ``(R, C, K)`` the same proteins in each replicate.
        rounds: Of turning, and of choosing anchors.
        anchors: Share of the proteins that are anchors.
    """
    consensus = values[0]
    used = np.ones(values.shape[1], bool)
    turns = np.empty(0)
    for _ in range(rounds):
        turns = np.stack([_turn(one[used], consensus[used]) for one in values])
        aligned = values @ turns
        consensus = aligned.mean(axis=0)
        off = ((aligned - consensus) ** 2).sum(axis=(0, 2))
        used = off <= np.quantile(off, anchors)
    return np.asarray(turns @ principal_axes(consensus, AXES).T)


def _turn(values: Values, onto: Values) -> Values:
    """Return the orthogonal matrix that brings rows nearest to others."""
    left, _, right = np.linalg.svd(values.T @ onto)
    return np.asarray(left @ right)


def _scaled(values: Values, of: Values) -> Values:
    """Scale features by the mean and deviation of some rows; constant ones become 0."""
    spread = of.std(axis=0)
    flat = spread <= 1e-9 * np.abs(of).max(axis=0)
    return np.asarray(np.where(flat, 0.0, (values - of.mean(axis=0)) / np.where(flat, 1, spread)))
