"""Data of the report: names, diameters, hover texts, thumbnails, JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from ...artifacts import Hierarchy, Scores
from ...maps.sizes import Calibration
from ..annotations import Annotations
from ..atlas.core import mark
from ..criteria import criteria
from ..distinct import shortened
from ..lengths import diameter_words, interval_words
from ..result import RunResult
from ..tree import main_parents, smallest_assemblies
from ..words import reference_name, short_name
from .evidence import evidence_pictures
from .plotly_text import plain
from .plots import (
    embedding_plot,
    icicle_plot,
    modality_plot,
    size_plot,
    truth_plot,
)
from .scoreboard import small

Json = dict[str, Any]

TERM_PAGE = "https://amigo.geneontology.org/amigo/term/"

GROUPS = 10
"""Number of groups that colours can distinguish in a picture."""


@dataclass(frozen=True)
class Assemblies:
    """The assemblies of a map as the page speaks of them; the root is row 0 of every array.

    Attributes:
        hierarchy: The map.
        best: Best term of each, see `Annotations`.
        nm: ``(A, 3)`` diameter and its interval.
        parents: ``(A,)`` row of the parent each is drawn under.
        scored: Whether assemblies were compared with any terms.
        calibration: Turns sizes into diameters.
        coelution: Result of the first elution reference by assembly; empty if there is none.
        hover: ``(A,)`` markup for pictures, escaped.
    """

    hierarchy: Hierarchy
    best: pd.DataFrame
    nm: NDArray[np.float64]
    parents: NDArray[np.int64]
    scored: bool
    calibration: Calibration
    coelution: pd.DataFrame
    hover: tuple[str, ...]

    @classmethod
    def of(cls, result: RunResult, annotations: Annotations) -> Assemblies:
        """Work out what the page says of each assembly."""
        hierarchy, best = result.hierarchy, annotations.best
        nm = annotations.diameters
        tests = annotations.coelution
        first = tests["reference"].iloc[0] if len(tests) else ""
        coelution = tests[tests["reference"] == first].set_index("assembly")
        line = annotations.calibration
        hover = tuple(_hover(hierarchy, best, nm, line, k) for k in range(len(hierarchy.names)))
        parents = main_parents(hierarchy)
        return cls(
            hierarchy,
            best,
            nm,
            parents,
            annotations.scored,
            annotations.calibration,
            coelution,
            hover,
        )

    @cached_property
    def labels(self) -> list[str]:
        """``(A,)`` what each is called."""
        return [shortened(str(label)) for label in self.best["label"]]

    @cached_property
    def classes(self) -> list[str]:
        """``(A,)`` class of each; "" where nothing was scored."""
        return [str(kind) for kind in self.best["class"]]

    def diameter(self, k: int) -> str:
        """Return the diameter of one assembly in words."""
        return diameter_words(int(self.hierarchy.sizes[k]), self.nm[k, 0], self.calibration)

    def interval(self, k: int) -> str:
        """Return the interval of that diameter in words."""
        size, (_, low, high) = int(self.hierarchy.sizes[k]), self.nm[k]
        return interval_words(size, low, high, self.calibration)

    @property
    def several_parents(self) -> int:
        """How many assemblies have more than one parent."""
        return int((np.bincount(self.hierarchy.edges.reshape(-1, 2)[:, 1]) > 1).sum())


def pictures(result: RunResult, assemblies: Assemblies) -> dict[str, go.Figure]:
    """Return the pictures that this run has something to show in, by the id of their place."""
    drawn = {}
    if len(assemblies.hierarchy.names) > 1:
        drawn["plot-sizes"] = size_plot(
            assemblies.hierarchy.sizes[1:],
            assemblies.hierarchy.persistence[1:],
            assemblies.classes[1:],
            assemblies.hover[1:],
            assemblies.calibration,
        )
        drawn["plot-hierarchy"] = icicle_plot(
            assemblies.hierarchy.names,
            assemblies.labels,
            assemblies.parents,
            assemblies.hierarchy.sizes,
            assemblies.classes,
            assemblies.hover,
        )
    if result.embedding is not None and result.layout is not None:
        drawn["plot-embedding"] = _embedding_picture(result, assemblies)
    if result.embedding is not None and len(result.embedding.modalities) > 1:
        drawn["plot-modalities"] = modality_plot(*modality_counts(result))
    if "truth" in result.scores.tables:
        drawn["plot-truth"] = _truth_picture(result.scores)
    return drawn | evidence_pictures(result.scores)


def modality_counts(result: RunResult) -> tuple[list[str], list[int]]:
    """Return each combination of modalities that proteins have, and how many, most first."""
    embedding = result.embedding
    if embedding is None:
        return [], []
    rows, counts = np.unique(embedding.present, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    names = [
        " + ".join(name for name, has in zip(embedding.modalities, row, strict=True) if has)
        for row in rows[order]
    ]
    return [name or "none" for name in names], counts[order].tolist()


def embedded_data(
    result: RunResult, assemblies: Assemblies, drawn: dict[str, go.Figure], *, portal: bool
) -> Json:
    """Return what the script reads: proteins, assemblies, pictures, whether there is a portal."""
    proteins = list(assemblies.hierarchy.proteins)
    plane = result.plane
    stability = assemblies.hierarchy.stability[1:]
    return {
        "proteins": proteins,
        **_names(result.measured.names, proteins),
        "portal": portal,
        "layout": None if plane is None else plane.T.round(4).astype(float).tolist(),
        "scored": assemblies.scored,
        "has_stability": bool(np.isfinite(stability).any()),
        "has_sec": bool(len(assemblies.coelution)),
        "assemblies": [_row(assemblies, k) for k in range(1, len(assemblies.hierarchy.names))],
        "plots": as_json(drawn),
    }


def _names(names: pd.DataFrame, proteins: list[str]) -> Json:
    """Return what else each protein is called, full name first, ``|`` between; its accession."""
    if not len(names):
        return {}
    known = names.set_index("protein").reindex(proteins).fillna("")
    rows = known.astype(str).agg("|".join, axis=1)
    return {
        "names": rows.tolist(),
        "accessions": known["uniprot"].astype(str).str.partition("|")[0].tolist(),
    }


def as_json(drawn: Mapping[str, go.Figure]) -> Json:
    """Return pictures as plain data."""
    return {key: json.loads(plot.to_json()) for key, plot in drawn.items()}


def _row(assemblies: Assemblies, k: int) -> Json:
    """One assembly for the table; parents count from the first assembly below the root, -1."""
    hierarchy, best = assemblies.hierarchy, assemblies.best.iloc[k]
    start, stop = hierarchy.membership.indptr[k : k + 2]
    above = hierarchy.edges[hierarchy.edges[:, 1] == k, 0] - 1
    name, term = hierarchy.names[k], str(best["term"])
    co = float(assemblies.coelution["fdr"].get(name, np.nan))
    return {
        "id": name,
        "uid": mark(hierarchy.members_of(k)),
        "term_link": TERM_PAGE + term if term.startswith("GO:") else "",
        "label": assemblies.labels[k],
        "size": int(hierarchy.sizes[k]),
        "nm_text": assemblies.diameter(k),
        "nm_range": assemblies.interval(k),
        "persistence": int(hierarchy.persistence[k]),
        "stability": _number(hierarchy.stability[k]),
        "class": best["class"],
        "reference": short_name(best["reference"]),
        "term": best["term"],
        "description": best["description"],
        "jaccard": _number(best["jaccard"]),
        "fdr": _number(best["fdr"]),
        "fdr_text": small(float(best["fdr"])),
        "sec": _number(co),
        "sec_text": small(co),
        "genes": best["genes"].split(),
        "parents": above.tolist(),
        "members": sorted(hierarchy.membership.indices[start:stop].tolist()),
    }


def _number(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None


def _embedding_picture(result: RunResult, assemblies: Assemblies) -> go.Figure:
    """Colour each protein by the smallest of the largest assemblies under the root that hold it."""
    hierarchy = assemblies.hierarchy
    top = np.flatnonzero(assemblies.parents == 0)
    top = top[np.argsort(-hierarchy.sizes[top], kind="stable")][:GROUPS]
    group, smallest = _assigned(hierarchy, top), smallest_assemblies(hierarchy)
    row = {name: k for k, name in enumerate(hierarchy.proteins)}
    proteins = result.embedding.proteins if result.embedding else ()
    at = np.array([row.get(name, -1) for name in proteins])
    hover = [
        plain(*_in_short(assemblies, smallest[k] if k >= 0 else 0), bold=name)
        for name, k in zip(proteins, at, strict=True)
    ]
    groups = np.where(at >= 0, group[at], -1)
    labels = [shortened(assemblies.labels[k], 32) for k in top]
    places = result.layout if result.layout is not None else np.empty((0, 2))
    return embedding_plot(places, groups, labels, hover)


def _truth_picture(scores: Scores) -> go.Figure:
    table, bar = scores.tables["truth"], criteria(scores)["truth.recovered_at"]
    hover = [
        plain(
            f"{row.size:,} proteins", f"Jaccard {row.jaccard:.2f}", bold=shortened(str(row.truth))
        )
        for row in table[["truth", "size", "jaccard"]].itertuples(name="Row", index=False)
    ]
    return truth_plot(table["size"], table["jaccard"], table["complex"], hover, bar)


def _assigned(hierarchy: Hierarchy, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """``(N,)`` which of some assemblies, largest first, each protein is in last; -1 for none."""
    group = np.full(len(hierarchy.proteins), -1)
    for k, row in enumerate(rows):
        start, stop = hierarchy.membership.indptr[row : row + 2]
        group[hierarchy.membership.indices[start:stop]] = k
    return group


def _in_short(assemblies: Assemblies, k: int) -> tuple[str, ...]:
    """Lines on an assembly; 0: none."""
    if k <= 0:
        return ("in no assembly",)
    size = assemblies.hierarchy.sizes[k]
    return assemblies.labels[k], f"{size:,} proteins, diameter {assemblies.diameter(k)}"


def _hover(
    hierarchy: Hierarchy,
    best: pd.DataFrame,
    nm: NDArray[np.float64],
    line: Calibration,
    k: int,
) -> str:
    name, row, size = hierarchy.names[k], best.iloc[k], hierarchy.sizes[k]
    lines = [name] if row["label"] != name else []
    lines.append(f"{size:,} proteins, diameter {diameter_words(int(size), nm[k, 0], line)}")
    if k:
        lasting = f"Persistence {hierarchy.persistence[k]:,}"
        stable = hierarchy.stability[k]
        lines.append(lasting + (f", stability {stable:.2f}" if np.isfinite(stable) else ""))
    if row["term"]:
        term = shortened(str(row["description"] or row["term"]))
        lines.append(f"Jaccard {row['jaccard']:.2f} with {term}")
        lines.append(reference_name(str(row["reference"])))
    if size <= 12:
        lines.append(", ".join(hierarchy.members_of(k)))
    return plain(*lines, bold=shortened(str(row["label"])))
