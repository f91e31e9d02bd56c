"""Sections of the page about what was asked of the map: one for each folder of ``uses/``."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ...artifacts import Findings
from .markup import Section, html_table, section
from .scoreboard import written

ROWS = 25
COLUMNS = 9
"""Rows and columns of an answer that the page shows."""


def use_sections(uses: Mapping[str, Findings]) -> list[Section]:
    """Return a section for each use: what was asked, its figures, the first rows of the answer."""
    return [_section(name, found) for name, found in uses.items()]


def _section(name: str, found: Findings) -> Section:
    anchor = "use-" + "".join(sign if sign.isalnum() else "-" for sign in name)
    notes = "".join(f"<p>{escape(note)}</p>" for note in found.notes)
    answer, table = next(iter(found.tables.items()))
    place = f"uses/{escape(name)}"
    files = ", ".join(f"<code>{place}/{escape(one)}.tsv</code>" for one in found.tables)
    body = (
        f"{notes}{_figures(found.figures)}{html_table(table.iloc[:ROWS, :COLUMNS], answer)}"
        f'<p class="caption">The first {min(ROWS, len(table)):,} of {len(table):,} rows. '
        f"Tables: {files}. What is known of one assembly: <code>cards/</code>.</p>"
    )
    label = escape(name.partition(".")[2] or name)
    return Section(anchor, label, section(anchor, escape(found.title), body))


def _figures(figures: Mapping[str, float]) -> str:
    if not figures:
        return ""
    rows = "".join(
        f'<tr><td>{escape(name.replace("_", " "))}</td><td class="n">{written(value)}</td></tr>'
        for name, value in figures.items()
    )
    return f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>'
