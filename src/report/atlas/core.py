"""Core data of the portal, loaded first: symbols, assemblies, memberships, modalities."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ... import __version__
from ...artifacts import Findings, Hierarchy
from ..annotations import Annotations
from ..criteria import criteria
from ..lengths import diameter_words, interval_words
from ..result import RunResult
from ..titles import Title
from ..tree import main_parents
from ..words import reference_name
from .evidence import Evidence, Summary
from .script import Json, number, packed

DIGITS = 10
"""Hexadecimal digits of the mark of an assembly."""

STEPS = 10_000
"""Places on the map of proteins are whole numbers up to this."""


def core(
    result: RunResult,
    annotations: Annotations,
    names: Sequence[Title],
    evidence: Sequence[Evidence],
    summaries: Sequence[Summary],
) -> Json:
    """Return the data of all views; rows of assemblies and proteins are the hierarchy's."""
    hierarchy = result.hierarchy
    wide = len(hierarchy.proteins) > 65536
    membership = hierarchy.membership.sorted_indices()
    support = {} if (membership.data == 1).all() else {"sup": packed(membership.data, np.float32)}
    return {
        "title": result.title,
        "made": {"version": __version__, "command": result.command, "seed": _seed(result)},
        "n": len(hierarchy.proteins),
        "sym": list(hierarchy.proteins),
        "cols": columns(hierarchy, annotations, names),
        "ptr": packed(membership.indptr, np.uint32),
        "idx": packed(membership.indices, np.uint32 if wide else np.uint16),
        "wide": wide,
        **support,
        **_plane(result),
        "scored": annotations.scored,
        "evidence": [_about(e, s) for e, s in zip(evidence, summaries, strict=True)],
        "references": {name: reference_name(name) for name in annotations.references},
        "separations": sorted(set(annotations.coelution["reference"].astype(str))),
        "criteria": {key: number(value) for key, value in criteria(result.scores).items()},
    }


def columns(hierarchy: Hierarchy, annotations: Annotations, names: Sequence[Title]) -> Json:
    """Return the columns of the assemblies, numbers as ``assemblies.tsv`` has them."""
    best, nm = annotations.best, annotations.diameters
    rows = range(len(hierarchy.names))
    children: list[list[int]] = [[] for _ in rows]
    parents: list[list[int]] = [[] for _ in rows]
    for above, below in hierarchy.edges.tolist():
        children[above].append(below)
        parents[below].append(above)
    return {
        "id": list(hierarchy.names),
        "uid": [mark(hierarchy.members_of(row)) for row in rows],
        "name": [name.text for name in names],
        "why": [name.why for name in names],
        "known": [int(name.known) for name in names],
        "kind": [str(kind) for kind in best["class"]],
        "parent": main_parents(hierarchy).tolist(),
        "parents": parents,
        "children": children,
        "size": hierarchy.sizes.tolist(),
        **{key: [number(v) for v in nm[:, k]] for k, key in enumerate(("nm", "lo", "hi"))},
        **_lengths(hierarchy, annotations),
        "pers": hierarchy.persistence.tolist(),
        "stab": [number(float(value)) for value in hierarchy.stability],
        "term": [str(d or t) for d, t in zip(best["description"], best["term"], strict=True)],
        "ref": [str(reference) for reference in best["reference"]],
        "jac": [number(float(value)) for value in best["jaccard"]],
        "fdr": [number(float(value)) for value in best["fdr"]],
        "sec": _coelution(hierarchy, annotations),
    }


def _lengths(hierarchy: Hierarchy, annotations: Annotations) -> Json:
    """Diameters as text, as in the report."""
    line = annotations.calibration
    rows = list(zip(hierarchy.sizes.tolist(), *annotations.diameters.T.tolist(), strict=True))
    return {
        "length": [diameter_words(size, nm, line) for size, nm, _, _ in rows],
        "span": [interval_words(size, low, high, line) for size, _, low, high in rows],
    }


def mark(members: Sequence[str]) -> str:
    """Return the link id of an assembly, a hash of its sorted members.

    >>> mark(("PSMA1", "PSMB5"))
    '5c8ad9f53f'
    """
    return hashlib.sha256("\n".join(members).encode()).hexdigest()[:DIGITS]


def files_of(folder: Path, uses: Mapping[str, Findings]) -> list[str]:
    """Return the files of a run that a page may link to, relative to its own folder."""
    known = [
        "assemblies.tsv",
        "assemblies.gmt",
        "hierarchy.cx2",
        "hierarchy_parent.cx2",
        "embedding.h5ad",
        "config.yaml",
    ]
    files = [name for name in known if (folder / name).is_file()]
    files = ["report.html", *files, "ro-crate-metadata.json"]
    return files + [f"uses/{use}/{one}.tsv" for use, files in uses.items() for one in files.tables]


def _seed(result: RunResult) -> object:
    return result.config.get("seed")


def _plane(result: RunResult) -> Json:
    """Positions of the proteins in the UMAP, if any."""
    if result.plane is None:
        return {}
    places = result.plane.astype(float)
    span = max(float(np.ptp(places, axis=0).max(initial=0)), 1e-9)
    steps = np.rint(STEPS * (places - places.min(axis=0)) / span)
    return {"umap": packed(steps.ravel(), np.int16)}


def _about(evidence: Evidence, summary: Summary) -> Json:
    return {
        "key": evidence.key,
        "kind": evidence.kind,
        "has": packed(evidence.has, np.uint8),
        "measured": summary.measured.astype(int).tolist(),
        "seen": _numbers(summary.seen),
        "chance": _numbers(summary.chance),
        "z": _numbers(summary.z),
    }


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    return [number(float(value), 4) for value in values]


def _coelution(hierarchy: Hierarchy, annotations: Annotations) -> list[float | None]:
    """FDR of each assembly in the first separation."""
    tests = annotations.coelution
    first = tests[tests["reference"] == tests["reference"].iloc[0]] if len(tests) else tests
    fdr = dict(zip(first["assembly"].astype(str), first["fdr"].astype(float), strict=True))
    return [number(fdr.get(name)) for name in hierarchy.names]
