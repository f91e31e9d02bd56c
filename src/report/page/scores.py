"""Scores section of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import pandas as pd

from ...artifacts import Scores
from ..criteria import criteria, stated
from ..words import HPA_CAUTION, PARTS, reference_name
from .markup import Section, cell, section
from .scoreboard import Headline, headlines

SHOWN_METRICS = 8
"""Number of metrics that are shown at once; the others are folded away."""


@dataclass(frozen=True)
class Row:
    """A line of a table of scores: a headline and the words around it."""

    score: Headline
    meaning: str

    @property
    def reference(self) -> str:
        """Name of the reference."""
        return reference_name(self.score.reference)

    @property
    def part(self) -> str:
        """Which half of the reference, in words; "" for the whole."""
        return PARTS.get(self.score.part, self.score.part)


@dataclass(frozen=True)
class Folded:
    """The scores of one reference, below a line that opens them."""

    name: str
    note: str
    rows: Sequence[Row]


def score_section(scores: Scores) -> Section:
    """Return headline metrics with their nulls and words, and all metrics by name."""
    metrics, about = scores.metrics, _about(scores.tables.get("references"))
    rows = headlines(metrics)
    bars = criteria(scores)
    references = dict.fromkeys(row.reference for row in rows)
    return section(
        "scores",
        "Scores",
        "How good is it?",
        first=[Row(row, stated(row.metric.meaning, bars)) for row in opening(rows)],
        references=[
            _folded(name, about, [row for row in rows if row.reference == name], bars)
            for name in references
        ],
        metrics=[(name, cell(float(value))) for name, value in sorted(metrics.items())],
    )


def _about(references: pd.DataFrame | None) -> dict[str, str]:
    """Return what to know of each reference: its halves, and why it may not be independent."""
    if references is None:
        return {}
    notes = {}
    for row in references.fillna("").to_dict("records"):
        halves = (
            f"{row['terms']:,} sets in {row['groups']:,} groups of similar ones, which stay "
            f"together in one half; the largest holds {row['largest_group']:.1%}."
        )
        notes[str(row["reference"])] = f"{halves} {row.get('leakage', '')}"
    return notes


def opening(rows: Sequence[Headline]) -> list[Headline]:
    """Return the few metrics that open the section: of each reference in turn, its first ones.

    Metrics on the held-out half replace those on all sets, as no setting was chosen by them.
    """
    kept = {(row.reference, row.metric.name): row for row in rows}
    kept |= {(r.reference, r.metric.name): r for r in rows if r.part == "held_out"}
    by_reference: dict[str, list[Headline]] = {}
    for (reference, _), row in kept.items():
        if reference != "map":
            by_reference.setdefault(reference, []).append(row)
    turns = zip_longest(*by_reference.values())
    chosen = [row for turn in turns for row in turn if row is not None][:SHOWN_METRICS]
    return sorted(chosen, key=lambda row: list(by_reference).index(row.reference))


def _folded(
    reference: str,
    about: Mapping[str, str],
    rows: Sequence[Headline],
    bars: Mapping[str, float],
) -> Folded:
    """Return all metrics of one reference; a metric is explained where it first occurs."""
    note = about.get(reference, HPA_CAUTION if reference == "hpa" else "")
    explained = {row.metric: row for row in reversed(rows)}
    meanings = [row.metric.meaning if explained[row.metric] is row else "" for row in rows]
    shown = [Row(row, stated(words, bars)) for row, words in zip(rows, meanings, strict=True)]
    return Folded(reference_name(reference), note, shown)
