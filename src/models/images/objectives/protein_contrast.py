"""Supervised contrastive learning with protein identity as the label."""

from __future__ import annotations

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor

from ....nodes.ranges import AtLeastOne, NonNegative, Positive, checked
from ...losses.supervised_contrast import supervised_contrastive_loss
from ...training.optimiser import one_cycle
from ..attention import Pooling, attention_of, bags, pooled
from ..backbones.registry import build_backbone
from ..batches import CropBatch
from ..views import normalised, random_views
from .heads import projector


@checked
class ProteinContrast(LightningModule):
    """Contrastive learning of protein identity, without location labels.

    Two images of a protein share its localisation; the vectors become invariant to what differs
    (cells, cell cycle, staining). If a protein has several images, crops of the same image are no
    positives of each other, so that the network cannot succeed by recognising the image.

    Args:
        backbone: Name in `image_backbones.BACKBONES`.
        dim: Width of the vectors, >= 1.
        projection: Width of the projection head, >= 1; not part of the vectors.
        temperature: Temperature of the loss, > 0: the smaller, the more hard negatives count.
        pooling: ``mean``: every crop is compared; ``attention``: two halves of a protein's crops,
            with attention pooling, which later also pools images to proteins.
        learning_rate: Peak learning rate of the one-cycle schedule, > 0.
        weight_decay: Weight decay of AdamW, >= 0.

    Raises:
        ConfigError: If the backbone is unknown or a number out of range.

    Source: Khosla et al., NeurIPS 2020, doi:10.48550/arXiv.2004.11362; protein identity as the
    task: Kobayashi et al., Nat. Methods 19:995 (2022), doi:10.1038/s41592-022-01541-z.
    """

    def __init__(
        self,
        backbone: str = "small",
        dim: AtLeastOne = 128,
        projection: AtLeastOne = 64,
        temperature: Positive = 0.1,
        pooling: Pooling = "mean",
        learning_rate: Positive = 3e-3,
        weight_decay: NonNegative = 1e-3,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.backbone = build_backbone(backbone, dim)
        self.projector = projector(dim, projection)
        self.attention = attention_of(pooling, dim)
        self.temperature = temperature

    def forward(self, crops: Tensor) -> Tensor:
        """Embed raw crops: ``(B, 4, H, W)`` uint8 -> ``(B, dim)``."""
        vectors: Tensor = self.backbone(normalised(crops))
        return vectors

    def _losses(self, batch: CropBatch) -> dict[str, Tensor]:
        vectors = self.backbone(random_views(batch.crops))
        positive, candidate = comparable(batch)
        if self.attention is not None:
            crops = bags(vectors, batch.views)
            # Crops alternate between images, so that the halves have different ones.
            halves = [pooled(crops[:, k::2], self.attention) for k in (0, 1)]
            vectors = torch.stack(halves, dim=1).flatten(0, 1)
            positive, candidate = comparable_halves(batch)
        compared = self.projector(vectors)
        loss = supervised_contrastive_loss(compared, positive, candidate, self.temperature)
        return {"loss": loss}

    def training_step(self, batch: CropBatch, batch_idx: int) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW over one cycle of the learning rate."""
        return one_cycle(self)


def comparable(batch: CropBatch) -> tuple[Tensor, Tensor]:
    """Return positives and candidates: two ``(B, B)`` bool.

    Crops of one image are compared only where a crop's protein has no other image in the batch.
    """
    same_image = batch.images[:, None] == batch.images[None, :]
    itself = torch.eye(len(same_image), dtype=torch.bool, device=same_image.device)
    others = batch.same_protein & ~same_image
    only_image = ~others.any(dim=1, keepdim=True)
    positive = others | (same_image & only_image & ~itself)
    return positive, positive | ~batch.same_protein


def comparable_halves(batch: CropBatch) -> tuple[Tensor, Tensor]:
    """Return the same for two halves of each protein's crops, one after the other."""
    same = batch.same_protein[:: batch.views, :: batch.views]
    same = same.repeat_interleave(2, dim=0).repeat_interleave(2, dim=1)
    bag = torch.arange(len(same), device=same.device) // 2
    itself = torch.eye(len(same), dtype=torch.bool, device=same.device)
    positive = (bag[:, None] == bag) & ~itself
    return positive, positive | ~same
