"""True-path consistency of predicted probabilities: no term is more probable than its ancestors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Ontology
from .voters import Shares

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Levels:
    """The terms of an ontology level by level, with the direct ancestors or descendants of each.

    Attributes:
        steps: For each level its terms, their neighbours one after the other, and where those of
            each term start; a level's neighbours are all of earlier levels.
    """

    steps: tuple[tuple[Indices, Indices, Indices], ...]

    @classmethod
    def of(cls, arcs: sparse.csr_array) -> Levels:
        """Order terms so that each comes after all that its row of `arcs` names."""
        level = np.zeros(arcs.shape[0], np.int64)
        row = np.repeat(np.arange(arcs.shape[0]), np.diff(arcs.indptr))
        while True:
            raised = level.copy()
            np.maximum.at(raised, row, level[arcs.indices] + 1)
            if np.array_equal(raised, level):
                break
            level = raised
        steps = []
        for one in range(1, int(level.max(initial=0)) + 1):
            terms = np.flatnonzero(level == one)
            chosen = arcs[terms]
            starts = chosen.indptr[:-1].astype(np.int64)
            steps.append((terms.astype(np.int64), chosen.indices.astype(np.int64), starts))
        return cls(tuple(steps))

    def carried(self, values: Shares, function: np.ufunc) -> Shares:
        """Return ``(T, B)`` values, each joined by `function` with all beyond it."""
        carried = values.copy()
        for terms, beyond, starts in self.steps:
            carried[terms] = function(
                carried[terms], function.reduceat(carried[beyond], starts, axis=0)
            )
        return carried


@dataclass(frozen=True)
class Consistency:
    """Makes probabilities agree with an ontology.

    Attributes:
        upward: Terms after their children.
        downward: Terms after their parents.
        terms: How many there are.
    """

    upward: Levels
    downward: Levels
    terms: int

    @classmethod
    def of(cls, ontology: Ontology) -> Consistency:
        """Order the terms of an ontology upwards and downwards."""
        parents = sparse.csr_array(ontology.parents)
        return cls(Levels.of(sparse.csr_array(parents.T)), Levels.of(parents), parents.shape[0])

    def __call__(self, probabilities: Shares, given: NDArray[np.bool_] | None = None) -> Shares:
        """Return the nearest probabilities of which none exceeds one above it.

        Nearest in the largest change: halfway between the highest of a term and all below it, and
        the lowest of it and all above it (isotonic regression in the maximum norm).
        Source: Stout 2013, doi:10.1007/s00453-012-9628-4.

        Args:
            probabilities: ``(T, B)`` terms x proteins.
            given: ``(T, B)`` which of them count; the others bind nothing. None: all.
        """
        low, high = probabilities, probabilities
        if given is not None:
            low, high = np.where(given, low, np.float32(0)), np.where(given, high, np.float32(1))
        highest = self.upward.carried(low, np.maximum)
        lowest = self.downward.carried(high, np.minimum)
        return np.asarray((highest + lowest) / 2, np.float32)
