"""Evidence for assemblies by modality: interactions or cosines of members, relative to chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from ...artifacts import Embedding, Hierarchy, Network
from ...similarity.nearest import nearest_rows, unit_rows
from ..measured import Measured
from ..result import RunResult

Doubles = NDArray[np.float64]

FUSED = "fused"
"""The fused vectors of all modalities, from which the map was made."""

DRAWS = 200
"""Random sets of each size for the null of mean similarities."""
NEAREST_NEIGHBOURS = 12
"""Number of nearest neighbours in each kind of evidence."""
GROWTH = 1.25
"""From one size of random sets to the next; sizes between are interpolated."""


@dataclass(frozen=True)
class Summary:
    """Summary of one kind of evidence for every assembly; the root is row 0.

    Attributes:
        measured: ``(A,)`` number of measured members.
        seen: ``(A,)`` interactions among members, or the mean cosine of their pairs.
        chance: ``(A,)`` expected by chance: interactions in the configuration model (degrees kept),
            or the mean cosine of all pairs.
        z: ``(A,)`` z score of `seen`: by a Poisson count, or by random sets of the same size. NaN
            without comparison.
    """

    measured: Doubles
    seen: Doubles
    chance: Doubles
    z: Doubles


@dataclass(frozen=True)
class Evidence:
    """One kind of evidence on pairs of proteins, in the hierarchy's order of them.

    Attributes:
        key: Name of the modality, or `FUSED`.
        kind: ``interactions``, ``images``, ``profiles`` or ``fused``.
        has: ``(N,)`` which proteins were measured.
        pairs: ``(N, N)`` symmetric weights of interactions, or None.
        unit: ``(N, D)`` float32 unit vectors, 0 if missing, or None.
    """

    key: str
    kind: str
    has: NDArray[np.bool_]
    pairs: sparse.csr_array | None = None
    unit: NDArray[np.float32] | None = None

    @property
    def counts(self) -> bool:
        """Whether it counts interactions; else it compares vectors."""
        return self.pairs is not None

    def summary(self, hierarchy: Hierarchy, seed: int = 0) -> Summary:
        """Return the summary for every assembly."""
        membership = sparse.csr_array(hierarchy.membership.astype(bool).astype(np.float32))
        measured = np.asarray(membership @ self.has.astype(np.float32), float)
        if self.pairs is not None:
            return _counted(membership, self.pairs, measured)
        return _compared(membership, self.vectors, measured, np.random.default_rng(seed))

    @cached_property
    def nearest(self) -> list[list[list[float]]]:
        """Nearest neighbours of each protein as pairs of row and strength, strongest first."""
        lists: list[list[list[float]]] = [[] for _ in self.has]
        if self.pairs is not None:
            pairs, strengths = self.pairs, _shown(self.pairs.data)
            for k in range(len(lists)):
                start, stop = pairs.indptr[k : k + 2]
                order = (
                    start + np.argsort(-pairs.data[start:stop], kind="stable")[:NEAREST_NEIGHBOURS]
                )
                lists[k] = _listed(pairs.indices[order].tolist(), strengths[order].tolist())
            return lists
        has = np.flatnonzero(self.has)
        near, cosines = nearest_rows(self.vectors[has], NEAREST_NEIGHBOURS)
        listed = map(_listed, has[near].tolist(), _shown(cosines).tolist())
        for row, pairs_of in zip(has.tolist(), listed, strict=True):
            lists[row] = pairs_of
        return lists

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The vectors, of which a network has none."""
        return np.empty((len(self.has), 0), np.float32) if self.unit is None else self.unit


def _listed(rows: list[int], strengths: list[float]) -> list[list[float]]:
    return [[row, strength] for row, strength in zip(rows, strengths, strict=True)]


def _shown(values: NDArray[np.floating]) -> Doubles:
    """Round to four significant digits."""
    strengths = np.asarray(values, float)
    with np.errstate(divide="ignore"):
        digits = np.where(strengths != 0, 3 - np.floor(np.log10(np.abs(strengths))), 0)
    return np.asarray(np.round(strengths * 10**digits) / 10**digits)


def evidence_of(result: RunResult) -> list[Evidence]:
    """Return all kinds of evidence of a run: its modalities, then the fused vectors."""
    return list(_found(result.hierarchy.proteins, result, result.measured))


