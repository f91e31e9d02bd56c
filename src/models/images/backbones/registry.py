"""Registry of image backbones: networks that embed normalised four-channel crops.

The objectives (`ProteinContrast`, `LocationClassifier`, ...) can train any of them. To add one,
write a `torch.nn.Module` built from ``dim`` alone and register it in `BACKBONES`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from ....artifacts import CHANNELS
from ....errors import SettingError
from ....nodes import plugins, targets
from ....nodes.ranges import AtLeastOne, checked
from .vit import VisionTransformer

EPSILON = 1e-4
"""Added to variances, so that the square root of zero has a finite gradient."""


class SmallConvNet(nn.Module):
    """Four strided convolutions that train in about a minute on two CPU cores.

    Every block halves the resolution, so that the receptive field is 31 pixels: at 128 px a field,
    a nucleus and its surroundings. Mean and standard deviation pooling are concatenated: the amount
    of a pattern, and its unevenness. (Mean and maximum pooling, as in networks for large fields,
    had a lower accuracy on simulated locations: .57 against .64.)

    Args:
        dim: Width of the vector, >= 1.
        width: Channels of the first block, >= 1; each later one has twice as many.
    """

    def __init__(self, dim: int, width: int = 16) -> None:
        super().__init__()
        widths = (len(CHANNELS), width, 2 * width, 4 * width, 8 * width)
        blocks = [_block(a, b) for a, b in pairwise(widths)]
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Linear(2 * widths[-1], dim)

    def forward(self, fields: Tensor) -> Tensor:
        """Embed crops: ``(B, 4, H, W)`` -> ``(B, dim)``; H and W of 16 or more."""
        maps = self.blocks(fields.contiguous(memory_format=torch.channels_last))
        spread = (maps.var(dim=(2, 3), correction=0) + EPSILON).sqrt()
        pooled = torch.cat([maps.mean(dim=(2, 3)), spread], dim=1)
        vectors: Tensor = self.head(pooled)
        return vectors


def _block(channels_in: int, channels_out: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(inplace=True),
    )


def densenet121(dim: int) -> nn.Module:
    """Build DenseNet-121 with four input channels: ``(B, 4, H, W)``, 32 or more -> ``(B, dim)``.

    Source: Huang et al., CVPR 2017, doi:10.1109/CVPR.2017.243; built by MONAI.
    """
    from monai.networks.nets.densenet import DenseNet121  # seconds to import

    network: nn.Module = DenseNet121(spatial_dims=2, in_channels=len(CHANNELS), out_channels=dim)
    return network


def efficientnet_b0(dim: int) -> nn.Module:
    """Build EfficientNet-B0 with four input channels: ``(B, 4, H, W)``, 32 or more -> ``(B, dim)``.

    Source: Tan & Le, ICML 2019, doi:10.48550/arXiv.1905.11946; built by MONAI.
    """
    from monai.networks.nets.efficientnet import EfficientNetBN  # seconds to import

    network: nn.Module = EfficientNetBN(
        "efficientnet-b0", pretrained=False, in_channels=len(CHANNELS), num_classes=dim
    )
    return network


def vit_b16(dim: int) -> nn.Module:
    """Build ViT-B/16: 86 million weights, patches of 16 px."""
    return VisionTransformer(dim, width=768, depth=12, heads=12, patch=16)


def vit_tiny(dim: int) -> nn.Module:
    """Build a transformer that trains in minutes on two CPU cores: patches of 8 px."""
    return VisionTransformer(dim, width=96, depth=4, heads=4, patch=8)


BACKBONES: dict[str, Callable[[int], nn.Module]] = {
    "densenet121": densenet121,
    "efficientnet_b0": efficientnet_b0,
    "small": SmallConvNet,
    "vit_b16": vit_b16,
    "vit_tiny": vit_tiny,
}
"""Backbones by the name a config gives them."""


@checked
def build_backbone(name: str, dim: AtLeastOne) -> nn.Module:
    """Build a backbone with random weights.

    Args:
        name: One of `BACKBONES`, or the path of a class in a plug-in, ``my_lab.Tiny``.
        dim: Width of the vector.

    Raises:
        SettingError: If there is no backbone of that name.
    """
    if plugins.is_path(name):
        network: nn.Module = targets.find("backbone", name)(dim=dim)
        return network
    if name not in BACKBONES:
        raise SettingError(
            "backbone",
            f"must be one of {', '.join(sorted(BACKBONES))}, or a class of a plug-in that "
            f"plugins=[..] names, got {name!r}.",
        )
    return BACKBONES[name](dim)
