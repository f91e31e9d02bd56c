"""ProteinProjector fusion, and its sampling of negatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from ...artifacts import Embedding
from ...contracts import Requires, Trainer
from ...errors import settings_of
from ...nodes.ranges import AtLeastOne, checked
from ..training.trainer import seeded
from .batches import FusionBatch, FusionBatches
from .blocks import Blocks
from .projector_network import ProjectorNetwork

Negatives = Literal["corrected", "toolkit"]


@checked
@dataclass(frozen=True)
class Projector:
    """Trains a `ProjectorNetwork`; the mean of a protein's latents is its embedding.

    Args:
        module: Builds the `ProjectorNetwork`; called with `dims`, the width of each modality.
        negatives: Negatives are drawn from all proteins with the modality: ``corrected`` excludes
            the protein itself, ``toolkit`` does not, as in the Cell Mapping Toolkit, where a
            protein can be its own negative.
        epochs: Number of epochs, >= 1.
        batch_size: Proteins in a batch, >= 1; an incomplete last batch is dropped.

    Raises:
        ConfigError: If a setting is out of its range, the module's included.
    """

    requires: ClassVar[Requires] = frozenset({"training"})

    module: Callable[..., ProjectorNetwork] = ProjectorNetwork
    negatives: Negatives = "corrected"
    epochs: AtLeastOne = 100
    batch_size: AtLeastOne = 256

    def __post_init__(self) -> None:
        with settings_of("module"):
            self.module(dims={"one": 2, "other": 3})

    def __call__(
        self, embeddings: Mapping[str, Embedding], *, training: Trainer, seed: int
    ) -> Embedding:
        """Fuse over the union of proteins, sorted; vectors of any norm.

        Args:
            embeddings: One per modality, used without preprocessing; proteins may lack some.
            training: The trainer.
            seed: Seed of initial weights, dropout, batches and negatives.

        Raises:
            DataError: If there is nothing to fuse.
        """
        blocks = Blocks.as_given(embeddings)
        seeded(seed)
        module = self.module(dims=blocks.widths)
        own = self.negatives == "corrected"
        batches = ContrastBatches(blocks, self.batch_size, seed, per_pass=1, leave_out_own=own)
        training.fit(module, batches, self.epochs)
        with torch.inference_mode():
            vectors = module(FusionBatch.of(blocks)).numpy()
        return Embedding(blocks.proteins, vectors, blocks.modalities, blocks.present)


@dataclass
class ContrastBatches(FusionBatches):
    """Batches in which every protein has a random negative in each modality.

    Args:
        leave_out_own: Whether the negative is never the protein itself.
    """

    leave_out_own: bool = True

    def _everything(self) -> FusionBatch:
        batch = super()._everything()
        others = {
            name: values[self._drawn(batch.present[name])] for name, values in batch.values.items()
        }
        return batch._replace(others=others)

    def _drawn(self, present: Tensor) -> Tensor:
        """Return for each protein a row of one that has the modality, ``(N,)``."""
        rows = torch.nonzero(present)[:, 0]
        place = torch.cumsum(present, 0) - 1  # rank of a protein among those with the modality
        out = present & (self.leave_out_own and len(rows) > 1)
        drawn = torch.rand(len(present), generator=self._random, dtype=torch.float64)
        drawn = (drawn * (len(rows) - out.long())).long()
        return rows[drawn + (out & (drawn >= place)).long()]
