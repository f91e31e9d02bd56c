"""Keeps latents short."""

from __future__ import annotations

from torch import Tensor

from .fusion_contrast_loss import Reduction, reduced


def length_loss(latents: Tensor, reduction: Reduction) -> Tensor:
    """Return the norms ``||z_i||`` of latents over proteins; best 0.

    Args:
        latents: ``(N, L)``.
        reduction: ``mean`` or ``sum`` over proteins.

    Source: as `contrast_loss`.
    """
    return reduced(latents.norm(dim=1), reduction)
