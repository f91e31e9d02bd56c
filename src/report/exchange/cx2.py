"""Hierarchies as CX2 (HCX), as Cytoscape opens cell maps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ...artifacts import Hierarchy
from ...artifacts.cx2 import Json, cx2_document
from ..annotations import COLOURS, Annotations
from ..tree import radial_places
from .cx2_attributes import node_attributes, node_types
from .cx2_style import by_name, style

NO_HOME: Mapping[str, str] = MappingProxyType({})
NO_NUMBERS: Mapping[str, Mapping[str, float]] = MappingProxyType({})


def hierarchy_cx2(
    hierarchy: Hierarchy,
    annotations: Annotations,
    title: str,
    network_name: str,
    home: Mapping[str, str] = NO_HOME,
    metrics: Mapping[str, Mapping[str, float]] = NO_NUMBERS,
) -> list[Json]:
    """Return the hierarchy as the aspects of a CX2 document.

    Args:
        hierarchy: The map; node ids are its rows.
        annotations: What its references say.
        title: What it is called.
        network_name: File of the network of its proteins.
        home: Address of that network on a server: ``HCX::interactionNetworkUUID`` and ``..Host``.
            Without them Cytoscape Web shows a plain network.
        metrics: Assembly -> further numbers of it by name.
    """
    places = radial_places(hierarchy).tolist()
    attributes = node_attributes(hierarchy, annotations)
    for name, values in zip(hierarchy.names, attributes, strict=True):
        values |= metrics.get(name, {})
    nodes: list[Json] = [
        {"id": k, "x": x, "y": y, "v": values}
        for k, ((x, y), values) in enumerate(zip(places, attributes, strict=True))
    ]
    edges: list[Json] = [
        {"id": k, "s": p, "t": c, "v": {}} for k, (p, c) in enumerate(hierarchy.edges.tolist())
    ]
    about = {
        "name": title,
        "description": f"{len(nodes) - 1} assemblies of {len(hierarchy.proteins)} proteins under "
        "one root. Edges run from parent to child.",
        "ndexSchema": "hierarchy_v0.1",
        "HCX::modelFileCount": 2,
        "HCX::interactionNetworkName": network_name,
        **home,
    }
    further = {metric: "double" for numbers in metrics.values() for metric in numbers}
    types = {"nodes": node_types(annotations) | further, "edges": {}}
    return cx2_document(about, types, nodes, edges, _style())


def _style() -> Json:
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
    return style(
        {"NODE_WIDTH": 40.0, "NODE_HEIGHT": 40.0, "NODE_LABEL_FONT_SIZE": 12},
        {"EDGE_TARGET_ARROW_SHAPE": "triangle"},
        {
            "NODE_LABEL": {"type": "PASSTHROUGH", "definition": by_name("label")},
            "NODE_BACKGROUND_COLOR": {
                "type": "DISCRETE",
                "definition": {**by_name("class"), "map": colours},
            },
            "NODE_WIDTH": size,
            "NODE_HEIGHT": size,
        },
        {},
    )
