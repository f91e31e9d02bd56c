"""Protein pairs within small assemblies, with their evidence from map and network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ....artifacts import ElutionProfiles, Embedding, Hierarchy, Network
from ....similarity.nearest import unit_rows
from ..complexes import Floats
from .sequences import Protein

Ends = NDArray[np.intp]

RIDGE = 0.1
"""Added to the variance of each member before partial correlations are taken."""


@dataclass(frozen=True)
class Pairs:
    """Pairs that share a small assembly.

    Attributes:
        ends: ``(P, 2)`` positions of both proteins in the map, first < second.
        smallest: ``(P,)`` row of the smallest assembly that contains both.
        shared: ``(P,)`` how many small assemblies contain both.
    """

    ends: Ends
    smallest: Ends
    shared: Ends

    @classmethod
    def within(cls, hierarchy: Hierarchy, most: int) -> Pairs:
        """Return every pair of members of an assembly of 2 to `most` proteins below the root."""
        sizes = hierarchy.sizes
        rows = [k for k in np.argsort(sizes, kind="stable") if k and 2 <= sizes[k] <= most]
        smallest: dict[tuple[int, int], int] = {}
        shared: dict[tuple[int, int], int] = {}
        pointer, members = hierarchy.membership.indptr, hierarchy.membership.indices
        for row in rows:
            inside = np.sort(members[pointer[row] : pointer[row + 1]]).tolist()
            for n, a in enumerate(inside):
                for b in inside[n + 1 :]:
                    smallest.setdefault((a, b), int(row))
                    shared[a, b] = shared.get((a, b), 0) + 1
        keys = sorted(smallest)
        return cls(
            np.array(keys, np.intp).reshape(-1, 2),
            np.array([smallest[key] for key in keys], np.intp),
            np.array([shared[key] for key in keys], np.intp),
        )

    def of(self, chosen: NDArray[np.bool_] | Ends) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.ends[chosen], self.smallest[chosen], self.shared[chosen])

    def __len__(self) -> int:
        return len(self.ends)


@dataclass(frozen=True)
class Evidence:
    """What a map and the measurements behind it say of pairs.

    Attributes:
        hierarchy: The map.
        sequences: Of its proteins.
        networks: Name -> interactions.
        embedding: Vectors of its proteins, or None.
        profiles: Name -> elution profiles.
    """

    hierarchy: Hierarchy
    sequences: Mapping[str, Protein]
    networks: Mapping[str, Network]
    embedding: Embedding | None
    profiles: Mapping[str, ElutionProfiles]

    def features(self, pairs: Pairs) -> pd.DataFrame:
        """Return one row a pair, one number a feature; 0 where a measurement lacks a protein.

        Nothing of a reference is among them: it would say what it is to be judged by.
        """
        features = self._of_map(pairs) | self._of_sequences(pairs)
        for name, network in self.networks.items():
            features |= _of_network(network, name, self._rows(pairs, network.proteins))
        if self.embedding is not None:
            features |= self._of_embedding(pairs, self.embedding)
        for name, profiles in self.profiles.items():
            rows = self._rows(pairs, profiles.proteins)
            amounts = np.nan_to_num(profiles.amounts).astype(float)
            every = np.concatenate(list(amounts), axis=1)
            features[f"coelution {name}"] = _correlation(every, rows)
        return pd.DataFrame(features)

    def _of_map(self, pairs: Pairs) -> dict[str, Floats]:
        size = self.hierarchy.sizes[pairs.smallest].astype(float)
        stability = np.nan_to_num(self.hierarchy.stability[pairs.smallest].astype(float))
        return {
            "log assembly size": np.log(size),
            "log assemblies shared": np.log(pairs.shared),
            "log persistence": np.log1p(self.hierarchy.persistence[pairs.smallest]),
            "stability": stability,
        }

    def _of_sequences(self, pairs: Pairs) -> dict[str, Floats]:
        log_length, disorder = self._lengths[pairs.ends], self._disorder[pairs.ends]
        return {
            "log length": np.asarray(log_length.sum(axis=1)),
            "length difference": np.abs(log_length[:, 0] - log_length[:, 1]),
            "disorder": np.asarray(disorder.max(axis=1)),
        }

    @cached_property
    def _lengths(self) -> Floats:
        proteins = (self.sequences.get(name) for name in self.hierarchy.proteins)
        return np.array([np.log(one.length) if one else 0.0 for one in proteins])

    @cached_property
    def _disorder(self) -> Floats:
        proteins = (self.sequences.get(name) for name in self.hierarchy.proteins)
        return np.array([one.disorder if one else 0.0 for one in proteins])

    def _rows(self, pairs: Pairs, proteins: Sequence[str]) -> Ends:
        """Return the pairs as positions in another list of proteins, -1 where it lacks one."""
        known = pd.Index(list(proteins), dtype=object)
        place = known.get_indexer(pd.Index(list(self.hierarchy.proteins), dtype=object))
        return np.asarray(place[pairs.ends], np.intp)

    def _of_embedding(self, pairs: Pairs, embedding: Embedding) -> dict[str, Floats]:
        rows = self._rows(pairs, embedding.proteins)
        similarity = _correlation(embedding.vectors.astype(float), rows, centred=False)
        frame = pd.DataFrame({"assembly": pairs.smallest, "similarity": similarity})
        rank = frame.groupby("assembly")["similarity"].rank(pct=True).to_numpy(float)
        partial = self._partial(pairs, embedding, rows)
        return {"similarity": similarity, "rank in assembly": rank, "partial correlation": partial}

    def _partial(self, pairs: Pairs, embedding: Embedding, rows: Ends) -> Floats:
        """Return the correlation of each pair given the other members of its assembly."""
        correlation = np.zeros(len(pairs))
        vectors = unit_rows(embedding.vectors.astype(float))
        for assembly in np.unique(pairs.smallest):
            mine = np.flatnonzero((pairs.smallest == assembly) & (rows >= 0).all(axis=1))
            if not len(mine):
                continue
            members, places = np.unique(rows[mine], return_inverse=True)
            gram = vectors[members] @ vectors[members].T + RIDGE * np.eye(len(members))
            precision = np.linalg.inv(gram)
            scale = np.sqrt(np.diag(precision))
            a, b = places.reshape(-1, 2).T
            correlation[mine] = -precision[a, b] / (scale[a] * scale[b])
        return correlation


def _correlation(values: Floats, rows: Ends, *, centred: bool = True) -> Floats:
    """Return the correlation of the rows of each pair (or cosine); 0 where one is not there."""
    unit = unit_rows(values - values.mean(axis=1, keepdims=True) if centred else values)
    correlation = np.einsum("ij,ij->i", unit[rows[:, 0]], unit[rows[:, 1]])
    return np.where((rows >= 0).all(axis=1), correlation, 0.0)


def _of_network(network: Network, name: str, rows: Ends) -> dict[str, Floats]:
    """Return the weight of the edge of each pair and the cosine of both proteins' partners."""
    adjacency = network.adjacency().astype(float)
    inside = np.asarray((rows >= 0).all(axis=1))
    a, b = np.where(inside[:, None], rows, 0).T
    binary = sparse.csr_array(
        (np.ones(adjacency.nnz), adjacency.indices, adjacency.indptr), shape=adjacency.shape
    )
    common = np.asarray(binary[a].multiply(binary[b]).sum(axis=1)).ravel()
    degree: Floats = np.asarray(binary.sum(axis=1), float).ravel()
    shared = common / np.sqrt(np.maximum(degree[a] * degree[b], 1))
    weight = np.asarray(
        adjacency[a].multiply(_indicator(b, adjacency.shape[1])).sum(axis=1)
    ).ravel()
    features = {f"edge {name}": (weight > 0).astype(float), f"weight {name}": weight}
    features |= {
        f"shared partners {name}": shared,
        f"log degree {name}": np.log1p(degree[a] + degree[b]),
    }
    return {key: np.where(inside, values, 0.0) for key, values in features.items()}


def _indicator(columns: Ends, width: int) -> sparse.csr_array:
    """Return one row an entry of `columns`, 1 in that column."""
    count = len(columns)
    return sparse.csr_array((np.ones(count), columns, np.arange(count + 1)), shape=(count, width))
