"""Building blocks of the report: sections, each from the template of its name, and tables."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ..templating import Markup, render
from .scoreboard import small, written

TEMPLATES = "report/page/templates"

MAX_ROWS = 200
"""Rows of a table that the page shows; the whole table is in the folder of the run."""


@dataclass(frozen=True)
class Section:
    """One part of the page: its anchor, its name in the contents, its heading, what is below it."""

    anchor: str
    name: str
    title: str
    html: Markup


def section(anchor: str, name: str, title: str, **values: object) -> Section:
    """Return a section made by the template that bears the name of its anchor."""
    return Section(anchor, name, title, render(f"{TEMPLATES}/{anchor}.html.j2", **values))


def html_table(table: pd.DataFrame, name: str) -> Markup:
    """A table as it is, numbers rounded, at most `MAX_ROWS` of it."""
    rows = table.head(MAX_ROWS).itertuples(index=False)
    return render(
        f"{TEMPLATES}/table.html.j2",
        name=name,
        columns=list(table.columns),
        rows=[[cell(value) for value in row] for row in rows],
        total=len(table),
    )


def cell(value: object) -> str:
    """Return one value of a table as text, fractions rounded."""
    if isinstance(value, float):
        return small(value) if 0 < value < 0.001 else written(value)
    return "" if value is None else str(value)
