"""Keeps the first weights out of a shared latent small."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


def sparsity_loss(weights: Iterable[Tensor]) -> Tensor:
    """Return the sum of the Frobenius norms of some weights, ``sum_m ||w_m||_F``; best 0.

    Args:
        weights: Matrices, at least one.

    Source: Bao et al., Nat. Biotechnol. 2022, doi:10.1038/s41587-022-01251-z (MUSE).
    """
    return torch.stack([weight.norm() for weight in weights]).sum()
