"""Scores section of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import zip_longest

import pandas as pd

from ...artifacts import Scores
from ..criteria import criteria, stated
from ..words import HPA_CAUTION, PARTS, reference_name
from .markup import Section, cell, section
from .scoreboard import Headline, headlines

OPEN = 8
"""Figures that are shown without opening anything."""

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
    bars = criteria(scores)
    first = opening(rows)
    body = "".join(_score_row(row, stated(row.metric.meaning, bars), named=True) for row in first)
    folded = ""
    for reference in dict.fromkeys(row.reference for row in rows):
        mine = [row for row in rows if row.reference == reference]
        folded += _folded(reference, about, mine, bars)
    html = (
        "<p>Each figure beside the mean of the same figure when protein names are shuffled over "
        "the same assemblies, and how many standard deviations (z) lie between. With n shuffles "
        "p cannot fall below 1/(n + 1). Ranges are 95 % intervals.</p>"
        + _score_table("Headline scores", body)
        + folded
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


def opening(rows: Sequence[Headline]) -> list[Headline]:
    """Return the few figures that open the section: of each reference in turn, its first ones.

    Figures on the held-out half stand for the same ones on all sets, since nobody chose by them.
    """
    kept = {(row.reference, row.metric.name): row for row in rows}
    kept |= {(r.reference, r.metric.name): r for r in rows if r.part == "held_out"}
    by_reference: dict[str, list[Headline]] = {}
    for (reference, _), row in kept.items():
        if reference != "map":
            by_reference.setdefault(reference, []).append(row)
    turns = zip_longest(*by_reference.values())
    chosen = [row for turn in turns for row in turn if row is not None][:OPEN]
    return sorted(chosen, key=lambda row: list(by_reference).index(row.reference))


def _score_table(caption: str, body: str) -> str:
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f'<caption class="hidden">{escape(caption)}</caption>'
        f"<thead><tr>{SCORE_HEAD}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _folded(
    reference: str,
    about: Mapping[str, str],
    rows: Sequence[Headline],
    bars: Mapping[str, float],
) -> str:
    """Return all figures of one reference, below a line that opens them."""
    told = about.get(reference, HPA_CAUTION if reference == "hpa" else "")
    explained = {row.metric: row for row in reversed(rows)}
    body = "".join(
        _score_row(row, stated(row.metric.meaning if explained[row.metric] is row else "", bars))
        for row in rows
    )
    name = escape(reference_name(reference))
    return (
        f"<details><summary>{name}: {len(rows):,} figures</summary>"
        + (f"<p>{escape(told)}</p>" if told else "")
        + _score_table(reference_name(reference), body)
        + "</details>"
    )


def _score_row(row: Headline, said: str, *, named: bool = False) -> str:
    """One figure and what is said of it; `named`: the reference as well."""
    part = PARTS.get(row.part, row.part)
    name = escape(row.metric.label)
    if named:
        name = f"<small>{escape(reference_name(row.reference))}</small>{name}"
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
