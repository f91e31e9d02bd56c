"""Report sections of applications: one for each folder of ``uses/``."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from ...artifacts import Findings
from .contrast_plots import contrast_plots
from .markup import Section, html_table, section
from .scoreboard import written

ROWS = 25
COLUMNS = 8
"""Rows and columns of an answer that the page shows."""

CHANCE = ".null_mean"
"""Ending of a figure that says what another is by chance."""


def use_sections(uses: Mapping[str, Findings], labels: Mapping[str, str]) -> list[Section]:
    """Return a section for each use: what was asked, its figures, the first rows of the answer.

    Args:
        uses: By the names of their folders.
        labels: Assembly -> the name that the page shows for it.
    """
    return [_section(name, found, labels) for name, found in uses.items()]


def _section(name: str, found: Findings, labels: Mapping[str, str]) -> Section:
    anchor = "use-" + "".join(sign if sign.isalnum() else "-" for sign in name)
    notes = "".join(f"<p>{escape(note)}</p>" for note in found.notes)
    answer, table = found.first_look
    place = f"uses/{escape(name)}"
    files = ", ".join(f"<code>{place}/{escape(one)}.tsv</code>" for one in found.tables)
    links = ", ".join(f'<a href="{place}/{quote(one)}">{escape(one)}</a>' for one in found.files)
    more = f" Files: {links}." if links else ""
    shown = table.iloc[:ROWS, :COLUMNS]
    shown = shown.loc[:, (shown != "").any()].copy()
    if "assembly" in shown and any(labels.get(one, one) != one for one in shown["assembly"]):
        shown.insert(1, "resembles", [labels.get(one, "") for one in shown["assembly"]])
    drawn = contrast_plots(found.tables, labels) if answer == "contrast" else _pictures(name, found)
    body = (
        f"{notes}{_figures(found.figures)}{drawn}{html_table(shown, answer)}"
        f'<p class="caption">The first {len(shown):,} of {len(table):,} rows. '
        f"Tables: {files}.{more} What is known of one assembly: <code>cards/</code>.</p>"
    )
    label = escape(name.partition(".")[2] or name)
    return Section(anchor, label, section(anchor, escape(found.title), body))


def _pictures(name: str, found: Findings) -> str:
    """Return the SVG files of a use as images, in which no script of theirs would run."""
    return "".join(
        f'<figure><img src="data:image/svg+xml;base64,{b64encode(text.encode()).decode()}" '
        f'alt="{escape(found.title)}" width="100%"><figcaption class="caption">'
        f"<code>uses/{escape(name)}/{escape(file)}</code></figcaption></figure>"
        for file, text in found.files.items()
        if file.endswith(".svg")
    )


def _figures(figures: Mapping[str, float]) -> str:
    """Return the figures as a table, each beside what it is by chance."""
    names = [name for name in figures if "." not in name]
    if not names:
        return ""
    rows = "".join(
        f"<tr><td>{escape(name.replace('_', ' '))}</td>"
        f'<td class="n">{written(figures[name])}</td>'
        f'<td class="n">{written(figures.get(name + CHANCE, float("nan")))}</td></tr>'
        for name in names
    )
    head = "<tr><th></th><th>found</th><th>by chance</th></tr>"
    return f'<div class="scroll"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
