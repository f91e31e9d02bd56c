"""CX2 documents: the aspects of a network in the order of the specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Json = dict[str, object]

KINDS = {str: "string", int: "integer"}
"""CX2 type of an attribute of the network itself."""


def cx2_document(
    about: Mapping[str, object],
    types: Mapping[str, Mapping[str, str]],
    nodes: Sequence[Mapping[str, object]],
    edges: Sequence[Mapping[str, object]],
    style: Mapping[str, object] | None = None,
) -> list[Json]:
    """Return the aspects of a CX2 document with their counts.

    Args:
        about: Attributes of the network.
        types: CX2 type of each attribute of ``nodes`` and of ``edges``.
        nodes: Each with ``id`` and ``v``.
        edges: Each with ``id``, ``s``, ``t`` and ``v``.
        style: Visual properties; None: a viewer's own.
    """
    declared: dict[str, Json] = {
        kind: {name: {"d": d} for name, d in names.items()} for kind, names in types.items()
    }
    declared["networkAttributes"] = {name: {"d": KINDS[type(v)]} for name, v in about.items()}
    aspects: dict[str, Sequence[object]] = {
        "attributeDeclarations": [declared],
        "networkAttributes": [about],
        "nodes": nodes,
        "edges": edges,
    }
    if style is not None:
        editor = {"properties": {"nodeSizeLocked": True}}
        aspects |= {"visualProperties": [style], "visualEditorProperties": [editor]}
    counts = [{"name": name, "elementCount": len(rows)} for name, rows in aspects.items()]
    parts: list[Json] = [{name: rows} for name, rows in aspects.items()]
    head: list[Json] = [{"CXVersion": "2.0", "hasFragments": False}, {"metaData": counts}]
    return [*head, *parts, {"status": [{"success": True}]}]
