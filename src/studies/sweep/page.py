"""Report page of a study: one self-contained HTML file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import optuna
import pandas as pd
from plotly.offline import get_plotlyjs

from ...report.templating import Markup, asset, render
from ...terminal.console import bounded, number
from .best import Comparison
from .pictures import Pictures, choices, failures, leaders, study_pictures
from .space import Values
from .study import Plan


class Best(TypedDict):
    """The best trial of a study."""

    trial: int
    values: dict[str, float]
    settings: Values


class Summary(TypedDict):
    """Content of ``summary.json``."""

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
    finalists: pd.DataFrame,
) -> None:
    """Write a study's ``report.html``: the verdict, tables, and Optuna's plots.

    Args:
        path: Output file.
        study: The study.
        plan: Its plan.
        summary: As in ``summary.json``.
        comparison: The best config against the default.
        halves: Every trial on both halves of the references.
        finalists: The best trials over fresh seeds.
    """
    states = ", ".join(f"{count} {state}" for state, count in summary["states"].items())
    best = {"trial": summary["best"]["trial"]} | summary["best"]["values"]
    trials = study.get_trials(deepcopy=False)
    counts = {word: pd.Series(summary[word], dtype=float) for word in ("computed", "reused")}
    stages = pd.DataFrame(counts).fillna(0)
    tables = {
        "The best config against the default": with_intervals(comparison.metrics),
        "Held-out terms, by their best assembly": with_intervals(comparison.complexes),
        "The best trials, made again with fresh seeds": finalists.dropna(axis=1, how="all"),
        "The default and the best trials": leaders(trials, plan, summary["best"]["trial"]),
        "What the choices give": choices(trials, plan),
        "Failed trials, by cause": failures(trials),
        "What the trials computed and reused": stages.rename_axis("stage").reset_index(),
    }
    lead = f"Trials: {states}. Best: " + ", ".join(f"{k} {number(v)}" for k, v in best.items())
    write_page(
        path,
        title=plan.name,
        kind="Sweep",
        lead=f"{summary['verdict']} {lead}.",
        lists={
            "What the best config gains": summary["gained"],
            "What it loses": summary["lost"],
            "What to search next": summary["next"],
        },
        tables={name: table for name, table in tables.items() if len(table)},
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
    lists: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """Write a page of lists, tables and pictures; every name in it is escaped."""
    plots = {f"p{k}": json.loads(f.to_json()) for k, f in enumerate(pictures.values())}
    page = render(
        "studies/sweep/templates/study.html.j2",
        title=title,
        kind=kind,
        lead=lead,
        lists={name: lines for name, lines in (lists or {}).items() if lines},
        tables={name: _table(table) for name, table in tables.items()},
        pictures=list(pictures),
        data={"plots": plots},
        css=asset("cytoweave.report.page", "page.css"),
        plotly=Markup(get_plotlyjs()),  # plotly's own
    )
    path.write_text(page, encoding="utf-8")


def with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table for people: a value and its interval, ``x, x_lo, x_hi``, in one cell."""
    shown = table.copy()
    for name in [name for name in table.columns if {f"{name}_lo", f"{name}_hi"} <= {*table}]:
        bounds = [table[name], shown.pop(f"{name}_lo"), shown.pop(f"{name}_hi")]
        shown[name] = [bounded(*values) for values in zip(*bounds, strict=True)]
    return shown


def _table(table: pd.DataFrame) -> Markup:
    shown = table.copy()
    for name in shown.columns:
        if pd.api.types.is_float_dtype(shown[name]):
            shown[name] = [number(value) for value in shown[name]]
    return Markup(shown.to_html(index=False, border=0, escape=True))  # escaped by pandas
