"""Fusion by a network that is trained on the proteins it places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from pytorch_lightning import LightningModule

from ..artifacts import Embedding
from ..errors import ConfigError
from .blocks import unit_rows
from .concat import Concat
from .fusion_batches import FusionBatch, FusionBatches
from .training import Training, seeded


@dataclass(frozen=True)
class TrainedFusion:
    """Trains a module on all proteins; its latents stand beside the closed form.

    What modalities share is in the latents, what is particular to one in the closed form:
    together they retrieve known complexes better than either.

    Args:
        module: Builds the LightningModule (`FusionAutoencoder` or the like); called with `dims`,
            the width of each modality.
        closed_form: How modalities are prepared and laid side by side.
        latent: Length of the latent relative to the closed form, >= 0.
        epochs: Passes over the proteins, >= 1.
        batch_size: Proteins in a batch, >= 2; see `FusionBatches` for small data sets.
        width: Columns of a modality that the module sees at most, >= 1; of a wider one the leading
            principal directions, which cost a fraction and hold nearly everything.

    Raises:
        ConfigError: If a number is out of its range, the module's included.
    """

    module: Callable[..., LightningModule]
    closed_form: Concat = field(default_factory=Concat)
    latent: float = 0.7
    epochs: int = 30
    batch_size: int = 512
    width: int = 256

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch_size", 2), ("width", 1)):
            if getattr(self, name) < least:
                raise ConfigError(
                    f"fusion.{name} must be at least {least}, got {getattr(self, name)!r}."
                )
        if not 0 <= self.latent < float("inf"):
            raise ConfigError(f"fusion.latent must be 0 or more, got {self.latent!r}.")
        self.module(dims={"one": 2, "other": 3})

    def __call__(
        self, embeddings: Mapping[str, Embedding], *, training: Training, seed: int
    ) -> Embedding:
        """Fuse over the union of proteins, sorted; vectors of norm 1.

        Args:
            embeddings: One per modality; proteins may lack some.
            training: Where the module is trained.
            seed: Of first weights, dropout and batches.

        Raises:
            ConfigError: If the closed form weighs a modality that is not there.
            DataError: If there is nothing to fuse.
        """
        prepared = self.closed_form.blocks(embeddings)
        fused = self.closed_form.side_by_side(prepared, seed=seed)
        blocks = prepared.narrowed(self.width)
        seeded(seed)
        module = self.module(dims=blocks.widths)
        training.fit(module, FusionBatches(blocks, self.batch_size, seed), self.epochs)
        with torch.inference_mode():
            latents = module(FusionBatch.of(blocks)).numpy()
        latents = unit_rows(latents - latents.mean(axis=0))
        vectors = unit_rows(np.concatenate([fused.vectors, self.latent * latents], axis=1))
        return replace(fused, vectors=self.closed_form.spaced(vectors))
