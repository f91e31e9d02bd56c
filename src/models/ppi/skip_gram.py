"""Skip-gram with negative sampling: proteins are near whose walks pass the same places."""

from __future__ import annotations

from typing import Annotated

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.nn import functional

from ...nodes.ranges import AtLeastOne, Ge, Positive, checked

NOISE_POWER = 0.75
"""Exponent of the visits by which proteins are drawn as negatives; Mikolov et al. 2013."""


@checked
class SkipGram(LightningModule):
    """Skip-gram with negative sampling: predicts the context of a protein on random walks.

    Every protein has a vector as the centre of a window and one as part of another's context. For
    a centre ``c`` and a protein ``o`` that is ``k`` steps from it on a walk, ``k <= window``,
    the loss is, with weight ``(window + 1 - k) / window`` (the mean effect of drawing each window's
    width at random)::

        -log sigmoid(u_c . v_o) - negative * mean over noise n of log sigmoid(-u_c . v_n)

    Noise is drawn in proportion to visits ** .75, `shared` proteins for each walk, common to all of
    its windows, so that the work is one batched matrix product.

    Args:
        proteins: Number of proteins, >= 2.
        dimensions: Width of the vectors, >= 1.
        window: Most steps between centre and context, >= 1.
        negative: Weight of the noise against the context, > 0: negatives per positive. The larger,
            the more all vectors have in common, the more so the smaller the network.
        shared: Noise proteins drawn for each walk, >= 1.
        joined: Whether a protein's vector is the mean of its vectors as centre and as context, as
            in GloVe (doi:10.3115/v1/D14-1162); else that as centre, as in the publication.
        sparse: Whether gradients contain only the rows of a batch: less work where a batch visits
            few of the proteins.
        learning_rate: Of Adam at the start; it falls linearly to zero. > 0.

    Raises:
        ConfigError: If a number is out of its range.

    Source: Mikolov et al., NeurIPS 2013, doi:10.48550/arXiv.1310.4546; on walks: Grover &
    Leskovec, KDD 2016, doi:10.1145/2939672.2939754.
    """

    visits: Tensor

    def __init__(
        self,
        proteins: Annotated[int, Ge(2)],
        dimensions: AtLeastOne = 128,
        window: AtLeastOne = 10,
        negative: Positive = 1.0,
        shared: AtLeastOne = 40,
        joined: bool = True,
        sparse: bool = False,
        learning_rate: Positive = 0.02,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.window, self.negative, self.shared, self.joined = window, negative, shared, joined
        self.centres = nn.Embedding(proteins, dimensions, sparse=sparse)
        self.contexts = nn.Embedding(proteins, dimensions, sparse=sparse)
        nn.init.uniform_(self.centres.weight, -0.5 / dimensions, 0.5 / dimensions)
        nn.init.zeros_(self.contexts.weight)
        self.register_buffer("visits", torch.ones(proteins))

    def forward(self, rows: Tensor) -> Tensor:
        """Embed proteins: rows ``(B,)`` -> ``(B, dimensions)``."""
        centres: Tensor = self.centres(rows)
        return (centres + self.contexts(rows)) / 2 if self.joined else centres

    def _losses(self, walks: Tensor) -> dict[str, Tensor]:
        """Return the mean loss of a context, for walks ``(B, L)`` of rows."""
        noise = self._noise(walks)
        others = self.contexts(torch.cat([walks, noise], dim=1))
        logits = self.centres(walks) @ others.transpose(1, 2)
        near, by_chance = logits.split([walks.shape[1], noise.shape[1]], dim=2)
        weight = self._weights(walks)
        met = (functional.softplus(-near) * weight).sum()
        share = weight.sum(dim=1) * self.negative / noise.shape[1]
        missed = (functional.softplus(by_chance) * share[:, None]).sum()
        return {"loss": (met + missed) / (weight.sum() * len(walks))}

    def _noise(self, walks: Tensor) -> Tensor:
        """Return ``(B, shared)`` rows; counts the visits of these walks as well."""
        with torch.no_grad():
            self.visits += torch.bincount(walks.flatten(), minlength=len(self.visits))
            odds = self.visits**NOISE_POWER
            drawn = torch.multinomial(odds, len(walks) * self.shared, replacement=True)
        return drawn.reshape(len(walks), self.shared)

    def _weights(self, walks: Tensor) -> Tensor:
        """Return ``(L, L)``: how much each place of a walk counts as context of each other."""
        place = torch.arange(walks.shape[1], device=walks.device)
        apart = (place[:, None] - place[None, :]).abs()
        weight = (self.window + 1 - apart).clamp(min=0) / self.window
        return weight * (apart > 0)

    def training_step(self, batch: Tensor, batch_idx: int) -> dict[str, Tensor]:
        """Return the loss."""
        return self._losses(batch)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Adam with a rate that falls to zero; of sparse gradients its sparse form."""
        rate = self.hparams["learning_rate"]
        kind = torch.optim.SparseAdam if self.hparams["sparse"] else torch.optim.Adam
        optimiser = kind(list(self.parameters()), lr=rate)
        steps = int(self.trainer.estimated_stepping_batches)
        schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, total_iters=steps)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}
