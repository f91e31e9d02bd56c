"""Text of pictures: plotly reads markup in all it writes, so names are escaped here."""

from __future__ import annotations

from ..templating import render
from .markup import TEMPLATES

MUTED_COLOUR = "#5b6672"
"""Colour of secondary text."""


def plain(*lines: str, bold: str = "", quiet: str = "", extra: str | None = None) -> str:
    """Return text that plotly shows as it is.

    Args:
        *lines: One below the other.
        bold: A line above them, such as the name of what is pointed at.
        quiet: A line below them, grey.
        extra: What a hover box has next to it, "" for nothing; None: this is no hover template.
    """
    values = {
        "bold": bold,
        "lines": lines,
        "quiet": quiet,
        "colour": MUTED_COLOUR,
        "extra": extra,
    }
    return str(render(f"{TEMPLATES}/plotly.html.j2", **values))
