"""Masked-patch reconstruction loss: squared error of patch-normalised pixels."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

EPSILON = 1e-2
"""Added to a patch's variance (that of a whole channel is 1): empty patches stay near zero."""


def masked_loss(painted: Tensor, pixels: Tensor) -> Tensor:
    """Return the mean squared error of reconstructed patches.

    Each patch is standardised first, so that structure counts and brightness does not. Best value
    0; predicting the mean of a patch gives at most 1.

    Args:
        painted: ``(B, K, P)``: reconstructions of ``K`` masked patches.
        pixels: ``(B, K, P)``: their true pixels.

    Returns:
        A scalar, >= 0.

    Source: He et al., CVPR 2022, section 3, doi:10.1109/CVPR52688.2022.01553.
    """
    centred = pixels - pixels.mean(dim=-1, keepdim=True)
    spread = (centred.square().mean(dim=-1, keepdim=True) + EPSILON).sqrt()
    return functional.mse_loss(painted, centred / spread)
