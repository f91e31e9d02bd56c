"""Evaluation stage: scores, and the layout of the page."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..artifacts import Embedding, Hierarchy, Scores
from ..nodes.build import Part
from ..report.layout import layout
from ..store import Recipe, Remembered, Store
from .reading import Readings


def evaluate(
    store: Store,
    evaluation: Part,
    references: Readings,
    seed: int,
    hierarchy: Remembered[Hierarchy] | None,
    embedding: Remembered[Embedding] | None,
) -> Remembered[Scores]:
    """Score a hierarchy, an embedding, or both against the references."""
    scored = [found.key if found else "" for found in (hierarchy, embedding)]
    inputs = [*scored, *(f"{name}={found.key}" for name, found in references.items())]
    recipe = Recipe("evaluate", evaluation.modules, evaluation.node, inputs, seed)

    def compute() -> Scores:
        scores: Scores = evaluation.thing(
            hierarchy=hierarchy.value if hierarchy else None,
            embedding=embedding.value if embedding else None,
            references={name: found.value.value for name, found in references.items()},
            seed=seed,
        )
        return scores

    return store.remember(recipe, Scores, compute)


def lay_out(store: Store, embedding: Remembered[Embedding], seed: int) -> NDArray[np.float32]:
    """Place the proteins on a plane, for the eye; ``(N, 2)``."""
    recipe = Recipe("layout", [layout.__module__], None, [embedding.key], seed)
    place = store.folder(
        recipe, lambda folder: np.save(folder / "layout.npy", layout(embedding.value, seed=seed))
    )
    plane: NDArray[np.float32] = np.load(place.value / "layout.npy")
    return plane
