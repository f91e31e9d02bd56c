"""Objectives that train an image backbone: telling proteins apart, and naming their locations.

An objective is a LightningModule over any backbone of `image_backbones`. Its `forward` turns raw
crops into vectors; what else it needs for its loss (a projection, a classifier) is a head of its
own. One that learns from labels takes the argument `locations`, their number.
"""

from __future__ import annotations

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from ..errors import ConfigError
from .image_backbones import build_backbone
from .image_batches import CropBatch
from .image_contrast_loss import supervised_contrastive_loss
from .image_location_loss import location_loss
from .image_views import normalised, random_views


class ProteinContrast(LightningModule):
    """Learns without labels: images of one protein look alike, those of others do not.

    What two images of a protein have in common is where it sits in the cell; what they do not
    share (the cells at hand, their cycle, the staining) is ignored. Where the images of a protein
    are several, crops of one and the same image are not compared with each other, so that the
    network cannot win by recognising the image.

    Args:
        backbone: Name in `image_backbones.BACKBONES`.
        dim: Width of the vectors, >= 1.
        projection: Width of the space in which the loss compares, >= 1; not part of the vectors.
        temperature: Of the loss, > 0: the smaller, the more the nearest wrong protein counts.
        learning_rate: Peak of one cycle, > 0.
        weight_decay: Of AdamW, >= 0.

    Raises:
        ConfigError: If the backbone is unknown or a number out of range.

    Source: Khosla et al., NeurIPS 2020, doi:10.48550/arXiv.2004.11362; protein identity as the
    task: Kobayashi et al., Nat. Methods 19:995 (2022), doi:10.1038/s41592-022-01541-z.
    """

    def __init__(
        self,
        backbone: str = "small",
        dim: int = 128,
        projection: int = 64,
        temperature: float = 0.1,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-3,
    ) -> None:
        _check(projection > 0, "projection", "above 0", projection)
        _check(temperature > 0, "temperature", "above 0", temperature)
        _check_optimiser(learning_rate, weight_decay)
        super().__init__()
        self.save_hyperparameters()
        self.backbone = build_backbone(backbone, dim)
        self.projector = nn.Sequential(nn.ReLU(), nn.Linear(dim, projection))
        self.temperature = temperature

    def forward(self, crops: Tensor) -> Tensor:
        """Embed raw crops: ``(B, 4, H, W)`` uint8 -> ``(B, dim)``."""
        vectors: Tensor = self.backbone(normalised(crops))
        return vectors

    def _losses(self, batch: CropBatch) -> dict[str, Tensor]:
        vectors = self.projector(self.backbone(random_views(batch.crops)))
        positive, candidate = comparable(batch)
        return {"loss": supervised_contrastive_loss(vectors, positive, candidate, self.temperature)}

    def training_step(self, batch: CropBatch, batch_idx: int) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW over one cycle of the learning rate."""
        return _one_cycle(self)


class LocationClassifier(LightningModule):
    """Learns from labels: which locations, of a given list, a protein has.

    A protein may have several. Scoring such an encoder on the labels it was trained on is
    circular; only proteins held out of them count.

    Args:
        locations: Number of locations, >= 1.
        backbone: Name in `image_backbones.BACKBONES`.
        dim: Width of the vectors, >= 1.
        dropout: Share of the vector that is left out before the classifier, in [0, 1).
        learning_rate: Peak of one cycle, > 0.
        weight_decay: Of AdamW, >= 0.

    Raises:
        ConfigError: If the backbone is unknown or a number out of range.

    Source: Ouyang et al., Nat. Methods 16:1254 (2019), doi:10.1038/s41592-019-0658-6.
    """

    def __init__(
        self,
        locations: int,
        backbone: str = "small",
        dim: int = 128,
        dropout: float = 0.2,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-3,
    ) -> None:
        _check(locations > 0, "locations", "above 0", locations)
        _check(0 <= dropout < 1, "dropout", "at least 0 and below 1", dropout)
        _check_optimiser(learning_rate, weight_decay)
        super().__init__()
        self.save_hyperparameters()
        self.backbone = build_backbone(backbone, dim)
        self.classifier = nn.Sequential(nn.ReLU(), nn.Dropout(dropout), nn.Linear(dim, locations))

    def forward(self, crops: Tensor) -> Tensor:
        """Embed raw crops: ``(B, 4, H, W)`` uint8 -> ``(B, dim)``."""
        vectors: Tensor = self.backbone(normalised(crops))
        return vectors

    def _losses(self, batch: CropBatch) -> dict[str, Tensor]:
        logits = self.classifier(self.backbone(random_views(batch.crops)))
        return {"loss": location_loss(logits, batch.locations)}

    def training_step(self, batch: CropBatch, batch_idx: int) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW over one cycle of the learning rate."""
        return _one_cycle(self)


def comparable(batch: CropBatch) -> tuple[Tensor, Tensor]:
    """Return who should be near, and who is compared at all: two ``(B, B)`` bool.

    Crops of one image are compared only where a crop's protein has no other image in the batch.
    """
    same_image = batch.images[:, None] == batch.images[None, :]
    itself = torch.eye(len(same_image), dtype=torch.bool, device=same_image.device)
    others = batch.same_protein & ~same_image
    only_image = ~others.any(dim=1, keepdim=True)
    positive = others | (same_image & only_image & ~itself)
    return positive, positive | ~batch.same_protein


def _one_cycle(module: LightningModule) -> OptimizerLRScheduler:
    """Build AdamW with a rising, then falling rate over the whole training.

    Source: Loshchilov & Hutter, ICLR 2019, doi:10.48550/arXiv.1711.05101; Smith & Topin, 2019,
    doi:10.1117/12.2520589.
    """
    rate, decay = module.hparams["learning_rate"], module.hparams["weight_decay"]
    optimiser = torch.optim.AdamW(module.parameters(), lr=rate, weight_decay=decay)
    steps = int(module.trainer.estimated_stepping_batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=rate, total_steps=steps)
    return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def _check_optimiser(learning_rate: float, weight_decay: float) -> None:
    _check(learning_rate > 0, "learning_rate", "above 0", learning_rate)
    _check(weight_decay >= 0, "weight_decay", "at least 0", weight_decay)


def _check(fits: bool, name: str, allowed: str, value: float) -> None:
    if not fits:
        raise ConfigError(f"image_encoder.module.{name} must be {allowed}, got {value}.")
