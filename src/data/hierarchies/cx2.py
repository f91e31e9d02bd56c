"""Reader of hierarchies in CX2 (HCX, as in Cytoscape Web, and older drafts)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from ...errors import DataError
from .listing import Listing
from .values import count, share, short, supports, texts

MEMBER_KEYS = ("HCX::memberNames", "CD_MemberList", "MemberList", "genes")
SIZE_KEYS = ("CD_MemberList_Size", "Size")
PERSISTENCE_KEYS = ("HiDeF_persistence", "persistence", "Stability")
# "Stability" is HiDeF's name of persistence, a count; "stability" is ours, in 0..1.
STABILITY_KEY = "stability"
SUPPORT_KEY = "member_support"

Element = Mapping[str, object]
"""A node, an edge or a declaration as the file gives it; what a value is, who uses it checks."""


def parse_cx2(text: str, source: str) -> Listing:
    """Read the assemblies and edges of a CX2 document.

    Members come from the first of `MEMBER_KEYS` a node has, as a list or separated by blanks.

    Args:
        text: The document.
        source: The file's name, for messages.

    Raises:
        DataError: If it is not CX2, a field is of another type or out of range, two nodes have the
            same id, a node has no name or no members, a size disagrees, an edge names an unknown
            node, or two nodes are marked as roots.
    """
    aspects = _aspects(text, source)
    defaults, aliases = _declared(aspects, source)
    nodes: dict[object, Element] = {}
    for node in _elements(aspects, "nodes", source):
        key = _key(node.get("id"), f"{source}: a node", "id")
        if key in nodes:
            raise DataError(f"{source}: two nodes have id {key}; every node needs its own.")
        values = _object(node.get("v", {}), f"{source}: v of node {key}")
        nodes[key] = {**defaults, **{aliases.get(k, k): value for k, value in values.items()}}
    _check_roots(nodes, source)
    names = {key: _name(node, key, source) for key, node in nodes.items()}
    where = {key: f"{source}: node '{name}'" for key, name in names.items()}
    members = {key: _members(node, where[key]) for key, node in nodes.items()}
    return Listing(
        source,
        list(names.values()),
        [frozenset(listed) for listed in members.values()],
        [count(_first(n, PERSISTENCE_KEYS, 1), "persistence", where[k]) for k, n in nodes.items()],
        [_edge(edge, names, source) for edge in _elements(aspects, "edges", source)],
        [share(node.get(STABILITY_KEY), STABILITY_KEY, where[k]) for k, node in nodes.items()],
        [_support(node, members[key], where[key]) for key, node in nodes.items()],
    )


def _aspects(text: str, source: str) -> dict[str, list[object]]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{source} line {error.lineno}: not valid JSON ({error.msg}).") from error
    except (RecursionError, ValueError) as error:
        raise DataError(f"{source}: not JSON that can be read ({error}).") from error
    parts = document if isinstance(document, list) else []
    aspects: dict[str, list[object]] = {}
    for part in parts:
        for key, value in part.items() if isinstance(part, dict) else ():
            if isinstance(value, list):
                aspects.setdefault(key, []).extend(value)
    if "nodes" not in aspects:
        raise DataError(f"{source}: no 'nodes' aspect; a hierarchy in CX2 lists its assemblies so.")
    if any(isinstance(node, dict) and "@id" in node for node in aspects["nodes"]):
        raise DataError(
            f"{source}: CX version 1; save it as CX2, which NDEx and Cytoscape (3.10) write."
        )
    return aspects


def _elements(aspects: Mapping[str, list[object]], name: str, source: str) -> Iterator[Element]:
    """Return the elements of an aspect, each an object."""
    return (
        _object(element, f"{source}: an element of '{name}'") for element in aspects.get(name, [])
    )


def _object(value: object, where: str) -> Element:
    if not isinstance(value, dict):
        raise DataError(f"{where} must be an object {{..}}, got {short(value)}.")
    return value


def _key(value: object, where: str, what: str) -> object:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise DataError(f"{where} has {what} {short(value)}; a whole number is needed.")
    return value


def _declared(aspects: Mapping[str, list[object]], source: str) -> tuple[Element, dict[str, str]]:
    """Default values by attribute, and attribute by alias, as declared for nodes."""
    declared: dict[str, Element] = {}
    for part in _elements(aspects, "attributeDeclarations", source):
        nodes = _object(part.get("nodes", {}), f"{source}: attributeDeclarations of nodes")
        for key, form in nodes.items():
            declared[key] = _object(form, f"{source}: the declaration of '{key}'")
    defaults = {key: form["v"] for key, form in declared.items() if "v" in form}
    return defaults, {str(form["a"]): key for key, form in declared.items() if "a" in form}


def _check_roots(nodes: Mapping[object, Element], source: str) -> None:
    roots = [str(node.get("name")) for node in nodes.values() if node.get("HCX::isRoot") is True]
    if len(roots) > 1:
        raise DataError(
            f"{source}: two roots, '{roots[0]}' and '{roots[1]}'; mark one node HCX::isRoot."
        )


def _name(node: Element, key: object, source: str) -> str:
    name = node.get("name")
    if not isinstance(name, str | int) or not name:
        raise DataError(f"{source}: node {key} has no 'name'.")
    return str(name)


def _first(node: Element, keys: tuple[str, ...], default: object) -> object:
    return next((node[key] for key in keys if key in node), default)


def _members(node: Element, where: str) -> list[str]:
    given = _first(node, MEMBER_KEYS, None)
    if given is None and "HCX::members" in node:
        raise DataError(
            f"{where} lists its members as numbers of nodes of another network (HCX::members); "
            "export it with HCX::memberNames, or CD_MemberList."
        )
    if given is None:
        raise DataError(f"{where} has no members; expected one of {', '.join(MEMBER_KEYS)}.")
    members = texts(given, "members", where)
    size = count(_first(node, SIZE_KEYS, len(set(members))), "size", where)
    if size != len(set(members)):
        raise DataError(f"{where} says {size} members but lists {len(set(members))}.")
    return members


def _support(node: Element, members: list[str], where: str) -> dict[str, float]:
    values = node.get(SUPPORT_KEY, [])
    if not isinstance(values, list):
        raise DataError(f"{where} has {SUPPORT_KEY} {short(values)}; a list of numbers is needed.")
    return supports(values, members, where)


def _edge(edge: Element, names: Mapping[object, str], source: str) -> tuple[str, str]:
    where = f"{source}: edge {short(edge.get('id'))}"
    ends = [_key(edge.get(end), where, end) for end in ("s", "t")]
    for end in ends:
        if end not in names:
            raise DataError(f"{where} leads to node {end}, which is not listed.")
    return names[ends[0]], names[ends[1]]
