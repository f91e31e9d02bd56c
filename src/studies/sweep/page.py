"""The page of a study: one file that opens from disk and asks no network for anything."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TypedDict

import numpy as np
import optuna
import pandas as pd
import plotly.graph_objects as go
from optuna import visualization
from optuna.trial import FrozenTrial, TrialState
from plotly.offline import get_plotlyjs

from ...terminal.console import bounded, number
from .best import Comparison
from .space import Values
from .study import Plan

Pictures = dict[str, go.Figure]

FEWEST = 4
"""Completed trials below which pictures over all trials say nothing."""


class Best(TypedDict):
    """The best trial of a study."""

    trial: int
    values: dict[str, float]
    settings: Values


class Summary(TypedDict):
    """What ``summary.json`` holds."""

    study: str
    storage: str
    states: dict[str, int]
    best: Best
    computed: dict[str, int]
    reused: dict[str, int]
    held_out: dict[str, float]
    decision: str
    verdict: str
    gained: list[str]
    lost: list[str]
    next: list[str]
    done: dict[str, int]


def write_study_page(
    path: Path,
    study: optuna.Study,
    plan: Plan,
    summary: Summary,
    comparison: Comparison,
    halves: pd.DataFrame,
) -> None:
    """Write a study's ``report.html``: the verdict, tables, and Optuna's plots.

    Args:
        path: Where to.
        study: The study.
        plan: What it was to do.
        summary: As in ``summary.json``.
        comparison: The best config against the default.
        halves: Every trial on both halves of the references.
    """
    states = ", ".join(f"{count} {state}" for state, count in summary["states"].items())
    best = {"trial": summary["best"]["trial"]} | summary["best"]["values"]
    settings = pd.DataFrame(
        [{"setting": k, "best": str(v)} for k, v in summary["best"]["settings"].items()]
    )
    counts = {word: pd.Series(summary[word], dtype=float) for word in ("computed", "reused")}
    stages = pd.DataFrame(counts).fillna(0)
    tables = {
        "The best config against the default": with_intervals(comparison.figures),
        "Held-out terms, by their best assembly": with_intervals(comparison.complexes),
        "The best settings": settings,
        "What the trials computed and reused": stages.rename_axis("stage").reset_index(),
    }
    lead = f"Trials: {states}. Best: " + ", ".join(f"{k} {number(v)}" for k, v in best.items())
    write_page(
        path,
        title=plan.name,
        kind="Sweep",
        lead=f"{lead}. {summary['verdict']}",
        tables=tables,
        pictures=study_pictures(study, plan, halves),
    )


def write_page(
    path: Path,
    *,
    title: str,
    kind: str,
    lead: str,
    tables: Mapping[str, pd.DataFrame],
    pictures: Pictures,
) -> None:
    """Write a page of pictures and tables; every name in it is escaped."""
    sections = [
        f"<section><h2>{escape(name)}</h2><div id='p{k}' style='min-height:420px'></div></section>"
        for k, name in enumerate(pictures)
    ]
    sections[:0] = [
        f"<section><h2>{escape(name)}</h2>{_table(table)}</section>"
        for name, table in tables.items()
    ]
    figures = {f"p{k}": json.loads(f.to_json()) for k, f in enumerate(pictures.values())}
    drawn = json.dumps(figures).replace("<", "\\u003c").replace(">", "\\u003e")
    page = Template(files(__package__).joinpath("study.html").read_text("utf-8")).substitute(
        title=escape(title),
        kind=escape(kind),
        css=files("cytoweave.report.page").joinpath("page.css").read_text("utf-8"),
        lead=escape(lead),
        sections="\n".join(sections),
        plotly=get_plotlyjs(),
        figures=drawn.replace("&", "\\u0026"),
    )
    path.write_text(page, encoding="utf-8")


def with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table to be read: a value and its bounds, ``x, x_lo, x_hi``, in one cell."""
    shown = table.copy()
    for name in [name for name in table.columns if {f"{name}_lo", f"{name}_hi"} <= {*table}]:
        bounds = [table[name], shown.pop(f"{name}_lo"), shown.pop(f"{name}_hi")]
        shown[name] = [bounded(*values) for values in zip(*bounds, strict=True)]
    return shown


def study_pictures(study: optuna.Study, plan: Plan, halves: pd.DataFrame) -> Pictures:
    """Draw a study: choosing half against held-out half, history, importance, coordinates."""
    found = {"Overfitting: the half chosen by against the half held out": halves_picture(halves)}
    if len(study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])) < FEWEST:
        return found
    first = plan.objectives[0]
    target: Callable[[FrozenTrial], float] | None = None
    if len(plan.objectives) > 1:
        found["Pareto front"] = visualization.plot_pareto_front(study)
        target = lambda trial: trial.values[0]  # noqa: E731
    draw: dict[str, Callable[..., go.Figure]] = {
        "History": visualization.plot_optimization_history,
        "Importance of the settings": visualization.plot_param_importances,
        "Parallel coordinates": visualization.plot_parallel_coordinate,
    }
    for name, plot in draw.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            try:
                found[name] = plot(study, target=target, target_name=first)
            except (RuntimeError, ValueError):  # all trials alike: nothing is more important
                continue
    return found


def halves_picture(halves: pd.DataFrame) -> go.Figure:
    """Draw every trial: what it was chosen by across, what no trial saw upwards."""
    columns = [name for name in halves.columns if name != "trial"]
    across, upwards = columns[0], columns[len(columns) // 2]
    x, y = halves[across].to_numpy(float), halves[upwards].to_numpy(float)
    r = float(np.corrcoef(x, y)[0, 1]) if len(x) > 2 and x.std() and y.std() else float("nan")
    text = [f"trial {k}" for k in halves["trial"]]
    figure = go.Figure(go.Scatter(x=x, y=y, text=text, mode="markers", marker={"size": 8}))
    if len(x):
        ends = [float(min(x.min(), y.min())), float(max(x.max(), y.max()))]
        figure.add_scatter(x=ends, y=ends, mode="lines", line={"dash": "dot"}, hoverinfo="skip")
    return figure.update_layout(
        title=f"Pearson r = {r:.2f} over {len(x)} trials; dotted: alike on both",
        xaxis_title=across,
        yaxis_title=upwards,
        showlegend=False,
    )


def _table(table: pd.DataFrame) -> str:
    shown = table.copy()
    for name in shown.columns:
        if pd.api.types.is_float_dtype(shown[name]):
            shown[name] = [number(value) for value in shown[name]]
    html: str = shown.to_html(index=False, border=0, escape=True)
    return f"<div class='scroll'>{html}</div>"
