"""The section of the page that tells what the map is worth."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd

from ...artifacts import Scores
from ..criteria import criteria, stated
from ..words import HPA_CAUTION, PARTS, reference_name
from .markup import Section, cell, section
from .scoreboard import Headline, headlines

SCORE_HEAD = "".join(
    f'<th scope="col"{kind}>{name}</th>'
    for name, kind in (
        ("Figure", ""),
        ("This map", ' class="n"'),
        ("By chance", ' class="n"'),
        ("z", ' class="n"'),
        ("p", ' class="n"'),
        ("What it says", ""),
    )
)


def score_section(scores: Scores) -> Section:
    """Return headline figures with their nulls and words, and all figures by name."""
    figures, about = scores.figures, _about(scores.tables.get("references"))
    rows = headlines(figures)
    explained = {row.metric: row for row in reversed(rows)}
    bars = criteria(scores)
    body = ""
    for reference in dict.fromkeys(row.reference for row in rows):
        mine = [row for row in rows if row.reference == reference]
        body += _reference_head(reference, about)
        for row in mine:
            said = row.metric.meaning if explained[row.metric] is row else ""
            body += _score_row(row, stated(said, bars))
    html = (
        "<p>Each figure beside the mean of the same figure when protein names are shuffled over "
        "the same assemblies, and how many standard deviations (z) lie between. With n shuffles "
        "p cannot fall below 1/(n + 1). Ranges are 95 % intervals.</p>"
        f'<div class="scroll"><table><caption class="hidden">Headline scores</caption>'
        f"<thead><tr>{SCORE_HEAD}</tr></thead><tbody>{body}</tbody></table></div>"
        + _every_figure(figures)
    )
    return Section("scores", "Scores", section("scores", "How good is it?", html))


def _about(references: pd.DataFrame | None) -> dict[str, str]:
    """Return what to know of each reference: its halves, and why it may not be independent."""
    if references is None:
        return {}
    told = {}
    for row in references.fillna("").to_dict("records"):
        halves = (
            f"{row['terms']:,} sets in {row['groups']:,} groups of similar ones, which stay "
            f"together in one half; the largest holds {row['largest_group']:.1%}."
        )
        told[str(row["reference"])] = f"{halves} {row.get('leakage', '')}"
    return told


def _reference_head(reference: str, about: Mapping[str, str]) -> str:
    told = about.get(reference, HPA_CAUTION if reference == "hpa" else "")
    caution = f"<small>{escape(told)}</small>" if told else ""
    return (
        '<tr class="reference"><th colspan="6" scope="colgroup">'
        f"{escape(reference_name(reference))}{caution}</th></tr>"
    )


def _score_row(row: Headline, said: str) -> str:
    """One figure and what is said of it; its meaning stands where it occurs first."""
    part = PARTS.get(row.part, row.part)
    name = escape(row.metric.label)
    name += f' <span class="badge">{escape(part)}</span>' if part else ""
    interval = f"<small>{row.interval}</small>" if row.interval else ""
    cells = "".join(f'<td class="n">{text}</td>' for text in (row.null, row.z, row.p))
    return (
        f'<tr><td>{name}</td><td class="n value">{row.value}{interval}</td>'
        f'{cells}<td class="says">{escape(said)}</td></tr>'
    )


def _every_figure(figures: Mapping[str, float]) -> str:
    rows = "".join(
        f'<tr><td><code>{escape(name)}</code></td><td class="n">{cell(float(value))}</td></tr>'
        for name, value in sorted(figures.items())
    )
    return (
        f"<details><summary>All {len(figures):,} figures by name</summary>"
        '<div class="scroll"><table><thead><tr><th scope="col">Figure</th>'
        f'<th scope="col" class="n">Value</th></tr></thead><tbody>{rows}</tbody></table></div>'
        "</details>"
    )