def _found(proteins: tuple[str, ...], result: RunResult, measured: Measured) -> Iterator[Evidence]:
    for name, network in measured.networks.items():
        pairs = _aligned(network, proteins)
        yield Evidence(name, "interactions", np.diff(pairs.indptr) > 0, pairs=pairs)
    pictured = set(measured.cells) | set(result.images["part"])
    for name, vectors in result.modalities.items():
        if name not in measured.networks:
            yield _of_vectors(name, "images" if name in pictured else "profiles", vectors, proteins)
    if result.embedding is not None:
        yield _of_vectors(FUSED, FUSED, result.embedding, proteins)


def _aligned(network: Network, proteins: tuple[str, ...]) -> sparse.csr_array:
    row = {name: k for k, name in enumerate(proteins)}
    at = np.array([row[name] for name in network.proteins], np.int64)
    i, j = at[network.edges].reshape(-1, 2).T
    half = sparse.coo_array((network.weights, (i, j)), shape=(len(proteins),) * 2)
    return sparse.csr_array(half + half.T)


def _of_vectors(key: str, kind: str, given: Embedding, proteins: tuple[str, ...]) -> Evidence:
    row = {name: k for k, name in enumerate(given.proteins)}
    at = np.array([row.get(name, -1) for name in proteins])
    vectors = np.where((at >= 0)[:, None], given.vectors[at], np.float32(0))
    return Evidence(key, kind, np.asarray(vectors.any(axis=1)), unit=unit_rows(vectors))


def _counted(membership: sparse.csr_array, pairs: sparse.csr_array, measured: Doubles) -> Summary:
    """Count interactions within each assembly, and those expected given the degrees."""
    linked = sparse.csr_array(pairs.astype(bool).astype(np.float32))
    seen = np.asarray((membership @ linked).multiply(membership).sum(axis=1), float).ravel() / 2
    degree = np.diff(linked.indptr).astype(float)
    ends = max(degree.sum(), 1.0)
    chance = ((membership @ degree) ** 2 - membership @ degree**2) / (2 * ends)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(chance > 0, (seen - chance) / np.sqrt(chance), np.nan)
    return Summary(measured, seen, chance, z)


def _compared(
    membership: sparse.csr_array,
    unit: NDArray[np.float32],
    measured: Doubles,
    rng: np.random.Generator,
) -> Summary:
    """Compare the mean cosine within each assembly with that of random sets of its size."""
    seen = _mean_cosine(membership @ unit, measured)
    known = unit[(unit != 0).any(axis=1)]
    chance = float(_mean_cosine(known.sum(axis=0, keepdims=True), np.array([len(known)]))[0])
    sizes, spreads = _spreads(known, rng)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.exp(np.interp(np.log(np.maximum(measured, 1)), np.log(sizes), np.log(spreads)))
        z = np.where(measured < sizes[-1], (seen - chance) / spread, np.nan)
    return Summary(measured, seen, np.full(len(seen), chance), z)


def _mean_cosine(total: ArrayLike, count: ArrayLike) -> Doubles:
    """Return the mean cosine of the pairs of each set from the sum of its unit vectors."""
    n = np.asarray(count, float)
    squared = (np.asarray(total, float) ** 2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(n > 1, (squared - n) / (n * (n - 1)), np.nan), float)


def _spreads(known: NDArray[np.float32], rng: np.random.Generator) -> tuple[Doubles, Doubles]:
    """Return sizes of random sets, and the standard deviation of their mean cosine.

    A draw is one permutation of the proteins, whose first k are the set of size k.
    """
    top = max(len(known) // 2, 2)
    count = int(np.log(top / 2) / np.log(GROWTH)) + 2
    sizes = np.unique(np.geomspace(2, top, count).astype(int))
    starts = np.append(0, sizes[:-1])
    draws = np.empty((DRAWS, len(sizes)))
    for k in range(DRAWS):
        chosen = known[rng.permutation(len(known))[:top]]
        total = np.add.reduceat(chosen, starts, axis=0, dtype=float).cumsum(axis=0)
        draws[k] = _mean_cosine(total, sizes)
    return sizes.astype(float), np.maximum(draws.std(axis=0), 1e-9)
