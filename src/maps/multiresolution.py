"""Multiresolution map: Leiden at many resolutions, consensus clusters, containment hierarchy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from ..artifacts import Hierarchy, Network
from ..nodes.ranges import AtLeastOne, Ge, Interval, Unit, UnitAboveZero, checked
from .clustering.agglomerative import AverageLinkage, DensityClusters
from .clustering.communities import Communities
from .clustering.partitions import Partitions
from .neighbours import NearestNeighbours, TopFraction
from .persistence import occurrences, recurrences
from .ranking import Ranking, best_distinct, stabilities
from .weaving import weave

UpperHalf = Annotated[float, Interval(gt=0.5, le=1)]


@checked
@dataclass(frozen=True)
class Multiresolution:
    """Map a network by consensus communities over resolutions and seeds.

    Similar clusters of all partitions become one assembly, its members by majority. Assemblies are
    ranked, near-duplicates of a better one are left out, and the best are woven into a hierarchy
    by containment.

    Args:
        neighbours: Builds the network of an embedding; called by the pipeline.
        communities: Clustering of the network, or a baseline in its place.
        ranking: Score of assemblies.
        max_assemblies: Maximum number of assemblies below the root, at least 1.
        min_size: Minimum size of an assembly, at least 2.
        min_persistence: Minimum share of the partitions in which an assembly recurs, 0 .. 1.
        min_stability: Minimum stability of an assembly, 0 .. 1.
        alike: Jaccard above which two clusters are the same assembly, in .5 .. 1.
        overlap: Jaccard above which the lower ranked of two assemblies is left out, in 0 .. 1.
        containment: Share of a child that its parent must contain, above .5 up to 1.
        redundancy: Jaccard from which on a parent and child are one assembly, above 0 up to 1.

    Raises:
        ConfigError: If a setting is out of range.
    """

    neighbours: NearestNeighbours | TopFraction = field(default_factory=NearestNeighbours)
    communities: Communities | AverageLinkage | DensityClusters = field(default_factory=Communities)
    ranking: Ranking = field(default_factory=Ranking)
    max_assemblies: AtLeastOne = 275
    min_size: Annotated[int, Ge(2)] = 4
    min_persistence: Unit = 0.01
    min_stability: Unit = 0.5
    alike: UpperHalf = 0.85
    overlap: UnitAboveZero = 0.5
    containment: UpperHalf = 0.75
    redundancy: UnitAboveZero = 0.9

    def __call__(self, network: Network, *, seed: int, workers: int = 1) -> Hierarchy:
        """Build the hierarchy of a network; the same seed gives the same bytes.

        Args:
            network: ``N`` proteins, all in the root.
            seed: Seed of all random choices.
            workers: Number of processes, without effect on the result.
        """
        return self.weave(network, self.partitions(network, seed=seed, workers=workers))

    def partitions(self, network: Network, *, seed: int, workers: int = 1) -> Partitions:
        """Cluster the network: the costly step, which depends on `communities` alone."""
        return self.communities(network, seed=seed, workers=workers)

    def weave(self, network: Network, partitions: Partitions) -> Hierarchy:
        """Return the hierarchy of a network's partitions; deterministic."""
        whole = partitions.labels[partitions.replicates == 0]
        clusters = occurrences(whole, self.min_size)
        least = self.min_persistence * len(whole)
        recurring = recurrences(
            clusters.members, clusters.returns, self.alike, self.min_size, least
        )
        members, returns = recurring.members, recurring.returns
        stability = stabilities(members, partitions)
        surely = np.where(np.isnan(stability), 1, stability)
        weights = self.communities.weights(network)
        score = self.ranking(members, network, weights, returns / len(whole), surely)
        score[surely < self.min_stability] = 0
        kept = best_distinct(
            members, score, self.max_assemblies, self.overlap, self.ranking.diversity
        )
        return weave(
            network.proteins,
            members[kept],
            returns[kept],
            stability[kept].astype(np.float32),
            containment=self.containment,
            redundancy=self.redundancy,
        )
