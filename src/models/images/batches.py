"""Training batches of random crops of images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor


class CropBatch(NamedTuple):
    """A batch of crops with their labels.

    Attributes:
        crops: ``(B, 4, crop, crop)`` uint8.
        images: ``(B,)`` int64: the image, or field of view, that each crop was cut from.
        same_protein: ``(B, B)`` bool: whether the images of two crops share a protein.
        locations: ``(B, T)`` bool; T = 0 where no labels are used.
        views: Number of consecutive crops of each protein; even and odd ones are from different
            fields, if it has more than one.
    """

    crops: Tensor
    images: Tensor
    same_protein: Tensor
    locations: Tensor
    views: int = 1


@dataclass
class CropBatches:
    """All proteins in random order, each with several random crops from its images.

    Every iteration is one epoch: each protein occurs once, with `views` crops spread over as many
    of its images as possible. The seed fixes the sequence of all epochs.

    Args:
        pixels: ``(I, 4, S, S)`` uint8; may be memory-mapped, only the crops are read.
        shows: ``(I, N)`` CSR bool: which proteins an image may show; images of no protein are
            never used.
        locations: ``(I, T)`` bool.
        crop: Edge of a crop in pixels, <= S.
        views: Crops of a protein in its batch, >= 1.
        batch_size: Crops in a batch, >= `views`.
        seed: Seed of order, images and crop positions.
        fields: ``(I,)`` field of view of each image; by default each has its own.
    """

    pixels: NDArray[np.uint8]
    shows: sparse.csr_array
    locations: NDArray[np.bool_]
    crop: int
    views: int
    batch_size: int
    seed: int
    fields: NDArray[np.int64] | None = None
    _random: np.random.Generator = field(init=False)
    _images_of: list[NDArray[np.int32]] = field(init=False)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)
        columns = self.shows.tocsc()
        images = np.split(columns.indices, columns.indptr[1:-1])
        self._images_of = [rows for rows in images if len(rows)]

    def __len__(self) -> int:
        return -(-len(self._images_of) // self._proteins_at_once)

    @property
    def _proteins_at_once(self) -> int:
        return self.batch_size // self.views

    def __iter__(self) -> Iterator[CropBatch]:
        order = self._random.permutation(len(self._images_of))
        for part in np.array_split(order, len(self)):
            yield self._batch(np.concatenate([self._draw(self._images_of[p]) for p in part]))

    def state_dict(self) -> dict[str, object]:
        """Return the state of the random generator, to resume a training."""
        return dict(self._random.bit_generator.state)

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Restore the state of the random generator."""
        self._random.bit_generator.state = state

    def _draw(self, images: NDArray[np.int32]) -> NDArray[np.int32]:
        drawn, chosen = self._random.permutation(images), np.empty(self.views, np.int32)
        fields = pd.factorize(self._field_of(drawn))[0]
        for half in (0, 1):
            own = drawn[fields % 2 == half]
            chosen[half::2] = np.resize(own if len(own) else drawn, len(chosen[half::2]))
        return chosen

    def _field_of(self, images: NDArray[np.int32]) -> NDArray[np.int64]:
        return images.astype(np.int64) if self.fields is None else self.fields[images]

    def _batch(self, images: NDArray[np.int32]) -> CropBatch:
        room = self.pixels.shape[-1] - self.crop + 1
        y, x = self._random.integers(room, size=(2, len(images)))
        windows = np.lib.stride_tricks.sliding_window_view(
            self.pixels, (self.crop, self.crop), axis=(2, 3)
        )
        shows = self.shows[images].astype(np.int32)
        return CropBatch(
            torch.from_numpy(windows[images, :, y, x]),
            torch.from_numpy(self._field_of(images)),
            torch.from_numpy((shows @ shows.T).toarray() > 0),
            torch.from_numpy(self.locations[images]),
            self.views,
        )
