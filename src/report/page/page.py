"""HTML report of a run as one self-contained file: the map and its scores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from types import MappingProxyType

from plotly.offline import get_plotlyjs

from ...artifacts import Findings, Scores
from ..annotations import Annotations
from ..result import RunResult
from .data import Assemblies, Json, as_json, embedded_data, pictures
from .evidence import evidence_pictures, evidence_sections
from .frame import contents, facts, footer, lead
from .markup import Section
from .scores import score_section
from .sections import sections
from .uses import use_sections

PORTAL_LINK = ' <a href="portal/index.html">Walk through the map in its portal.</a>'


def write_page(
    path: Path,
    result: RunResult,
    annotations: Annotations,
    uses: Mapping[str, Findings] = MappingProxyType({}),
) -> None:
    """Write ``report.html``: self-contained, opens from disk, asks no network for anything.

    A content security policy in the page forbids every request, so that names in the data cannot
    cause one. Every name is escaped. The same result gives the same bytes. What was asked of the
    map (`uses`, by the names of their folders) follows at the end.
    """
    assemblies = Assemblies.of(result, annotations)
    drawn = pictures(result, assemblies)
    portal = (path.parent / "portal").is_dir()
    labels = {str(name): str(text) for name, text in annotations.best["label"].items()}
    shown = [*sections(result, assemblies, drawn), *use_sections(uses, labels)]
    page = filled(
        kind="Cell map",
        title=result.title,
        lead=lead(assemblies) + (PORTAL_LINK if portal else ""),
        facts=facts(result, assemblies),
        shown=shown,
        footer=footer(result),
        data=embedded_data(result, assemblies, drawn, portal=portal),
        scripts=("plots.js", "page.js"),
    )
    path.write_text(page, encoding="utf-8")


def write_plots(path: Path, scores: Scores, title: str) -> None:
    """Write ``plots.html``: the scores of somebody's map or embedding and what stands behind them.

    Self-contained and safe as `write_page` says.
    """
    drawn = evidence_pictures(scores)
    shown = [*evidence_sections(scores, drawn), score_section(scores)]
    page = filled(
        kind="Scores",
        title=title,
        lead="Each figure beside what the same figure is by chance.",
        facts="",
        shown=shown,
        footer="<p>All figures: <code>scores.json</code>; all tables: <code>tables/</code>.</p>",
        data={"figures": as_json(drawn)},
        scripts=("plots.js",),
    )
    path.write_text(page, encoding="utf-8")


def filled(
    *,
    kind: str,
    title: str,
    lead: str,
    facts: str,
    shown: Sequence[Section],
    footer: str,
    data: Json,
    scripts: Sequence[str],
) -> str:
    """Return a page; `title` is escaped here, the other parts are markup."""
    return Template(_part("page.html")).substitute(
        kind=kind,
        title=escape(title),
        css=_part("page.css"),
        lead=lead,
        facts=facts,
        contents=contents(shown),
        sections="\n".join(section.html for section in shown),
        footer=footer,
        data=_script_json(data),
        plotly=get_plotlyjs(),
        script="\n".join(map(_part, scripts)),
    )


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _script_json(data: Json) -> str:
    """JSON that cannot end the script element it stands in, whatever the names in it."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
