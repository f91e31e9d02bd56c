"""HTML report of a run as one self-contained file: the map and its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from plotly.offline import get_plotlyjs

from ...artifacts import Findings, Scores
from ..annotations import Annotations
from ..result import RunResult
from ..templating import Markup, asset, render
from .data import Assemblies, Json, as_json, embedded_data, pictures
from .evidence import evidence_pictures, evidence_sections
from .frame import facts, lead, listed_files
from .markup import TEMPLATES, Section
from .scores import score_section
from .sections import sections
from .uses import use_sections


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
        "run",
        shown,
        embedded_data(result, assemblies, drawn, portal=portal),
        ("plots.js", "copy.js", "page.js"),
        kind="Cell map",
        title=result.title,
        lead=lead(assemblies),
        portal=portal,
        facts=facts(result, assemblies),
        command=result.command,
        files=listed_files(result),
    )
    path.write_text(page, encoding="utf-8")


def write_plots(path: Path, scores: Scores, title: str) -> None:
    """Write ``plots.html``: the scores of a given map or embedding, and their plots.

    Self-contained and safe as `write_page` says.
    """
    drawn = evidence_pictures(scores)
    shown = [*evidence_sections(scores, drawn), score_section(scores)]
    page = filled(
        "scores_page",
        shown,
        {"plots": as_json(drawn)},
        ("plots.js",),
        kind="Scores",
        title=title,
        lead="Each metric, with its value by chance.",
    )
    path.write_text(page, encoding="utf-8")


def filled(
    template: str,
    shown: Sequence[Section],
    data: Json,
    scripts: Sequence[str],
    **values: object,
) -> str:
    """Return a page made by one of the templates, with all that its scripts need."""
    return render(
        f"{TEMPLATES}/{template}.html.j2",
        sections=shown,
        data=data,
        css=asset(__package__, "page.css"),
        plotly=Markup(get_plotlyjs()),  # plotly's own
        script=Markup("\n").join(asset(__package__, name) for name in scripts),
        **values,
    )
