"""Hierarchies in GML, as HiDeF writes them and Cytoscape opens them."""

from __future__ import annotations

import numpy as np

from ...artifacts import Hierarchy
from ...errors import DataError
from .listing import Listing

MEMBERS, PERSISTENCE = "MemberList", "Stability"  # HiDeF's names; its Stability is a count
STABILITY, SUPPORT = "ResampledStability", "MemberSupport"  # ours, left out where unknown or 1


def is_gml(text: str) -> bool:
    """Whether a text opens a graph as GML does."""
    return text.lstrip().lower().startswith(("graph", "creator")) and "[" in text[:1000]


def gml_text(hierarchy: Hierarchy) -> str:
    """Return a hierarchy as GML: nodes with ``Size LogSize MemberList Stability``."""
    import networkx as nx  # here, as every worker process would load it

    graph: nx.DiGraph[str] = nx.DiGraph()
    for k, name in enumerate(hierarchy.names):
        graph.add_node(name, **_node(hierarchy, k))
    names = hierarchy.names
    graph.add_edges_from((names[p], names[c]) for p, c in hierarchy.edges.tolist())
    return "\n".join(nx.generate_gml(graph)) + "\n"


def _node(hierarchy: Hierarchy, k: int) -> dict[str, object]:
    start, stop = hierarchy.membership.indptr[k : k + 2]
    columns, support = (
        hierarchy.membership.indices[start:stop],
        hierarchy.membership.data[start:stop],
    )
    held = sorted(
        (hierarchy.proteins[column], str(value))
        for column, value in zip(columns, support, strict=True)
    )
    node: dict[str, object] = {
        "Size": len(held),
        "LogSize": float(np.log2(max(len(held), 1))),
        MEMBERS: " ".join(name for name, _ in held),
        PERSISTENCE: int(hierarchy.persistence[k]),
    }
    if np.isfinite(hierarchy.stability[k]):
        node[STABILITY] = float(str(hierarchy.stability[k]))
    if (support != 1).any():
        node[SUPPORT] = " ".join(value for _, value in held)
    return node


def parse_gml(text: str, source: str) -> Listing:
    """Read the assemblies and edges of a GML document.

    Raises:
        DataError: If it is not GML, or a node lists no members or as many numbers as it has not.
    """
    import networkx as nx  # as above

    try:
        graph = nx.parse_gml(text)
    except (nx.NetworkXError, ValueError, UnicodeError) as error:
        raise DataError(f"{source}: not valid GML ({str(error).splitlines()[0]}).") from error
    nodes = dict(graph.nodes(data=True))
    members = [_members(name, node, source) for name, node in nodes.items()]
    return Listing(
        source,
        list(nodes),
        [frozenset(row) for row in members],
        [int(node.get(PERSISTENCE, 1)) for node in nodes.values()],
        [(str(p), str(c)) for p, c in graph.edges()],
        [float(node.get(STABILITY, "nan")) for node in nodes.values()],
        [_support(row, node, source) for row, node in zip(members, nodes.values(), strict=True)],
    )


def _members(name: str, node: dict[str, object], source: str) -> list[str]:
    if MEMBERS not in node:
        raise DataError(f"{source}: node '{name}' has no {MEMBERS}.")
    return str(node[MEMBERS]).split()


def _support(members: list[str], node: dict[str, object], source: str) -> dict[str, float]:
    if SUPPORT not in node:
        return {}
    values = str(node[SUPPORT]).split()
    if len(values) != len(members):
        raise DataError(
            f"{source}: a node lists {len(members)} members but {len(values)} in {SUPPORT}."
        )
    return {name: float(value) for name, value in zip(members, values, strict=True)}
