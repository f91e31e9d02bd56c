"""Multi-label location loss: every location of a protein is one yes-or-no question."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def location_loss(logits: Tensor, locations: Tensor) -> Tensor:
    """Return the binary cross-entropy, averaged over crops and locations.

    For a logit x and a label y in {0, 1}: ``-y log s(x) - (1 - y) log(1 - s(x))`` with the
    logistic function s. Best value 0; a network that only knows how frequent each location is
    gets the mean entropy of those frequencies.

    Args:
        logits: ``(B, T)``, one per location.
        locations: ``(B, T)`` bool: where the protein is.

    Returns:
        A scalar, >= 0.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.90.
    """
    return functional.binary_cross_entropy_with_logits(logits, locations.to(logits.dtype))
