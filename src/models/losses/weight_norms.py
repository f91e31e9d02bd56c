"""Norm penalties: of latents, and of weights."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from .cross_modal_triplet import Reduction, reduced


def length_loss(latents: Tensor, reduction: Reduction) -> Tensor:
    """Return the norms ``||z_i||`` of latents over proteins; best 0.

    Args:
        latents: ``(N, L)``.
        reduction: ``mean`` or ``sum`` over proteins.

    Source: as `contrast_loss`.
    """
    return reduced(latents.norm(dim=1), reduction)


def sparsity_loss(weights: Iterable[Tensor]) -> Tensor:
    """Return the sum of the Frobenius norms of some weights, ``sum_m ||w_m||_F``; best 0.

    Args:
        weights: Matrices, at least one.

    Source: Bao et al., Nat. Biotechnol. 2022, doi:10.1038/s41587-022-01251-z (MUSE).
    """
    return torch.stack([weight.norm() for weight in weights]).sum()
