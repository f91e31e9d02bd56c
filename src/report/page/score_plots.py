"""Plots of scores: plain arrays in, one plotly figure of several panels out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray
from plotly.subplots import make_subplots

from .plotly_text import MUTED_COLOUR, plain
from .plots import GRID, GROUP_COLOURS, INK, OTHERS, PLAIN, base_layout

PART_STYLES = {
    "all": ("whole reference", GROUP_COLOURS[0], "solid"),
    "tune": ("half used for choosing", GROUP_COLOURS[1], "dot"),
    "held_out": ("half held out", GROUP_COLOURS[2], "dash"),
}
"""How the curve of each part is called, its colour and its line."""

ROW_GAP_PX = 84
"""Pixels between rows of panels: ticks, and the two lines of a title."""
BINS = 60
"""Bins of a histogram of nulls, over the whole axis."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Roc:
    """Curves of one reference: its title, and the two rates of each part."""

    title: str
    curves: dict[str, tuple[Floats, Floats]]


@dataclass(frozen=True)
class Recovery:
    """Terms of one reference by size: names of sizes, how many there are, came back, by chance."""

    title: str
    sizes: Sequence[str]
    terms: Floats
    recovered: Floats
    by_chance: Floats


@dataclass(frozen=True)
class Elution:
    """Profiles of one assembly: of its members by name, and ``(3, F)`` quartiles of others."""

    title: str
    members: dict[str, Floats]
    quartiles: Floats


@dataclass(frozen=True)
class Null:
    """One metric: its values on permuted maps, and on the map itself."""

    title: str
    values: Floats
    value: float


def roc_plot(panels: Sequence[Roc]) -> go.Figure:
    """Draw how many pairs of proteins of one term are found as unrelated pairs are let in."""
    figure, places = _panels([panel.title for panel in panels], 3, 380)
    for panel, (row, column) in zip(panels, places, strict=True):
        for part, (false, true) in panel.curves.items():
            name, colour, dash = PART_STYLES[part]
            figure.add_scatter(
                x=false,
                y=true,
                mode="lines",
                name=name,
                legendgroup=part,
                showlegend=(row, column) == (1, 1),
                line={"color": colour, "dash": dash, "width": 2},
                hovertemplate=plain("%{y:.0%} found at %{x:.2%} of unrelated pairs", extra=""),
                row=row,
                col=column,
            )
        diagonal = {"color": MUTED_COLOUR, "dash": "dot", "width": 1}
        figure.add_scatter(
            x=[0, 1], y=[0, 1], mode="lines", line=diagonal, showlegend=False, hoverinfo="skip",
            row=row, col=column,
        )  # fmt: skip
    share = {"range": [0, 1], "tickformat": ".0%"}
    figure.update_xaxes(title={"text": "Unrelated pairs let in", "standoff": 8}, **share)
    figure.update_yaxes(title="Pairs of a term found", col=1)
    figure.update_yaxes(**share)
    return figure


def recovery_plot(panels: Sequence[Recovery]) -> go.Figure:
    """Draw the share of recovered terms by size, with that of permuted maps."""
    figure, places = _panels([panel.title for panel in panels], 3, 360)
    for panel, (row, column) in zip(panels, places, strict=True):
        counts = [
            f"{n:,.0f} of {of:,.0f}" for n, of in zip(panel.recovered, panel.terms, strict=True)
        ]
        for name, values, colour, text in (
            ("this map", panel.recovered, PLAIN, counts),
            ("permuted labels", panel.by_chance, OTHERS, None),
        ):
            figure.add_bar(
                x=list(panel.sizes),
                y=values / np.maximum(panel.terms, 1),
                name=name,
                legendgroup=name,
                showlegend=(row, column) == (1, 1),
                marker={"color": colour},
                text=text,
                textposition="outside",
                textfont={"size": 12},
                constraintext="none",
                cliponaxis=False,
                hovertemplate=plain("%{y:.1%}", extra=""),
                row=row,
                col=column,
            )
        highest = max(float((panel.recovered / np.maximum(panel.terms, 1)).max()), 0.04)
        figure.update_yaxes(range=[0, 1.15 * highest], row=row, col=column)
    figure.update_xaxes(title={"text": "Proteins in the term", "standoff": 8}, type="category")
    figure.update_yaxes(title="Share recovered", col=1)
    figure.update_yaxes(tickformat=".0%")
    return figure


