"""Objective without labels for transformers: paint what is hidden."""

from __future__ import annotations

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from ..errors import ConfigError
from .heads import check, check_optimiser, one_cycle
from .image_backbones import build_backbone
from .image_batches import CropBatch
from .image_masked_loss import masked_loss
from .image_views import normalised, random_views
from .image_vit import VisionTransformer, places, transformer


class MaskedAutoencoder(LightningModule):
    """Learns to paint the patches of a crop that are hidden from those that are seen.

    Args:
        backbone: Name of a transformer in `image_backbones.BACKBONES`.
        hidden: Share of the patches that are hidden, in (0, 1).
        decoder_width: Width of the decoder's tokens, a multiple of 4.
        decoder_depth: Layers of the decoder, >= 1.
        learning_rate: Peak of one cycle, > 0.
        weight_decay: Of AdamW, >= 0.

    Raises:
        ConfigError: If the backbone is no transformer or a number out of range.

    Source: He et al., CVPR 2022, doi:10.1109/CVPR52688.2022.01553.
    """

    def __init__(
        self,
        backbone: str = "vit_tiny",
        hidden: float = 0.75,
        decoder_width: int = 64,
        decoder_depth: int = 2,
        learning_rate: float = 1e-3,
        weight_decay: float = 0.05,
    ) -> None:
        check(0 < hidden < 1, "hidden", "above 0 and below 1", hidden)
        check(
            decoder_width > 0 and decoder_width % 4 == 0,
            "decoder_width",
            "a multiple of 4",
            decoder_width,
        )
        check(decoder_depth > 0, "decoder_depth", "above 0", decoder_depth)
        check_optimiser(learning_rate, weight_decay)
        super().__init__()
        self.save_hyperparameters()
        network = build_backbone(backbone, 1)
        if not isinstance(network, VisionTransformer):
            raise ConfigError(
                f"image_encoder.module.backbone: '{backbone}' is no transformer, which a masked "
                "autoencoder needs; choose vit_tiny or vit_b16."
            )
        network.head = nn.Identity()  # type: ignore[assignment]
        self.backbone, self.hidden = network, hidden
        self.narrow = nn.Linear(network.width, decoder_width)
        self.stand_in = nn.Parameter(torch.zeros(decoder_width))
        self.decoder = transformer(decoder_width, decoder_depth, 4)
        self.paint = nn.Linear(decoder_width, self.backbone.patches.in_channels * network.patch**2)

    def forward(self, crops: Tensor) -> Tensor:
        """Embed raw crops: ``(B, 4, H, W)`` uint8 -> ``(B, width of the backbone)``."""
        return self.backbone.mean_token(normalised(crops))

    def _losses(self, batch: CropBatch) -> dict[str, Tensor]:
        fields = self.backbone.padded(random_views(batch.crops))
        tokens = self.backbone.tokens(fields)
        count, kept = tokens.shape[1], max(round(tokens.shape[1] * (1 - self.hidden)), 1)
        order = torch.rand(tokens.shape[:2], device=tokens.device).argsort(dim=1)
        seen = order[:, :kept]
        encoded = self.narrow(self.backbone.encode(_pick(tokens, seen)))
        decoded = self.stand_in.expand(len(tokens), count, -1).to(encoded.dtype)
        decoded = decoded.scatter(1, seen[..., None].expand_as(encoded), encoded)
        rows, columns = (edge // self.backbone.patch for edge in fields.shape[2:])
        decoded = decoded + places(rows, columns, decoded.shape[-1]).to(decoded)
        painted = self.paint(self.decoder(decoded))
        hidden = order[:, kept:]
        return {"loss": masked_loss(_pick(painted, hidden), _pick(self._pixels(fields), hidden))}

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
