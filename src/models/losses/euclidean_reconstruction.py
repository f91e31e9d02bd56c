"""Euclidean reconstruction loss: distance between decoded and measured values."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, linalg

Over = Literal["protein", "batch"]


def norm_loss(decoded: Tensor, measured: Tensor, over: Over) -> Tensor:
    """Return the Euclidean distance between decoded and measured values; best 0.

    Over each protein, ``mean_i ||x_i - x^_i||``, as published; or over the batch as one vector,
    ``||x - x^||``, as in the Cell Mapping Toolkit, which grows with the root of the batch size.

    Args:
        decoded: ``(N, D)``, N >= 1.
        measured: ``(N, D)``.
        over: ``protein`` or ``batch``.

    Source: Schaffer et al., Nature 2025, doi:10.1038/s41586-025-08878-3.
    """
    between = decoded - measured
    lengths: Tensor = linalg.norm(between, dim=None if over == "batch" else 1)
    return lengths.mean()
