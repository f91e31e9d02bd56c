"""Image preprocessing: normalisation, augmentation and tiling of crops."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

Grey = TypeVar("Grey", bound=np.unsignedinteger)

FLOOR = 4.0
"""Minimum standard deviation, in grey levels of 0..255, that a channel is divided by, so that the
noise of an empty channel (camera and JPEG: 1-3 levels) is not amplified to look like staining."""

SMALLEST_PART = 0.5
"""Minimum edge of a zoomed crop relative to the whole: a nucleus still fits."""

GAIN = 0.1
OFFSET = 0.05
"""Standard deviations of the log gain and of the offset (in units of a channel's own standard
deviation) of random views: the spread of staining that is left after `normalised`."""


def normalised(crops: Tensor) -> Tensor:
    """Centre and scale every channel of every crop: ``(B, 4, H, W)`` uint8 -> float32.

    Staining strength and exposure differ by antibody and plate and carry no information on
    localisation; per-crop standardisation removes them, fixed statistics of a training set would
    not.
    """
    pixels = crops.float()
    centred = pixels - pixels.mean(dim=(2, 3), keepdim=True)
    spread = centred.square().mean(dim=(2, 3), keepdim=True).sqrt()
    return centred / spread.clamp(min=FLOOR)


def turned(crops: Tensor) -> Tensor:
    """Rotate and flip square crops at random: a cell has no up and no handedness.

    Draws from torch's global generator, on the crops' device.

    Args:
        crops: ``(B, 4, H, H)``, of any type.

    Returns:
        The same shape and type; each of the eight orientations is equally likely.
    """
    chosen = torch.rand(3, len(crops), 1, 1, 1, device=crops.device) < 0.5
    crops = torch.where(chosen[0], crops.flip(2), crops)
    crops = torch.where(chosen[1], crops.flip(3), crops)
    return torch.where(chosen[2], crops.transpose(2, 3), crops)


def restained(crops: Tensor) -> Tensor:
    """Give every channel of normalised crops a random gain and offset: ``(B, 4, H, W)``.

    They mimic variation of staining and exposure that remains after normalisation. Draws from
    torch's global generator, on the crops' device.
    """
    shape = (*crops.shape[:2], 1, 1)
    gain = torch.exp(GAIN * torch.randn(shape, device=crops.device))
    return crops * gain + OFFSET * torch.randn(shape, device=crops.device)


def zoomed(crops: Tensor) -> Tensor:
    """Random resized crop, of at least half the edge: ``(B, 4, H, H)``.

    Draws from torch's global generator, on the crops' device.
    """
    n, device = len(crops), crops.device
    scale = SMALLEST_PART + (1 - SMALLEST_PART) * torch.rand(n, 1, device=device)
    centre = (1 - scale) * (2 * torch.rand(n, 2, device=device) - 1)
    affine = torch.diag_embed(scale.expand(n, 2))
    grid = functional.affine_grid(
        torch.cat([affine, centre[..., None]], dim=2), list(crops.shape), align_corners=False
    )
    return functional.grid_sample(crops, grid, padding_mode="reflection", align_corners=False)


def random_views(crops: Tensor) -> Tensor:
    """Return randomly augmented, normalised crops for training.

    Args:
        crops: ``(B, 4, H, H)`` uint8.

    Returns:
        ``(B, 4, H, H)`` float32.
    """
    return restained(normalised(turned(crops)))


def tiles(fields: NDArray[Grey], crop: int) -> NDArray[Grey]:
    """Cover fields with the fewest evenly spaced crops, overlapping if necessary.

    Args:
        fields: ``(I, 4, S, S)``.
        crop: Edge of a tile in pixels, <= S.

    Returns:
        ``(I, K, 4, crop, crop)``.
    """
    size = fields.shape[-1]
    starts = np.linspace(0, size - crop, -(-size // crop)).round().astype(int)
    return np.stack(
        [fields[:, :, y : y + crop, x : x + crop] for y in starts for x in starts], axis=1
    )
