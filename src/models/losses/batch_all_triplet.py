"""Batch-all triplet loss on clusters."""

from __future__ import annotations

import torch
from torch import Tensor


def triplet_loss(latents: Tensor, clusters: Tensor, margin: float) -> Tensor:
    """Return the batch-all triplet loss on cosine distances ``d_ij = 1 - z_i . z_j``.

    Over all triplets of an anchor ``i``, another protein ``p`` of its cluster and a protein ``n``
    of another one, the mean of those ::

        max(0, d_ip - d_in + margin)

    that are above 0. Best is 0; also 0 without any triplet.

    Args:
        latents: ``(N, L)`` unit rows. Memory grows with `N` times the pairs of one cluster.
        clusters: ``(N,)``.
        margin: >= 0.

    Source: Hermans et al. 2017, arXiv:1703.07737; on latents of two modalities: Bao et al.,
    Nat. Biotechnol. 2022, doi:10.1038/s41587-022-01251-z (MUSE).
    """
    distances = 1 - latents @ latents.T
    alike = clusters[:, None] == clusters
    anchors, positives = torch.nonzero(alike.clone().fill_diagonal_(False), as_tuple=True)
    excess = distances[anchors, positives, None] - distances[anchors] + margin
    active = ~alike[anchors] & (excess > 0)
    return excess[active].sum() / active.sum().clamp_min(1)
