"""Predictors of terms: votes of assemblies and neighbours, label propagation.

Every predictor is a matrix of weights, proteins x voters, whose row sums are numbers of voters:
a protein's share of a term is ``(sum of w y + k f) / (sum of w + k)``, the share among voters that
are known in the term's aspect, shrunk to the term's frequency f by k pseudo-voters. A protein never
votes for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Embedding, Hierarchy, Network
from ...similarity.nearest import largest, unit_rows
from .knowledge import Knowledge, Rows

Shares = NDArray[np.float32]

SIZES = (10, 30, 100, 300, 1000)
"""Upper bounds of the sizes of assemblies that vote together; larger ones say little."""

NEIGHBOURS = (10, 40)
"""Nearest proteins in an embedding that vote, few and more."""

RESTART = 0.4
"""Share of a label that stays at each step of propagation: alpha = .6."""

STEPS, KEPT, BLOCK = 8, 100, 512
"""Steps of propagation (.6^8 = .02), voters kept of each protein, proteins at a time."""


@dataclass(frozen=True)
class Voters:
    """One predictor: weights of voters, as a product of two sparse matrices.

    Attributes:
        name: E.g. ``assemblies of 11 to 30``.
        kind: ``assemblies``, ``embedding`` or ``network``.
        left: ``(n, K)`` CSR: of each protein that is asked about, its groups.
        right: ``(K, N)`` CSR: the weights of the known proteins in each group.
        itself: ``(n,)`` weight that a protein has for itself, which is taken out.
        rows: ``(n,)`` row of each protein that is asked about among the ``N``.
    """

    name: str
    kind: str
    left: sparse.csr_array
    right: sparse.csr_array
    itself: NDArray[np.float32]
    rows: Rows

    def totals(self, knowledge: Knowledge) -> Shares:
        """Return ``(n, A)`` how many voters a protein has in each aspect, itself left out."""
        known = knowledge.known.astype(np.float32)
        own = self.itself[:, None] * known[self.rows]
        return np.asarray(np.maximum(self.left @ (self.right @ known) - own, 0), np.float32)

    def counted(self, knowledge: Knowledge) -> sparse.csr_array:
        """Return ``(K, T)`` the weight of the voters of each group that have each term."""
        return sparse.csr_array(self.right @ knowledge.has.astype(np.float32))

    def weights(self) -> sparse.csr_array:
        """Return ``(n, N)`` the weight of each voter for each protein, itself left out."""
        full = sparse.coo_array(self.left @ self.right)
        other = full.col != self.rows[full.row]
        entries = (full.row[other], full.col[other])
        return sparse.csr_array((full.data[other], entries), shape=full.shape)


def assembly_voters(
    hierarchy: Hierarchy, knowledge: Knowledge, rows: Rows, sizes: Sequence[int] = SIZES
) -> list[Voters]:
    """Return the votes of the assemblies on a protein's path, by their size, smallest first.

    In a bin of sizes, the members of a protein's assemblies count by the share of those assemblies
    that they are in, and the whole as many as one assembly contains on average.
    """
    position = {name: k for k, name in enumerate(knowledge.proteins)}
    column = np.array([position[name] for name in hierarchy.proteins], np.int64)
    inside = sparse.coo_array(hierarchy.membership.astype(bool).astype(np.float32))
    members = sparse.csr_array(
        (inside.data, (inside.row, column[inside.col])),
        shape=(len(hierarchy.names), len(knowledge.proteins)),
    )
    voters, low = [], 0
    for high in sizes:
        chosen = np.flatnonzero((hierarchy.sizes > low) & (hierarchy.sizes <= high))
        chosen = chosen[chosen > 0]
        if len(chosen):
            group = sparse.csr_array(members[chosen])
            name = f"assemblies of {low + 1} to {high}"
            mine = _shares(sparse.csr_array(group[:, rows].T))
            voters.append(_voters(name, "assemblies", mine, group, rows))
        low = high
    return voters


def embedding_voters(
    embedding: Embedding, knowledge: Knowledge, rows: Rows, nearest: Sequence[int] = NEIGHBOURS
) -> list[Voters]:
    """Return the votes of the nearest known proteins by cosine, weighted by it."""
    position = {name: n for n, name in enumerate(knowledge.proteins)}
    place = np.array([position.get(name, -1) for name in embedding.proteins])
    vectors = unit_rows(embedding.vectors)
    at = np.full(len(knowledge.proteins), -1)
    at[place[place >= 0]] = np.flatnonzero(place >= 0)
    queried = np.flatnonzero(at[rows] >= 0)
    shown = np.flatnonzero((place >= 0) & knowledge.annotated[np.maximum(place, 0)])
    blocks: dict[int, list[tuple[Rows, Rows, Shares]]] = {k: [] for k in nearest}
    for start in range(0, len(queried), BLOCK):
        part = queried[start : start + BLOCK]
        cosine = vectors[at[rows[part]]] @ vectors[shown].T
        cosine[place[shown][None, :] == rows[part][:, None]] = -1
        for k in nearest:
            blocks[k].append(_largest(part, place[shown], cosine, k))
    return [
        _flat(f"{k} nearest in the embedding", "embedding", blocks[k], knowledge, rows)
        for k in nearest
    ]


def network_voters(network: Network, knowledge: Knowledge, rows: Rows, name: str) -> list[Voters]:
    """Return the votes of direct neighbours in a network, and of labels propagated on it.

    Propagation: ``(1 - a) (I - a D^-1/2 A D^-1/2)^-1``, a = .6, of which the largest entries of
    each protein are kept. Source: Zhou et al. 2003 (Learning with local and global consistency).
    """
    position = {protein: n for n, protein in enumerate(knowledge.proteins)}
    place = np.array([position.get(protein, -1) for protein in network.proteins])
    at = np.full(len(knowledge.proteins), -1)
    at[place[place >= 0]] = np.flatnonzero(place >= 0)
    queried = np.flatnonzero(at[rows] >= 0)
    adjacency = sparse.csr_array(network.adjacency().astype(np.float32))
    root = np.sqrt(np.maximum(adjacency.sum(axis=1), 1e-12))
    scale = sparse.diags_array(1 / root, format="csr")
    spread = sparse.csr_array(scale @ adjacency @ scale).astype(np.float32)
    seen = np.flatnonzero((place >= 0) & knowledge.annotated[np.maximum(place, 0)])
    near, far = [], []
    for start in range(0, len(queried), BLOCK):
        part = queried[start : start + BLOCK]
        mine = at[rows[part]]
        direct = adjacency[mine].toarray()[:, seen]
        near.append(_largest(part, place[seen], direct, KEPT))
        propagated = _propagated(spread, mine)[:, seen]
        propagated[place[seen][None, :] == rows[part][:, None]] = 0
        far.append(_largest(part, place[seen], propagated, KEPT))
    return [
        _flat(f"neighbours in {name}", "network", near, knowledge, rows),
        _flat(f"propagation on {name}", "network", far, knowledge, rows),
    ]


def _propagated(spread: sparse.csr_array, start: Rows) -> Shares:
    """Return ``(B, N)`` where labels of each start arrive: the rows of the propagation's matrix."""
    seed = np.zeros((spread.shape[0], len(start)), np.float32)
    seed[start, np.arange(len(start))] = 1
    visited = seed * RESTART
    moved = visited
    for _ in range(STEPS):
        moved = (1 - RESTART) * (spread @ moved)
        visited = visited + moved
    return np.ascontiguousarray(visited.T)


