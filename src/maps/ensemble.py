"""Cluster ensemble: candidates from dendrograms and Leiden, ranked by consensus."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Hierarchy, Ints, Network
from ..nodes.ranges import AtLeastOne, Ge, Interval, NonNegative, UnitAboveZero, checked
from ..similarity.containment import set_sizes
from ..terminal.cores import allowed
from ..terminal.workers import in_threads
from .canonical import canonical_order, reordered, twins, with_twins
from .clustering.communities import Communities, Resolutions, contrasted
from .clustering.compiled_linkage import best_jaccards, laid_out
from .clustering.dendrograms import SIMILARITIES, Dendrograms
from .clustering.partitions import Partitions
from .neighbours import NearestNeighbours, TopFraction
from .persistence import occurrences
from .ranking import best_distinct, cohesion, significance, weights_inside
from .weaving import weave

RETURNED = 0.75  # Jaccard from which a dendrogram counts as containing an assembly


def _communities() -> Communities:
    return Communities(
        cpm=Resolutions(low=None, high=1.0, count=60),
        modularity=Resolutions(0.02, high=5.0, count=12),
        repeats=1,
        resamples=0,
    )


@checked
@dataclass(frozen=True)
class ClusterEnsemble:
    """Map a network by the clusters of several methods, ranked by agreement over dendrograms.

    Clusters of average-linkage dendrograms by several similarities and Leiden communities at many
    resolutions are candidates. Their score is

    score = significance x agreement^`agreement` x cohesion^`cohesion` x size^`size`

    significance: the Poisson log-likelihood ratio of the weight inside to that expected from the
    members' strengths, per member. Agreement: the Jaccard index with the most similar cluster of a
    dendrogram, averaged over dendrograms of all edges, by each similarity, and of resampled ones.
    Cohesion: the share of the members' strengths that is inside. The best are kept, near-duplicates
    of a better one left out, and woven into a hierarchy.

    The result does not depend on names or their order: proteins are in canonical order, and
    proteins with identical neighbourhoods are members together or not at all. The seed decides
    ties.

    Args:
        neighbours: Builds the network of an embedding; called by the pipeline.
        communities: Leiden communities, as candidates.
        dendrograms: Linkage, for candidates and for the agreement of all candidates.
        max_assemblies: Maximum number of assemblies below the root, at least 1.
        min_size: Minimum size of an assembly, at least 2.
        agreement: Exponent of the agreement, at least 0.
        cohesion: Exponent of the cohesion, at least 0.
        size: Exponent of the number of members, at least 0.
        diversity: The score of an assembly whose Jaccard with a chosen one is J counts
            (1 - J)^`diversity`; at least 0.
        overlap: Jaccard above which the lower ranked of two assemblies is left out, in 0 .. 1.
        containment: Share of a child that its parent must contain, above .5 up to 1.
        redundancy: Jaccard from which on a parent and child are one assembly, above 0 up to 1.

    Raises:
        ConfigError: If a setting is out of range.
    """

    neighbours: NearestNeighbours | TopFraction = field(default_factory=NearestNeighbours)
    communities: Communities = field(default_factory=_communities)
    dendrograms: Dendrograms = field(default_factory=Dendrograms)
    max_assemblies: AtLeastOne = 275
    min_size: Annotated[int, Ge(2)] = 4
    agreement: NonNegative = 1.0
    cohesion: NonNegative = 0.5
    size: NonNegative = 0.2
    diversity: NonNegative = 1.75
    overlap: UnitAboveZero = 0.7
    containment: Annotated[float, Interval(gt=0.5, le=1)] = 0.75
    redundancy: UnitAboveZero = 0.9

    def __call__(self, network: Network, *, seed: int, workers: int = 1) -> Hierarchy:
        """Build the hierarchy of a network; the same seed gives the same bytes.

        Args:
            network: ``N`` proteins, all in the root.
            seed: Seed of ties, resampled edges and Leiden.
            workers: Number of processes, without effect on the result.
        """
        return self.weave(network, self.partitions(network, seed=seed, workers=workers))

    def partitions(self, network: Network, *, seed: int, workers: int = 1) -> Partitions:
        """Cluster the network, its proteins in canonical order."""
        network = reordered(network, canonical_order(network))
        partitions = self.communities(network, seed=seed, workers=workers)
        return replace(
            partitions, dendrograms=self.dendrograms(network, seed=seed, workers=workers)
        )

    def weave(self, network: Network, partitions: Partitions) -> Hierarchy:
        """Return the hierarchy of clustering results; deterministic."""
        order = canonical_order(network)
        ordered = reordered(network, order)
        members = candidates(ordered, partitions, self.min_size)
        weights = contrasted(ordered.weights, self.communities.contrast)
        inside = weights_inside(members, ordered, weights)
        sure = significance(inside, members, ordered, weights)
        members, inside, sure = (
            sparse.csr_array(members[sure > 0]),
            inside[sure > 0],
            sure[sure > 0],
        )
        share = cohesion(inside, members, ordered, weights)
        near = agreements(members, partitions.dendrograms)
        agreement = near.mean(axis=1)
        score = sure * agreement**self.agreement * share**self.cohesion
        score = score * set_sizes(members) ** self.size
        kept = best_distinct(members, score, self.max_assemblies, self.overlap, self.diversity)
        columns = np.argsort(order)
        return weave(
            network.proteins,
            sparse.csr_array(members[kept][:, columns]),
            (near[kept] >= RETURNED).sum(axis=1),
            agreement[kept].astype(np.float32),
            containment=self.containment,
            redundancy=self.redundancy,
        )


def candidates(network: Network, partitions: Partitions, min_size: int) -> sparse.csr_array:
    """Return ``(A, N)`` all distinct clusters of at most half of the proteins, twins together.

    Args:
        network: ``N`` proteins.
        partitions: Its Leiden communities and dendrograms; of the latter those of all edges.
        min_size: Minimum size.
    """
    n = len(network.proteins)
    clusters = [occurrences(partitions.labels, min_size).members]
    clusters += [
        _clusters(parents, n, min_size) for parents in partitions.dendrograms[:SIMILARITIES]
    ]
    members = with_twins(sparse.csr_array(sparse.vstack(clusters).tocsr()), twins(network))
    sizes = set_sizes(members)
    members = sparse.csr_array(members[(sizes >= min_size) & (sizes <= n / 2)])
    marks = np.random.default_rng(0).integers(2**64, size=n, dtype=np.uint64)
    sums = np.add.reduceat(marks[members.indices], members.indptr[:-1])
    return sparse.csr_array(members[np.sort(np.unique(sums, return_index=True)[1])])


def _clusters(parents: Ints, n: int, min_size: int) -> sparse.csr_array:
    """``(A, N)`` clusters of a dendrogram of size `min_size` to half of the proteins."""
    order, starts, sizes = laid_out(parents, n)
    chosen = np.flatnonzero((sizes >= min_size) & (sizes <= n / 2))
    indptr = np.concatenate([[0], np.cumsum(sizes[chosen])])
    place = np.arange(indptr[-1]) + np.repeat(starts[chosen] - indptr[:-1], sizes[chosen])
    ones = np.ones(indptr[-1], np.float32)
    members = sparse.csr_array((ones, order[place], indptr), shape=(len(chosen), n))
    members.sort_indices()
    return members


def agreements(members: sparse.csr_array, dendrograms: Ints) -> NDArray[np.float64]:
    """Return ``(A, T)`` the Jaccard index of each set with the most similar cluster of each.

    Args:
        members: ``(A, N)`` sets.
        dendrograms: ``(T, 2N)`` parents.
    """
    starts, n = members.indptr.astype(np.int64), members.shape[1]
    sets = members.indices.astype(np.int32)
    tasks = [(starts, sets, parents, laid_out(parents, n)[2]) for parents in dendrograms]
    near = in_threads(best_jaccards, tasks, allowed())
    return np.column_stack([*near])
