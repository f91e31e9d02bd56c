"""Objective that knows nothing of proteins: two views of one image are alike."""

from __future__ import annotations

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor

from ....nodes.ranges import AtLeastOne, NonNegative, Positive, checked
from ...losses.supervised_contrast import image_contrast_loss
from ...training.optimiser import one_cycle
from ..backbones.registry import build_backbone
from ..batches import CropBatch
from ..views import normalised, random_views, zoomed
from .heads import projector


@checked
class ImageContrast(LightningModule):
    """Learns from images alone: views of one image are alike, those of other images are not.

    Every crop is seen in two ways, turned, zoomed and stained at random; all views of crops of one
    image should be near (NT-Xent, with as many positives as there are).

    Args:
        backbone: Name in `image_backbones.BACKBONES`.
        dim: Width of the vectors, >= 1.
        projection: Width of the space in which the loss compares, >= 1; not part of the vectors.
        temperature: Of the loss, > 0.
        learning_rate: Peak of one cycle, > 0.
        weight_decay: Of AdamW, >= 0.

    Raises:
        ConfigError: If the backbone is unknown or a number out of range.

    Source: Chen et al. (SimCLR), ICML 2020, doi:10.48550/arXiv.2002.05709.
    """

    def __init__(
        self,
        backbone: str = "small",
        dim: AtLeastOne = 128,
        projection: AtLeastOne = 64,
        temperature: Positive = 0.2,
        learning_rate: Positive = 3e-3,
        weight_decay: NonNegative = 1e-3,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.backbone = build_backbone(backbone, dim)
        self.projector = projector(dim, projection)
        self.temperature = temperature

    def forward(self, crops: Tensor) -> Tensor:
        """Embed raw crops: ``(B, 4, H, W)`` uint8 -> ``(B, dim)``."""
        vectors: Tensor = self.backbone(normalised(crops))
        return vectors

    def _losses(self, batch: CropBatch) -> dict[str, Tensor]:
        views = torch.cat([zoomed(random_views(batch.crops)) for _ in range(2)])
        vectors = self.projector(self.backbone(views))
        return {"loss": image_contrast_loss(vectors, batch.images.repeat(2), self.temperature)}

    def training_step(self, batch: CropBatch, batch_idx: int) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW over one cycle of the learning rate."""
        return one_cycle(self)