def _largest(part: Rows, columns: Rows, values: Shares, k: int) -> tuple[Rows, Rows, Shares]:
    """Return protein, voter and weight of the `k` largest positive values of each row."""
    top = largest(values, k)
    kept = np.take_along_axis(values, top, 1)
    row = np.repeat(part, top.shape[1])
    positive = kept.ravel() > 0
    return row[positive], columns[top.ravel()[positive]], kept.ravel()[positive]


def _flat(
    name: str,
    kind: str,
    blocks: Sequence[tuple[Rows, Rows, Shares]],
    knowledge: Knowledge,
    rows: Rows,
) -> Voters:
    """Return proteins as voters, counted by the effective number of their weights.

    The effective number of weights w is (sum of w)^2 / sum of w^2: k for k equal ones.
    """
    n = len(knowledge.proteins)
    i, j, w = (np.concatenate([block[k] for block in blocks]) for k in range(3))
    weights = sparse.csr_array((w, (i, j)), shape=(len(rows), n))
    first, second = weights.sum(axis=1), weights.multiply(weights).sum(axis=1)
    scale = sparse.diags_array(first / np.maximum(second, 1e-12), format="csr")
    left = sparse.csr_array(scale @ weights).astype(np.float32)
    return _voters(name, kind, left, sparse.csr_array(sparse.eye_array(n, dtype=np.float32)), rows)


def _voters(
    name: str, kind: str, left: sparse.csr_array, right: sparse.csr_array, rows: Rows
) -> Voters:
    own = sparse.csr_array(left.multiply(right[:, rows].T)).sum(axis=1)
    return Voters(name, kind, left, right, np.asarray(own, np.float32), rows)


def _shares(groups: sparse.csr_array) -> sparse.csr_array:
    """Return rows that sum to 1, or to 0 where there is nothing."""
    sums = np.maximum(np.asarray(groups.sum(axis=1)), 1e-12)
    return sparse.csr_array(sparse.diags_array(1 / sums, format="csr") @ groups).astype(np.float32)
