"""Train/held-out split of images by whole proteins, with all their antibodies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import ImageSet

MIN_PROTEINS = 2
"""Minimum number of held-out proteins: one alone cannot be discriminated from others."""


def held_out_images(images: ImageSet, share: float, seed: int) -> NDArray[np.bool_]:
    """Return ``(I,)``: which images are held out.

    Images that share a protein or an antibody are kept together, so that no protein and no antibody
    is in both sets; an ambiguous antibody links its proteins. Groups are drawn at random, as long
    as no more than the share of the proteins is held out.

    Args:
        images: All images.
        share: Share of the proteins, in [0, 1).
        seed: Seed of the draw.
    """
    group = groups(images)
    proteins: dict[int, set[str]] = {}
    for of, names in zip(group.tolist(), images.proteins, strict=True):
        proteins.setdefault(of, set()).update(names)
    room = int(share * sum(map(len, proteins.values())) + 1e-9)
    chosen = []
    for of in np.random.default_rng(seed).permutation(len(proteins)).tolist():
        if len(proteins[of]) <= room:
            chosen.append(of)
            room -= len(proteins[of])
    if sum(len(proteins[of]) for of in chosen) < MIN_PROTEINS:
        chosen = []
    return np.isin(group, chosen)


def groups(images: ImageSet) -> NDArray[np.int32]:
    """Return ``(I,)``: group of images linked by a protein or an antibody."""
    antibodies = [f"antibody {name}" if name else None for name in images.antibodies]
    ties = [
        (row, tie)
        for row, names in enumerate(images.proteins)
        for tie in (antibodies[row], *(f"protein {name}" for name in names))
        if tie is not None
    ]
    number = {tie: k for k, tie in enumerate(dict.fromkeys(tie for _, tie in ties))}
    rows = np.array([row for row, _ in ties])
    columns = len(images.names) + np.array([number[tie] for _, tie in ties])
    n = len(images.names) + len(number)
    tied = sparse.csr_array((np.ones(len(ties), np.int32), (rows, columns)), shape=(n, n))
    _, group = sparse.csgraph.connected_components(tied, directed=False)
    _, numbered = np.unique(group[: len(images.names)], return_inverse=True)
    return np.asarray(numbered, np.int32)
