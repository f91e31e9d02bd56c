"""Partitions of the same proteins from many clustering runs, the input of weaving."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...artifacts import Ints


@dataclass(frozen=True)
class Partitions:
    """Communities at many resolutions, of the whole network and of resampled ones.

    Attributes:
        labels: ``(R, N)`` int32: community of each protein in each run, numbered from 0.
        qualities: ``(R,)`` names of what each run optimised.
        resolutions: ``(R,)`` float64 resolution of each run.
        replicates: ``(R,)`` int32: 0 for runs on all edges, else the number of the resampled
            network.
        dendrograms: ``(T, 2N)`` int32: parents of nodes and merged clusters, -1 for none, of
            dendrograms of all edges (the first four) and of resampled ones; T is 0 without any.
    """

    labels: Ints
    qualities: tuple[str, ...]
    resolutions: NDArray[np.float64]
    replicates: Ints
    dendrograms: Ints = field(default_factory=lambda: np.empty((0, 0), np.int32))

    def save(self, folder: Path) -> None:
        """Write the partitions to `folder`, labels in the smallest sufficient integer type."""
        smallest = np.min_scalar_type(int(self.labels.max(initial=0)))
        np.savez(  # not compressed, as that would take a tenth of the time of clustering
            folder / "partitions.npz",
            labels=self.labels.astype(smallest),
            qualities=np.array(self.qualities, str),
            resolutions=self.resolutions,
            replicates=self.replicates,
            dendrograms=self.dendrograms,
        )

    @classmethod
    def load(cls, folder: Path) -> Partitions:
        """Read what `save` wrote."""
        with np.load(folder / "partitions.npz") as arrays:
            return cls(
                arrays["labels"].astype(np.int32),
                tuple(arrays["qualities"].tolist()),
                arrays["resolutions"],
                arrays["replicates"],
                arrays["dendrograms"],
            )
