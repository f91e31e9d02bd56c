"""VICReg loss: invariance, variance and covariance terms."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

INVARIANCE, VARIANCE, COVARIANCE = 25.0, 25.0, 1.0
"""Published weights of the three terms."""

EPSILON = 1e-4
"""Added to variances, as published."""


def vicreg_loss(first: Tensor, second: Tensor) -> dict[str, Tensor]:
    """Return the weighted sum of three terms as ``loss``, and the terms.

    With Z and Z' the two views, D their width, and C(Z) the covariance over the batch::

        invariance = mean (Z - Z')^2
        variance   = mean_d max(0, 1 - sqrt(Var(Z_d) + eps)), the mean of both views' sum
        covariance = sum_{d != e} C(Z)_de^2 / D, summed over both views
        loss       = 25 invariance + 25 variance + covariance

    Best value 0; vectors that are all the same have 25 (1 - sqrt(eps)).

    Args:
        first: ``(B, D)``, B >= 2.
        second: ``(B, D)``: another view of each.

    Returns:
        Scalars ``loss``, ``invariance``, ``variance``, ``covariance``, >= 0.

    Source: Bardes, Ponce & LeCun, ICLR 2022, eq. 1-6, doi:10.48550/arXiv.2105.04906.
    """
    invariance = functional.mse_loss(first, second)
    variance = (_hinge(first) + _hinge(second)) / 2
    covariance = _off_diagonal(first) + _off_diagonal(second)
    loss = INVARIANCE * invariance + VARIANCE * variance + COVARIANCE * covariance
    return {
        "loss": loss,
        "invariance": invariance.detach(),
        "variance": variance.detach(),
        "covariance": covariance.detach(),
    }


def _hinge(vectors: Tensor) -> Tensor:
    return functional.relu(1 - (vectors.var(dim=0) + EPSILON).sqrt()).mean()


def _off_diagonal(vectors: Tensor) -> Tensor:
    squares = torch.cov(vectors.T).square()
    return (squares.sum() - squares.diagonal().sum()) / vectors.shape[1]
