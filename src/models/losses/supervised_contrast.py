"""Supervised contrastive loss and NT-Xent, with any number of positives."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def supervised_contrastive_loss(
    vectors: Tensor, positive: Tensor, candidate: Tensor, temperature: float
) -> Tensor:
    """Return the mean negative log share of an anchor's positives among its candidates.

    With unit vectors z, the positives P(i) and candidates A(i) of an anchor i, s_ij = z_i.z_j / t
    and temperature t::

        L = mean_i  -1/|P(i)|  sum_{p in P(i)}  log( exp(s_ip) / sum_{a in A(i)} exp(s_ia) )

    over the anchors that have a positive. With one positive each, the other view of the same
    image, this is NT-Xent of SimCLR. Best value: mean log |P(i)| as t goes to 0 (0 for single
    positives); for uninformative vectors, mean log |A(i)|.

    Args:
        vectors: ``(B, D)``, of any length; they are normalised here.
        positive: ``(B, B)`` bool: positives of each anchor, without itself.
        candidate: ``(B, B)`` bool: positives and negatives of each anchor.
        temperature: t, > 0.

    Returns:
        A scalar, >= 0; 0 if no anchor has a positive.

    Source: Khosla et al., NeurIPS 2020, eq. 2, doi:10.48550/arXiv.2004.11362; Chen et al.,
    ICML 2020 (NT-Xent), doi:10.48550/arXiv.2002.05709.
    """
    unit = functional.normalize(vectors, dim=1)
    similarity = unit @ unit.T / temperature
    log_total = similarity.masked_fill(~candidate, float("-inf")).logsumexp(dim=1)
    positives = positive.sum(dim=1)
    anchors = positives > 0
    mean_positive = (similarity * positive).sum(dim=1)[anchors] / positives[anchors]
    return (log_total[anchors] - mean_positive).sum() / anchors.sum().clamp(min=1)


def image_contrast_loss(vectors: Tensor, images: Tensor, temperature: float) -> Tensor:
    """Return `supervised_contrastive_loss` between views of one image and those of all others.

    Args:
        vectors: ``(B, D)``, of any length.
        images: ``(B,)``: which image a vector is a view of.
        temperature: > 0.
    """
    itself = torch.eye(len(images), dtype=torch.bool, device=images.device)
    positive = (images[:, None] == images) & ~itself
    return supervised_contrastive_loss(vectors, positive, ~itself, temperature)
