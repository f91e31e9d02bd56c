"""DenseNet-121 of the winner of the 2018 HPA competition, for its published weights."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from ....errors import DataError
from .registry import densenet121

MEAN = (0.074598, 0.050630, 0.050891, 0.076287)
DEVIATION = (0.122813, 0.085745, 0.129882, 0.119411)
"""Of red, green, blue and yellow in 0..1, over the competition's images."""

FIRST_SIZE, SIZE = 1536, 1024
"""Fields are scaled to the first width, then to the second, in pixels."""

WIDTH, CLASSES = 1024, 28

ALIASES = {
    "conv1.0": "conv0",
    "conv1.1": "norm0",
    "encoder2.0": "denseblock1",
    "encoder3.0": "transition1",
    "encoder3.1": "denseblock2",
    "encoder4.0": "transition2",
    "encoder4.1": "denseblock3",
    "encoder5.0": "transition3",
    "encoder5.1": "denseblock4",
    "encoder5.2": "norm5",
}
"""Alternative names of parts of the backbone in the published file."""


class HPADenseNet(nn.Module):
    """DenseNet-121 over fields of 1024 px, with one more pooling after the stem.

    The path: (x / 255 - mean) / deviation of each channel; 7 x 7 convolution of stride 2, norm,
    ReLU, max-pool of 3 and, added, of 2; four dense blocks; ReLU; global mean and global maximum
    side by side (2,048); norm; linear to 1,024; ReLU; norm. That is the vector; a last linear
    layer gives the logits of 28 locations.

    It was trained on locations of the Human Protein Atlas, so that scoring on those is partly
    circular.

    Source: Ouyang et al., Nat. Methods 16:1254 (2019), doi:10.1038/s41592-019-0658-6.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = densenet121(dim=1).get_submodule("features")
        self.bn1 = nn.BatchNorm1d(2 * WIDTH)
        self.fc1 = nn.Linear(2 * WIDTH, WIDTH)
        self.bn2 = nn.BatchNorm1d(WIDTH)
        self.logit = nn.Linear(WIDTH, CLASSES)

    def prepare(self, fields: Tensor) -> Tensor:
        """Scale raw fields as in training: ``(B, 4, S, S)`` uint8 -> float32."""
        pixels = fields.float()
        for size in (FIRST_SIZE, SIZE):
            if pixels.shape[-1] != size:
                pixels = functional.interpolate(
                    pixels, size=(size, size), mode="bilinear", align_corners=False
                )
        mean, deviation = (
            torch.tensor(values, device=pixels.device)[:, None, None]
            for values in (MEAN, DEVIATION)
        )
        return (pixels / 255 - mean) / deviation

    def forward(self, pixels: Tensor) -> Tensor:
        """Embed prepared fields: ``(B, 4, H, W)`` -> ``(B, 1024)``."""
        maps = pixels
        for name, layer in self.features.named_children():
            maps = layer(maps)
            if name == "pool0":
                maps = functional.max_pool2d(maps, 2, 2)
        maps = functional.relu(maps)
        pooled = torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)
        vectors: Tensor = self.bn2(functional.relu(self.fc1(self.bn1(pooled))))
        return vectors

    def weights_of(self, state: Mapping[str, object]) -> dict[str, Tensor]:
        """Return published weights under the names of this module.

        The file contains the backbone twice, once under the names of torchvision and once under
        those of the forward path, and a classifier that is not used.

        Args:
            state: Content of the file: the weights, or ``{"state_dict": weights, ..}``.

        Raises:
            DataError: If two names of one layer have different weights.
        """
        inner = state.get("state_dict", state)
        weights: dict[str, Tensor] = OrderedDict()
        for given, value in dict(inner).items():  # type: ignore[call-overload]
            name = own_name(given)
            if name is None:
                continue
            if name in weights and not torch.equal(weights[name], value):
                raise DataError(
                    f"image_encoder.checkpoint: '{given}' and another name of the same layer hold "
                    "different weights; the file is damaged."
                )
            weights[name] = value
        for name, value in self.state_dict().items():  # torch 0.4 did not count batches
            if name.endswith("num_batches_tracked"):
                weights.setdefault(name, value)
        return weights


def own_name(given: str) -> str | None:
    """Return this package's name of a published weight; None if it is not used."""
    name = given.removeprefix("module.")
    for alias, layer in ALIASES.items():
        if name.startswith(f"{alias}."):
            name = f"features.{layer}{name.removeprefix(alias)}"
    name = name.removeprefix("backbone.")
    if name.startswith("classifier."):
        return None
    name = re.sub(r"(norm|conv)\.([12])\.", r"\1\2.", name)  # torchvision before 0.2
    return re.sub(r"(denselayer\d+)\.", r"\1.layers.", name)
