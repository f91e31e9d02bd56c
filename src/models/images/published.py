"""Image encoders with published weights, read from a file with a checksum."""

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

CHECKPOINT_KEY = "image_encoder.checkpoint"

ON_CPU, ON_GPU = 1, 16
"""Images at a time: more than one of 1,024 px outgrow a processor's caches and take longer."""


@checked
@dataclass(frozen=True)
class PublishedImageEncoder:
    """Embeds images with a pretrained network, without fine-tuning.

    Args:
        network: Builds the network: `HPADenseNet`, `SubCellViT`, or a custom module with their
            methods ``prepare``, ``forward`` and ``weights_of``.
        checkpoint: File of its published weights.
        sha256: Checksum of that file.
        batch_size: Batch size, >= 1; None for `ON_CPU` or `ON_GPU`.
        contract: Images that it needs.

    Raises:
        ConfigError: If the file or its checksum is missing, or `batch_size` is below 1.
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
            DataError: If they do not fit this network.
        """
        network: Any = self.network()
        weights: dict[str, Tensor] = network.weights_of(state)
        fill(network, weights, CHECKPOINT_KEY)
        return weights

    def images_at_once(self, images: ImageSet, *, modality: str, training: Trainer) -> int:
        """Return the batch size."""
        return self.batch_size or (ON_CPU if training.device().type == "cpu" else ON_GPU)

    def embed(
        self, images: ImageSet, weights: Mapping[str, Tensor], *, modality: str, training: Trainer
    ) -> ImageVectors:
        """Embed all images."""
        device = training.device()
        network: Any = self.network()
        fill(network, weights, CHECKPOINT_KEY)
        network = network.eval().to(device, memory_format=torch.channels_last)
        step = self.images_at_once(images, modality=modality, training=training)
        vectors = []
        with torch.inference_mode(), training.autocast(device):
            for start in range(0, len(images.names), step):
                pixels = np.array(images.pixels[start : start + step])  # copied, not memory-mapped
                prepared = network.prepare(torch.from_numpy(pixels).to(device))
                outputs = network(prepared.contiguous(memory_format=torch.channels_last))
                vectors.append(outputs.float().cpu().numpy())
        logits = np.zeros(len(images.names), np.float32)
        return ImageVectors.of(images, np.concatenate(vectors), logits)
