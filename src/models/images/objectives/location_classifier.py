"""Multi-label classification of locations, as supervised objective of image encoders."""

from __future__ import annotations

from typing import Literal

from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor

from ....nodes.ranges import AtLeastOne, NonNegative, Positive, UnitBelowOne, checked
from ...losses.focal import focal_loss, location_loss
from ...training.optimiser import one_cycle
from ..attention import Pooling, attention_of, bags, pooled
from ..backbones.registry import build_backbone
from ..batches import CropBatch
from ..views import normalised, random_views
from .heads import classifier

Loss = Literal["bce", "focal"]

LOSSES = {"bce": location_loss, "focal": focal_loss}
"""Losses of multi-label classification by the name a config gives them."""


@checked
class LocationClassifier(LightningModule):
    """Multi-label classifier of protein locations.

    A protein may have several. Evaluating such an encoder on its training labels is circular;
    only held-out proteins count.

    Args:
        locations: Number of locations, >= 1.
        backbone: Name in `image_backbones.BACKBONES`.
        dim: Width of the vectors, >= 1.
        loss: ``bce``: binary cross-entropy; ``focal``: well-classified examples count less.
        dropout: Dropout rate before the classifier, in [0, 1).
        pooling: ``mean``: every crop is classified; ``attention``: the crops of a protein
            together, with attention pooling, which later also pools images to proteins.
        learning_rate: Peak learning rate of the one-cycle schedule, > 0.
        weight_decay: Weight decay of AdamW, >= 0.

    Raises:
        ConfigError: If the backbone or the loss is unknown, or a number out of range.

    Source: Ouyang et al., Nat. Methods 16:1254 (2019), doi:10.1038/s41592-019-0658-6.
    """

    def __init__(
        self,
        locations: AtLeastOne,
        backbone: str = "small",
        dim: AtLeastOne = 128,
        loss: Loss = "bce",
        dropout: UnitBelowOne = 0.2,
        pooling: Pooling = "mean",
        learning_rate: Positive = 3e-3,
        weight_decay: NonNegative = 1e-3,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.backbone = build_backbone(backbone, dim)
        self.classifier = classifier(dim, locations, dropout)
        self.attention = attention_of(pooling, dim)
        self.loss = LOSSES[loss]

    def forward(self, crops: Tensor) -> Tensor:
        """Embed raw crops: ``(B, 4, H, W)`` uint8 -> ``(B, dim)``."""
        vectors: Tensor = self.backbone(normalised(crops))
        return vectors

    def _losses(self, batch: CropBatch) -> dict[str, Tensor]:
        vectors, locations = self.backbone(random_views(batch.crops)), batch.locations
        if self.attention is not None:
            vectors = pooled(bags(vectors, batch.views), self.attention)
            locations = bags(locations, batch.views).all(dim=1)
        return {"loss": self.loss(self.classifier(vectors), locations)}

    def training_step(self, batch: CropBatch, batch_idx: int) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW over one cycle of the learning rate."""
        return one_cycle(self)
