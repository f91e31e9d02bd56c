"""MUSE fusion: training in three phases, with triplets from clusters of inputs and latents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import torch
from torch import Tensor

from ...artifacts import Embedding
from ...contracts import Requires, Trainer
from ...errors import ConfigError, SettingError, settings_of
from ...nodes.ranges import AtLeastOne, Ge, Natural, checked
from ..training.trainer import seeded
from .batches import FusionBatch, FusionBatches
from .blocks import Blocks
from .muse_network import MuseNetwork
from .phenograph import phenograph


@checked
@dataclass(frozen=True)
class Muse:
    """Trains a `MuseNetwork` in three phases; its joint latents are the embedding.

    It first trains reconstruction alone, then with triplets from clusters of the inputs, last with
    triplets from clusters of the encoded modalities.

    Args:
        module: Builds the `MuseNetwork`; called with `dims`, the width of each modality.
        reconstruction_epochs: Epochs without clusters, >= 0.
        input_epochs: Epochs with clusters of the inputs, >= 0.
        latent_epochs: Epochs with clusters of the encoded modalities, >= 0; the total must be > 0.
        recluster: Epochs after which these are recomputed, >= 1.
        neighbours: Nearest neighbours of the clusters' graph, see `phenograph`, >= 1.
        noisy_clusters: Whether dropout is on while modalities are encoded for their first clusters,
            which are then used for one epoch, as in the Cell Mapping Toolkit.
        batch_size: Proteins in a batch, >= 2; an incomplete last batch is dropped.

    Raises:
        ConfigError: If a number is out of its range, the module's included.

    Source: Schaffer et al., Nature 2025, doi:10.1038/s41586-025-08878-3; Bao et al., Nat.
    Biotechnol. 2022, doi:10.1038/s41587-022-01251-z.
    """

    requires: ClassVar[Requires] = frozenset({"training", "every_modality"})

    module: Callable[..., MuseNetwork] = MuseNetwork
    reconstruction_epochs: Natural = 200
    input_epochs: Natural = 200
    latent_epochs: Natural = 500
    recluster: AtLeastOne = 200
    neighbours: AtLeastOne = 10
    noisy_clusters: bool = False
    batch_size: Annotated[int, Ge(2)] = 64

    def __post_init__(self) -> None:
        if not self.epochs:
            raise SettingError(
                "reconstruction_epochs",
                ", input_epochs or latent_epochs must be above 0, all are 0.",
            )
        with settings_of("module"):
            self.module(dims={"one": 2, "other": 3})

    @property
    def epochs(self) -> int:
        """Total number of epochs."""
        return self.reconstruction_epochs + self.input_epochs + self.latent_epochs

    def __call__(
        self, embeddings: Mapping[str, Embedding], *, training: Trainer, seed: int
    ) -> Embedding:
        """Fuse proteins that have every modality, sorted; vectors of norm 1.

        Args:
            embeddings: One per modality, used without preprocessing.
            training: The trainer.
            seed: Seed of initial weights, dropout, batches and clusters.

        Raises:
            ConfigError: If the training may end before the last phase, by early stopping (the loss
                differs between phases) or by `max_epochs`.
            DataError: If there is nothing to fuse, or a protein lacks a modality.
        """
        if training.patience is not None or training.capped_epochs(self.epochs) < self.epochs:
            raise ConfigError(
                f"fusion=muse needs all {self.epochs} epochs of its phases: set trainer.patience "
                f"and trainer.max_epochs to null, or shorten fusion.reconstruction_epochs, "
                f"fusion.input_epochs and fusion.latent_epochs."
            )
        blocks = Blocks.as_given(embeddings).complete("muse")
        seeded(seed)
        module = self.module(dims=blocks.widths)
        batches = FusionBatches(blocks, self.batch_size, seed, per_pass=1)
        training.fit(module, MuseBatches(batches, module, self), self.epochs)
        with torch.inference_mode():
            vectors = module(FusionBatch.of(blocks)).numpy()
        return Embedding(blocks.proteins, vectors, blocks.modalities, blocks.present)


@dataclass
class MuseBatches:
    """Batches with the clusters of the current phase; one iteration is an epoch.

    Args:
        batches: Batches of all proteins.
        module: The module in training, which encodes the modalities for clustering.
        plan: The phases.
    """

    batches: FusionBatches
    module: MuseNetwork
    plan: Muse
    _pass: int = 0

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[FusionBatch]:
        after = self._pass - self.plan.reconstruction_epochs - self.plan.input_epochs
        if self._pass == self.plan.reconstruction_epochs and after < 0:
            self._cluster(FusionBatch.of(self.batches.blocks).values)
        if after == 0:
            self._cluster(self._encoded(noisy=self.plan.noisy_clusters))
        elif after > 0 and (after - self.plan.noisy_clusters) % self.plan.recluster == 0:
            self._cluster(self._encoded(noisy=False))
        self._pass += 1
        yield from self.batches

    def _encoded(self, *, noisy: bool) -> dict[str, Tensor]:
        """Return the current encodings of all proteins' modalities."""
        training, device = self.module.training, self.module.device
        self.module.train(noisy)
        with torch.no_grad():
            encoded = self.module.encoded(FusionBatch.of(self.batches.blocks).to(device))
        self.module.train(training)
        return {name: values.cpu() for name, values in encoded.items()}

    def _cluster(self, values: dict[str, Tensor]) -> None:
        self.batches.clusters = {
            name: torch.from_numpy(phenograph(v.numpy(), self.plan.neighbours, self.batches.seed))
            for name, v in values.items()
        }

    def state_dict(self) -> dict[str, object]:
        """Return the position in the schedule."""
        clusters = dict(self.batches.clusters)
        return {"pass": self._pass, "clusters": clusters, "batches": self.batches.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore the state of an interrupted run."""
        self._pass, self.batches.clusters = state["pass"], state["clusters"]
        self.batches.load_state_dict(state["batches"])
