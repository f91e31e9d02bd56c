"""HiDeF as published: persistent communities over resolutions, woven by containment.

Source: Zheng et al., Genome Biology 22:21 (2021), doi:10.1186/s13059-020-02228-4, with the
refinement of the published cell maps (Schaffer et al. 2025, doi:10.1038/s41586-025-08878-3).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Hierarchy, Network
from ...errors import SettingError
from ...nodes.ranges import AtLeastOne, Ge, Positive, UnitAboveZero, checked
from ...similarity.containment import set_sizes
from ..clustering.leiden import Layers, Run, cluster
from ..clustering.partitions import Partitions
from ..neighbours import NearestNeighbours, TopFraction
from ..persistence import occurrences, similar
from ..weaving import named
from .hidef_weaving import most_persistent, refined, woven
from .percolation import components, consensus, ensembles

SMALLEST_STEP = 0.001  # between resolutions; published constant
DECIMALS = 4  # of a resolution; published constant
MIN_SIZE = 4  # of a cluster; published constant


@checked
@dataclass(frozen=True)
class ResolutionRange:
    """Resolutions at which HiDeF detects communities.

    Args:
        low: Smallest resolution, > 0.
        high: Largest, above `low`.
        spacing: Resolutions closer than this in log10 are neighbours, > 0.
        neighbours: Intervals are halved until both ends have more neighbours than this, at least 1.
    """

    low: Positive = 0.001
    high: Positive = 80.0
    spacing: Positive = 0.1
    neighbours: AtLeastOne = 10

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise SettingError("low", f"must be below high ({self.high}), got {self.low}.")

    def resolutions(self) -> NDArray[np.float64]:
        """Return ``(R,)`` resolutions in the order of the search: both ends, then midpoints."""
        resolutions = [self.low, self.high]
        intervals = deque([(0, 1)])
        while intervals:
            a, b = intervals.popleft()
            if round(resolutions[b] - resolutions[a], DECIMALS) <= SMALLEST_STEP:
                continue
            near = self.nearby(np.array(resolutions))[[a, b]].sum(axis=1)
            if near.min() > self.neighbours:
                continue
            resolutions.append(round(float(np.sqrt(resolutions[a] * resolutions[b])), DECIMALS))
            intervals += [(a, len(resolutions) - 1), (len(resolutions) - 1, b)]
        return np.array(resolutions)

    def nearby(self, resolutions: NDArray[np.float64]) -> sparse.csr_array:
        """Return ``(R, R)`` bool: which resolutions are neighbours, not of themselves."""
        logs = np.log10(resolutions)
        near = np.abs(logs[:, None] - logs[None, :]) < self.spacing
        np.fill_diagonal(near, False)
        return sparse.csr_array(near)


@checked
@dataclass(frozen=True)
class Hidef:
    """Map a network with HiDeF.

    Edge weights are not used, except to select the edges of layers.

    Args:
        neighbours: Builds the network of an embedding; called by the pipeline.
        range: Resolutions.
        layers: Shares of the strongest edges, each a network of its own, all clustered jointly;
            none: the whole network.
        similarity: Jaccard above which clusters are similar, and containment from which one is the
            parent of another (tau), in 0..1.
        persistence: Minimum number of similar clusters of an assembly (chi), at least 2.
        consensus: Share of its clusters that must contain a member of an assembly, in 0..1.
        refine: Whether the hierarchy is refined as in the published cell maps.
        redundancy: Jaccard from which refinement merges parent and child, in 0..1.
        max_assemblies: Number of most persistent assemblies to keep; all if null.

    Raises:
        ConfigError: If a setting is out of range.
    """

    neighbours: NearestNeighbours | TopFraction = field(default_factory=TopFraction)
    range: ResolutionRange = field(default_factory=ResolutionRange)
    layers: tuple[UnitAboveZero, ...] = ()
    similarity: UnitAboveZero = 0.75
    persistence: Annotated[int, Ge(2)] = 10
    consensus: UnitAboveZero = 0.75
    refine: bool = True
    redundancy: UnitAboveZero = 0.9
    max_assemblies: AtLeastOne | None = None

    def __call__(self, network: Network, *, seed: int, workers: int = 1) -> Hierarchy:
        """Build the hierarchy of a network; the same seed gives the same bytes."""
        return self.weave(network, self.partitions(network, seed=seed, workers=workers))

    def partitions(self, network: Network, *, seed: int, workers: int = 1) -> Partitions:
        """Cluster the network at every resolution: depends on `range` and `layers` alone."""
        steps = self.range.resolutions() if len(network.edges) else np.empty(0)
        seeds = np.random.default_rng(seed).integers(2**62, size=len(steps)).tolist()
        runs = [Run("modularity", r, 0, own) for r, own in zip(steps.tolist(), seeds, strict=True)]
        alike = np.ones(len(network.edges))
        layers = Layers.of(network.edges, network.weights, alike, self.layers)
        labels = cluster(len(network.proteins), layers, runs, workers=workers)
        zeros = np.zeros(len(runs), np.int32)
        return Partitions(labels, ("modularity",) * len(runs), steps, zeros)

    def weave(self, network: Network, partitions: Partitions) -> Hierarchy:
        """Return the hierarchy of a network's partitions; deterministic."""
        clusters = occurrences(partitions.labels, MIN_SIZE)
        part = components(clusters, self.range.nearby(partitions.resolutions), self.similarity)
        alike = similar(clusters.members, self.similarity)
        groups = list(ensembles(clusters, part, alike, self.persistence))
        members, persistence = consensus(clusters.members, groups, self.consensus)
        order = np.argsort(-set_sizes(members), kind="stable")
        order = order[set_sizes(members)[order] > 0]
        draft = woven(members[order], persistence[order], self.similarity)
        if self.refine:
            draft = refined(draft, self.similarity, self.redundancy, MIN_SIZE)
        draft = most_persistent(draft, self.max_assemblies)
        unknown = np.full(len(draft.persistence), np.nan, np.float32)
        return named(network.proteins, draft.members, draft.arcs, draft.persistence, unknown)
