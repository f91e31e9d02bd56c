"""A map as two CX2 files, the hierarchy and the network of its proteins, written and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from ...artifacts import Hierarchy, Network, whole
from ...artifacts.cx2 import Json
from ...errors import DataError
from .cx2_network import SIMILARITY

RESTORE = "restore it, or make the run again."

Element = dict[str, Any]


def write_cx2(path: Path, document: Iterable[Json]) -> None:
    """Write a CX2 document."""
    text = json.dumps(list(document), allow_nan=False, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def read_hcx(hierarchy_path: Path, network_path: Path) -> tuple[Hierarchy, Network]:
    """Read back a map: the hierarchy whole, of the similarity network the pairs that were kept.

    Raises:
        DataError: If a file is damaged.
    """
    with whole(network_path, RESTORE):
        parent = _aspects(network_path)
        first = int(parent["nodes"][0]["id"]) if parent["nodes"] else 0  # 0 in older runs
        network = _network(parent, first)
    with whole(hierarchy_path, RESTORE):
        hierarchy = _hierarchy(network.proteins, _aspects(hierarchy_path), first)
        _check_rows(hierarchy)
    return hierarchy, network


def _network(aspects: Mapping[str, list[Element]], first: int) -> Network:
    proteins = tuple(str(node["v"]["name"]) for node in aspects["nodes"])
    edges = [e for e in aspects["edges"] if e["v"].get("evidence", SIMILARITY) == SIMILARITY]
    pairs = np.array([[e["s"], e["t"]] for e in edges], np.int32).reshape(-1, 2) - first
    weights = np.array([e["v"]["Weight"] for e in edges], np.float32)
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


def _hierarchy(
    proteins: tuple[str, ...], aspects: Mapping[str, list[Element]], first: int
) -> Hierarchy:
    nodes = [node["v"] for node in aspects["nodes"]]
    of_nodes = [node["HCX::members"] for node in nodes]
    support = [node.get("member_support", [1.0] * node["CD_MemberList_Size"]) for node in nodes]
    members = sparse.csr_array(
        (
            np.array([value for values in support for value in values], np.float32),
            np.array([row for rows in of_nodes for row in rows], np.int32) - np.int32(first),
            np.cumsum([0, *map(len, of_nodes)], dtype=np.int32),
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


def _aspects(path: Path) -> dict[str, list[Element]]:
    document = json.loads(path.read_text(encoding="utf-8"))
    return {name: rows for aspect in document for name, rows in aspect.items()}
