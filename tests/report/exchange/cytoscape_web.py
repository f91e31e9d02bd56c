"""What Cytoscape Web asks of a cell map and of the network of its proteins, as its source has it.

Rules of its validator of hierarchies, of its filter aspect, of its limits and of how it finds the
names of members; each rule that a file breaks is a line.
"""

import json
from pathlib import Path
from typing import Any

UUID, HOST = "HCX::interactionNetworkUUID", "HCX::interactionNetworkHost"
OPENED, LAID_OUT, IMPORTED = 20_000, 26_000, 10_000_000


def aspects_of(path: Path) -> dict[str, list[Any]]:
    return {name: rows for part in json.loads(path.read_text()) for name, rows in part.items()}


def faults_of_hierarchy(path: Path, *, uploaded: bool) -> list[str]:
    aspects = aspects_of(path)
    about, nodes, edges = aspects["networkAttributes"][0], aspects["nodes"], aspects["edges"]
    result = []
    if about.get("ndexSchema") != "hierarchy_v0.1":
        result.append("ndexSchema is not hierarchy_v0.1")
    if not isinstance(about.get("HCX::modelFileCount"), int):
        result.append("HCX::modelFileCount is no integer")
    if uploaded and not (about.get(UUID) and about.get(HOST)):
        result.append("no interaction network, so it opens as a plain network")
    if uploaded and "//" in about.get(HOST, ""):
        result.append("the host is an address")
    inward = {edge["t"] for edge in edges}
    roots = [node["id"] for node in nodes if node["v"].get("HCX::isRoot")]
    if roots != [node["id"] for node in nodes if node["id"] not in inward]:
        result.append("isRoot disagrees with the edges")
    for node in nodes:
        members, names = node["v"].get("HCX::members"), node["v"].get("HCX::memberNames")
        if not members or not names or len(members) != len(names):
            result.append(f"node {node['id']}: members without names")
        elif not members[0]:  # taken for no id, and leaves show numbers
            result.append(f"node {node['id']}: its first member has id 0")
    if len({edge["v"].get("interaction") for edge in edges}) > 1:
        result.append("edges of several kinds: no Cell View")
    if path.stat().st_size > IMPORTED:
        result.append("too large to import from an address")
    return result + undeclared(aspects)


def faults_of_network(path: Path, hierarchy: Path) -> list[str]:
    aspects, result = aspects_of(path), []
    nodes, edges = aspects["nodes"], aspects["edges"]
    ids = {node["id"]: node["v"]["name"] for node in nodes}
    if len(edges) > OPENED or len(nodes) + len(edges) > LAID_OUT:
        result.append(f"{len(nodes)} nodes and {len(edges)} edges are not opened")
    if any("x" not in node or "y" not in node for node in nodes):
        result.append("nodes without a place lie on one point")
    for node in aspects_of(hierarchy)["nodes"]:
        listed = [ids.get(k) for k in node["v"]["HCX::members"]]
        if listed != node["v"]["HCX::memberNames"]:
            result.append(f"members of {node['id']} are not those of the network")
    values = {edge["v"]["evidence"] for edge in edges}
    for widget in aspects.get("filterWidgets", []):
        if widget["widgetType"].lower() not in ("checkbox", "checkboxes"):
            result.append("a filter that is not drawn")
        if widget["appliesTo"].lower() not in ("edge", "edges", "node", "nodes"):
            result.append("a filter of neither nodes nor edges")
        offered = {option["criterion"] for option in widget["filter"]}
        if not values <= offered or not all("predicate" in option for option in widget["filter"]):
            result.append("a filter that does not offer every value")
    return result + undeclared(aspects)


def undeclared(aspects: dict[str, list[Any]]) -> list[str]:
    """Return columns that are used and not declared, and values of another type than declared."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "double": (float, int),  # JavaScript writes 1 for 1.0
        "boolean": bool,
        "list_of_long": list,
        "list_of_string": list,
        "list_of_double": list,
    }
    declared = aspects["attributeDeclarations"][0]
    rows = {kind: [element["v"] for element in aspects[kind]] for kind in ("nodes", "edges")}
    rows["networkAttributes"] = aspects["networkAttributes"]
    result = set()
    for kind, elements in rows.items():
        for element in elements:
            for name, value in element.items():
                kinded = declared[kind].get(name, {}).get("d", "string")
                if name not in declared[kind] or not isinstance(value, kinds[kinded]):
                    result.add(f"{kind}: {name} is not the {kinded} that it is declared to be")
    return sorted(result)
