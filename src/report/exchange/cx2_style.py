"""Visual properties of a CX2 document."""

from __future__ import annotations

from collections.abc import Mapping

from ...artifacts.cx2 import Json


def style(
    node: Mapping[str, object],
    edge: Mapping[str, object],
    node_mapping: Mapping[str, object],
    edge_mapping: Mapping[str, object],
) -> Json:
    """Return a style: what nodes and edges look like, and what follows one of their columns."""
    nodes = {"NODE_SHAPE": "ellipse", "NODE_BACKGROUND_COLOR": "#9AA3AD", **node}
    edges = {"EDGE_LINE_COLOR": "#C3C9D0", "EDGE_WIDTH": 1.5, **edge}
    network = {"NETWORK_BACKGROUND_COLOR": "#FFFFFF"}
    return {
        "default": {"network": network, "node": nodes, "edge": edges},
        "nodeMapping": node_mapping,
        "edgeMapping": edge_mapping,
    }


def by_name(column: str) -> dict[str, object]:
    """Return the definition of a mapping that follows a column of texts."""
    return {"attribute": column, "type": "string"}
