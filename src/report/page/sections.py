"""Sections of the report: the data of each template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ...eval.catalogue import DOCUMENTED, VARIANT
from ..annotations import COLOURS
from ..criteria import criteria, stated
from ..distinct import shortened
from ..layout import method_for
from ..result import RunResult
from ..words import short_name
from .data import Assemblies
from .evidence import evidence_sections
from .markup import Section, html_table, section
from .scores import score_section

LISTED_ASSEMBLIES = 6
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
    parts = [_glance(result, assemblies)]
    if "plot-hierarchy" in has:
        parts.append(_hierarchy(assemblies))
    parts += [_table(assemblies), _proteins(result, "plot-embedding" in has)]
    if "plot-sizes" in has:
        parts.append(_sizes(assemblies))
    if "plot-modalities" in has:
        parts.append(section("measurements", "Measurements", "Where proteins come from"))
    if result.scores.metrics:
        parts.append(score_section(result.scores))
        parts += evidence_sections(result.scores, drawn)
    if "truth" in result.scores.tables:
        parts.append(_truth(result.scores.tables["truth"]))
    if len(result.identifiers):
        parts.append(_identifiers(result.identifiers))
    return parts


Item = tuple[int, str, str]
"""An assembly in a list: its row in the table, its name, what is said of it."""


def _glance(result: RunResult, assemblies: Assemblies) -> Section:
    title = "At a glance"
    lasting = _lasting(assemblies)
    if not assemblies.scored:
        return section("glance", title, title, classes=[], lasting=lasting)
    counts = Counter(assemblies.classes[1:])
    total, bars = max(sum(counts.values()), 1), criteria(result.scores)
    classes = [
        {
            "name": kind,
            "count": counts[kind],
            "width": f"{100 * counts[kind] / total:.2f}",
            "meaning": stated(CLASS_WORDS[kind], bars),
        }
        for kind in COLOURS
    ]
    closest = _closest(assemblies)
    return section("glance", title, title, classes=classes, closest=closest, lasting=lasting)


def _closest(assemblies: Assemblies) -> list[Item]:
    best = assemblies.best.iloc[1:].reset_index().reset_index()
    best = best[best["term"] != ""].sort_values(
        ["jaccard", "overlap"], ascending=False, kind="stable"
    )
    best = best.drop_duplicates("description").head(LISTED_ASSEMBLIES)
    return [
        (
            int(row["index"]),
            shortened(str(row["description"] or row["term"])),
            f"{row['overlap']:.0f} proteins shared, Jaccard {row['jaccard']:.2f} "
            f"({short_name(row['reference'])})",
        )
        for _, row in best.iterrows()
    ]


def _lasting(assemblies: Assemblies) -> list[Item]:
    """The most persistent assemblies that resemble nothing known, with members to recognise."""
    hierarchy = assemblies.hierarchy
    rows = [k for k, kind in enumerate(assemblies.classes) if k and kind in ("undocumented", "")]
    rows.sort(key=lambda k: (-hierarchy.persistence[k], hierarchy.sizes[k], k))
    return [
        (
            k - 1,
            assemblies.labels[k],
            f"{hierarchy.sizes[k]:,} proteins, diameter {assemblies.diameter(k)}, persistence "
            f"{hierarchy.persistence[k]:,}: {_some(hierarchy.members_of(k))}",
        )
        for k in rows[:LISTED_ASSEMBLIES]
    ]


def _some(members: tuple[str, ...], shown: int = 7) -> str:
    return ", ".join(members[:shown]) + (" …" if len(members) > shown else "")


def _sizes(assemblies: Assemblies) -> Section:
    title = "From complexes to compartments"
    return section("sizes", "Sizes", title, scored=assemblies.scored)


def _hierarchy(assemblies: Assemblies) -> Section:
    about = {"scored": assemblies.scored, "several": assemblies.several_parents}
    return section("hierarchy", "Hierarchy", "Which assembly contains which", **about)


def _proteins(result: RunResult, drawn: bool) -> Section:
    """Where a protein is found; with a picture where the run has an embedding."""
    n = len(result.embedding.proteins) if result.embedding else 0
    method = method_for(n) if drawn else ""
    title = "Embedding of the proteins"
    return section("proteins", "Proteins", title, method=method, proteins=n)


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
    return section(
        "assemblies",
        "Assemblies",
        "Every assembly",
        has_stability=has_stability,
        columns=columns,
        classes=list(COLOURS) if assemblies.scored else [],
    )


def _truth(table: pd.DataFrame) -> Section:
    whole = html_table(table.sort_values("jaccard", ascending=False, kind="stable"), "truth")
    return section("truth", "Truth", "Against the simulated truth", table=whole)


def _identifiers(table: pd.DataFrame) -> Section:
    counts = Counter(str(status) for status in table["status"])
    lost = table[table["symbol"].fillna("") == ""]
    return section(
        "identifiers",
        "Names",
        "Names not taken as given",
        total=len(table),
        statuses=", ".join(f"{n:,} {status}" for status, n in counts.most_common()),
        table=html_table(pd.concat([lost, table.drop(lost.index)]), "identifiers"),
    )
