"""Batches of proteins with all their modalities, from arrays in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from .blocks import Blocks


class FusionBatch(NamedTuple):
    """A batch of proteins with their modalities.

    Attributes:
        values: For each modality ``(B, D_m)``, rows of zeros where missing.
        present: For each modality ``(B,)`` bool.
        others: For each modality ``(B, D_m)``: values of a random negative protein, for contrastive
            methods; empty for others.
        clusters: For each modality ``(B,)`` cluster of each protein, for methods that use clusters.
    """

    values: dict[str, Tensor]
    present: dict[str, Tensor]
    others: dict[str, Tensor] = {}  # noqa: RUF012 (a named tuple's field, never changed)
    clusters: dict[str, Tensor] = {}  # noqa: RUF012

    @classmethod
    def of(cls, blocks: Blocks) -> FusionBatch:
        """Return all proteins as one batch that shares memory with `blocks`."""
        names = blocks.modalities
        return cls(
            dict(zip(names, map(torch.from_numpy, blocks.values), strict=True)),
            dict(zip(names, torch.from_numpy(blocks.present).T, strict=True)),
        )

    def to(self, device: torch.device) -> FusionBatch:
        """Return the batch on a device."""
        return FusionBatch(*({k: t.to(device) for k, t in part.items()} for part in self))

    def rows(self, rows: Tensor) -> FusionBatch:
        """Return some of the proteins, in the order of `rows`."""
        return FusionBatch(*({name: t[rows] for name, t in part.items()} for part in self))


BATCHES_PER_PASS = 10
"""Minimum number of steps per epoch, so that small data sets are not trained less."""


@dataclass
class FusionBatches:
    """All proteins in random order; an incomplete last batch is dropped.

    The dropped proteins are few if a pass has many batches, but up to half if it has one. Every
    iteration is one pass with a new order; the seed fixes the whole sequence.

    Args:
        blocks: The proteins.
        batch_size: Proteins in a batch, >= 2; fewer if the proteins do not fill `per_pass` batches
            of this size, but at least two if there are two.
        seed: Seed of the orders.
        per_pass: Minimum number of batches in a pass, >= 1.
        clusters: For each modality the clusters of all proteins, ``(N,)``; may be set between
            passes.
    """

    blocks: Blocks
    batch_size: int
    seed: int
    per_pass: int = BATCHES_PER_PASS
    clusters: dict[str, Tensor] = field(default_factory=dict)
    _random: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._random = torch.Generator().manual_seed(self.seed)

    @property
    def _size(self) -> int:
        return min(self.batch_size, max(len(self.blocks.proteins) // self.per_pass, 2))

    def __len__(self) -> int:
        return max(len(self.blocks.proteins) // self._size, 1)

    def __iter__(self) -> Iterator[FusionBatch]:
        everything = self._everything()
        order = torch.randperm(len(self.blocks.proteins), generator=self._random)
        for k in range(len(self)):
            yield everything.rows(order[k * self._size : (k + 1) * self._size])

    def _everything(self) -> FusionBatch:
        """Return all proteins for this pass."""
        return FusionBatch.of(self.blocks)._replace(clusters=self.clusters)

    def state_dict(self) -> dict[str, Tensor]:
        """Return the state of the random generator."""
        return {"random": self._random.get_state()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Restore the state of an interrupted run."""
        self._random.set_state(state["random"])
