"""Batches shared out among the devices of one training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import distributed
from torch.utils.data import DataLoader


@dataclass
class DeviceBatches:
    """Every `devices`-th batch, from the place of this process on.

    All processes draw the same sequence, from the same seed; batches left over by the last whole
    round sit an epoch out, so that no process waits for another. Where there are fewer batches
    than devices, all devices take the first.

    Args:
        batches: With a length.
        devices: How many processes share them.
    """

    batches: Any
    devices: int

    def __len__(self) -> int:
        return max(len(self.batches) // self.devices, 1)

    def __iter__(self) -> Iterator[object]:
        rank = distributed.get_rank() if distributed.is_initialized() else 0
        shared = len(self) * self.devices
        too_few = len(self.batches) < self.devices
        mine: list[object] = []
        # One is held back until all are drawn, so that the generators behind them stay in step:
        # nobody asks for more than the last.
        for k, batch in enumerate(self.batches):
            if (too_few and k == 0) or (k < shared and k % self.devices == rank and not too_few):
                yield from mine
                mine = [batch]
        yield from mine


def per_device(batches: Iterable[object], devices: int) -> Iterable[object]:
    """Return what one of so many devices is to train on; Lightning itself divides a DataLoader."""
    if devices == 1 or isinstance(batches, DataLoader):
        return batches
    return DeviceBatches(batches, devices)
