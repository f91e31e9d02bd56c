"""Cross-modal triplet loss: align a protein's latents, away from a negative's."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Reduction = Literal["mean", "sum"]


def contrast_loss(
    anchors: Tensor, same: Tensor, others: Tensor, margin: float, reduction: Reduction
) -> Tensor:
    """Return the cross-modal triplet loss over proteins.

    With ``d = 1 - cos`` in 0..2, of each protein ``i``::

        max(0, d(anchor_i, same_i) - d(anchor_i, other_i) + margin)

    Best is 0, chance is the margin. With no protein it is 0.

    Args:
        anchors: ``(N, L)`` latents of one modality.
        same: ``(N, L)`` of the same proteins in another one.
        others: ``(N, L)`` of other proteins there.
        margin: >= 0.
        reduction: ``mean`` or ``sum`` over proteins.

    Source: ProteinProjector of the Cell Mapping Toolkit; Schaffer et al., Nature 2025,
    doi:10.1038/s41586-025-08878-3.
    """
    near = functional.cosine_similarity(anchors, same, dim=1)
    far = functional.cosine_similarity(anchors, others, dim=1)
    return reduced(functional.relu(far - near + margin), reduction)


def reduced(terms: Tensor, reduction: Reduction) -> Tensor:
    """Return the mean or sum of a loss over proteins, ``(N,)``; 0 for none."""
    if reduction == "sum" or not len(terms):
        return terms.sum()
    return torch.mean(terms)
