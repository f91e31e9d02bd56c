"""SimCLR: contrastive learning of augmented views of the same image."""

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
    """SimCLR on images alone, without protein or location labels.

    Every crop has two views with random rotation, zoom and staining; all views of crops of one
    image are positives (NT-Xent with any number of positives).

    Args:
        backbone: Name in `image_backbones.BACKBONES`.
        dim: Width of the vectors, >= 1.
        projection: Width of the projection head, >= 1; not part of the vectors.
        temperature: Temperature of the loss, > 0.
        learning_rate: Peak learning rate of the one-cycle schedule, > 0.
        weight_decay: Weight decay of AdamW, >= 0.

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
