"""Network of an assembly for the portal: its members, or its children if it is large.

All interactions are kept up to a limit, of similarities the nearest of each protein. The layout is
computed here, with a seed, so that a page needs no layout program.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import igraph
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Hierarchy
from ...similarity.nearest import largest
from .evidence import FUSED, Evidence
from .script import Json, packed

MEMBERS = 300
"""Maximum size of an assembly whose members are drawn; else its children are."""
CHILDREN = 60
NEAREST = 8
"""Number of most similar members linked to each protein."""
EDGES = 1500
"""Maximum number of edges of each kind; the strongest are kept."""
ITERATIONS = 150
DRAWN_IN = 0.6
"""Exponent that compresses distances from the centre."""
GRID = 65535
"""Positions are whole numbers from 0 to this."""

Pairs = NDArray[np.int64]


@dataclass(frozen=True)
class Joined:
    """Pairs of one kind.

    Attributes:
        pairs: ``(E, 2)`` positions in the list of nodes, the first the smaller.
        weights: ``(E,)`` in 0..1.
        total: Number of pairs before the limit.
    """

    pairs: Pairs
    weights: NDArray[np.float64]
    total: int


def network_of(hierarchy: Hierarchy, row: int, evidence: Sequence[Evidence]) -> Json | None:
    """Return the network of an assembly for the page; None if there is nothing to draw.

    ``of`` says whether nodes are proteins or assemblies, ``nodes`` are their rows, ``x`` and ``y``
    their places, ``edges`` the pairs of each kind of evidence with weights in 0..255.
    """
    start, stop = hierarchy.membership.indptr[row : row + 2]
    members = np.sort(hierarchy.membership.indices[start:stop]).astype(np.int64)
    if len(members) <= MEMBERS:
        return _document("proteins", members, {e.key: among(e, members) for e in evidence})
    children = np.unique(hierarchy.edges[hierarchy.edges[:, 0] == row, 1]).astype(np.int64)
    children = children[np.argsort(-hierarchy.sizes[children], kind="stable")][:CHILDREN]
    if len(children) < 2:
        return None
    membership = sparse.csr_array(hierarchy.membership[children].astype(bool).astype(np.float32))
    return _document("assemblies", children, {e.key: between(e, membership) for e in evidence})


def among(evidence: Evidence, members: Pairs) -> Joined:
    """Return the pairs of members linked by one kind of evidence."""
    if evidence.pairs is not None:
        inside = sparse.triu(evidence.pairs[members][:, members], k=1).tocoo()
        highest = max(float(evidence.pairs.data.max(initial=0)), 1e-9)
        pairs = np.column_stack(inside.coords).astype(np.int64)
        return _strongest(pairs, inside.data.astype(float) / highest)
    has = np.flatnonzero(evidence.has[members])
    unit = evidence.vectors[members[has]]
    joined = _nearest(unit @ unit.T, NEAREST)
    return _strongest(has[joined.pairs], joined.weights)


def between(evidence: Evidence, membership: sparse.csr_array) -> Joined:
    """Return link strengths of assemblies: density of interactions, or mean cosine."""
    n = np.maximum(membership @ evidence.has.astype(np.float32), 1)
    if evidence.pairs is not None:
        linked = evidence.pairs.astype(bool).astype(np.float32)
        density = np.asarray((membership @ linked @ membership.T).todense(), float) / np.outer(n, n)
        density /= max(float(np.triu(density, 1).max(initial=0)), 1e-12)
    else:
        total = membership @ evidence.vectors
        density = (total @ total.T) / np.outer(n, n)
    joined = _nearest(density, NEAREST // 2)
    return _strongest(joined.pairs, joined.weights)


def _nearest(table: NDArray[np.floating], count: int) -> Joined:
    """Join every row to the columns where a symmetric table is largest, above 0."""
    n = len(table)
    if n < 2:
        return Joined(np.empty((0, 2), np.int64), np.empty(0), 0)
    table = np.array(table, float)
    np.fill_diagonal(table, -np.inf)
    best = largest(table, min(count, n - 1))
    ends = np.column_stack([np.repeat(np.arange(n), best.shape[1]), best.ravel()])
    ends = np.unique(np.sort(ends, axis=1), axis=0)
    weights = table[ends[:, 0], ends[:, 1]]
    above = weights > 0
    return Joined(ends[above], np.asarray(weights[above], float), int(above.sum()))


def _strongest(pairs: Pairs, weights: NDArray[np.floating]) -> Joined:
    order = np.sort(np.argsort(-weights, kind="stable")[:EDGES])
    kept = np.clip(np.asarray(weights[order], float), 0, 1)
    return Joined(pairs[order].reshape(-1, 2), kept, len(pairs))


def _document(of: str, nodes: Pairs, joined: Mapping[str, Joined]) -> Json:
    places = layout(len(nodes), joined)
    edges = {
        key: {
            "pairs": packed(pairs.pairs.ravel(), np.uint16),
            "weight": packed(np.rint(255 * pairs.weights), np.uint8),
            "total": pairs.total,
        }
        for key, pairs in joined.items()
    }
    kind = np.uint32 if len(nodes) and nodes.max() > 65535 else np.uint16
    return {
        "of": of,
        "nodes": packed(nodes, kind),
        "wide": kind is np.uint32,
        "places": packed(np.rint(places * GRID).ravel(), np.uint16),
        "edges": edges,
    }


def layout(count: int, joined: Mapping[str, Joined]) -> NDArray[np.float64]:
    """Return a force-directed layout, ``(count, 2)`` in 0..1; interactions attract most.

    Fruchterman & Reingold 1991, doi:10.1002/spe.4380211102, from a circle; the same every time.
    """
    parts = [
        (edges.pairs, 0.3 + edges.weights if key != FUSED else 0.2 * edges.weights)
        for key, edges in joined.items()
    ]
    pairs = np.concatenate([np.empty((0, 2), np.int64), *(p for p, _ in parts)])
    weights = np.concatenate([np.empty(0), *(w for _, w in parts)])
    if count < 3 or not len(pairs):
        return _circle(count)
    graph = igraph.Graph(n=count, edges=pairs.tolist())
    igraph.set_random_number_generator(random.Random(0))
    drawn = graph.layout_fruchterman_reingold(
        weights=weights.tolist(), niter=ITERATIONS, seed=_circle(count).tolist(), grid="nogrid"
    )
    igraph.set_random_number_generator(random)
    return _spread(np.array(drawn.coords, float))


def _spread(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale positions to 0..1 on both axes, with outliers pulled in, to spread a dense core."""
    away = places - np.median(places, axis=0)
    length = np.linalg.norm(away, axis=1, keepdims=True)
    nearer = away * np.where(length > 0, length, 1) ** (DRAWN_IN - 1)
    span = np.ptp(nearer, axis=0)
    return np.asarray((nearer - nearer.min(axis=0)) / np.where(span > 0, span, 1), float)


def _circle(count: int) -> NDArray[np.float64]:
    angle = 2 * np.pi * np.arange(count) / max(count, 1)
    return np.column_stack([0.5 + 0.5 * np.sin(angle), 0.5 - 0.5 * np.cos(angle)])
