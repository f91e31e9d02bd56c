"""Volcano plot and mover plot of a contrast, as SVG that needs no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = NDArray[np.float64]

WIDTH, HEIGHT = 560, 380
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 16, 46
"""Of the picture and of the room around its axes, in pixels."""

LABELLED = 12
"""Points that are named: those that lie highest."""

DRAWN = 4000
"""Points of one picture; of more, the highest and as many others as there is room for."""

COLOURS = {"changed": "#c2410c", "conserved": "#2f6db5", "undecided": "#9aa3ad"}

LEVEL = 0.05


@dataclass(frozen=True)
class Points:
    """What one picture shows.

    Attributes:
        names: ``n`` of the points.
        x: ``(n,)``.
        y: ``(n,)``, at least 0.
        kinds: ``n`` keys of `COLOURS`.
        axes: Words at the axes.
        title: Text alternative for screen readers.
    """

    names: list[str]
    x: Values
    y: Values
    kinds: list[str]
    axes: tuple[str, str]
    title: str

    def svg(self) -> str:
        """Return the picture."""
        order = np.argsort(-self.y, kind="stable")[:DRAWN]
        scale_x, scale_y = _scale(self.x, LEFT, WIDTH - RIGHT), _scale(self.y, HEIGHT - BOTTOM, TOP)
        dots = "".join(
            f'<circle cx="{scale_x.at(self.x[k]):.1f}" cy="{scale_y.at(self.y[k]):.1f}" r="3.2" '
            f'fill="{COLOURS[self.kinds[k]]}" fill-opacity=".7"><title>'
            f"{escape(self.names[k])}: {self.x[k]:.3g}, {self.y[k]:.3g}</title></circle>"
            for k in order[::-1]
        )
        first = [int(k) for k in order if self.kinds[k] == "changed"][:LABELLED]
        words = _labels([(scale_x.at(self.x[k]), scale_y.at(self.y[k])) for k in first])
        names = "".join(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(_short(self.names[k]))}'
            "</text>"
            for k, (x, y, anchor) in zip(first, words, strict=True)
        )
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" role="img" '
            f'style="max-width:100%;height:auto" font-size="12" fill="#1f2933">'
            f"<title>{escape(self.title)}</title>{scale_x.ticks_below()}{scale_y.ticks_beside()}"
            f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" text-anchor="middle">'
            f'{escape(self.axes[0])}</text><text transform="translate(14 {HEIGHT / 2}) '
            f'rotate(-90)" text-anchor="middle">{escape(self.axes[1])}</text>{dots}{names}</svg>'
        )


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    start: float
    stop: float
    steps: Values

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)

    def ticks_below(self) -> str:
        """Return a horizontal axis."""
        return "".join(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" stroke="#dfe3e8"/>'
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle" fill="#5b6672">'
            f"{step:g}</text>"
            for step, x in ((step, self.at(step)) for step in self.steps.tolist())
        )

    def ticks_beside(self) -> str:
        """Return a vertical axis."""
        return "".join(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dfe3e8"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#5b6672">{step:g}</text>'
            for step, y in ((step, self.at(step)) for step in self.steps.tolist())
        )


def _scale(values: Values, start: float, stop: float) -> _Scale:
    """Return a scale from round numbers to round numbers."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    rough = max(high - low, 1e-9) / 5
    unit = 10 ** np.floor(np.log10(rough))
    step = float(unit * next(k for k in (1, 2, 5, 10) if k * unit >= rough))
    first, last = np.floor(low / step), np.ceil(high / step)
    steps = np.round(np.arange(first, max(last, first + 1) + 1) * step, 10)
    return _Scale(float(steps[0]), float(steps[-1]), start, stop, steps)


def _labels(places: list[tuple[float, float]]) -> list[tuple[float, float, str]]:
    """Return where names are written: beside their points, moved down from those above."""
    found: list[tuple[float, float, str]] = []
    for x, y in places:
        left = x > WIDTH * 0.6
        line = y + 4
        while any(
            abs(line - other) < 12 and (anchor == "end") == left for _, other, anchor in found
        ):
            line += 3
        found.append((x - 7 if left else x + 7, line, "end" if left else "start"))
    return found


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:27]}…"


def contrast_plots(tables: Mapping[str, pd.DataFrame], labels: Mapping[str, str]) -> str:
    """Return both pictures of a contrast side by side; "" where nothing was tested.

    Args:
        tables: Its tables ``contrast`` and ``movers``.
        labels: Assembly -> the name that the page shows for it.
    """
    table, movers = tables["contrast"], tables["movers"]
    drawn = [_volcano(table.dropna(subset=["p"]), labels), _movers(movers.dropna(subset=["p"]))]
    pictures = "".join(
        f'<figure><figcaption class="caption">{caption}</figcaption>{points.svg()}</figure>'
        for points, caption in zip(drawn, (VOLCANO, MOVERS), strict=True)
        if len(points.x)
    )
    return f'<div class="columns">{pictures}</div>' if pictures else ""


VOLCANO = (
    '<span class="swatch" style="background:#c2410c"></span>changed, '
    '<span class="swatch" style="background:#2f6db5"></span>shown to be conserved, '
    '<span class="swatch" style="background:#9aa3ad"></span>undecided. '
    "Assemblies: left of 0 less cohesive than before, right of it more; the higher, the surer."
)
MOVERS = (
    "Proteins: the farther to the right, the farther from their former place; the higher, the "
    "surer that replicates do not differ as much. Coloured: at a false discovery rate of 5 %."
)


def _volcano(table: pd.DataFrame, labels: Mapping[str, str]) -> Points:
    names = [labels.get(str(one), str(one)) for one in table["assembly"]]
    return Points(
        names,
        table["effect"].to_numpy(float),
        -np.log10(np.maximum(table["p"].to_numpy(float), 1e-300)),
        [str(kind) for kind in table["class"]],
        ("change of cohesion", "-log10 p"),
        "Volcano plot of assemblies: change of cohesion and p value",
    )


def _movers(table: pd.DataFrame) -> Points:
    kinds = np.where(table["fdr"].to_numpy(float) <= LEVEL, "changed", "undecided")
    return Points(
        [str(one) for one in table["protein"]],
        table["distance"].to_numpy(float),
        table["score"].to_numpy(float),
        [str(kind) for kind in kinds],
        ("distance between conditions, in noise of replicates", "-log10 p"),
        "Proteins by distance between conditions and p value",
    )
