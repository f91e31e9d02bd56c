"""The protein network of a hierarchy as CX2: pairs of proteins with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Floats, Hierarchy, Network
from ...artifacts.cx2 import Json, cx2_document
from ...errors import DataError
from ..atlas.evidence import Evidence
from ..tree import NODE_GAP, radial_places, smallest_assemblies
from .cx2_attributes import shortest
from .cx2_style import by_name, style

MAX_EDGES = 20_000
"""Edges of a network that Cytoscape Web opens, whatever the number of nodes."""
MAX_ELEMENTS = 19_900
"""Nodes and edges that it opens and lays out where an installation kept its default."""
FEWEST_EDGES = 5_000
"""Edges that a network of very many proteins keeps; the public server opens 26,000 elements."""

SIMILARITY = "similarity"
"""Evidence of an edge that the map was made from."""
NEAREST = 4
"""Nearest proteins of each by one kind of vectors whose pairs are offered as edges."""

COLOURS = {"interactions": "#0072B2", "images": "#CC79A7", "profiles": "#009E73"}
SIMILARITY_COLOUR = "#8A4FFF"


@dataclass(frozen=True)
class Edges:
    """Pairs of proteins that one kind of evidence joins.

    Attributes:
        key: What the edges' column ``evidence`` says.
        words: The same for the reader of a legend.
        colour: ``#RRGGBB``.
        pairs: ``(E, 2)`` rows of the hierarchy's proteins.
        weights: ``(E,)`` float32; the larger the surer.
    """

    key: str
    words: str
    colour: str
    pairs: NDArray[np.int64]
    weights: NDArray[np.float32]

    def strongest(self, count: int) -> Edges:
        """Return at most `count` of them, the strongest, in their order."""
        kept = np.sort(np.argsort(-self.weights, kind="stable")[:count])
        pairs = self.pairs[kept].reshape(-1, 2)
        return Edges(self.key, self.words, self.colour, pairs, self.weights[kept])


def similarity_edges(proteins: Sequence[str], network: Network) -> Edges:
    """Return the pairs that a map was made from.

    Raises:
        DataError: If the network contains a protein that the hierarchy does not.
    """
    row = {name: k for k, name in enumerate(proteins)}
    missing = [name for name in network.proteins if name not in row]
    if missing:
        raise DataError(
            f"The similarity network holds {len(missing)} proteins that the hierarchy does not, "
            f"e.g. '{missing[0]}'; a hierarchy must be offered every protein of its network."
        )
    at = np.array([row[name] for name in network.proteins], np.int64)
    pairs = at[network.edges].reshape(-1, 2)
    words = "similar in all modalities together"
    return Edges(SIMILARITY, words, SIMILARITY_COLOUR, pairs, network.weights)


def evidence_edges(one: Evidence) -> Edges:
    """Return the interactions of a modality, or the pairs of nearest proteins by its vectors."""
    if one.pairs is not None:
        half = sparse.triu(one.pairs, k=1).tocoo()
        pairs, weights = np.column_stack(half.coords), half.data
    else:
        ends = [
            (k, row, cosine) for k, rows in enumerate(one.nearest) for row, cosine in rows[:NEAREST]
        ]
        table = np.array(ends, float).reshape(-1, 3)
        pairs, first = np.unique(
            np.sort(table[:, :2].astype(np.int64), axis=1), axis=0, return_index=True
        )
        weights = table[first, 2]
    kept = weights > 0
    words = f"{one.key} ({one.kind})"
    return Edges(
        one.key,
        words,
        COLOURS[one.kind],
        pairs[kept].astype(np.int64).reshape(-1, 2),
        weights[kept].astype(np.float32),
    )


def chosen(proteins: int, similarity: Edges, others: Sequence[Edges]) -> list[Edges]:
    """Return as many edges as a viewer opens: half of them similarities, the rest by evidence.

    What one kind does not need the others share; the similarities have what is left.
    """
    limit = max(FEWEST_EDGES, min(MAX_EDGES, MAX_ELEMENTS - proteins))
    left, kept = limit // 2, []
    order = sorted(range(len(others)), key=lambda k: len(others[k].weights))
    for place, k in enumerate(order):
        edges = others[k].strongest(left // (len(others) - place))
        kept.append((k, edges))
        left -= len(edges.weights)
    rest = limit - sum(len(edges.weights) for _, edges in kept)
    return [similarity.strongest(rest), *(edges for _, edges in sorted(kept, key=lambda x: x[0]))]


def network_cx2(
    proteins: Sequence[str], edges: Sequence[Edges], places: Floats, title: str
) -> list[Json]:
    """Return proteins and the pairs of each kind of evidence as the aspects of a CX2 document.

    Nodes are numbered from 1, in the order of `proteins`: viewers take an id of 0 for none.

    Args:
        proteins: Symbols.
        edges: Each kind; `Edges.key` is the edge's ``evidence``.
        places: ``(N, 2)`` pixels; y runs downwards.
        title: What the map is called.
    """
    nodes: list[Json] = [
        {"id": k, "x": x, "y": y, "v": {"name": name, "represents": name}}
        for k, (name, (x, y)) in enumerate(
            zip(proteins, np.round(places, 1).astype(float).tolist(), strict=True), 1
        )
    ]
    listed: list[Json] = []
    for one in edges:
        for (a, b), weight in zip((one.pairs + 1).tolist(), one.weights, strict=True):
            values = {"evidence": one.key, "Weight": shortest(weight)}
            listed.append({"id": len(listed) + 1, "s": a, "t": b, "v": values})
    kinds = "; ".join(f"{len(one.weights)} {one.key}" for one in edges)
    about = {
        "name": f"{title}: similarity network",
        "description": f"The strongest pairs of {len(nodes)} proteins: {kinds}.",
    }
    types = {
        "nodes": {"name": "string", "represents": "string"},
        "edges": {"evidence": "string", "Weight": "double"},
    }
    document = cx2_document(about, types, nodes, listed, _style(edges))
    return [*document[:-1], {"filterWidgets": [_check_boxes(edges)]}, document[-1]]


def places_of(hierarchy: Hierarchy, layout: Floats | None) -> Floats:
    """Return ``(N, 2)`` pixels for each protein of a hierarchy.

    Args:
        hierarchy: The map.
        layout: ``(N, 2)`` places of its proteins in the plane, scaled here so that they do not
            cover each other; None: around the place of the smallest assembly that contains them.
    """
    n = len(hierarchy.proteins)
    if layout is not None:
        span = max(float(np.ptp(layout, axis=0).max(initial=0)), 1e-9)
        scaled = (layout - layout.min(axis=0)) / span * NODE_GAP * np.sqrt(n)
        return np.asarray(scaled * [1, -1], np.float32)
    home = smallest_assemblies(hierarchy)
    order = np.argsort(home, kind="stable")
    starts = np.searchsorted(home[order], home[order])
    rank = np.empty(n)
    rank[order] = np.arange(n) - starts
    angle = rank * np.pi * (3 - np.sqrt(5))  # sunflower: even spacing at any number of members
    away = 0.6 * NODE_GAP * np.sqrt(rank)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return np.asarray(4 * radial_places(hierarchy)[home] + away, np.float32)


def _style(edges: Sequence[Edges]) -> Json:
    colours = [{"v": one.key, "vp": one.colour} for one in edges]
    return style(
        {"NODE_WIDTH": 30.0, "NODE_HEIGHT": 30.0, "NODE_LABEL_FONT_SIZE": 10},
        {},
        {"NODE_LABEL": {"type": "PASSTHROUGH", "definition": by_name("name")}},
        {
            "EDGE_LINE_COLOR": {
                "type": "DISCRETE",
                "definition": {**by_name("evidence"), "map": colours},
            }
        },
    )


def _check_boxes(edges: Sequence[Edges]) -> Json:
    """Return what Cytoscape Web makes a filter of: a check box for each kind of evidence."""
    return {
        "widgetType": "checkbox",
        "filterMode": "edge",
        "appliesTo": "edge",
        "attributeName": "evidence",
        "label": "Evidence",
        "mappingSource": "EDGE_LINE_COLOR",
        "filter": [
            {
                "predicate": "IS",
                "criterion": one.key,
                "description": one.words,
                "tooltip": f"{len(one.weights)} pairs",
            }
            for one in edges
        ],
    }
