"""The page of a run: one file that tells what the map holds and what it is worth."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from plotly.offline import get_plotlyjs

from .annotations import Annotations
from .page_data import Assemblies, Json, embedded_data, pictures
from .page_frame import contents, facts, footer, lead
from .page_sections import sections
from .result import RunResult


def write_page(path: Path, result: RunResult, annotations: Annotations) -> None:
    """Write ``report.html``: self-contained, opens from disk, asks no network for anything.

    A content security policy in the page forbids every request, so that names in the data cannot
    cause one. Every name is escaped. The same result gives the same bytes.
    """
    assemblies = Assemblies.of(result, annotations)
    drawn = pictures(result, assemblies)
    shown = sections(result, assemblies, drawn)
    data = embedded_data(result, assemblies, drawn)
    page = Template(_part("page.html")).substitute(
        title=escape(result.title),
        css=_part("page.css"),
        lead=lead(assemblies),
        facts=facts(result, assemblies),
        contents=contents(shown),
        sections="\n".join(section.html for section in shown),
        footer=footer(result),
        data=_script_json(data),
        plotly=get_plotlyjs(),
        script=_part("page.js"),
    )
    path.write_text(page, encoding="utf-8")


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _script_json(data: Json) -> str:
    """JSON that cannot end the script element it stands in, whatever the names in it."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
