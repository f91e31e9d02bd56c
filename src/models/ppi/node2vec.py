"""node2vec: embeddings that predict co-occurrence on random walks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

import numpy as np
import torch
from pytorch_lightning import LightningModule
from torch import Tensor

from ...artifacts import Embedding, Floats, Network
from ...contracts import Requires, Trainer
from ...errors import settings_of
from ...nodes.ranges import AtLeastOne, Ge, Interval, Natural, UnitInside, checked
from ..training.trainer import seeded
from .connected import connected_part
from .edge_watch import edge_watch, kept_back
from .walks import BiasedWalks, Walker

Odds = Annotated[float, Interval(ge=1e-3, le=1e3)]
"""`p` and `q` differ from 1 by this factor at most: beyond, a step is drawn by exhaustion only."""


@checked
@dataclass(frozen=True)
class Node2Vec:
    """Trains a skip-gram on biased random walks, new ones in every epoch.

    Interactions count by their weight. If the trainer has `patience`, a share of them is held out
    for early stopping by link prediction.

    Args:
        module: Builds the LightningModule (`SkipGram` or the like); called with `proteins`, their
            number.
        p: Return parameter, 0.001 .. 1000: the larger, the rarer a walk turns back.
        q: In-out parameter, 0.001 .. 1000: the larger, the nearer a walk stays to its start.
        weighted: Whether weights count in walks.
        walks: Walks from each protein in an epoch, >= 1.
        length: Proteins on a walk, >= 2.
        epochs: Number of epochs, >= 1.
        least_steps: Minimum number of updates, >= 0; with few proteins the number of epochs is
            increased.
        batch_size: Walks in a batch, >= 1.
        validation: Share of the interactions that is held out if the trainer has `patience`,
            in (0, 1).

    Raises:
        ConfigError: If a number is out of its range, the module's included.

    Source: Grover & Leskovec, KDD 2016, doi:10.1145/2939672.2939754.
    """

    requires: ClassVar[Requires] = frozenset({"training"})

    module: Callable[..., LightningModule]
    p: Odds = 2.0
    q: Odds = 1.0
    weighted: bool = True
    walks: AtLeastOne = 1
    length: Annotated[int, Ge(2)] = 40
    epochs: AtLeastOne = 6
    least_steps: Natural = 200
    batch_size: AtLeastOne = 256
    validation: UnitInside = 0.05

    def __post_init__(self) -> None:
        with settings_of("module"):
            self.module(proteins=2)

    def __call__(
        self, network: Network, *, modality: str, training: Trainer, seed: int
    ) -> Embedding:
        """Embed every protein that has an interaction; isolated ones are left out.

        Args:
            network: Interactions and their weights.
            modality: Name that the embedding carries.
            training: Where to train.
            seed: Of the first weights, the walks and the noise.

        Raises:
            DataError: If the network has no interaction.
        """
        network = connected_part(network, modality, weighted=self.weighted)
        held_out = kept_back(network, self.validation, training, seed)
        learnt = held_out.rest if held_out else network
        seeded(seed)
        module = self.module(proteins=len(network.proteins))
        walks = BiasedWalks(Walker.of(learnt.adjacency()), self.p, self.q)
        batches = WalkBatches(walks, self.walks, self.length, self.batch_size, seed)
        epochs = max(self.epochs, -(-self.least_steps // len(batches)))
        training.fit(module, batches, epochs, watch=edge_watch(held_out, all_vectors))
        return Embedding.of_modality(modality, network.proteins, all_vectors(module))


@dataclass
class WalkBatches:
    """Walks from all proteins in random order; every iteration draws new ones.

    Args:
        walks: The network and the bias of the steps.
        each: Walks from each protein.
        length: Proteins on a walk.
        batch_size: Walks in a batch; the last one may contain fewer.
        seed: Of the walks and their order, for the whole sequence of iterations.
    """

    walks: BiasedWalks
    each: int
    length: int
    batch_size: int
    seed: int
    _random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)

    def __len__(self) -> int:
        return -(-len(self.walks.walker.degrees) * self.each // self.batch_size)

    def __iter__(self) -> Iterator[Tensor]:
        proteins = np.arange(len(self.walks.walker.degrees), dtype=np.int32)
        starts = self._random.permutation(np.repeat(proteins, self.each))
        drawn = self.walks.of_length(starts, self.length, self._random)
        for low in range(0, len(drawn), self.batch_size):
            yield torch.from_numpy(drawn[low : low + self.batch_size].astype(np.int64))

    def state_dict(self) -> dict[str, object]:
        """Return the state of the sequence."""
        return dict(self._random.bit_generator.state)

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Take the sequence up again."""
        self._random.bit_generator.state = state


def all_vectors(module: LightningModule) -> Floats:
    """Return the ``(N, D)`` vectors of all proteins."""
    rows = torch.arange(module.hparams["proteins"], device=module.device)
    with torch.inference_mode():
        vectors: Floats = module(rows).float().cpu().numpy()
    return vectors
