"""Embedding of whole images by a trained network, tile by tile."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ...artifacts import Floats
from .attention import GatedAttention
from .views import tiles

TILES_AT_ONCE = 128
"""Batch size of tiles, about 100 MB at 64 px: as fast as larger ones, also for large fields."""


def embed_images(
    module: nn.Module,
    pixels: NDArray[np.uint8],
    crop: int,
    autocast: AbstractContextManager[object] | None = None,
) -> tuple[Floats, Floats]:
    """Embed whole images: mean or attention pooling over the tiles that cover each.

    Args:
        module: A trained module in evaluation mode; its ``attention``, if any, weights tiles and
            images.
        pixels: ``(I, 4, S, S)``, may be mapped from disk.
        crop: Edge of a tile in pixels, <= S.
        autocast: Mixed-precision context; None for the precision of the weights.

    Returns:
        ``(I, D)`` float32 vectors, and ``(I,)`` attention logits of the images.
    """
    attention = getattr(module, "attention", None)
    device = next(module.parameters()).device
    vectors, logits = [], []
    step = images_at_once(pixels, crop)
    with torch.inference_mode(), autocast or nullcontext():
        for start in range(0, len(pixels), step):
            cover = tiles(pixels[start : start + step], crop)
            parts = torch.split(torch.from_numpy(cover).flatten(0, 1), TILES_AT_ONCE)
            outputs = torch.cat([module(part.to(device)) for part in parts]).float()
            pooled, mass = _pooled(outputs.reshape(*cover.shape[:2], -1), attention)
            vectors.append(pooled.cpu().numpy())
            logits.append(mass.cpu().numpy())
    return np.concatenate(vectors), np.concatenate(logits)


def images_at_once(pixels: NDArray[np.uint8], crop: int) -> int:
    """Return the batch size of `embed_images`."""
    return max(1, int(TILES_AT_ONCE // tiles(pixels[:1], crop).shape[1]))


def _pooled(vectors: Tensor, attention: GatedAttention | None) -> tuple[Tensor, Tensor]:
    """Pool the tiles of images: ``(I, K, D)`` -> ``(I, D)`` and the log-sum-exp ``(I,)``."""
    if attention is None:
        return vectors.mean(dim=1), vectors.new_zeros(len(vectors))
    logits = attention(vectors)
    return (logits.softmax(dim=1)[..., None] * vectors).sum(dim=1), logits.logsumexp(dim=1)
