"""Gated attention pooling (multiple-instance learning), trained with the objective."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

Pooling = Literal["mean", "attention"]
"""Pooling of the crops of a protein."""


class GatedAttention(nn.Module):
    """Computes the attention logit of every vector of a bag.

    With vectors h_k, the logit is ``w . (tanh(V h_k) * sigmoid(U h_k))``, the pooled vector
    ``sum_k softmax(logits)_k h_k``. The order in a bag does not matter, and a bag may have any
    size.

    Args:
        dim: Width of the vectors, >= 1.
        width: Width of the gate, >= 1.

    Source: Ilse, Tomczak & Welling, ICML 2018, eq. 9, doi:10.48550/arXiv.1802.04712.
    """

    def __init__(self, dim: int, width: int = 64) -> None:
        super().__init__()
        self.content = nn.Linear(dim, width)
        self.gate = nn.Linear(dim, width)
        self.weigh = nn.Linear(width, 1, bias=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """Return logits: ``(..., D)`` -> ``(...,)``."""
        gated = torch.tanh(self.content(vectors)) * torch.sigmoid(self.gate(vectors))
        logits: Tensor = self.weigh(gated).squeeze(-1)
        return logits


def attention_of(pooling: Pooling, dim: int) -> GatedAttention | None:
    """Build the attention of a pooling method; None for the mean."""
    return GatedAttention(dim) if pooling == "attention" else None


def bags(values: Tensor, size: int) -> Tensor:
    """Return consecutive values as bags of one size: ``(P K, ..)`` -> ``(P, K, ..)``."""
    return values.reshape(-1, size, *values.shape[1:])


def pooled(vectors: Tensor, attention: GatedAttention | None) -> Tensor:
    """Return one vector per bag: ``(P, K, D)`` -> ``(P, D)``."""
    if attention is None:
        return vectors.mean(dim=1)
    weights: Tensor = attention(vectors).softmax(dim=1)
    return (weights[..., None] * vectors).sum(dim=1)
