"""Plot of mutated assemblies as SVG: part of the map, gene frequencies, oncoprint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
import pandas as pd

from ...artifacts import Hierarchy
from ...report.templating import render
from .given import PAN

COLOURS = {"convergent": "#2F6DB5", "single-gene": "#E08E1B", "": "#B9C0C7"}
"""Of assemblies by class; grey are those above them, which do not pass."""

COHORTS = ("#4E79A7", "#F28E2B", "#59A14F", "#B07AA1", "#EDC948", "#76B7B2", "#E15759", "#9C755F")
"""Of cohorts, in turn."""

INK, FAINT, HIT = "#1B1F24", "#E6E9EC", "#2F6DB5"
WIDTH, ROW, NAMES, GAP = 900, 18, 150, 46
"""Pixels: the picture, a line, the column of names, between panels."""

ASSEMBLIES, GENES, PRINTED = 30, 25, 24
"""Most assemblies, genes by frequency and genes of the oncoprint that are drawn."""

Shape = dict[str, object]
"""A text, box, dot or line, as the template draws it."""

Panel = tuple[list[Shape], int]
"""Shapes that begin at height 0, and their height."""


def plot(tables: Mapping[str, pd.DataFrame], hierarchy: Hierarchy, title: str) -> str:
    """Return the SVG of an answer, "" where no assembly passes.

    Args:
        tables: ``mutations`` and, where patients are known, ``hits``.
        hierarchy: The map.
        title: Caption within the picture, such as the title of the result.
    """
    called = tables["mutations"]
    called = called[called["class"].isin(list(COLOURS))].drop_duplicates("assembly")
    if called.empty:
        return ""
    panels = [_map(called, hierarchy), _genes(called)]
    hits = tables.get("hits")
    if hits is not None and len(hits):
        panels.append(_oncoprint(hits))
    placed, top = [], 34
    for letter, (shapes, height) in zip("abc", panels, strict=False):
        placed.append((top, [_text(0, 0, letter, weight=700), *shapes]))
        top += height + GAP
    svg = render(
        "applications/mutations/templates/plot.svg.j2",
        title=title,
        panels=placed,
        width=WIDTH,
        height=top - GAP + 16,
        ink=INK,
    )
    return f"{svg}\n"


def _map(called: pd.DataFrame, hierarchy: Hierarchy) -> Panel:
    """Draw the called assemblies and all above them as an indented tree."""
    rows = called.head(ASSEMBLIES).set_index("assembly")
    lines = [_text(20, 0, "Mutated assemblies in the map", weight=700)]
    trunk: dict[int, float] = {}
    shown = list(_tree(hierarchy, set(rows.index)))
    for k, (row, depth) in enumerate(shown, 1):
        name, x, y = hierarchy.names[row], 28 + 22 * depth, 8 + ROW * k
        trunk[depth] = y
        if depth:
            start, left = trunk[depth - 1], x - 22
            lines.append({"kind": "line", "path": f"M{left} {start + 6}V{y}H{x - 8}"})
        kind = str(rows["class"].get(name, ""))
        radius = 3 + 1.1 * np.log2(max(2, hierarchy.sizes[row])) / 2
        dot = {"x": x, "y": y, "radius": f"{radius:.1f}", "colour": COLOURS[kind]}
        lines.append({"kind": "dot", **dot})
        text = f"{name}, {hierarchy.sizes[row]:,} proteins"
        if kind:
            genes = [one.rpartition(":")[0] for one in str(rows["genes"][name]).split()[:5]]
            fdr = float(rows["fdr"][name])
            text += f": {', '.join(genes)} (FDR {fdr:.1g}, {rows['cohort'][name]})"
        lines.append(_text(x + 13, y + 4, text))
    bottom = 8 + ROW * len(shown) + 26
    return [*lines, *_key(COLOURS, 28, bottom)], bottom + 6


def _tree(hierarchy: Hierarchy, wanted: set[str]) -> Iterator[tuple[int, int]]:
    """Yield rows and depths of wanted assemblies and of those on one way from each to the root."""
    parent = {child: above for above, child in reversed(hierarchy.edges.tolist())}
    kept: set[int] = {0}
    for name in wanted:
        row = hierarchy.names.index(name)
        while row not in kept:
            kept.add(row)
            row = parent[row]
    stack = [(0, 0)]
    while stack:
        row, depth = stack.pop()
        yield row, depth
        below = [one for one in kept - {0} if parent[one] == row]
        stack += [(one, depth + 1) for one in sorted(below, key=lambda one: hierarchy.sizes[one])]


def _genes(called: pd.DataFrame) -> Panel:
    """Draw bars of the patients, or mutations, of the genes that assemblies were called for."""
    rows = called[called["cohort"] == PAN]
    counts: dict[str, int] = {}
    for listed in (rows if len(rows) else called)["genes"]:
        for gene, _, mutated in (str(one).rpartition(":") for one in str(listed).split()):
            counts[gene] = max(counts.get(gene, 0), int(mutated))
    shown = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:GENES]
    scale = (WIDTH - NAMES - 80) / max(1, shown[0][1] if shown else 1)
    where = "all cohorts" if len(rows) else "the cohort that an assembly passed in"
    lines = [_text(20, 0, f"Genes above their expectation, mutations in {where}", weight=700)]
    for k, (gene, count) in enumerate(shown):
        y = 12 + ROW * k
        lines.append(_text(NAMES - 8, y + 12, gene, anchor="end"))
        lines.append(_box(0, count, scale, y + 2, ROW - 5, HIT))
        lines.append(_text(NAMES + count * scale + 6, y + 12, f"{count:,}"))
    return lines, 12 + ROW * len(shown)


def _oncoprint(hits: pd.DataFrame) -> Panel:
    """Draw genes x patients with a mutation in one of them, patients by cohort, then by gene."""
    chosen = _printed(hits)
    genes = list(dict.fromkeys(chosen["gene"]))
    row = {gene: k for k, gene in enumerate(genes)}
    table: dict[tuple[str, str], set[int]] = {}
    for cohort, patient, gene in chosen[["cohort", "patient", "gene"]].itertuples(index=False):
        table.setdefault((str(cohort), str(patient)), set()).add(row[gene])
    patients = sorted(table, key=lambda key: (key[0], sorted(table[key]), key[1]))
    width = (WIDTH - NAMES - 20) / len(patients)
    cohorts = list(dict.fromkeys(key[0] for key in patients))
    colour = {name: COHORTS[k % len(COHORTS)] for k, name in enumerate(cohorts)}
    text = f"{len(patients):,} patients with a mutation in one of these genes"
    lines = [_text(20, 0, text, weight=700)]
    for cohort, start, count in _runs([key[0] for key in patients]):
        lines.append(_box(start, count, width, 12, 8, colour[str(cohort)]))
    for gene, k in row.items():
        y = 26 + ROW * k
        lines.append(_text(NAMES - 8, y + 12, gene, anchor="end"))
        lines.append(_box(0, len(patients), width, y, ROW - 3, FAINT))
        for is_hit, start, count in _runs([k in table[key] for key in patients]):
            if is_hit:
                lines.append(_box(start, count, width, y, ROW - 3, HIT))
    bottom = 26 + ROW * len(row) + 20
    return [*lines, *_key(colour, NAMES, bottom)], bottom + 6


def _printed(hits: pd.DataFrame) -> pd.DataFrame:
    """Return the hits of the most mutated genes, in the order of their assemblies."""
    counts = hits.drop_duplicates(["gene", "patient"])["gene"].value_counts()
    kept = set(counts.sort_index().sort_values(ascending=False, kind="stable").index[:PRINTED])
    return hits[hits["gene"].isin(kept)]


def _runs(values: Sequence[object]) -> Iterator[tuple[object, int, int]]:
    """Yield each value with the place and length of its runs."""
    start = 0
    for value, group in groupby(values):
        count = len(list(group))
        yield value, start, count
        start += count


def _box(start: int, count: int, width: float, y: float, height: float, colour: str) -> Shape:
    """Return a bar of `count` steps of some width, after `start` of them."""
    return {
        "kind": "box",
        "x": f"{NAMES + start * width:.2f}",
        "y": y,
        "width": f"{max(0.6, count * width):.2f}",
        "height": height,
        "colour": colour,
    }


def _key(colours: Mapping[str, str], left: int, y: int) -> Iterator[Shape]:
    x = left
    for name, colour in colours.items():
        text = name or "above one, not significant"
        yield {"kind": "box", "x": x, "y": y - 9, "width": 10, "height": 10, "colour": colour}
        yield _text(x + 15, y, text)
        x += 40 + 7 * len(text)


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: int = 400) -> Shape:
    about = {"x": f"{x:.1f}", "y": y, "anchor": anchor, "weight": weight, "text": text}
    return {"kind": "text", **about}
