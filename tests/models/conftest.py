"""Modalities of proteins whose complexes are known, and how well an embedding finds them."""

from collections.abc import Callable

import numpy as np
import pytest

from cytoweave.artifacts import Embedding

_Views = dict[str, Embedding]


@pytest.fixture
def views() -> Callable[..., _Views]:
    """Draw modalities of 240 proteins, ``P000`` on; every 12 in a row are a complex."""

    def draw(noise: float = 0.6, modalities: tuple[str, ...] = ("ppi", "image")) -> _Views:
        random = np.random.default_rng(0)
        centres = random.normal(size=(20, 16))[np.arange(240) // 12]
        names = [f"P{k:03d}" for k in range(240)]
        return {
            name: Embedding.of_modality(
                name,
                names,
                (centres + noise * random.normal(size=(240, 16)))
                @ random.normal(size=(16, 32 + 8 * k)),
            )
            for k, name in enumerate(modalities)
        }

    return draw


@pytest.fixture
def nearest_share_complex() -> Callable[[Embedding, list[str]], float]:
    """Share of the asked proteins whose nearest protein is of their complex; chance 11/239."""

    def share(embedding: Embedding, requested: list[str]) -> float:
        unit = embedding.vectors / np.linalg.norm(embedding.vectors, axis=1, keepdims=True)
        cosines = unit @ unit.T
        np.fill_diagonal(cosines, -1)
        complexes = np.array([int(name[1:]) // 12 for name in embedding.proteins])
        rows = [embedding.proteins.index(name) for name in requested]
        return float(np.mean(complexes[cosines.argmax(axis=1)[rows]] == complexes[rows]))

    return share