def elution_plot(panels: Sequence[Elution]) -> go.Figure:
    """Draw the profiles of the members of assemblies over those of all other proteins."""
    figure, places = _panels([panel.title for panel in panels], 3, 260)
    for panel, (row, column) in zip(panels, places, strict=True):
        at, first = {"row": row, "col": column}, (row, column) == (1, 1)
        if len(panel.quartiles):
            lower, median, upper = panel.quartiles
            fraction = np.arange(1, len(median) + 1)
            around = np.r_[fraction, fraction[::-1]], np.r_[upper, lower[::-1]]
            figure.add_scatter(
                x=around[0], y=around[1], mode="lines", fill="toself", fillcolor="#e3e7eb",
                line={"width": 0}, name="middle half of all other proteins", hoverinfo="skip",
                showlegend=first, **at,
            )  # fmt: skip
            figure.add_scatter(
                x=fraction, y=median, mode="lines", line={"color": MUTED_COLOUR, "dash": "dot"},
                name="their median", hoverinfo="skip", showlegend=first, **at,
            )  # fmt: skip
        for k, (name, heights) in enumerate(panel.members.items()):
            figure.add_scatter(
                x=np.arange(1, len(heights) + 1),
                y=heights,
                mode="lines",
                line={"color": GROUP_COLOURS[k % len(GROUP_COLOURS)], "width": 1.5},
                opacity=0.85,
                name="members, one line each",
                showlegend=first and k == 0,
                hovertemplate=plain("fraction %{x}: %{y:.2f}", bold=name, extra=""),
                **at,
            )
    figure.update_xaxes(title={"text": "Fraction", "standoff": 8}, row=places[-1][0])
    figure.update_yaxes(title="Amount / highest", col=1)
    figure.update_yaxes(range=[0, 1.04])
    return figure


def null_plot(panels: Sequence[Null]) -> go.Figure:
    """Draw the null distribution of each metric, and the map's own value as a line."""
    figure, places = _panels([panel.title for panel in panels], 3, 200)
    for k, (panel, (row, column)) in enumerate(zip(panels, places, strict=True)):
        low, high = _around(panel.values, panel.value)
        counts, edges = np.histogram(panel.values, BINS, (low, high))
        figure.add_bar(
            x=(edges[1:] + edges[:-1]) / 2,
            y=counts,
            width=np.diff(edges),
            marker={"color": MUTED_COLOUR},
            name="maps with permuted labels",
            showlegend=k == 0,
            hovertemplate=plain("%{y} maps at about %{x:.3g}", extra=""),
            row=row,
            col=column,
        )
        figure.add_scatter(
            x=[panel.value, panel.value],
            y=[0, counts.max()],
            mode="lines",
            line={"color": "#b4231f", "width": 3},
            name="this map",
            showlegend=k == 0,
            hovertemplate=plain(f"{panel.value:.4g}", extra="this map"),
            row=row,
            col=column,
        )
        figure.update_xaxes(range=[low, high], row=row, col=column)
    figure.update_yaxes(title="Maps", col=1)
    return figure


def _around(values: Floats, value: float) -> tuple[float, float]:
    low, high = min(values.min(), value), max(values.max(), value)
    room = 0.05 * (high - low) or 0.5
    return float(low - room), float(high + room)


def _panels(
    titles: Sequence[str], columns: int, height: int
) -> tuple[go.Figure, list[tuple[int, int]]]:
    """Return a figure of one panel for each title, and the row and column of each."""
    across = min(columns, max(len(titles), 1))
    rows = -(-len(titles) // across)
    figure = make_subplots(
        rows,
        across,
        subplot_titles=list(titles),
        horizontal_spacing=0.08,
        vertical_spacing=ROW_GAP_PX / (height * rows) if rows > 1 else 0,
    )
    figure.update_layout(
        {
            **base_layout(height * rows + 80),
            "margin": {"l": 64, "r": 16, "t": 84, "b": 56},
            "legend": {"orientation": "h", "x": 0, "y": 1, "yref": "container", "yanchor": "top"},
            "bargap": 0.25,
        }
    )
    figure.update_annotations(font={"size": 13, "color": INK})
    figure.update_xaxes(gridcolor=GRID, zeroline=False)
    figure.update_yaxes(gridcolor=GRID, zeroline=False)
    return figure, [(k // across + 1, k % across + 1) for k in range(len(titles))]


def numbers(values: ArrayLike) -> Floats:
    """Return numbers as an array of floats."""
    return np.asarray(values, np.float64)
