"""Cosine reconstruction loss."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def reconstruction_loss(decoded: Tensor, measured: Tensor) -> Tensor:
    """Return the mean over proteins of ``1 - cos(decoded, measured)``, in 0..2.

    Best is 0, chance near 1. With no protein it is 0.

    Args:
        decoded: ``(N, D)``.
        measured: ``(N, D)``.

    Source: cosine reconstruction over every pair of modality in and out, as ProteinProjector of
    the Cell Mapping Toolkit; Schaffer et al., Nature 2025, doi:10.1038/s41586-025-08878-3.
    """
    if not len(decoded):
        return decoded.sum()
    return (1 - functional.cosine_similarity(decoded, measured, dim=1)).mean()
