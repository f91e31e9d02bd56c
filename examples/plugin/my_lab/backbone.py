"""A small convolutional network over four-channel images."""

import torch
from torch import nn

CHANNELS = 4
"""Red, yellow, blue and green of an ``ImageContract``."""


class Tiny(nn.Module):
    """Two strided convolutions and the mean over all positions.

    Args:
        dim: Width of the vector; all that a backbone is given.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(CHANNELS, 16, 5, stride=4),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2),
            nn.ReLU(),
        )
        self.head = nn.Linear(32, dim)

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """Embed images: ``(B, 4, H, W)`` -> ``(B, dim)``."""
        return self.head(self.body(crops).mean(dim=(2, 3)))
