"""Weighted Leiden communities of a network over many resolutions, seeds and resampled edges."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...artifacts import Floats, Network
from ...errors import SettingError
from ...nodes.ranges import (
    AtLeastOne,
    Natural,
    NonNegative,
    Positive,
    UnitAboveZero,
    UnitInside,
    checked,
)
from .leiden import Layers, Run, cluster
from .partitions import Partitions

FLOOR = 0.05  # weight of the weakest pair when the strongest has 1 + FLOOR, before the power


@checked
@dataclass(frozen=True)
class Resolutions:
    """Resolutions in geometric steps.

    Args:
        low: Smallest, > 0; None: the mean weight over all pairs of proteins, below which a
            community may be sparser than the network as a whole, or a hundredth of `high` if less.
        high: Largest, above `low`.
        count: How many, at least 2; 0 leaves this quality out.
    """

    low: Positive | None
    high: Positive
    count: Natural

    def __post_init__(self) -> None:
        if self.low is not None and self.low >= self.high:
            raise SettingError("low", f"must be below high ({self.high}), got {self.low}.")
        if self.count == 1:
            raise SettingError("count", "must be at least 2, or 0 for none, got 1.")

    def steps(self, density: float) -> NDArray[np.float64]:
        """Return the ``(count,)`` resolutions for a network of the given mean pair weight."""
        low = min(density, self.high / 100) if self.low is None else self.low
        return np.geomspace(low, self.high, self.count)


@checked
@dataclass(frozen=True)
class Communities:
    """Leiden communities at many resolutions, seeds and resampled networks.

    The constant Potts model finds dense complexes of any size in a weighted network; modularity
    (Reichardt-Bornholdt) finds compartments up to half the proteome. Weights are scaled to 0..1
    and raised to a power, so that near pairs count more; equal weights count equally.

    Args:
        cpm: Resolutions of the constant Potts model, in units of the strongest weight.
        modularity: Resolutions of modularity; 1 is Newman's.
        contrast: Power of the weights, >= 0; 0 leaves them out.
        iterations: Passes of Leiden in each run, at least 1. A second one raises the quality of a
            partition by 2 % at 60 % more time, without effect on any metric of the consensus.
        repeats: Seeds at each resolution, at least 1.
        resamples: Number of edge-subsampled networks, from which stability is measured; 0: none.
        kept: Share of edges in a resampled network, between 0 and 1.
        thinning: A resampled network is clustered at every `thinning`-th resolution, at least 1.
        layers: Shares of the strongest edges, each a network of its own, all of them clustered
            jointly: several densities of one network. None: the whole network.

    Raises:
        ConfigError: If a setting is out of range.
    """

    cpm: Resolutions = field(default_factory=lambda: Resolutions(low=None, high=1.0, count=120))
    modularity: Resolutions = field(default_factory=lambda: Resolutions(0.02, high=5.0, count=24))
    contrast: NonNegative = 1.5
    iterations: AtLeastOne = 1
    repeats: AtLeastOne = 2
    resamples: Natural = 3
    kept: UnitInside = 0.9
    thinning: AtLeastOne = 6
    layers: tuple[UnitAboveZero, ...] = ()

    def __post_init__(self) -> None:
        if self.cpm.count + self.modularity.count == 0:
            raise SettingError("cpm", "and modularity both have count=0; keep one.")

    def __call__(self, network: Network, *, seed: int, workers: int = 1) -> Partitions:
        """Cluster a network once for each resolution, repeat and resampled network.

        A network without edges has no partitions.

        Args:
            network: ``N`` proteins.
            seed: Seed of Leiden and of the resampled edges.
            workers: Processes.
        """
        weights = self.weights(network)
        runs = self._runs(network, weights, seed) if len(weights) else []
        layers = Layers.of(network.edges, network.weights, weights, self.layers)
        labels = cluster(len(network.proteins), layers, runs, kept=self.kept, workers=workers)
        return Partitions(
            labels,
            tuple(run.quality for run in runs),
            np.array([run.resolution for run in runs], np.float64),
            np.array([run.replicate for run in runs], np.int32),
        )

    def weights(self, network: Network) -> NDArray[np.float64]:
        """Return the ``(E,)`` weights that are clustered."""
        return contrasted(network.weights, self.contrast)

    def _runs(self, network: Network, weights: NDArray[np.float64], seed: int) -> list[Run]:
        n = len(network.proteins)
        density = 2 * float(weights.sum()) / (n * (n - 1))
        steps = [("cpm", r) for r in self.cpm.steps(density).tolist()]
        steps += [("modularity", r) for r in self.modularity.steps(density).tolist()]
        wanted = [(quality, r, 0) for _ in range(self.repeats) for quality, r in steps]
        wanted += [
            (quality, r, replicate)
            for replicate in range(1, self.resamples + 1)
            for quality, r in steps[replicate % self.thinning :: self.thinning]
        ]
        seeds = np.random.default_rng(seed).integers(2**62, size=len(wanted) + 1).tolist()
        edges_seed = seeds.pop()
        return [
            Run(quality, r, replicate, own, edges_seed, self.iterations)
            for (quality, r, replicate), own in zip(wanted, seeds, strict=True)
        ]


def contrasted(weights: Floats, power: float) -> NDArray[np.float64]:
    """Return ``(E,)`` weights scaled to .05 .. 1.05 and raised to `power`; equal ones are 1."""
    w = weights.astype(np.float64)
    spread = float(np.ptp(w)) if len(w) else 0.0
    return (FLOOR + (w - w.min()) / spread) ** power if spread > 0 else np.ones(len(w))
