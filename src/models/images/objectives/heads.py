"""Projection and classification heads of image objectives."""

from __future__ import annotations

from torch import nn


def projector(dim: int, width: int) -> nn.Module:
    """Build the map into the space in which a loss compares: ``(B, dim)`` -> ``(B, width)``.

    The vectors in front of it keep what the loss would have them forget; they are the better
    embedding.

    Source: Chen et al., ICML 2020, section 4.2, doi:10.48550/arXiv.2002.05709.
    """
    return nn.Sequential(nn.ReLU(), nn.Linear(dim, width))


def expander(dim: int, width: int) -> nn.Module:
    """Build two layers into a wide space: ``(B, dim)`` -> ``(B, width)``."""
    return nn.Sequential(
        nn.ReLU(), nn.Linear(dim, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width)
    )


def classifier(dim: int, classes: int, dropout: float) -> nn.Module:
    """Build one logit per class: ``(B, dim)`` -> ``(B, classes)``."""
    return nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(dim, classes))
