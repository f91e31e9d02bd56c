"""Sections of the report as HTML; names from the data are escaped here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape

import numpy as np
import pandas as pd

from ...eval.catalogue import DOCUMENTED, VARIANT
from ..annotations import COLOURS
from ..criteria import criteria, stated
from ..layout import method_for
from ..result import RunResult
from ..words import short_name
from .data import Assemblies, shortened
from .evidence import evidence_sections
from .markup import Section, figure, html_table, section
from .scores import score_section

LISTED = 6
"""Assemblies in each of the two lists that open the page."""

CLASS_WORDS = {
    "documented": f"match a known complex, component or location (Jaccard ≥ {DOCUMENTED})",
    "variant": f"resemble one ({VARIANT} to {DOCUMENTED})",
    "undocumented": f"resemble none (below {VARIANT}, or no term of Jaccard ≥ "
    "{terms.jaccard} and FDR < {terms.fdr})",
}
"""What each class means; thresholds that a config can change are named, see `stated`."""


def sections(
    result: RunResult, assemblies: Assemblies, drawn: Mapping[str, object]
) -> list[Section]:
    """Return the sections that this run has something to say in."""
    has = set(drawn)
    found = [_glance(result, assemblies)]
    if "figure-hierarchy" in has:
        found.append(_hierarchy(assemblies))
    found += [_table(assemblies), _proteins(result, "figure-embedding" in has)]
    if "figure-sizes" in has:
        found.append(_sizes(assemblies))
    if "figure-modalities" in has:
        found.append(_modalities(result))
    if result.scores.figures:
        found.append(score_section(result.scores))
        found += evidence_sections(result.scores, drawn)
    if "truth" in result.scores.tables:
        found.append(_truth(result.scores.tables["truth"]))
    if len(result.identifiers):
        found.append(_identifiers(result.identifiers))
    return found


def _glance(result: RunResult, assemblies: Assemblies) -> Section:
    if not assemblies.scored:
        body = (
            "<p>This map was not compared with known complexes or locations, so its assemblies "
            "carry their own names.</p>"
            f'<div class="columns"><div>{_lasting(assemblies, "Most persistent assemblies")}'
            "</div></div>"
        )
        return Section("glance", "At a glance", section("glance", "At a glance", body))
    counts = Counter(assemblies.classes[1:])
    total, bars = max(sum(counts.values()), 1), criteria(result.scores)
    bar = "".join(
        f'<span class="{kind}" style="width:{100 * counts[kind] / total:.2f}%"></span>'
        for kind in COLOURS
    )
    key = "".join(
        f'<li><span class="swatch {kind}"></span><strong>{counts[kind]:,}</strong> {kind}: '
        f"{escape(stated(CLASS_WORDS[kind], bars))}</li>"
        for kind in COLOURS
    )
    body = (
        f'<div class="split" aria-hidden="true">{bar}</div><ul class="key">{key}</ul>'
        f'<div class="columns"><div><h3>Closest to known biology</h3>{_closest(assemblies)}</div>'
        f"<div>{_lasting(assemblies, 'Most persistent undocumented assemblies')}</div></div>"
    )
    return Section("glance", "At a glance", section("glance", "At a glance", body))


def _closest(assemblies: Assemblies) -> str:
    best = assemblies.best.iloc[1:].reset_index().reset_index()
    best = best[best["term"] != ""].sort_values(
        ["jaccard", "overlap"], ascending=False, kind="stable"
    )
    best = best.drop_duplicates("description").head(LISTED)
    items = [
        _item(
            int(row["index"]),
            shortened(str(row["description"] or row["term"])),
            f"{row['overlap']:.0f} proteins shared, Jaccard {row['jaccard']:.2f} "
            f"({short_name(row['reference'])})",
        )
        for _, row in best.iterrows()
    ]
    return f"<ol>{''.join(items)}</ol>" if items else "<p>No assembly matches a known set.</p>"


def _lasting(assemblies: Assemblies, title: str) -> str:
    """The most persistent assemblies that resemble nothing known, with members to recognise."""
    hierarchy = assemblies.hierarchy
    rows = [k for k, kind in enumerate(assemblies.classes) if k and kind in ("undocumented", "")]
    rows.sort(key=lambda k: (-hierarchy.persistence[k], hierarchy.sizes[k], k))
    items = [
        _item(
            k - 1,
            assemblies.labels[k],
            f"{hierarchy.sizes[k]:,} proteins, diameter {assemblies.diameter(k)}, persistence "
            f"{hierarchy.persistence[k]:,}: {_some(hierarchy.members_of(k))}",
        )
        for k in rows[:LISTED]
    ]
    return f"<h3>{title}</h3>" + (f"<ol>{''.join(items)}</ol>" if items else "<p>None.</p>")


def _item(row: int, name: str, about: str) -> str:
    link = f'<a class="name" href="#assemblies" data-assembly="{row}">{escape(name)}</a>'
    return f'<li>{link}<span class="about">{escape(about)}</span></li>'


def _some(members: tuple[str, ...], shown: int = 7) -> str:
    return ", ".join(members[:shown]) + (" …" if len(members) > shown else "")


def _sizes(assemblies: Assemblies) -> Section:
    scored = (
        " Colour and shape tell how close an assembly comes to a known set."
        if assemblies.scored
        else ""
    )
    body = figure(
        "figure-sizes",
        "Assemblies by number of proteins, with persistence",
        "Above: how many assemblies there are of each size. Below: each assembly by size and "
        "persistence, the number of clusters behind it over the range of resolutions."
        f"{scored} Point at one to read its name.",
    )
    return Section("sizes", "Sizes", section("sizes", "From complexes to compartments", body))


def _hierarchy(assemblies: Assemblies) -> Section:
    several = assemblies.several_parents
    note = (
        f" An assembly with several parents ({several:,} here) is drawn once, under the parent it "
        "overlaps most with."
        if several
        else ""
    )
    marks = " A name after ~ is that of the nearest known set." if assemblies.scored else ""
    body = figure(
        "figure-hierarchy",
        "The hierarchy as nested boxes from left to right",
        "Left to right: the whole cell, then what it contains. Click a box to open it, the bar on "
        "top to go back. Heights follow the square root of the number of proteins."
        f"{marks}{note}",
    )
    return Section("hierarchy", "Hierarchy", section("hierarchy", "What lies inside what", body))


def _proteins(result: RunResult, drawn: bool) -> Section:
    """Where a protein is found; with a picture where the run has an embedding."""
    search = (
        '<div class="tools"><label for="protein-search">Find a protein</label>'
        '<input type="search" id="protein-search" placeholder="symbol, alias, accession or name" '
        'autocomplete="off" spellcheck="false"></div>'
        '<div id="found" aria-live="polite"></div>'
    )
    picture = ""
    if drawn:
        n = len(result.embedding.proteins) if result.embedding else 0
        how = (
            "Proteins with similar vectors lie near each other (UMAP, cosine distance). Who is "
            "near whom means something; distances between far groups do not."
            if method_for(n) == "UMAP"
            else f"Too few proteins ({n}) for a UMAP: drawn by their two principal components."
        )
        picture = figure(
            "figure-embedding",
            "Proteins of the fused embedding on a plane",
            f"{how} Colours are the largest assemblies directly under the root, ten at most; a "
            "protein in several takes the smallest of them.",
        )
    body = search + picture
    return Section("proteins", "Proteins", section("proteins", "Where each protein lies", body))


def _table(assemblies: Assemblies) -> Section:
    has_stability = bool(np.isfinite(assemblies.hierarchy.stability[1:]).any())
    columns = [("Assembly", "label", 0, ""), ("Proteins", "size", 1, "n")]
    columns += [("Diameter", "size", 1, "n"), ("Persistence", "persistence", 1, "n")]
    if has_stability:
        columns.append(("Stability", "stability", 1, "n"))
    if assemblies.scored:
        columns += [("Best term", "description", 0, ""), ("Jaccard", "jaccard", 1, "n")]
        columns.append(("FDR", "fdr", 0, "n"))
    if len(assemblies.coelution):
        columns.append(("SEC FDR", "sec", 0, "n"))
    head = "".join(_column(*column) for column in columns)
    choice = (
        '<label for="assembly-class">Class</label><select id="assembly-class">'
        '<option value="">all</option>'
        + "".join(f'<option value="{kind}">{kind}</option>' for kind in COLOURS)
        + "</select>"
        if assemblies.scored
        else ""
    )
    body = (
        "<p>Search by gene symbol, term or name; several words must all be found. Click an "
        "assembly for its members. Persistence is the number of clusters behind an assembly over "
        "the range of resolutions"
        + (
            "; stability the share of resampled data sets in which it returned"
            if has_stability
            else ""
        )
        + ".</p>"
        '<div class="tools"><label for="assembly-search">Search</label>'
        '<input type="search" id="assembly-search" autocomplete="off" spellcheck="false">'
        f'{choice}<span id="assembly-count" aria-live="polite"></span></div>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Table of assemblies">'
        '<table id="assembly-table">'
        '<caption class="hidden">Assemblies</caption>'
        f"<thead><tr>{head}</tr></thead><tbody></tbody></table></div>"
        '<p class="tools"><button type="button" class="plain" id="assembly-more" hidden>'
        "</button></p>"
    )
    return Section("assemblies", "Assemblies", section("assemblies", "Every assembly", body))


def _column(name: str, key: str, falling: int, kind: str) -> str:
    sort = "descending" if name == "Proteins" else "none"
    return (
        f'<th scope="col" class="{kind}" aria-sort="{sort}"><button type="button" '
        f'data-key="{key}" data-falling="{falling}">{name}</button></th>'
    )


def _modalities(result: RunResult) -> Section:
    body = figure(
        "figure-modalities",
        "Number of proteins by the measurements they have",
        "Which measurements stand behind each protein's vector. A protein with one of them only "
        "is placed by that one.",
    )
    return Section(
        "measurements", "Measurements", section("measurements", "Where proteins come from", body)
    )


def _truth(table: pd.DataFrame) -> Section:
    picture = figure(
        "figure-truth",
        "True assemblies by size and best Jaccard",
        "The cell of this run is simulated, so its true hierarchy is known: each point is a true "
        "assembly, and how well the map's best match agrees with it. No real map can be checked "
        "like this.",
    )
    whole = html_table(table.sort_values("jaccard", ascending=False, kind="stable"), "truth")
    body = f"{picture}<details><summary>Every true assembly</summary>{whole}</details>"
    return Section("truth", "Truth", section("truth", "Against the simulated truth", body))


def _identifiers(table: pd.DataFrame) -> Section:
    counts = Counter(str(status) for status in table["status"])
    said = ", ".join(f"{n:,} {escape(status)}" for status, n in counts.most_common())
    lost = table[table["symbol"].fillna("") == ""]
    body = (
        f"<p>{len(table):,} names in the data were not current gene symbols: {said}. Names that "
        "could not be translated are listed first.</p>"
        "<details><summary>Show them</summary>"
        + html_table(pd.concat([lost, table.drop(lost.index)]), "identifiers")
        + "</details>"
    )
    title = "Names not taken as given"
    return Section("identifiers", "Names", section("identifiers", title, body))
