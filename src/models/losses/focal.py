"""Multi-label binary cross-entropy and focal loss of locations."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

FOCUS = 2.0
"""Exponent of the published loss."""


def location_loss(logits: Tensor, locations: Tensor) -> Tensor:
    """Return the binary cross-entropy, averaged over crops and locations.

    For a logit x and a label y in {0, 1}: ``-y log s(x) - (1 - y) log(1 - s(x))`` with the
    logistic function s. Best value 0; a network that predicts the frequency of each location has
    the mean entropy of those frequencies.

    Args:
        logits: ``(B, T)``, one per location.
        locations: ``(B, T)`` bool: where the protein is.

    Returns:
        A scalar, >= 0.

    Source: Bishop, Pattern Recognition and Machine Learning (2006), eq. 4.90.
    """
    return functional.binary_cross_entropy_with_logits(logits, locations.to(logits.dtype))


def focal_loss(logits: Tensor, locations: Tensor, focus: float = FOCUS) -> Tensor:
    """Return the focal cross-entropy, averaged over crops and locations.

    With p the predicted probability of the true label (s(x) for a location the protein has,
    1 - s(x) for another): ``-(1 - p)^focus log p``. With `focus` 0 it is the binary cross-entropy.
    Most labels are easy negatives (a protein has two of thirty locations); the loss gives rare and
    hard ones more weight. Best value 0.

    Args:
        logits: ``(B, T)``, one per location.
        locations: ``(B, T)`` bool: where the protein is.
        focus: >= 0.

    Returns:
        A scalar, >= 0.

    Source: Lin et al., ICCV 2017, eq. 4, doi:10.1109/ICCV.2017.324.
    """
    entropy = functional.binary_cross_entropy_with_logits(
        logits, locations.to(logits.dtype), reduction="none"
    )
    return (-(-entropy).expm1()).pow(focus).mul(entropy).mean()
