"""PPI encoder that trains a graph neural network, with optional node features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import ClassVar

import numpy as np
import torch
from pytorch_lightning import LightningModule
from scipy import sparse
from torch import Tensor

from ...artifacts import Embedding, Floats, Network
from ...contracts import Requires, Trainer
from ...errors import DataError, settings_of
from ...nodes.ranges import AtLeastOne, UnitInside, checked
from ..training.trainer import seeded
from .connected import connected_part
from .edge_watch import edge_watch, kept_back
from .graph_autoencoder import Graph

STEPS = 10
"""Steps of an epoch: each sees the whole network, and watching costs about as much as one."""


@checked
@dataclass(frozen=True)
class TrainedGraphEncoder:
    """Trains a graph neural network on the whole network, with optional node features.

    If the trainer has `patience`, a share of the interactions is held out for early stopping by
    link prediction.

    Args:
        module: Builds the LightningModule (`GraphAutoencoder` or the like); called with
            `proteins` and `features`, the number of proteins and the width of their features.
        features: Name of another modality of the data whose vectors are node features; None for
            none.
        weighted: Whether weights count.
        epochs: Number of epochs of `STEPS` steps on the whole network, >= 1.
        validation: Share of the interactions that is held out if the trainer has `patience`,
            in (0, 1).

    Raises:
        ConfigError: If a number is out of its range, the module's included.
    """

    requires: ClassVar[Requires] = frozenset({"training", "features"})

    module: Callable[..., LightningModule]
    features: str | None = None
    weighted: bool = True
    epochs: AtLeastOne = 15
    validation: UnitInside = 0.05

    def __post_init__(self) -> None:
        with settings_of("module"):
            self.module(proteins=2, features=3)

    def __call__(
        self,
        network: Network,
        *,
        modality: str,
        features: Embedding | None,
        training: Trainer,
        seed: int,
    ) -> Embedding:
        """Embed every protein that has an interaction; isolated ones are left out.

        Args:
            network: Interactions and their weights.
            modality: Name of the modality.
            features: Vectors of proteins, some may lack one; required if and only if the encoder
                has `features`.
            training: The trainer.
            seed: Seed of initial weights and of sampling in training.

        Raises:
            DataError: If the network has no interaction, or no protein in it has features.
        """
        network = connected_part(network, modality, weighted=self.weighted)
        known = feature_rows(network.proteins, features, modality)
        held_out = kept_back(network, self.validation, training, seed)
        graph = graph_of(held_out.rest if held_out else network, known)
        seeded(seed)
        module = self.module(proteins=len(network.proteins), features=known.shape[1])
        watch = edge_watch(held_out, partial(all_vectors, graph=graph))
        training.fit(module, GraphBatches(graph), self.epochs, watch=watch)
        return Embedding.of_modality(modality, network.proteins, all_vectors(module, graph))


@dataclass
class GraphBatches:
    """The whole network, `STEPS` times per epoch; the module samples pairs itself."""

    graph: Graph

    def __len__(self) -> int:
        return STEPS

    def __iter__(self) -> Iterator[Graph]:
        return repeat(self.graph, STEPS)


def feature_rows(proteins: Sequence[str], features: Embedding | None, modality: str) -> Floats:
    """Return ``(N, F)`` standardised features, zeros for proteins without; F = 0 for None.

    Raises:
        DataError: If features are given but no protein has one.
    """
    if features is None:
        return np.zeros((len(proteins), 0), np.float32)
    place = {name: k for k, name in enumerate(features.proteins)}
    rows = np.array([place.get(name, -1) for name in proteins])
    known = rows >= 0
    if not known.any():
        raise DataError(
            f"ppi_encoder.features: {modality} and {', '.join(features.modalities)} share no "
            f"protein ({modality}: '{proteins[0]}', features: '{features.proteins[0]}'); set "
            "data.id_map to translate, or ppi_encoder.features=null."
        )
    matrix = np.zeros((len(proteins), features.vectors.shape[1]), np.float32)
    values = features.vectors[rows[known]]
    spread = values.std(axis=0)
    matrix[known] = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return matrix


def graph_of(network: Network, features: Floats) -> Graph:
    """Return the `Graph` of a network: self-loops of mean weight, ``D^-1/2 (A + I) D^-1/2``."""
    n = len(network.proteins)
    adjacency = network.adjacency() / network.weights.mean() + sparse.eye_array(n)
    scale = sparse.diags_array(adjacency.sum(axis=1) ** -0.5)
    scaled = sparse.coo_array(scale @ adjacency @ scale)
    scaled.sum_duplicates()
    shares = np.cumsum(network.weights, dtype=np.float64)
    return Graph(
        torch.sparse_coo_tensor(
            torch.from_numpy(np.stack([scaled.row, scaled.col]).astype(np.int64)),
            torch.from_numpy(scaled.data.astype(np.float32)),
            (n, n),
            is_coalesced=True,
            check_invariants=False,
        ),
        torch.from_numpy(features),
        torch.from_numpy(network.edges.astype(np.int64)),
        torch.from_numpy((shares / shares[-1]).astype(np.float32)),
    )


def all_vectors(module: LightningModule, graph: Graph) -> Floats:
    """Return the ``(N, D)`` vectors of all proteins."""
    with torch.inference_mode():
        vectors: Tensor = module(Graph(*(part.to(module.device) for part in graph)))
    array: Floats = vectors.float().cpu().numpy()
    return array
