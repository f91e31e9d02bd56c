"""ProteinProjector network: encoders to a shared latent, decoders to every modality."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import permutations, product
from typing import Annotated

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from ...nodes.ranges import AtLeastOne, MinLen, NonNegative, Positive, UnitBelowOne, checked
from ..losses.cosine_reconstruction import reconstruction_loss
from ..losses.cross_modal_triplet import Reduction, contrast_loss
from ..losses.weight_norms import length_loss
from .batches import FusionBatch


@checked
class ProjectorNetwork(LightningModule):
    """Encoders and decoders of any number of modalities; proteins may lack some.

    Encoder: Dropout, Linear, ReLU, Dropout, Linear, ReLU, Linear; the decoder is its mirror. The
    loss, over every modality and every pair of them that a protein has::

        reconstruction_loss + lambda_triplet * contrast_loss + lambda_l2 * length_loss

    Negatives are part of the batch, see `Projector`.

    Args:
        dims: Input width of each modality.
        latent_dim: Width of the shared latent, >= 1.
        first_dim: Width of the hidden layer next to the input, >= 1.
        second_dim: Width of the hidden layer next to the latent, >= 1.
        dropout: Dropout rate before the first two layers, also of decoders, in [0, 1).
        margin: Margin of the contrast, >= 0.
        lambda_triplet: Weight of `contrast_loss`, >= 0.
        lambda_l2: Weight of `length_loss`, >= 0.
        reduction: Whether losses are the ``mean`` or the ``sum`` over the proteins of a batch.
        learning_rate: Learning rate of Adam, > 0.

    Raises:
        ConfigError: If `dims` is empty or a number out of range.

    Source: Schaffer et al., Nature 2025, doi:10.1038/s41586-025-08878-3, and the Cell Mapping
    Toolkit, of which this is the second algorithm.
    """

    def __init__(
        self,
        dims: Annotated[Mapping[str, AtLeastOne], MinLen(1)],
        latent_dim: AtLeastOne = 128,
        first_dim: AtLeastOne = 512,
        second_dim: AtLeastOne = 256,
        dropout: UnitBelowOne = 0.5,
        margin: NonNegative = 1.0,
        lambda_triplet: NonNegative = 1.0,
        lambda_l2: NonNegative = 0.001,
        reduction: Reduction = "mean",
        learning_rate: Positive = 1e-3,
    ) -> None:
        super().__init__()
        dims = dict(dims)
        self.save_hyperparameters()
        self.dims = dims
        hidden = (first_dim, second_dim, latent_dim)
        self.encoders = nn.ModuleList(_layers((d, *hidden), dropout) for d in dims.values())
        self.decoders = nn.ModuleList(_layers((*hidden[::-1], d), dropout) for d in dims.values())

    def forward(self, batch: FusionBatch) -> Tensor:
        """Embed proteins: a batch of ``N`` -> ``(N, latent_dim)``, the mean over modalities."""
        latents = self._encoded(batch.values)
        total = sum((z * batch.present[m][:, None] for m, z in latents.items()), torch.zeros(()))
        count = torch.stack(list(batch.present.values())).sum(dim=0)
        return torch.as_tensor(total) / count.clamp_min(1)[:, None]

    def _encoded(self, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        pairs = zip(self.dims, self.encoders, strict=True)
        return {name: encoder(values[name]) for name, encoder in pairs}

    def _losses(self, batch: FusionBatch) -> dict[str, Tensor]:
        latents, settings = self._encoded(batch.values), self.hparams
        terms = {
            "reconstruction": _sum(self._reconstructions(batch, latents)),
            "triplet": _sum(self._contrasts(batch, latents)),
            "length": _sum(
                length_loss(z[batch.present[name]], settings["reduction"])
                for name, z in latents.items()
            ),
        }
        total = terms["reconstruction"] + settings["lambda_triplet"] * terms["triplet"]
        return {**terms, "loss": total + settings["lambda_l2"] * terms["length"]}

    def _reconstructions(self, batch: FusionBatch, latents: dict[str, Tensor]) -> Iterable[Tensor]:
        decoders = dict(zip(self.dims, self.decoders, strict=True))
        for source, target in product(self.dims, repeat=2):
            both = batch.present[source] & batch.present[target]
            mean = reconstruction_loss(
                decoders[target](latents[source][both]), batch.values[target][both]
            )
            yield mean * both.sum() if self.hparams["reduction"] == "sum" else mean

    def _contrasts(self, batch: FusionBatch, latents: dict[str, Tensor]) -> Iterable[Tensor]:
        others = self._encoded(batch.others) if len(self.dims) > 1 else {}
        margin, reduction = self.hparams["margin"], self.hparams["reduction"]
        for source, target in permutations(self.dims, 2):
            both = batch.present[source] & batch.present[target]
            anchors, same, other = latents[source], latents[target], others[target]
            yield contrast_loss(anchors[both], same[both], other[both], margin, reduction)

    def training_step(self, batch: FusionBatch, batch_idx: int) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam at a constant rate."""
        return torch.optim.Adam(self.parameters(), lr=self.hparams["learning_rate"])


def _layers(widths: tuple[int, int, int, int], dropout: float) -> nn.Module:
    first, second, third, last = widths
    return nn.Sequential(
        nn.Dropout(dropout),
        nn.Linear(first, second),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(second, third),
        nn.ReLU(),
        nn.Linear(third, last),
    )


def _sum(terms: Iterable[Tensor]) -> Tensor:
    tensors = list(terms)
    return torch.stack(tensors).sum() if tensors else torch.zeros(())
