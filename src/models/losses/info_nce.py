"""InfoNCE: contrastive alignment of two modalities of the same protein."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def alignment_loss(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """Return the symmetric InfoNCE loss between two modalities.

    With cosines ``c_ij`` between latents of protein ``i`` in one modality and ``j`` in the other::

        - mean_i (log softmax_j(c_ij / T)[i] + log softmax_j(c_ji / T)[i]) / 2

    Chance is ``log N``; the least possible is near 0. With no protein it is 0.

    Args:
        first: ``(N, L)`` unit rows; row i is the protein of `second`'s row i.
        second: ``(N, L)`` unit rows.
        temperature: ``T``, > 0.

    Source: van den Oord et al. 2018, arXiv:1807.03748; symmetric: Radford et al., ICML 2021,
    arXiv:2103.00020.
    """
    if not len(first):
        return first.sum() + second.sum()
    cosines = first @ second.T / temperature
    same = torch.arange(len(first), device=first.device)
    forth, back = functional.cross_entropy(cosines, same), functional.cross_entropy(cosines.T, same)
    return (forth + back) / 2
