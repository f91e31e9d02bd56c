"""Vision transformer for four-channel crops of any size."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ....artifacts import CHANNELS


class VisionTransformer(nn.Module):
    """Vision transformer with mean pooling over patch tokens.

    Position embeddings are fixed sines and cosines, so that crops may have any size; a crop whose
    edge is no multiple of the patch is padded with zeros, the mean of normalised crops.

    Args:
        dim: Width of the vector, >= 1.
        width: Width of the tokens, a multiple of 4 and of `heads`.
        depth: Layers.
        heads: Attention heads.
        patch: Edge of a patch in pixels.

    Source: Dosovitskiy et al., ICLR 2021, doi:10.48550/arXiv.2010.11929; places as in He et al.,
    CVPR 2022, doi:10.1109/CVPR52688.2022.01553.
    """

    def __init__(self, dim: int, *, width: int, depth: int, heads: int, patch: int) -> None:
        super().__init__()
        self.patch, self.width = patch, width
        self.patches = nn.Conv2d(len(CHANNELS), width, patch, stride=patch)
        self.layers = transformer(width, depth, heads)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, dim)

    def forward(self, fields: Tensor) -> Tensor:
        """Embed crops: ``(B, 4, H, W)`` -> ``(B, dim)``."""
        vectors: Tensor = self.head(self.mean_token(fields))
        return vectors

    def mean_token(self, fields: Tensor) -> Tensor:
        """Return the mean of the encoded patches: ``(B, 4, H, W)`` -> ``(B, width)``."""
        return self.encode(self.tokens(fields)).mean(dim=1)

    def tokens(self, fields: Tensor) -> Tensor:
        """Return patch tokens with position embeddings: ``(B, 4, H, W)`` -> ``(B, K, width)``."""
        maps = self.patches(self.padded(fields))
        where = places(maps.shape[2], maps.shape[3], self.width).to(maps)
        tokens: Tensor = maps.flatten(2).transpose(1, 2) + where
        return tokens

    def encode(self, tokens: Tensor) -> Tensor:
        """Apply the transformer layers: ``(B, K, width)`` -> the same."""
        encoded: Tensor = self.norm(self.layers(tokens))
        return encoded

    def padded(self, fields: Tensor) -> Tensor:
        """Return crops whose edges are multiples of the patch."""
        down, right = (-fields.shape[2] % self.patch, -fields.shape[3] % self.patch)
        return functional.pad(fields, (0, right, 0, down))


def transformer(width: int, depth: int, heads: int, eps: float = 1e-6) -> nn.Sequential:
    """Build pre-norm transformer layers with a four times wider MLP: ``(B, K, width)``."""
    return nn.Sequential(
        *(
            nn.TransformerEncoderLayer(
                width,
                heads,
                4 * width,
                dropout=0.0,
                activation="gelu",
                layer_norm_eps=eps,
                batch_first=True,
                norm_first=True,
            )
            for _ in range(depth)
        )
    )


def places(rows: int, columns: int, width: int) -> Tensor:
    """Return ``(rows * columns, width)`` sines and cosines of row and column."""
    rates = 1 / 10000 ** (torch.arange(width // 4, dtype=torch.float64) / (width // 4))
    row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    angles = [axis.flatten()[:, None] * rates for axis in (row, column)]
    waves = [wave for angle in angles for wave in (angle.sin(), angle.cos())]
    return torch.cat(waves, dim=1).float()
