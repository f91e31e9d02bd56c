"""Graph autoencoder (GAE): two graph convolutions and an inner-product decoder."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn import functional

from ...nodes.ranges import AtLeastOne, Ge, Natural, NonNegative, Positive, UnitBelowOne, checked


class Graph(NamedTuple):
    """A network in the form that graph convolutions need.

    Attributes:
        adjacency: ``(N, N)`` sparse, symmetric, with loops, scaled by the degrees of both ends.
        features: ``(N, F)``; rows of zeros for proteins without features.
        edges: ``(E, 2)`` rows that interact.
        ends: ``(E,)`` cumulative share of the weights, ascending to 1.
    """

    adjacency: Tensor
    features: Tensor
    edges: Tensor
    ends: Tensor


@checked
class GraphAutoencoder(LightningModule):
    """Two graph convolutions, trained by link prediction with inner products.

    The input of a protein is a learnt vector plus a linear map of its features; the convolutions
    average it over neighbours by weight. In each step interactions are drawn by weight, and
    negatives are made by shuffling their ends, so that both have the same degrees; the loss is the
    binary cross-entropy of interactions against negatives.

    Args:
        proteins: Number of proteins, >= 2.
        features: Width of their features, >= 0.
        dimensions: Width of the vectors, >= 1.
        hidden: Width between the convolutions, >= 1.
        dropout: Dropout rate of input and hidden values, in [0, 1).
        pairs: Interactions drawn in a step, >= 1.
        negative: Negatives for each, >= 1.
        learning_rate: Initial learning rate of Adam, with linear decay to zero. > 0.
        weight_decay: Weight decay of Adam, >= 0.

    Raises:
        ConfigError: If a number is out of its range.

    Source: Kipf & Welling, 2016, doi:10.48550/arXiv.1611.07308.
    """

    def __init__(
        self,
        proteins: Annotated[int, Ge(2)],
        features: Natural = 0,
        dimensions: AtLeastOne = 128,
        hidden: AtLeastOne = 256,
        dropout: UnitBelowOne = 0.3,
        pairs: AtLeastOne = 16_384,
        negative: AtLeastOne = 2,
        learning_rate: Positive = 0.01,
        weight_decay: NonNegative = 0.0,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.pairs, self.negative = pairs, negative
        self.own = nn.Parameter(torch.randn(proteins, hidden) / hidden**0.5)
        self.of_features = nn.Linear(features, hidden, bias=False) if features else None
        self.second = nn.Linear(hidden, dimensions, bias=False)
        self.left_out = nn.Dropout(dropout)
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, graph: Graph) -> Tensor:
        """Embed all proteins of a graph: ``(N, dimensions)``."""
        enters = self.own
        if self.of_features is not None:
            enters = enters + self.of_features(graph.features)
        inside = functional.relu(torch.sparse.mm(graph.adjacency, self.left_out(enters)))
        vectors: Tensor = torch.sparse.mm(graph.adjacency, self.second(self.left_out(inside)))
        return vectors

    def _losses(self, graph: Graph) -> dict[str, Tensor]:
        first, second = self._drawn(graph)
        vectors = self(graph)
        apart = torch.cat([second[self._shuffled(second)] for _ in range(self.negative)])
        near = self._logits(vectors, first, second)
        far = self._logits(vectors, first.repeat(self.negative), apart)
        return {"loss": functional.softplus(-near).mean() + functional.softplus(far).mean()}

    def _drawn(self, graph: Graph) -> tuple[Tensor, Tensor]:
        """Return both ends of interactions drawn by weight, in either order."""
        count = min(self.pairs, len(graph.edges))
        places = torch.searchsorted(graph.ends, torch.rand(count, device=graph.ends.device))
        drawn = graph.edges[places.clamp(max=len(graph.ends) - 1)]
        turned = torch.rand(count, device=drawn.device) < 0.5
        return (
            torch.where(turned, drawn[:, 1], drawn[:, 0]),
            torch.where(turned, drawn[:, 0], drawn[:, 1]),
        )

    @staticmethod
    def _shuffled(ends: Tensor) -> Tensor:
        return torch.randperm(len(ends), device=ends.device)

    def _logits(self, vectors: Tensor, first: Tensor, second: Tensor) -> Tensor:
        return (vectors[first] * vectors[second]).sum(dim=1) + self.offset

    def training_step(self, batch: Graph, batch_idx: int) -> dict[str, Tensor]:
        """Return the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Adam with linear decay of the learning rate."""
        rate, decay = self.hparams["learning_rate"], self.hparams["weight_decay"]
        optimiser = torch.optim.Adam(self.parameters(), lr=rate, weight_decay=decay)
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=steps)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
