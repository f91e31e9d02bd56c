"""MUSE network: autoencoders of modalities with a joint latent and cluster-based triplets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn import functional

from ...nodes.ranges import AtLeastOne, MinLen, NonNegative, Positive, UnitBelowOne, checked
from ..losses.batch_all_triplet import triplet_loss
from ..losses.euclidean_reconstruction import Over, norm_loss
from ..losses.weight_norms import sparsity_loss
from .batches import FusionBatch


@checked
class MuseNetwork(LightningModule):
    """The network of the published co-embedding; every protein has every modality.

    Encoder of a modality: Dropout, Linear, BatchNorm, ELU, Dropout, Linear, BatchNorm, Tanh. All
    of them joined: Dropout, Linear, BatchNorm, norm 1. Decoder: a Linear without bias, whose
    weights are kept small, then Linear, ELU, Linear, Tanh, Linear. The loss is::

        sum_m norm_loss_m + lambda_reg * sparsity_loss + lambda_triplet * sum_m triplet_loss_m

    The triplets of a modality are from its own clusters, in batches that contain any. Initial
    weights are normal, of variance 1 in the decoder's first layer and by Glorot & Bengio (2010)
    elsewhere; initial biases are 0.

    Args:
        dims: Input width of each modality.
        latent_dim: Width of every layer between input and output, >= 1.
        dropout: Dropout rate before each layer of the encoders, in [0, 1).
        margin: Margin of the triplets, >= 0.
        lambda_reg: Weight of `sparsity_loss`, >= 0.
        lambda_triplet: Weight of `triplet_loss`, >= 0.
        norm_over: ``protein`` or ``batch``, see `norm_loss`.
        learning_rate: Learning rate of Adam, > 0.

    Raises:
        ConfigError: If `dims` is empty or a number out of range.

    Source: Schaffer et al., Nature 2025, doi:10.1038/s41586-025-08878-3; Bao et al., Nat.
    Biotechnol. 2022, doi:10.1038/s41587-022-01251-z.
    """

    def __init__(
        self,
        dims: Annotated[Mapping[str, AtLeastOne], MinLen(1)],
        latent_dim: AtLeastOne = 128,
        dropout: UnitBelowOne = 0.25,
        margin: NonNegative = 0.1,
        lambda_reg: NonNegative = 5.0,
        lambda_triplet: NonNegative = 5.0,
        norm_over: Over = "protein",
        learning_rate: Positive = 1e-4,
    ) -> None:
        super().__init__()
        dims = dict(dims)
        self.save_hyperparameters()
        self.dims = dims
        self.encoders = nn.ModuleList(_encoder(d, latent_dim, dropout) for d in dims.values())
        self.joint = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(len(dims) * latent_dim, latent_dim),
            nn.BatchNorm1d(latent_dim),
        )
        self.entries = nn.ModuleList(nn.Linear(latent_dim, latent_dim, bias=False) for _ in dims)
        self.decoders = nn.ModuleList(_decoder(latent_dim, d) for d in dims.values())
        for part in (self.encoders, self.joint, self.decoders):
            part.apply(_start)
        for weight in _weights(self.entries):
            nn.init.normal_(weight)

    def forward(self, batch: FusionBatch) -> Tensor:
        """Embed proteins: a batch of ``N`` -> ``(N, latent_dim)``, rows of norm 1."""
        return self._joined(self.encoded(batch))

    def encoded(self, batch: FusionBatch) -> dict[str, Tensor]:
        """Return the encoding of each modality, ``(N, latent_dim)`` in -1..1."""
        pairs = zip(self.dims, self.encoders, strict=True)
        return {name: encoder(batch.values[name]) for name, encoder in pairs}

    def _joined(self, encoded: dict[str, Tensor]) -> Tensor:
        return functional.normalize(self.joint(torch.cat(list(encoded.values()), dim=1)), dim=1)

    def _losses(self, batch: FusionBatch) -> dict[str, Tensor]:
        latents, settings = self(batch), self.hparams
        decoded = {
            name: decoder(entry(latents))
            for name, entry, decoder in zip(self.dims, self.entries, self.decoders, strict=True)
        }
        distances = [
            norm_loss(values, batch.values[name], settings["norm_over"])
            for name, values in decoded.items()
        ]
        triplets = [
            triplet_loss(latents, clusters, settings["margin"])
            for clusters in batch.clusters.values()
        ]
        terms = {
            "reconstruction": torch.stack(distances).sum(),
            "sparsity": sparsity_loss(_weights(self.entries)),
            "triplet": torch.stack(triplets).sum() if triplets else latents.new_zeros(()),
        }
        total = terms["reconstruction"] + settings["lambda_reg"] * terms["sparsity"]
        return {**terms, "loss": total + settings["lambda_triplet"] * terms["triplet"]}

    def training_step(self, batch: FusionBatch, batch_idx: int) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam at a constant rate."""
        return torch.optim.Adam(self.parameters(), lr=self.hparams["learning_rate"])


def _start(layer: nn.Module) -> None:
    if isinstance(layer, nn.Linear):
        nn.init.xavier_normal_(layer.weight)
        nn.init.zeros_(layer.bias)


def _weights(layers: nn.ModuleList) -> list[Tensor]:
    return [layer.weight for layer in layers if isinstance(layer, nn.Linear)]


def _encoder(width: int, latent: int, dropout: float) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(dropout),
        nn.Linear(width, latent),
        nn.BatchNorm1d(latent),
        nn.ELU(),
        nn.Dropout(dropout),
        nn.Linear(latent, latent),
        nn.BatchNorm1d(latent),
        nn.Tanh(),
    )


def _decoder(latent: int, width: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(latent, latent),
        nn.ELU(),
        nn.Linear(latent, latent),
        nn.Tanh(),
        nn.Linear(latent, width),
    )
