"""Batches of proteins with all their modalities, from arrays that stay in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from .blocks import Blocks


class FusionBatch(NamedTuple):
    """Proteins and what was measured of each.

    Attributes:
        values: For each modality ``(B, D_m)``: rows of norm 1, or of zeros where missing.
        present: For each modality ``(B,)`` bool.
    """

    values: dict[str, Tensor]
    present: dict[str, Tensor]

    @classmethod
    def of(cls, blocks: Blocks) -> FusionBatch:
        """Return all proteins as one batch that shares memory with `blocks`."""
        names = blocks.modalities
        return cls(
            dict(zip(names, map(torch.from_numpy, blocks.values), strict=True)),
            dict(zip(names, torch.from_numpy(blocks.present).T, strict=True)),
        )

    def rows(self, rows: Tensor) -> FusionBatch:
        """Return some of the proteins, in the order of `rows`."""
        return FusionBatch(
            {name: values[rows] for name, values in self.values.items()},
            {name: present[rows] for name, present in self.present.items()},
        )


BATCHES_PER_PASS = 10
"""At least so many steps in a pass, so that small data sets are not trained less."""


@dataclass
class FusionBatches:
    """All proteins in random order; the few left over by the last full batch sit a pass out.

    Every iteration is one pass with a new order; the seed fixes the whole sequence.

    Args:
        blocks: The proteins.
        batch_size: Proteins in a batch, >= 2; fewer where the proteins make no
            `BATCHES_PER_PASS` batches of this size.
        seed: Of the orders.
    """

    blocks: Blocks
    batch_size: int
    seed: int
    _random: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        self._random = torch.Generator().manual_seed(self.seed)

    @property
    def _size(self) -> int:
        return min(self.batch_size, max(len(self.blocks.proteins) // BATCHES_PER_PASS, 2))

    def __len__(self) -> int:
        return max(len(self.blocks.proteins) // self._size, 1)

    def __iter__(self) -> Iterator[FusionBatch]:
        everything = FusionBatch.of(self.blocks)
        order = torch.randperm(len(self.blocks.proteins), generator=self._random)
        for k in range(len(self)):
            yield everything.rows(order[k * self._size : (k + 1) * self._size])
