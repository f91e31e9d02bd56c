"""Projection and classification heads of image objectives."""

from __future__ import annotations

from torch import nn


def projector(dim: int, width: int) -> nn.Module:
    """Build the projection head of contrastive losses: ``(B, dim)`` -> ``(B, width)``.

    The vectors in front of it keep information to which the loss is invariant, and are the better
    embedding.

    Source: Chen et al., ICML 2020, section 4.2, doi:10.48550/arXiv.2002.05709.
    """
    return nn.Sequential(nn.ReLU(), nn.Linear(dim, width))


def expander(dim: int, width: int) -> nn.Module:
    """Build the two-layer expander of VICReg: ``(B, dim)`` -> ``(B, width)``."""
    return nn.Sequential(
        nn.ReLU(), nn.Linear(dim, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width)
    )


def classifier(dim: int, classes: int, dropout: float) -> nn.Module:
    """Build one logit per class: ``(B, dim)`` -> ``(B, classes)``."""
    return nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(dim, classes))
