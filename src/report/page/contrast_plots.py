"""Volcano plot and mover plot of a contrast, as SVG that needs no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..templating import Markup, render
from .markup import TEMPLATES

Values = NDArray[np.float64]

WIDTH, HEIGHT = 560, 380
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 16, 46
"""Of the picture and of the room around its axes, in pixels."""

LABELLED = 12
"""Number of points with a label: the highest ones."""

DRAWN = 4000
"""Points of one picture; of more, the highest and as many others as there is room for."""

COLOURS = {"changed": "#c2410c", "conserved": "#2f6db5", "undecided": "#9aa3ad"}

FDR_LEVEL = 0.05


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

    def svg(self) -> Markup:
        """Return the picture."""
        order = np.argsort(-self.y, kind="stable")[:DRAWN]
        scale_x, scale_y = _scale(self.x, LEFT, WIDTH - RIGHT), _scale(self.y, HEIGHT - BOTTOM, TOP)
        places = {int(k): (scale_x.at(self.x[k]), scale_y.at(self.y[k])) for k in order}
        first = [k for k in places if self.kinds[k] == "changed"][:LABELLED]
        words = zip(first, _labels([places[k] for k in first]), strict=True)
        return render(
            f"{TEMPLATES}/scatter.svg.j2",
            title=self.title,
            axes=self.axes,
            box={"left": LEFT, "right": WIDTH - RIGHT, "top": TOP, "bottom": HEIGHT - BOTTOM},
            width=WIDTH,
            height=HEIGHT,
            below=scale_x.ticks(),
            left=scale_y.ticks(),
            dots=[self._dot(k, *places[k]) for k in reversed(places)],
            names=[
                {"x": f"{x:.1f}", "y": f"{y:.1f}", "anchor": side, "text": _short(self.names[k])}
                for k, (x, y, side) in words
            ],
        )

    def _dot(self, k: int, x: float, y: float) -> dict[str, str]:
        about = f"{self.names[k]}: {self.x[k]:.3g}, {self.y[k]:.3g}"
        return {"x": f"{x:.1f}", "y": f"{y:.1f}", "colour": COLOURS[self.kinds[k]], "about": about}


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    start: float
    stop: float
    steps: Values

    def at(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.stop - self.start)

    def ticks(self) -> list[tuple[float, str]]:
        """Return the place of each tick, in pixels, and what is written there."""
        return [(self.at(step), f"{step:g}") for step in self.steps.tolist()]


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
    """Return the positions of labels: next to their points, moved down from those above."""
    labels: list[tuple[float, float, str]] = []
    for x, y in places:
        left = x > WIDTH * 0.6
        line = y + 4
        while any(
            abs(line - other) < 12 and (anchor == "end") == left for _, other, anchor in labels
        ):
            line += 3
        labels.append((x - 7 if left else x + 7, line, "end" if left else "start"))
    return labels


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:27]}…"


def contrast_plots(tables: Mapping[str, pd.DataFrame], labels: Mapping[str, str]) -> Markup:
    """Return both pictures of a contrast side by side; "" where nothing was tested.

    Args:
        tables: Its tables ``contrast`` and ``movers``.
        labels: Assembly -> the name that the page shows for it.
    """
    table, movers = tables["contrast"], tables["movers"]
    drawn = {
        "volcano": _volcano(table.dropna(subset=["p"]), labels),
        "movers": _movers(movers.dropna(subset=["p"])),
    }
    shown = {name: points.svg() for name, points in drawn.items() if len(points.x)}
    return render(f"{TEMPLATES}/contrast.html.j2", pictures=shown, colours=COLOURS)


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
    kinds = np.where(table["fdr"].to_numpy(float) <= FDR_LEVEL, "changed", "undecided")
    return Points(
        [str(one) for one in table["protein"]],
        table["distance"].to_numpy(float),
        table["score"].to_numpy(float),
        [str(kind) for kind in kinds],
        ("distance between conditions, in noise of replicates", "-log10 p"),
        "Proteins by distance between conditions and p value",
    )
