"""Hierarchies in CX2: HCX as Cytoscape Web opens it, and older drafts of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...errors import DataError
from .listing import Listing

MEMBER_KEYS = ("HCX::memberNames", "CD_MemberList", "MemberList", "genes")
SIZE_KEYS = ("CD_MemberList_Size", "Size")
PERSISTENCE_KEYS = ("HiDeF_persistence", "persistence", "Stability")
# "Stability" is HiDeF's word for persistence, a count; "stability" is ours, in 0..1.
STABILITY_KEY = "stability"
SUPPORT_KEY = "member_support"

Element = Mapping[str, Any]
"""A node, an edge or a declaration as the file gives it; what a value is, who uses it checks."""


def parse_cx2(text: str, source: str) -> Listing:
    """Read the assemblies and edges of a CX2 document.

    Members come from the first of `MEMBER_KEYS` a node has, as a list or separated by blanks.

    Args:
        text: The document.
        source: The file's name, for messages.

    Raises:
        DataError: If it is not CX2, a node has no name or no members, a size disagrees, an edge
            names an unknown node, or two nodes are marked as roots.
    """
    aspects = _aspects(text, source)
    defaults, aliases = _declared(aspects)
    nodes = {
        node.get("id"): _attributes(node.get("v", {}), defaults, aliases)
        for node in aspects.get("nodes", [])
    }
    _check_roots(nodes, source)
    names = {key: _name(node, key, source) for key, node in nodes.items()}
    return Listing(
        source,
        list(names.values()),
        [_members(node, names[key], source) for key, node in nodes.items()],
        [_persistence(node, names[key], source) for key, node in nodes.items()],
        [_edge(edge, names, source) for edge in aspects.get("edges", [])],
        [float(node.get(STABILITY_KEY, "nan")) for node in nodes.values()],
        [_support(node, names[key], source) for key, node in nodes.items()],
    )


def _aspects(text: str, source: str) -> dict[str, list[Element]]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{source} line {error.lineno}: not valid JSON ({error.msg}).") from error
    parts = document if isinstance(document, list) else []
    aspects: dict[str, list[Element]] = {}
    for part in parts:
        for key, value in part.items() if isinstance(part, dict) else ():
            if isinstance(value, list):
                aspects.setdefault(key, []).extend(value)
    if "nodes" not in aspects:
        raise DataError(f"{source}: no 'nodes' aspect; a hierarchy in CX2 lists its assemblies so.")
    return aspects


def _declared(aspects: Mapping[str, list[Element]]) -> tuple[Element, dict[str, str]]:
    """Default values by attribute, and attribute by alias, as declared for nodes."""
    declared: dict[str, Element] = {}
    for part in aspects.get("attributeDeclarations", []):
        declared.update(part.get("nodes", {}))
    defaults = {key: form["v"] for key, form in declared.items() if "v" in form}
    return defaults, {form["a"]: key for key, form in declared.items() if "a" in form}


def _attributes(given: Element, defaults: Element, aliases: Mapping[str, str]) -> Element:
    return {**defaults, **{aliases.get(key, key): value for key, value in given.items()}}


def _check_roots(nodes: Mapping[object, Element], source: str) -> None:
    roots = [str(node.get("name")) for node in nodes.values() if node.get("HCX::isRoot") is True]
    if len(roots) > 1:
        raise DataError(
            f"{source}: two roots, '{roots[0]}' and '{roots[1]}'; mark one node HCX::isRoot."
        )


def _name(node: Element, key: object, source: str) -> str:
    if not node.get("name"):
        raise DataError(f"{source}: node {key} has no 'name'.")
    return str(node["name"])


def _members(node: Element, name: str, source: str) -> frozenset[str]:
    given = next((node[key] for key in MEMBER_KEYS if key in node), None)
    if given is None:
        raise DataError(
            f"{source}: node '{name}' has no members; expected one of {', '.join(MEMBER_KEYS)}."
        )
    members = frozenset(given.split() if isinstance(given, str) else map(str, given))
    size = next((node[key] for key in SIZE_KEYS if key in node), len(members))
    if int(size) != len(members):
        raise DataError(f"{source}: node '{name}' says {size} members but lists {len(members)}.")
    return members


def _support(node: Element, name: str, source: str) -> dict[str, float]:
    values, members = node.get(SUPPORT_KEY, []), node.get(MEMBER_KEYS[0], [])
    if values and len(values) != len(members):
        raise DataError(
            f"{source}: node '{name}' lists {len(members)} members but {len(values)} in "
            f"{SUPPORT_KEY}."
        )
    return {str(m): float(value) for m, value in zip(members, values, strict=False)}


def _persistence(node: Element, name: str, source: str) -> int:
    given = next((node[key] for key in PERSISTENCE_KEYS if key in node), 1)
    try:
        return int(float(given))
    except (TypeError, ValueError) as error:
        message = f"{source}: node '{name}' has persistence '{given}', not a number."
        raise DataError(message) from error


def _edge(edge: Element, names: Mapping[object, str], source: str) -> tuple[str, str]:
    for end in ("s", "t"):
        if edge.get(end) not in names:
            raise DataError(
                f"{source}: edge {edge.get('id')} leads to node {edge.get(end)}, "
                "which is not listed."
            )
    return names[edge["s"]], names[edge["t"]]
