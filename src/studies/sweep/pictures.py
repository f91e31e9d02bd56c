"""Plots of a study: history, effect of each setting, tuning against held-out half."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import optuna
import pandas as pd
import plotly.graph_objects as go
from optuna import visualization
from optuna.trial import FrozenTrial, TrialState
from plotly.subplots import make_subplots

from ...report.page.plotly_text import plain
from .space import Parameter
from .study import Plan
from .verdict import importances

Pictures = dict[str, go.Figure]

COLUMNS = 3
"""Settings per row of plots."""
HEIGHT = 260
"""Height of a row of plots, in pixels."""


def study_pictures(study: optuna.Study, plan: Plan, halves: pd.DataFrame) -> Pictures:
    """Return all plots of a study, with every completed trial."""
    pictures = {"Overfitting: the half chosen by against the half held out": halves_picture(halves)}
    done = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
    if len(plan.objectives) > 1:
        pictures["Pareto front"] = visualization.plot_pareto_front(study)
    pictures["History"] = history(done, plan.objectives[0])
    pictures["What each setting does"] = settings_picture(done, plan)
    shares = importances(done, plan.seed)
    if shares:
        pictures["Importance of the settings that all trials have"] = bars(shares)
    return pictures


def history(done: Sequence[FrozenTrial], name: str) -> go.Figure:
    """Plot the optimisation history: each completed trial, the best so far, and the default."""
    values = [trial.values[0] for trial in done]
    numbers = [trial.number for trial in done]
    figure = go.Figure(go.Scatter(x=numbers, y=values, mode="markers", name="trial"))
    best = [max(values[: k + 1]) for k in range(len(values))]
    figure.add_scatter(x=numbers, y=best, mode="lines", name="best so far")
    for trial in done:
        if trial.user_attrs.get("default"):
            figure.add_hline(y=trial.values[0], line_dash="dot", annotation_text="default")
    return figure.update_layout(xaxis_title="trial", yaxis_title=name)


def settings_picture(done: Sequence[FrozenTrial], plan: Plan) -> go.Figure:
    """Plot the objective against each setting, for the trials in which it counts (slice plot).

    The mean of a choice's trials is drawn as a line.
    """
    parameters = plan.space.parameters
    rows = math.ceil(len(parameters) / COLUMNS)
    titles = [_title(p, done) for p in parameters]
    figure = make_subplots(rows=rows, cols=COLUMNS, subplot_titles=titles)
    for k, parameter in enumerate(parameters):
        place = {"row": k // COLUMNS + 1, "col": k % COLUMNS + 1}
        mine = [trial for trial in done if parameter.key in trial.params]
        _draw(figure, parameter, mine, place)
    figure.update_annotations(font_size=12)
    return figure.update_layout(height=HEIGHT * rows + 80, showlegend=False)


def _title(parameter: Parameter, done: Sequence[FrozenTrial]) -> str:
    count = sum(parameter.key in trial.params for trial in done)
    part = [] if count == len(done) else [f"({count} of {len(done)} trials)"]
    return plain(parameter.key, *part)


def _draw(
    figure: go.Figure, parameter: Parameter, trials: Sequence[FrozenTrial], place: dict[str, int]
) -> None:
    points = pd.DataFrame(
        {
            "x": [trial.params[parameter.key] for trial in trials],
            "y": [trial.values[0] for trial in trials],
            "trial": [f"trial {trial.number}" for trial in trials],
        }
    )
    if parameter.type == "choice":
        points["x"] = points["x"].astype(str)
        means = points.groupby("x", sort=False)["y"].mean()
        line = {"symbol": "line-ew-open", "size": 22}
        figure.add_scatter(x=means.index, y=means, mode="markers", marker=line, **place)
        figure.update_xaxes(type="category", **place)
    elif parameter.log:
        figure.update_xaxes(type="log", **place)
    dots = {"size": 6, "opacity": 0.7}
    figure.add_scatter(
        x=points["x"], y=points["y"], text=points["trial"], mode="markers", marker=dots, **place
    )


def bars(shares: dict[str, float]) -> go.Figure:
    """Plot the importance of each setting: the share of the objective's variance it explains."""
    names = [*shares][::-1]
    figure = go.Figure(go.Bar(x=[shares[name] for name in names], y=names, orientation="h"))
    figure.update_yaxes(automargin=True)
    return figure.update_layout(xaxis_title="share of the spread between trials")


def halves_picture(halves: pd.DataFrame) -> go.Figure:
    """Plot every trial: tuning half on the x axis, held-out half on the y axis."""
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


def leaders(trials: Sequence[FrozenTrial], plan: Plan, best: int, most: int = 10) -> pd.DataFrame:
    """Return the default and the best trials, each setting in a row: ``setting``, one a trial.

    Args:
        trials: All of the study.
        plan: What was searched.
        best: Number of the best trial.
        most: Number of trials besides the default.
    """
    done = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    done.sort(key=lambda trial: (trial.number != best, -trial.values[0], trial.number))
    first = [trial for trial in done if trial.user_attrs.get("default")]
    shown = [*first, *(trial for trial in done if trial not in first)][: most + len(first)]
    table = pd.DataFrame({"setting": [*plan.objectives, *(p.key for p in plan.space.parameters)]})
    for trial in shown:
        name = f"trial {trial.number}" + (" (default)" if trial in first else "")
        cells = [*(f"{value:.4f}" for value in trial.values)]
        cells += [_cell(trial.params.get(p.key, "")) for p in plan.space.parameters]
        table[name + (" (best)" if trial.number == best else "")] = cells
    return table


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def choices(trials: Sequence[FrozenTrial], plan: Plan) -> pd.DataFrame:
    """Return the mean and the best objective of the trials of each choice.

    Columns ``setting, choice, trials, mean, best, ruled_out``; the last is the share below 0.
    """
    rows: list[dict[str, object]] = []
    done = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    for parameter in plan.space.parameters:
        for choice in parameter.encoded() if parameter.type == "choice" else ():
            values = [t.values[0] for t in done if t.params.get(parameter.key, ...) == choice]
            row: dict[str, object] = {"setting": parameter.key, "choice": str(choice)}
            row |= {"trials": len(values), "mean": np.mean(values) if values else math.nan}
            row |= {"best": max(values, default=math.nan)}
            rows.append(row | {"ruled_out": np.mean(np.less(values, 0)) if values else math.nan})
    return pd.DataFrame(rows)


def failures(trials: Sequence[FrozenTrial]) -> pd.DataFrame:
    """Return the trials that failed, by cause: ``cause, trials, which``."""
    causes: dict[str, list[int]] = {}
    for trial in trials:
        if trial.state == TrialState.FAIL and "error" in trial.user_attrs:
            causes.setdefault(trial.user_attrs["error"], []).append(trial.number)
    rows = [
        {"cause": cause, "trials": len(which), "which": ", ".join(map(str, which))}
        for cause, which in sorted(causes.items(), key=lambda item: -len(item[1]))
    ]
    return pd.DataFrame(rows)
