"""Trained fusion: latents of a network, concatenated with the closed form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar

import numpy as np
import torch
from pytorch_lightning import LightningModule

from ...artifacts import Embedding, Floats
from ...contracts import Requires, Trainer
from ...errors import DataError, settings_of
from ...nodes.ranges import AtLeastOne, Ge, NonNegative, UnitInside, checked
from ...similarity.nearest import unit_rows
from ..disagreement import disagreement
from ..training.trainer import Watch, seeded
from .batches import FusionBatch, FusionBatches
from .blocks import Blocks
from .concat import Concat


@checked
@dataclass(frozen=True)
class TrainedFusion:
    """Trains a module on all proteins; its latents are concatenated with the closed form.

    Latents have what modalities share, the closed form what is specific to each: together they
    retrieve known complexes better than either. With a single modality nothing is shared, no
    network is trained, and the embedding is the closed form.

    An ensemble of networks from different seeds (`members`) has equal weights, and the embedding's
    `uncertainty` is their disagreement on a protein's neighbours. With ``trainer.patience`` a share
    of the proteins is held out (`validation`): early stopping on their loss, and the best weights
    are kept.

    Args:
        module: Builds the LightningModule (`FusionAutoencoder` or the like); called with `dims`,
            the width of each modality.
        closed_form: Preprocessing and concatenation of modalities.
        latent: Length of the latent relative to the closed form, >= 0.
        epochs: Number of epochs, >= 1.
        batch_size: Proteins in a batch, >= 2; see `FusionBatches` for small data sets.
        members: Number of networks, each with its own initial weights, dropout and batches, >= 1.
        validation: Share of the proteins held out if ``trainer.patience`` is set, above 0 and below
            1; all are embedded.
        width: Maximum number of input columns of a modality, >= 1; wider ones are reduced to
            leading principal axes, which have nearly all variance at a fraction of the cost.

    Raises:
        ConfigError: If a number is out of its range, the module's included.
    """

    requires: ClassVar[Requires] = frozenset({"training"})

    module: Callable[..., LightningModule]
    closed_form: Concat = field(default_factory=Concat)
    latent: NonNegative = 0.7
    epochs: AtLeastOne = 30
    batch_size: Annotated[int, Ge(2)] = 512
    width: AtLeastOne = 256
    members: AtLeastOne = 1
    validation: UnitInside = 0.1

    def __post_init__(self) -> None:
        with settings_of("module"):
            self.module(dims={"one": 2, "other": 3})

    def __call__(
        self, embeddings: Mapping[str, Embedding], *, training: Trainer, seed: int
    ) -> Embedding:
        """Fuse over the union of proteins, sorted; vectors of norm 1.

        Args:
            embeddings: One per modality; proteins may lack some.
            training: The trainer.
            seed: Seed of initial weights, dropout and batches.

        Returns:
            The embedding; with several members it has an `uncertainty`.

        Raises:
            ConfigError: If the closed form has a weight for a missing modality.
            DataError: If there is nothing to fuse.
        """
        with settings_of("closed_form"):
            prepared = self.closed_form.blocks(embeddings)
            fused = self.closed_form.side_by_side(prepared, seed=seed)
        if len(prepared.modalities) == 1:
            return replace(fused, vectors=self.closed_form.spaced(fused.vectors))
        blocks = prepared.narrowed(self.width)
        latents = [self._latents(blocks, training, own) for own in _seeds(seed, self.members)]
        placed = replace(fused, vectors=self._beside(fused.vectors, latents))
        if self.members == 1:
            return placed
        alone = [self._beside(fused.vectors, [latent]) for latent in latents]
        return replace(placed, uncertainty=disagreement(alone, self.closed_form.crowd))

    def _latents(self, blocks: Blocks, training: Trainer, seed: int) -> Floats:
        """Train one network; return the centred ``(N, latent_dim)`` latents, at norm 1."""
        seeded(seed)
        module = self.module(dims=blocks.widths)
        learned, kept = blocks, None
        if training.patience is not None:
            order = np.random.default_rng(seed).permutation(len(blocks.proteins))
            count = min(max(round(self.validation * len(order)), 2), len(order) - 2)
            if count < 2:
                raise DataError(
                    f"trainer.patience keeps proteins from training, but there are {len(order)}; "
                    f"set trainer.patience=null."
                )
            learned, kept = blocks.rows(order[count:]), blocks.rows(order[:count])
        training.in_subfolder(f"member_{seed}").fit(
            module,
            FusionBatches(learned, self.batch_size, seed),
            self.epochs,
            validation=FusionBatches(kept, len(kept.proteins), seed, per_pass=1) if kept else None,
            watch=Watch("validation_loss", "min") if kept else None,
        )
        with torch.inference_mode():
            latents = module(FusionBatch.of(blocks)).numpy()
        return unit_rows(latents - latents.mean(axis=0))

    def _beside(self, fused: Floats, latents: Sequence[Floats]) -> Floats:
        """Concatenate latents and closed form; all latents together have the norm of one."""
        length = self.latent / len(latents) ** 0.5
        columns = [fused, *(length * latent for latent in latents)]
        return self.closed_form.spaced(unit_rows(np.concatenate(columns, axis=1)))


def _seeds(seed: int, members: int) -> list[int]:
    """Return one seed per member: the run's own, then seeds that no other run uses."""
    drawn = np.random.SeedSequence(seed).generate_state(members - 1)
    return [seed, *drawn.tolist()]
