"""Hierarchies in GML, as written by HiDeF and opened by Cytoscape."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...artifacts import Hierarchy
from ...errors import DataError
from .listing import Listing
from .values import count, share, supports, texts

MEMBERS, PERSISTENCE = "MemberList", "Stability"  # HiDeF's names; its Stability is a count
STABILITY, SUPPORT = "ResampledStability", "MemberSupport"  # ours, left out if unknown or 1


def is_gml(text: str) -> bool:
    """Whether a text starts like GML."""
    return text.lstrip().lower().startswith(("graph", "creator")) and "[" in text[:1000]


def gml_text(hierarchy: Hierarchy) -> str:
    """Return a hierarchy as GML: nodes with ``Size LogSize MemberList Stability``."""
    import networkx as nx  # slow to load, also in every worker process

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
    members = sorted(
        (hierarchy.proteins[column], str(value))
        for column, value in zip(columns, support, strict=True)
    )
    node: dict[str, object] = {
        "Size": len(members),
        "LogSize": float(np.log2(max(len(members), 1))),
        MEMBERS: " ".join(name for name, _ in members),
        PERSISTENCE: int(hierarchy.persistence[k]),
    }
    if np.isfinite(hierarchy.stability[k]):
        node[STABILITY] = float(str(hierarchy.stability[k]))
    if (support != 1).any():
        node[SUPPORT] = " ".join(value for _, value in members)
    return node


def parse_gml(text: str, source: str) -> Listing:
    """Read the assemblies and edges of a GML document.

    Raises:
        DataError: If it is not GML, a node lists no members, or the length of its support differs.
    """
    import networkx as nx  # as above

    try:
        graph = nx.parse_gml(text)
    except (nx.NetworkXError, ValueError, UnicodeError, RecursionError) as error:
        reason = (str(error).splitlines() or ["too deeply nested"])[0]
        raise DataError(f"{source}: not valid GML ({reason}).") from error
    except (TypeError, KeyError, AttributeError, IndexError) as error:
        raise DataError(f"{source}: not valid GML (a node or an edge is malformed).") from error
    nodes = {str(name): node for name, node in graph.nodes(data=True)}
    where = {name: f"{source}: node '{name}'" for name in nodes}
    members = {name: _members(node, where[name]) for name, node in nodes.items()}
    return Listing(
        source,
        list(nodes),
        [frozenset(row) for row in members.values()],
        [count(node.get(PERSISTENCE, 1), PERSISTENCE, where[n]) for n, node in nodes.items()],
        [(str(p), str(c)) for p, c in graph.edges()],
        [share(node.get(STABILITY), STABILITY, where[name]) for name, node in nodes.items()],
        [_support(members[name], node, where[name]) for name, node in nodes.items()],
    )


def _members(node: Mapping[str, object], where: str) -> list[str]:
    if MEMBERS not in node:
        raise DataError(f"{where} has no {MEMBERS}.")
    given = node[MEMBERS]  # a single number is one protein's name
    return [str(given)] if isinstance(given, int) else texts(given, MEMBERS, where)


def _support(members: list[str], node: Mapping[str, object], where: str) -> dict[str, float]:
    return supports(str(node.get(SUPPORT, "")).split(), members, where)
