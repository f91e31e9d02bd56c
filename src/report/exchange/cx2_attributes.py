"""Attributes of assemblies in CX2, as expected by cell-map tools."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...artifacts import Hierarchy
from ..annotations import FAMILIES, Annotations

Json = dict[str, object]

OWN_TYPES = {
    "name": "string",
    "CD_MemberList": "string",
    "CD_MemberList_Size": "integer",
    "CD_MemberList_LogSize": "double",
    "HiDeF_persistence": "integer",
    "HCX::isRoot": "boolean",
    "HCX::members": "list_of_long",
    "HCX::memberNames": "list_of_string",
    "CD_CommunityName": "string",
    "CD_Labeled": "boolean",
    "CD_AnnotatedMembers": "string",
    "CD_AnnotatedMembers_Size": "integer",
    "CD_AnnotatedMembers_Overlap": "double",
    "CD_AnnotatedMembers_Pvalue": "double",
    "label": "string",
    "class": "string",
    "diameter_nm": "double",
    "stability": "double",
    "member_support": "list_of_double",
}
"""CX2 type of each column that every hierarchy has; `stability` and `member_support` are left out
where they were not measured, and where every support is 1."""

LISTS = {
    "terms": "term",
    "descriptions": "description",
    "FDRs": "fdr",
    "jaccard_indexes": "jaccard",
    "overlap_genes": "genes",
}
"""Enrichment columns, ``<REFERENCE>_<key>``, and the column of the terms that each one joins."""


LISTED_TWICE = 8_000_000
"""Bytes of all members' ids and names, twice, up to which names are listed twice; 10 MB is what
Cytoscape Web imports from an address."""


def node_types(annotations: Annotations) -> dict[str, str]:
    """Return the CX2 type of each column of `node_attributes`."""
    types = dict(OWN_TYPES)
    for name in _families(annotations):
        types |= {f"{name.upper()}_{key}": "string" for key in LISTS}
        types[f"{name.upper()}_max_jaccard_index"] = "double"
    return types


def node_attributes(hierarchy: Hierarchy, annotations: Annotations) -> list[Json]:
    """Return the columns of each assembly, in the hierarchy's order.

    Members are numbered from 1, as in that network. Their names occur twice, in the form that older
    tools read too, unless the file would become too large for Cytoscape Web to import.
    """
    families = [_enrichment(name, annotations) for name in _families(annotations)]
    twice = _listed_bytes(hierarchy) <= LISTED_TWICE
    attributes: list[Json] = []
    for k, name in enumerate(hierarchy.names):
        values = _membership(hierarchy, k) | _community(annotations.best.iloc[k])
        if not twice:
            del values["CD_MemberList"]
        values["diameter_nm"] = float(f"{annotations.diameters[k, 0]:.4g}")
        for of_assembly, empty in families:
            values |= of_assembly.get(name, empty)
        attributes.append(values)
    return attributes


def shortest(value: np.float32) -> float:
    """Return the float with the fewest digits that reads back as the same float32."""
    return float(str(np.float32(value)))


def _families(annotations: Annotations) -> Sequence[str]:
    return [*FAMILIES, *(name for name in annotations.references if name not in FAMILIES)]


def _listed_bytes(hierarchy: Hierarchy) -> int:
    """Return how many bytes ids and names of all members take, names twice."""
    lengths = np.array([len(name.encode()) for name in hierarchy.proteins], np.int64)
    return int((hierarchy.membership.astype(bool) @ (2 * lengths + 10)).sum())


def _membership(hierarchy: Hierarchy, k: int) -> Json:
    start, stop = hierarchy.membership.indptr[k : k + 2]
    order = np.argsort(hierarchy.membership.indices[start:stop])
    rows = hierarchy.membership.indices[start:stop][order].tolist()
    support = hierarchy.membership.data[start:stop][order]
    members = [hierarchy.proteins[row] for row in rows]
    values: Json = {
        "name": hierarchy.names[k],
        "CD_MemberList": " ".join(members),
        "CD_MemberList_Size": len(members),
        "CD_MemberList_LogSize": float(np.log2(len(members))),
        "HiDeF_persistence": int(hierarchy.persistence[k]),
        "HCX::isRoot": k == 0,
        "HCX::members": [row + 1 for row in rows],
        "HCX::memberNames": members,
    }
    if np.isfinite(hierarchy.stability[k]):
        values["stability"] = shortest(hierarchy.stability[k])
    if (support != 1).any():
        values["member_support"] = [shortest(value) for value in support]
    return values


def _community(best: pd.Series) -> Json:
    """Name and shared proteins of the best term over all references; ``(none)`` without one."""
    labeled = bool(best["term"])
    genes = str(best["genes"]).split()
    return {
        "CD_CommunityName": str(best["description"] or best["term"]) if labeled else "(none)",
        "CD_Labeled": labeled,
        "CD_AnnotatedMembers": " ".join(genes),
        "CD_AnnotatedMembers_Size": int(best["overlap"]) if labeled else 0,
        "CD_AnnotatedMembers_Overlap": float(best["jaccard"]) if labeled else 0.0,
        "CD_AnnotatedMembers_Pvalue": float(best["p"]) if labeled else 1.0,
        "label": str(best["label"]),
        "class": str(best["class"]),
    }


def _enrichment(reference: str, annotations: Annotations) -> tuple[dict[str, Json], Json]:
    """Columns of one reference by assembly, and those of an assembly without a term in it.

    Terms are joined by ``|``, the best first; a ``|`` inside a name becomes ``/``.
    """
    prefix = reference.upper()
    terms = annotations.terms[annotations.terms["reference"] == reference]
    attributes: dict[str, Json] = {}
    for assembly, rows in terms.groupby("assembly", sort=False):
        values: Json = {
            f"{prefix}_{key}": "|".join(_text(value) for value in rows[column])
            for key, column in LISTS.items()
        }
        values[f"{prefix}_max_jaccard_index"] = float(rows["jaccard"].max())
        attributes[str(assembly)] = values
    empty: Json = {f"{prefix}_{key}": "" for key in LISTS}
    return attributes, empty | {f"{prefix}_max_jaccard_index": 0.0}


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value).replace("|", "/")
