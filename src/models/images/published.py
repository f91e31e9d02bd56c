"""Image encoders with published weights, read from a file whose checksum is stated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ...artifacts import AS_READ, ImageContract, ImageSet, ImageVectors
from ...contracts import Trainer, WeightsFrom
from ...errors import SettingError
from ...nodes.ranges import AtLeastOne, checked
from ..training.checkpoint import check_stated, fill

KEY = "image_encoder.checkpoint"

ON_CPU, ON_GPU = 1, 16
"""Images at a time: more than one of 1,024 px outgrow a processor's caches and take longer."""


@checked
@dataclass(frozen=True)
class PublishedImageEncoder:
    """Embeds images with a network that somebody else has trained; it is not trained further.

    Args:
        network: Builds the network: `HPADenseNet`, `SubCellViT`, or a module of the lab's own with
            their methods ``prepare``, ``forward`` and ``weights_of``.
        checkpoint: File of its published weights.
        sha256: Checksum of that file.
        batch_size: Images that go through together, >= 1; None for `ON_CPU` or `ON_GPU`.
        contract: Which images it is given.

    Raises:
        ConfigError: If no file or no checksum is stated, or `batch_size` is below 1.
    """

    weights_from: ClassVar[WeightsFrom] = "file"

    network: Callable[[], nn.Module]
    checkpoint: str | None = None
    sha256: str | None = None
    batch_size: AtLeastOne | None = None
    contract: ImageContract = AS_READ

    def __post_init__(self) -> None:
        check_stated(self.checkpoint, self.sha256)
        if self.checkpoint is None:
            raise SettingError(
                "checkpoint",
                "must name the file of the published weights, and sha256 its checksum; they are "
                "not part of this package.",
            )

    def weights_of(self, state: Mapping[str, object]) -> dict[str, Tensor]:
        """Return published weights under the names of the network.

        Raises:
            DataError: If they are not those of this network.
        """
        network: Any = self.network()
        weights: dict[str, Tensor] = network.weights_of(state)
        fill(network, weights, KEY)
        return weights

    def images_at_once(self, images: ImageSet, *, modality: str, training: Trainer) -> int:
        """Return how many images go through the network together."""
        return self.batch_size or (ON_CPU if training.device().type == "cpu" else ON_GPU)

    def embed(
        self, images: ImageSet, weights: Mapping[str, Tensor], *, modality: str, training: Trainer
    ) -> ImageVectors:
        """Embed all images."""
        device = training.device()
        network: Any = self.network()
        fill(network, weights, KEY)
        network = network.eval().to(device, memory_format=torch.channels_last)
        step = self.images_at_once(images, modality=modality, training=training)
        vectors = []
        with torch.inference_mode(), training.autocast(device):
            for start in range(0, len(images.names), step):
                pixels = np.array(images.pixels[start : start + step])  # read, not mapped
                prepared = network.prepare(torch.from_numpy(pixels).to(device))
                found = network(prepared.contiguous(memory_format=torch.channels_last))
                vectors.append(found.float().cpu().numpy())
        logits = np.zeros(len(images.names), np.float32)
        return ImageVectors.of(images, np.concatenate(vectors), logits)
