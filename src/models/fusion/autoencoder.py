"""Multimodal fusion network: modalities aligned in one latent space; decoders on request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from typing import Annotated

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn import functional

from ...errors import SettingError
from ...nodes.ranges import AtLeastOne, MinLen, NonNegative, Positive, UnitBelowOne, checked
from ..losses.cosine_reconstruction import reconstruction_loss
from ..losses.info_nce import alignment_loss
from ..training.optimiser import one_cycle
from .batches import FusionBatch

MATCHED = 64
"""Rows of a batch among which a protein's own is looked for: one number for all batch sizes."""


@checked
class FusionAutoencoder(LightningModule):
    """Encoders of the modalities into one latent space, and optionally decoders from it.

    Each modality has an encoder onto the unit sphere. A protein's latents are aligned
    (`alignment_loss`), so that each encoder keeps what the modalities share, and a protein with a
    single modality is placed near where it would be with all. With `reconstruction` each latent is
    also decoded to every modality the protein has (`reconstruction_loss`); on real data this
    changed no metric, with all modalities or without (docs/fusion.md). Missing modalities enter no
    term.

    Args:
        dims: Input width of each modality, e.g. ``{"image": 1024, "ppi": 128}``.
        latent_dim: Width of the shared latent, >= 1.
        hidden_dim: Width of the hidden layer of encoders and decoders, >= 1.
        dropout: Dropout rate of an encoder's input and hidden values, in [0, 1).
        temperature: Temperature of the alignment, > 0: the smaller, the more hard negatives count.
        alignment: Weight of the alignment term, >= 0.
        reconstruction: Weight of the reconstruction term, >= 0; without decoders at 0.
        learning_rate: Peak learning rate of the one-cycle schedule, > 0.
        weight_decay: Weight decay of AdamW, >= 0.

    Raises:
        ConfigError: If `dims` is empty, a number out of range, or both weights are 0.
    """

    def __init__(
        self,
        dims: Annotated[Mapping[str, AtLeastOne], MinLen(1)],
        latent_dim: AtLeastOne = 128,
        hidden_dim: AtLeastOne = 256,
        dropout: UnitBelowOne = 0.3,
        temperature: Positive = 0.1,
        alignment: NonNegative = 1.0,
        reconstruction: NonNegative = 0.0,
        learning_rate: Positive = 2e-3,
        weight_decay: NonNegative = 1e-2,
    ) -> None:
        super().__init__()
        if not alignment + reconstruction:
            raise SettingError("alignment", "must be above 0, as reconstruction is 0.")
        dims = dict(dims)
        self.save_hyperparameters()
        self.dims = dims
        # Lists, as torch forbids some names of modalities as names of modules.
        self.encoders = nn.ModuleList(
            _encoder(width, hidden_dim, latent_dim, dropout) for width in dims.values()
        )
        self.decoders = nn.ModuleList(
            _decoder(latent_dim, hidden_dim, width) for width in dims.values() if reconstruction
        )
        self.temperature = temperature
        self.weights = {"alignment": alignment, "reconstruction": reconstruction}

    def forward(self, batch: FusionBatch) -> Tensor:
        """Embed proteins: a batch of ``N`` -> ``(N, latent_dim)``.

        A row is the mean of the latents of the modalities the protein has, at norm 1.
        """
        latents = self._encode(batch)
        total = sum((latents[m] * batch.present[m][:, None] for m in self.dims), torch.zeros(()))
        return functional.normalize(total, dim=1)

    def _encode(self, batch: FusionBatch) -> dict[str, Tensor]:
        """Return each modality's unit latents; those of missing rows are meaningless."""
        return {
            # Rescale rows of norm 1 to entries of variance 1, as layers expect.
            name: functional.normalize(encoder(batch.values[name] * width**0.5), dim=1)
            for (name, width), encoder in zip(self.dims.items(), self.encoders, strict=True)
        }

    def _losses(self, batch: FusionBatch) -> dict[str, Tensor]:
        latents = self._encode(batch)
        pairs = list(self._pairs(batch, latents))
        terms = {"alignment": _mean(alignment_loss(*pair, self.temperature) for pair in pairs)}
        if self.decoders:
            terms["reconstruction"] = _mean(self._reconstructions(batch, latents))
        total = sum((self.weights[name] * term for name, term in terms.items()), torch.zeros(()))
        return {**terms, "mismatch": _mean(_mismatch(*pair) for pair in pairs), "loss": total}

    def _pairs(
        self, batch: FusionBatch, latents: dict[str, Tensor]
    ) -> Iterable[tuple[Tensor, Tensor]]:
        """Yield, for each two modalities, the latents of the proteins that have both."""
        for first, second in combinations(self.dims, 2):
            both = batch.present[first] & batch.present[second]
            yield latents[first][both], latents[second][both]

    def _reconstructions(self, batch: FusionBatch, latents: dict[str, Tensor]) -> Iterable[Tensor]:
        decoders = dict(zip(self.dims, self.decoders, strict=True))
        for source, target in product(self.dims, repeat=2):
            both = batch.present[source] & batch.present[target]
            decoded = decoders[target](latents[source][both])
            yield reconstruction_loss(decoded, batch.values[target][both])

    def training_step(self, batch: FusionBatch, batch_idx: int) -> dict[str, Tensor]:
        """Return the terms of the loss, and ``mismatch``.

        That is the share of proteins whose nearest latent of another modality, among `MATCHED`
        proteins, is not their own: 0 is best. Unlike the loss it means the same at any temperature,
        weight and batch size.
        """
        return self._losses(batch)

    def validation_step(self, batch: FusionBatch, batch_idx: int) -> None:
        """Log the loss of held-out proteins as ``validation_loss``."""
        count = len(next(iter(batch.present.values())))
        self.log("validation_loss", self._losses(batch)["loss"], batch_size=count)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW over one cycle of the learning rate.

        Source: Loshchilov & Hutter, ICLR 2019, doi:10.48550/arXiv.1711.05101; Smith & Topin,
        2019, doi:10.1117/12.2520589.
        """
        return one_cycle(self)


def _encoder(width: int, hidden: int, latent: int, dropout: float) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(dropout),
        nn.Linear(width, hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(hidden, latent),
    )


def _decoder(latent: int, hidden: int, width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, width))


@torch.no_grad()
def _mismatch(first: Tensor, second: Tensor) -> Tensor:
    first, second = first[:MATCHED], second[:MATCHED]
    if not len(first):
        return torch.zeros(())
    own = torch.arange(len(first), device=first.device)
    return ((first @ second.T).argmax(dim=1) != own).float().mean()


def _mean(terms: Iterable[Tensor]) -> Tensor:
    tensors = list(terms)
    return torch.stack(tensors).mean() if tensors else torch.zeros(())
