"""HTML building blocks of the report; text from the data is escaped here."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from .scoreboard import small, written

MAX_ROWS = 200
"""Rows of a table that the page shows; the whole table lies beside it."""


@dataclass(frozen=True)
class Section:
    """One part of the page: its anchor, its name in the contents, its HTML."""

    anchor: str
    name: str
    html: str


def html_table(table: pd.DataFrame, name: str) -> str:
    """A table as it is, numbers rounded, at most `MAX_ROWS` of it."""
    head = "".join(f'<th scope="col">{escape(str(column))}</th>' for column in table.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>"
        for row in table.head(MAX_ROWS).itertuples(index=False)
    )
    more = (
        f'<p class="caption">{MAX_ROWS} of {len(table):,} rows; all are in '
        f"<code>tables/{name}.tsv</code>.</p>"
        if len(table) > MAX_ROWS
        else ""
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(name)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}"
    )


def cell(value: object) -> str:
    """Return one value of a table: text escaped, fractions rounded."""
    if isinstance(value, float):
        return small(value) if 0 < value < 0.001 else written(value)
    return "" if value is None else escape(str(value))


def section(anchor: str, title: str, body: str) -> str:
    """Return a section with its heading."""
    return f'<section id="{anchor}"><h2>{title}</h2>{body}</section>'


def figure(anchor: str, label: str, caption: str) -> str:
    """Return the place that the page's script draws a picture at, below its caption."""
    return (
        f'<figure><figcaption class="caption">{caption}</figcaption>'
        f'<div class="plots"><div class="plot" id="{anchor}" role="group" aria-label="{label}">'
        "</div></div></figure>"
    )
