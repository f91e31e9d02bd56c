"""Report sections of applications: one for each folder of ``uses/``."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from ...artifacts import Findings
from ..templating import render
from .contrast_plots import contrast_plots
from .markup import TEMPLATES, Section, html_table
from .scoreboard import written

ROWS = 25
COLUMNS = 8
"""Rows and columns of an answer that the page shows."""

CHANCE = ".null_mean"
"""Ending of the name of a metric's value by chance."""


def use_sections(uses: Mapping[str, Findings], labels: Mapping[str, str]) -> list[Section]:
    """Return a section for each use: what was asked, its metrics, the first rows of the answer.

    Args:
        uses: By the names of their folders.
        labels: Assembly -> the name that the page shows for it.
    """
    return [_section(name, findings, labels) for name, findings in uses.items()]


def _section(name: str, findings: Findings, labels: Mapping[str, str]) -> Section:
    anchor = "use-" + "".join(sign if sign.isalnum() else "-" for sign in name)
    answer, table = findings.first_look
    shown = table.iloc[:ROWS, :COLUMNS]
    shown = shown.loc[:, (shown != "").any()].copy()
    if "assembly" in shown and any(labels.get(one, one) != one for one in shown["assembly"]):
        shown.insert(1, "resembles", [labels.get(one, "") for one in shown["assembly"]])
    contrast = answer == "contrast"
    html = render(
        f"{TEMPLATES}/use.html.j2",
        notes=findings.notes,
        metrics=_metrics(findings.metrics),
        contrast=contrast_plots(findings.tables, labels) if contrast else "",
        title=findings.title,
        pictures={} if contrast else _pictures(findings.files),
        table=html_table(shown, answer),
        shown=len(shown),
        total=len(table),
        folder=name,
        tables=list(findings.tables),
        files=list(findings.files),
    )
    return Section(anchor, name.partition(".")[2] or name, findings.title, html)


def _pictures(files: Mapping[str, str]) -> dict[str, str]:
    """Return the SVG files of a use by name, in base64: no script runs in such an image."""
    return {
        name: b64encode(text.encode()).decode()
        for name, text in files.items()
        if name.endswith(".svg")
    }


def _metrics(metrics: Mapping[str, float]) -> list[tuple[str, str, str]]:
    """Return the name of each metric, its value, and its value by chance."""
    return [
        (
            name.replace("_", " "),
            written(value),
            written(metrics.get(name + CHANCE, float("nan"))),
        )
        for name, value in metrics.items()
        if "." not in name
    ]
