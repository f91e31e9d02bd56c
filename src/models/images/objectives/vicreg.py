"""VICReg: self-supervised learning of augmented views, without negatives."""

from __future__ import annotations

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor

from ....nodes.ranges import AtLeastOne, NonNegative, Positive, checked
from ...losses.vicreg import vicreg_loss
from ...training.optimiser import one_cycle
from ..backbones.registry import build_backbone
from ..batches import CropBatch
from ..views import normalised, random_views, zoomed
from .heads import expander


@checked
class ImageVICReg(LightningModule):
    """VICReg on images alone: invariance of views, variance and decorrelation of dimensions.

    Without negatives, so that two images of one protein are not pushed apart.

    Args:
        backbone: Name in `image_backbones.BACKBONES`.
        dim: Width of the vectors, >= 1.
        expansion: Width of the expander, >= 1; not part of the vectors.
        learning_rate: Peak learning rate of the one-cycle schedule, > 0.
        weight_decay: Weight decay of AdamW, >= 0.

    Raises:
        ConfigError: If the backbone is unknown or a number out of range.

    Source: Bardes, Ponce & LeCun, ICLR 2022, doi:10.48550/arXiv.2105.04906.
    """

    def __init__(
        self,
        backbone: str = "small",
        dim: AtLeastOne = 128,
        expansion: AtLeastOne = 256,
        learning_rate: Positive = 3e-3,
        weight_decay: NonNegative = 1e-3,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.backbone = build_backbone(backbone, dim)
        self.expander = expander(dim, expansion)

    def forward(self, crops: Tensor) -> Tensor:
        """Embed raw crops: ``(B, 4, H, W)`` uint8 -> ``(B, dim)``."""
        vectors: Tensor = self.backbone(normalised(crops))
        return vectors

    def _losses(self, batch: CropBatch) -> dict[str, Tensor]:
        other = another_crop(batch.images)
        views = [zoomed(random_views(batch.crops[rows])) for rows in (slice(None), other)]
        first, second = self.expander(self.backbone(torch.cat(views))).chunk(2)
        return vicreg_loss(first, second)

    def training_step(self, batch: CropBatch, batch_idx: int) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW over one cycle of the learning rate."""
        return one_cycle(self)


def another_crop(images: Tensor) -> Tensor:
    """Return the index of another crop of each crop's image, or its own if it is the only one."""
    n = len(images)
    same = images[:, None] == images
    steps = torch.arange(n, device=images.device) - torch.arange(n, device=images.device)[:, None]
    ahead = torch.where(same, (steps - 1) % n, n)
    return ahead.argmin(dim=1)
