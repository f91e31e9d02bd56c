"""A hierarchy and its network as CX2, in the form (HCX) that Cytoscape opens as a cell map."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from ...artifacts import Hierarchy, Network, whole
from ...artifacts.cx2 import cx2_document
from ...errors import DataError
from ..annotations import COLOURS, Annotations
from ..tree import radial_places
from .cx2_attributes import node_attributes, node_types, shortest

Json = dict[str, Any]

RESTORE = "restore it, or make the run again."

MAX_EDGES = 20_000
"""Edges of a network that Cytoscape Web still opens."""


def write_hcx(
    hierarchy_path: Path,
    network_path: Path,
    hierarchy: Hierarchy,
    network: Network,
    annotations: Annotations,
    title: str,
) -> None:
    """Write the hierarchy, and beside it the network that it names as its parent.

    The network keeps every protein of the hierarchy and its `MAX_EDGES` strongest edges. Its node
    ids are rows of ``hierarchy.proteins``; those of the hierarchy are rows of its assemblies.

    Raises:
        DataError: If the network holds a protein that the hierarchy does not.
    """
    _write(network_path, network_cx2(hierarchy.proteins, network, title))
    _write(hierarchy_path, hierarchy_cx2(hierarchy, annotations, title, network_path.name))


def hierarchy_cx2(
    hierarchy: Hierarchy, annotations: Annotations, title: str, network_name: str
) -> list[Json]:
    """Return the hierarchy as the aspects of a CX2 document."""
    places = radial_places(hierarchy).tolist()
    attributes = node_attributes(hierarchy, annotations)
    nodes = [
        {"id": k, "x": x, "y": y, "v": values}
        for k, ((x, y), values) in enumerate(zip(places, attributes, strict=True))
    ]
    edges = [
        {"id": k, "s": p, "t": c, "v": {}} for k, (p, c) in enumerate(hierarchy.edges.tolist())
    ]
    about = {
        "name": title,
        "description": f"{len(nodes) - 1} assemblies of {len(hierarchy.proteins)} proteins under "
        "one root. Edges run from parent to child.",
        "ndexSchema": "hierarchy_v0.1",
        "HCX::modelFileCount": 2,
        "HCX::interactionNetworkName": network_name,
    }
    types = {"nodes": node_types(annotations), "edges": {}}
    return cx2_document(about, types, nodes, edges, _hierarchy_style())


def network_cx2(proteins: Sequence[str], network: Network, title: str) -> list[Json]:
    """Return `proteins` and the strongest edges between them as the aspects of a CX2 document."""
    row = {name: k for k, name in enumerate(proteins)}
    missing = [name for name in network.proteins if name not in row]
    if missing:
        raise DataError(
            f"The similarity network holds {len(missing)} proteins that the hierarchy does not, "
            f"e.g. '{missing[0]}'; a hierarchy must be offered every protein of its network."
        )
    ids = np.array([row[name] for name in network.proteins], np.int64)
    kept = np.sort(np.argsort(-network.weights, kind="stable")[:MAX_EDGES])
    pairs = ids[network.edges[kept]].reshape(-1, 2).tolist()
    edges = [
        {"id": k, "s": a, "t": b, "v": {"Weight": shortest(weight)}}
        for k, ((a, b), weight) in enumerate(zip(pairs, network.weights[kept], strict=True))
    ]
    nodes = [{"id": k, "v": {"name": name, "represents": name}} for k, name in enumerate(proteins)]
    about = {
        "name": f"{title}: similarity network",
        "description": f"The {len(edges)} strongest pairs of {len(nodes)} proteins.",
    }
    types = {"nodes": {"name": "string", "represents": "string"}, "edges": {"Weight": "double"}}
    return cx2_document(about, types, nodes, edges, _network_style())


def read_hcx(hierarchy_path: Path, network_path: Path) -> tuple[Hierarchy, Network]:
    """Read back what `write_hcx` wrote: the hierarchy whole, of the network what was kept.

    Raises:
        DataError: If a file is damaged.
    """
    with whole(network_path, RESTORE):
        network = _network(_aspects(network_path))
    with whole(hierarchy_path, RESTORE):
        hierarchy = _hierarchy(network.proteins, _aspects(hierarchy_path))
        _check_rows(hierarchy)
    return hierarchy, network


def _network(aspects: Mapping[str, list[Json]]) -> Network:
    proteins = tuple(str(node["v"]["name"]) for node in aspects["nodes"])
    pairs = np.array([[e["s"], e["t"]] for e in aspects["edges"]], np.int32).reshape(-1, 2)
    weights = np.array([e["v"]["Weight"] for e in aspects["edges"]], np.float32)
    pairs.sort(axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return Network(proteins, pairs[order], weights[order])


def _check_rows(hierarchy: Hierarchy) -> None:
    """Raise a `DataError` unless every member and every end of an edge is there."""
    columns, rows = hierarchy.membership.indices, hierarchy.edges
    if columns.size and not 0 <= columns.min() <= columns.max() < len(hierarchy.proteins):
        raise DataError("it holds a member that is no protein of its network.")
    if rows.size and not 0 <= rows.min() <= rows.max() < len(hierarchy.names):
        raise DataError("it holds an edge to an assembly that it does not list.")


def _hierarchy(proteins: tuple[str, ...], aspects: Mapping[str, list[Json]]) -> Hierarchy:
    nodes = [node["v"] for node in aspects["nodes"]]
    held = [node["HCX::members"] for node in nodes]
    support = [node.get("member_support", [1.0] * node["CD_MemberList_Size"]) for node in nodes]
    members = sparse.csr_array(
        (
            np.array([value for values in support for value in values], np.float32),
            np.array([row for rows in held for row in rows], np.int32),
            np.cumsum([0, *map(len, held)], dtype=np.int32),
        ),
        shape=(len(nodes), len(proteins)),
    )
    return Hierarchy(
        proteins,
        tuple(str(node["name"]) for node in nodes),
        members,
        np.array([[e["s"], e["t"]] for e in aspects["edges"]], np.int32).reshape(-1, 2),
        np.array([node["HiDeF_persistence"] for node in nodes], np.int32),
        np.array([node.get("stability", np.nan) for node in nodes], np.float32),
    )


def _hierarchy_style() -> Json:
    """Nodes sized by members, coloured by class, named by their label."""
    colours = [{"v": kind, "vp": colour} for kind, colour in COLOURS.items()]
    sizes = [
        {
            "min": 2.0,
            "max": 13.0,
            "minVPValue": 25.0,
            "maxVPValue": 140.0,
            "includeMin": True,
            "includeMax": True,
        },
        {"max": 2.0, "maxVPValue": 25.0, "includeMin": False, "includeMax": False},
        {"min": 13.0, "minVPValue": 140.0, "includeMin": False, "includeMax": False},
    ]
    size = {
        "type": "CONTINUOUS",
        "definition": {"attribute": "CD_MemberList_LogSize", "type": "double", "map": sizes},
    }
    return _style(
        {"NODE_WIDTH": 40.0, "NODE_HEIGHT": 40.0, "NODE_LABEL_FONT_SIZE": 12},
        {"EDGE_TARGET_ARROW_SHAPE": "triangle"},
        {
            "NODE_LABEL": {"type": "PASSTHROUGH", "definition": _by("label")},
            "NODE_BACKGROUND_COLOR": {
                "type": "DISCRETE",
                "definition": {**_by("class"), "map": colours},
            },
            "NODE_WIDTH": size,
            "NODE_HEIGHT": size,
        },
    )


def _network_style() -> Json:
    label = {"NODE_LABEL": {"type": "PASSTHROUGH", "definition": _by("name")}}
    return _style({"NODE_WIDTH": 30.0, "NODE_HEIGHT": 30.0, "NODE_LABEL_FONT_SIZE": 10}, {}, label)


def _style(node: Json, edge: Json, mapping: Json) -> Json:
    node = {"NODE_SHAPE": "ellipse", "NODE_BACKGROUND_COLOR": "#9AA3AD", **node}
    edge = {"EDGE_LINE_COLOR": "#C3C9D0", "EDGE_WIDTH": 1.5, **edge}
    return {
        "default": {"network": {"NETWORK_BACKGROUND_COLOR": "#FFFFFF"}, "node": node, "edge": edge},
        "nodeMapping": mapping,
        "edgeMapping": {},
    }


def _by(attribute: str) -> Json:
    return {"attribute": attribute, "type": "string"}


def _write(path: Path, document: list[Json]) -> None:
    path.write_text(json.dumps(document, allow_nan=False, separators=(",", ":")) + "\n")


def _aspects(path: Path) -> dict[str, list[Json]]:
    return {name: rows for aspect in json.loads(path.read_text()) for name, rows in aspect.items()}
