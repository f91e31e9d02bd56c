"""Plots of the report: plain arrays in, one plotly figure out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from ...maps.sizes import Calibration, diameter
from ..annotations import COLOURS
from .plotly_text import MUTED_COLOUR, plain

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK, GRID, PLAIN = "#1f2933", "#e6e9ed", "#5f7f9f"
SYMBOLS = {"documented": "circle", "variant": "diamond", "undocumented": "circle-open"}
GROUP_COLOURS = (
    "#3b78b5",
    "#e08e1b",
    "#3f9b6b",
    "#b5493f",
    "#8566ad",
    "#8a6d4f",
    "#d276ac",
    "#4aa6b8",
    "#a8a032",
    "#5c5ea6",
)
OTHERS = "#cfd5db"
TINTS = {"documented": "#9dc0e8", "variant": "#f4cb90", "undocumented": "#dde1e6", "": "#c9d6e3"}
"""Classes as the ground of dark text."""
MAX_SVG_POINTS = 8_000
"""Points that browsers draw smoothly as vectors; more are drawn by the graphics card."""


def size_plot(
    sizes: ArrayLike,
    persistence: ArrayLike,
    classes: Sequence[str],
    hover: Sequence[str],
    calibration: Calibration,
) -> go.Figure:
    """Draw how many assemblies there are of each size, and how persistent each one is.

    Args:
        sizes: ``(A,)`` proteins of each assembly; the axis names diameters too.
        persistence: ``(A,)`` clusters behind each.
        classes: ``(A,)`` class of each, or "" where no reference was scored.
        hover: ``(A,)`` text of each.
        calibration: Turns sizes into diameters.
    """
    size, lasting = np.asarray(sizes, float), np.asarray(persistence, float)
    kind, text = np.array(classes, object), np.array(hover, object)
    figure = go.Figure(layout=base_layout(520))
    edges = np.geomspace(size.min() * 0.98, size.max() * 1.02, 25)
    for name in [*COLOURS, ""]:
        mine = kind == name
        if not mine.any():
            continue
        style = {"name": name.capitalize() or "Assemblies", "legendgroup": name}
        colour = COLOURS[name] if name else PLAIN
        figure.add_trace(_histogram(size[mine], edges, colour, style))
        figure.add_trace(_dots(size[mine], lasting[mine], text[mine], name, colour, style))
    axis = {"type": "log", "gridcolor": GRID, "zeroline": False, **_size_ticks(size, calibration)}
    title = {"text": "Proteins in the assembly, and its diameter", "standoff": 12}
    figure.update_layout(
        barmode="stack",
        bargap=0,
        legend={"orientation": "h", "y": 1.08, "x": 0},
        xaxis={**axis, "title": title},
        yaxis={"domain": [0, 0.62], "title": "Persistence", **_log_axis(lasting)},
        yaxis2={"domain": [0.7, 1], "gridcolor": GRID, "title": "Assemblies"},
    )
    if len(size) < 10:
        figure.update_layout(yaxis2={"dtick": 1})
    return figure


def icicle_plot(
    names: Sequence[str],
    labels: Sequence[str],
    parents: ArrayLike,
    sizes: ArrayLike,
    classes: Sequence[str],
    hover: Sequence[str],
) -> go.Figure:
    """Draw a tree of assemblies from left to right; a click opens a branch.

    Heights follow the square root of the number of proteins, so that small complexes stay visible
    beside compartments.

    Args:
        names: ``(A,)`` distinct names, the root first.
        labels: ``(A,)`` what to write.
        parents: ``(A,)`` row of each one's parent, -1 for the root.
        sizes: ``(A,)`` proteins of each.
        classes: ``(A,)`` class of each, or "".
        hover: ``(A,)`` text of each.
    """
    above, size = np.asarray(parents), np.asarray(sizes, float)
    below = np.bincount(above[1:], size[1:], minlength=len(size))
    own = np.sqrt(np.where(below > 0, np.maximum(size - below, 0), size))
    own[0] = 0
    colours = ["#f1f3f5", *(TINTS[kind] for kind in classes[1:])]
    figure = go.Figure(layout=base_layout(760))
    figure.add_trace(
        go.Icicle(
            ids=[plain(name) for name in names],
            labels=[plain(label) for label in labels],
            parents=["" if row < 0 else plain(names[row]) for row in above],
            values=own,
            branchvalues="remainder",
            hovertext=list(hover),
            hoverinfo="text",
            textfont={"size": 13, "color": INK},
            marker={"colors": colours, "line": {"color": "white", "width": 1}},
            tiling={"orientation": "h", "pad": 1},
            pathbar={"visible": True, "thickness": 26, "side": "top"},
            maxdepth=5,
            sort=True,
        )
    )
    figure.update_layout(
        margin={"l": 4, "r": 4, "t": 34, "b": 4}, uniformtext={"minsize": 10, "mode": "hide"}
    )
    return figure


def embedding_plot(
    places: NDArray[np.floating], groups: ArrayLike, labels: Sequence[str], hover: Sequence[str]
) -> go.Figure:
    """Draw proteins on a plane, coloured by group.

    Args:
        places: ``(N, 2)`` coordinates.
        groups: ``(N,)`` row into `labels`; -1 for none.
        labels: Names of at most ten groups.
        hover: ``(N,)`` text of each protein.
    """
    group, text = np.asarray(groups), np.array(hover, object)
    scatter = go.Scatter if len(places) <= MAX_SVG_POINTS else go.Scattergl
    size = float(np.clip(240 / np.sqrt(max(len(places), 1)), 3.5, 9))
    figure = go.Figure(layout=base_layout(640))
    for k, label in [(-1, "Elsewhere"), *enumerate(labels)]:
        mine = group == k
        if not mine.any():
            continue
        marker = {"size": size, "color": GROUP_COLOURS[k] if k >= 0 else OTHERS, "opacity": 0.85}
        figure.add_trace(
            scatter(
                x=places[mine, 0],
                y=places[mine, 1],
                mode="markers",
                name=f"{plain(label)} ({mine.sum():,})",
                legendrank=k if k >= 0 else len(labels),
                marker=marker,
                hovertext=text[mine],
                hoverinfo="text",
            )
        )
    bare = {"showticklabels": False, "showgrid": False, "zeroline": False, "showline": False}
    figure.update_layout(
        xaxis=bare,
        yaxis=bare,
        legend={"itemsizing": "constant", "y": 1, "yanchor": "top"},
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
    )
    return figure


def truth_plot(
    sizes: ArrayLike,
    jaccard: ArrayLike,
    is_complex: ArrayLike,
    hover: Sequence[str],
    recovered_at: float,
) -> go.Figure:
    """Draw how well each true assembly came back, by its size.

    Args:
        sizes: ``(T,)`` proteins of each true assembly.
        jaccard: ``(T,)`` best Jaccard with an assembly of the map, 0..1.
        is_complex: ``(T,)`` whether it contains no smaller one.
        hover: ``(T,)`` text of each.
        recovered_at: Least Jaccard of a recovered one, drawn as a line.
    """
    size, best, text = np.asarray(sizes, float), np.asarray(jaccard), np.array(hover, object)
    lowest = np.asarray(is_complex, bool)
    figure = go.Figure(layout=base_layout(380))
    for name, mine, colour, symbol in (
        ("Complexes", lowest, GROUP_COLOURS[0], "circle"),
        ("Larger assemblies", ~lowest, GROUP_COLOURS[1], "diamond"),
    ):
        figure.add_trace(
            go.Scatter(
                x=size[mine],
                y=best[mine],
                mode="markers",
                name=name,
                marker={"color": colour, "symbol": symbol, "size": 9, "opacity": 0.8},
                hovertext=text[mine],
                hoverinfo="text",
            )
        )
    figure.add_hline(y=recovered_at, line={"color": MUTED_COLOUR, "dash": "dot", "width": 1})
    figure.update_layout(
        xaxis={"title": "Proteins in the true assembly", **_log_axis(size)},
        yaxis={"range": [0, 1.04], "title": "Best Jaccard in the map", "gridcolor": GRID},
        legend={"orientation": "h", "y": 1.12, "x": 0},
    )
    return figure


def modality_plot(combinations: Sequence[str], counts: ArrayLike) -> go.Figure:
    """Draw how many proteins have each combination of measurements, as bars."""
    number = np.asarray(counts)
    figure = go.Figure(layout=base_layout(90 + 44 * len(number)))
    figure.add_trace(
        go.Bar(
            x=number,
            y=[plain(name) for name in combinations],
            orientation="h",
            marker={"color": PLAIN},
            text=[f"{n:,}" for n in number],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_layout(
        xaxis={"title": "Proteins", "gridcolor": GRID, "zeroline": False},
        yaxis={"autorange": "reversed", "automargin": True, "ticksuffix": "  "},
        margin={"l": 8, "r": 60, "t": 8, "b": 44},
    )
    return figure


def base_layout(height: int) -> dict[str, object]:
    """Return what all pictures share: type, colours, room."""
    return {
        "template": "none",
        "height": height,
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 64, "r": 16, "t": 40, "b": 64},
        "hoverlabel": {
            "bgcolor": "white",
            "bordercolor": MUTED_COLOUR,
            "font": {"size": 13, "color": INK},
            "align": "left",
        },
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": "#a5adb6", "activecolor": INK},
    }


def _histogram(
    size: NDArray[np.float64], edges: NDArray[np.float64], colour: str, style: Mapping[str, object]
) -> go.Bar:
    counts, _ = np.histogram(size, edges)
    return go.Bar(
        x=np.sqrt(edges[1:] * edges[:-1]),
        y=counts,
        width=np.diff(edges),
        marker={"color": colour, "line": {"color": "white", "width": 0.5}},
        yaxis="y2",
        showlegend=False,
        hovertemplate=plain("%{y} assemblies", extra=""),
        **style,
    )


def _dots(
    size: NDArray[np.float64],
    persistence: NDArray[np.float64],
    hover: NDArray[np.object_],
    kind: str,
    colour: str,
    style: Mapping[str, object],
) -> go.Scatter:
    return go.Scatter(
        x=size,
        y=np.maximum(persistence, 1),
        mode="markers",
        marker={
            "color": colour,
            "size": 9,
            "symbol": SYMBOLS[kind] if kind else "circle",
            "line": {"width": 1.5 if kind == "undocumented" else 0.5, "color": colour},
            "opacity": 0.85,
        },
        hovertext=hover,
        hoverinfo="text",
        **style,
    )


def _size_ticks(sizes: NDArray[np.float64], calibration: Calibration) -> dict[str, object]:
    """Ticks on a logarithmic axis of sizes, named by proteins and, below, by diameter."""
    ticks = np.array([4, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000], float)
    ticks = ticks[(ticks >= sizes.min() * 0.8) & (ticks <= sizes.max() * 1.25)]
    named = [
        plain(f"{n:,.0f}", quiet=length(nm))
        for n, nm in zip(ticks, diameter(ticks, calibration)[0], strict=True)
    ]
    return {"tickvals": ticks, "ticktext": named}


def _log_axis(values: NDArray[np.float64]) -> dict[str, object]:
    """A logarithmic axis with whole numbers at 1, 2, 5, 10, ... within reach of the values."""
    ticks = np.outer(10.0 ** np.arange(7), [1, 2, 5]).ravel()
    low, high = max(values.min(), 1), max(values.max(), 1)
    ticks = ticks[(ticks >= low / 2) & (ticks <= high * 2)]
    named = [f"{tick:,.0f}" for tick in ticks]
    marks = {"tickvals": ticks.tolist(), "ticktext": named}
    return {"type": "log", "gridcolor": GRID, "zeroline": False, **marks}


def length(nm: float) -> str:
    """Write a diameter: two digits, in nm or µm.

    >>> length(9.12), length(3162.3)
    ('9.1 nm', '3.2 µm')
    """
    value, unit = (nm / 1000, "µm") if nm >= 999.5 else (nm, "nm")
    return f"{value:.0f} {unit}" if value >= 9.95 else f"{value:.2g} {unit}"
