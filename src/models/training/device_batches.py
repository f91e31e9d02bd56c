"""Distribution of batches over the devices of one training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import distributed
from torch.utils.data import DataLoader


@dataclass
class DeviceBatches:
    """Every `devices`-th batch, starting at the rank of this process.

    All processes draw the same sequence from the same seed; an incomplete last round is dropped, so
    that no process waits for another. With fewer batches than devices, all devices take the first.

    Args:
        batches: With a length.
        devices: Number of processes that share them.
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
        # Yield with a delay of one, so that all batches are drawn before the last is yielded and
        # the random generators of all processes stay in step.
        for k, batch in enumerate(self.batches):
            if (too_few and k == 0) or (k < shared and k % self.devices == rank and not too_few):
                yield from mine
                mine = [batch]
        yield from mine


def per_device(batches: Iterable[object], devices: int) -> Iterable[object]:
    """Return the batches of this process; Lightning itself distributes a DataLoader."""
    if devices == 1 or isinstance(batches, DataLoader):
        return batches
    return DeviceBatches(batches, devices)
