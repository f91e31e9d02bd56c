"""Masked autoencoder: reconstruct masked patches and contrast views of the same image."""

from __future__ import annotations

from typing import Annotated

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from ....errors import DataError, SettingError
from ....nodes.ranges import AtLeastOne, Ge, MultipleOf, NonNegative, Positive, UnitInside, checked
from ...losses.masked_patches import masked_loss
from ...losses.supervised_contrast import image_contrast_loss
from ...training.optimiser import one_cycle
from ..backbones.registry import build_backbone
from ..backbones.vit import VisionTransformer, places, transformer
from ..batches import CropBatch
from ..views import normalised, random_views, zoomed
from .heads import projector


@checked
class MaskedAutoencoder(LightningModule):
    """Reconstructs masked patches of a crop from visible ones; self-supervised.

    Every crop is masked twice, with different patches, and the visible tokens of one image are
    also contrasted with those of other images: ::

        mean of masked_loss over both views + contrast * image_contrast_loss

    In noisy images masked patches can hardly be predicted, and reconstruction alone teaches little.

    Args:
        backbone: Name of a transformer in `image_backbones.BACKBONES`.
        hidden: Share of the patches that are masked, in (0, 1).
        decoder_width: Width of the decoder's tokens, a multiple of 4.
        decoder_depth: Layers of the decoder, >= 1.
        contrast: Weight of the second term, >= 0; 0 leaves a plain masked autoencoder.
        projection: Width of the projection head, >= 1; not part of the vectors.
        temperature: Temperature of the contrast, > 0.
        learning_rate: Peak learning rate of the one-cycle schedule, > 0.
        weight_decay: Weight decay of AdamW, >= 0.

    Raises:
        ConfigError: If the backbone is no transformer or a number out of range.

    Source: He et al., CVPR 2022, doi:10.1109/CVPR52688.2022.01553; with a contrast: Huang et al.,
    IEEE TPAMI 2024, doi:10.1109/TPAMI.2023.3336525 (CMAE).
    """

    def __init__(
        self,
        backbone: str = "vit_tiny",
        hidden: UnitInside = 0.5,
        decoder_width: Annotated[int, Ge(4), MultipleOf(4)] = 64,
        decoder_depth: AtLeastOne = 2,
        contrast: NonNegative = 1.0,
        projection: AtLeastOne = 64,
        temperature: Positive = 0.2,
        learning_rate: Positive = 1e-3,
        weight_decay: NonNegative = 0.05,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        network = build_backbone(backbone, 1)
        if not isinstance(network, VisionTransformer):
            raise SettingError(
                "backbone",
                f"must be a transformer for a masked autoencoder, such as vit_tiny or vit_b16, "
                f"got {backbone!r}.",
            )
        network.head = nn.Identity()  # type: ignore[assignment]
        self.backbone, self.hidden = network, hidden
        self.contrast, self.temperature = contrast, temperature
        # Unused parameters would stop trainings on several devices.
        self.projector = projector(network.width, projection) if contrast else nn.Identity()
        self.narrow = nn.Linear(network.width, decoder_width)
        self.stand_in = nn.Parameter(torch.zeros(decoder_width))
        self.decoder = transformer(decoder_width, decoder_depth, 4)
        self.paint = nn.Linear(decoder_width, self.backbone.patches.in_channels * network.patch**2)

    def forward(self, crops: Tensor) -> Tensor:
        """Embed raw crops: ``(B, 4, H, W)`` uint8 -> ``(B, width of the backbone)``."""
        return self.backbone.mean_token(normalised(crops))

    def _losses(self, batch: CropBatch) -> dict[str, Tensor]:
        views = [self._half_seen(zoomed(random_views(batch.crops))) for _ in range(2)]
        painted, seen = zip(*views, strict=True)
        loss = torch.stack(painted).mean()
        if not self.contrast:
            return {"loss": loss}
        vectors = self.projector(torch.cat(seen))
        alike = image_contrast_loss(vectors, batch.images.repeat(2), self.temperature)
        return {"painting": loss, "contrast": alike, "loss": loss + self.contrast * alike}

    def _half_seen(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Return the reconstruction loss of masked patches, and the mean visible token."""
        fields = self.backbone.padded(crops)
        tokens = self.backbone.tokens(fields)
        count = tokens.shape[1]
        if count < 2:
            raise DataError(
                f"a masked autoencoder needs crops of two patches or more, but crops of "
                f"{crops.shape[3]} px hold one of {self.backbone.patch} px; set image_encoder.crop."
            )
        kept = min(max(round(count * (1 - self.hidden)), 1), count - 1)
        order = torch.rand(tokens.shape[:2], device=tokens.device).argsort(dim=1)
        seen, hidden = order[:, :kept], order[:, kept:]
        encoded = self.backbone.encode(_pick(tokens, seen))
        narrow = self.narrow(encoded)
        decoded = self.stand_in.expand(len(tokens), count, -1).to(narrow.dtype)
        decoded = decoded.scatter(1, seen[..., None].expand_as(narrow), narrow)
        rows, columns = (edge // self.backbone.patch for edge in fields.shape[2:])
        decoded = decoded + places(rows, columns, decoded.shape[-1]).to(decoded)
        painted = self.paint(self.decoder(decoded))
        loss = masked_loss(_pick(painted, hidden), _pick(self._pixels(fields), hidden))
        return loss, encoded.mean(dim=1)

    def _pixels(self, fields: Tensor) -> Tensor:
        """Return the pixels of every patch: ``(B, 4, H, W)`` -> ``(B, K, 4 patch^2)``."""
        patch = self.backbone.patch
        return nn.functional.unfold(fields, patch, stride=patch).transpose(1, 2)

    def training_step(self, batch: CropBatch, batch_idx: int) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW over one cycle of the learning rate."""
        return one_cycle(self)


def _pick(tokens: Tensor, rows: Tensor) -> Tensor:
    return tokens.gather(1, rows[..., None].expand(-1, -1, tokens.shape[-1]))
