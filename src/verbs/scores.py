"""The verbs ``evaluate``, ``objective``, ``robustness`` and ``compare``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from ..applications.differences import difference_map, in_words
from ..artifacts import Scores
from ..eval.catalogue import headlines
from ..nodes.build import Config, Settings
from ..report import write_plots, write_scores
from ..stages.given import compare_given, evaluate_given
from ..store import Store
from ..studies.measuring import Measured, measure_given, write_measured
from ..studies.robustness import robustness as find_robustness
from ..terminal.console import console, show, show_paths, show_scores
from .run_folder import folder_if_named, out_folder
from .settings import load, store_of

Finder = Callable[[Config, Store], Scores]
"""Function that computes scores from a verb's settings."""


def evaluate(overrides: list[str]) -> None:
    """Scores of a given hierarchy or embedding."""
    _write_scores("evaluate", overrides, evaluate_given, plots=True)


def objective(overrides: list[str]) -> None:
    """Objective of sweeps for a hierarchy, relative to a baseline."""
    settings = load("objective", overrides)
    settings["out"] = str(out_folder(settings))
    measured = make_measured(settings)
    rows = [{"part": k, "relative to the baseline": v} for k, v in measured.parts.items()]
    show("The map compared with the baseline", pd.DataFrame(rows))
    console.print(f"objective: {measured.value:.4f}", highlight=False)
    show_paths([("objective", out_folder(settings) / "objective.json")])


def make_measured(settings: Settings) -> Measured:
    """Compute the objective of a map; write the result if ``out`` is set."""
    with folder_if_named(settings) as folder:
        measured = measure_given(settings, store_of(settings))
        if folder:
            write_measured(folder, measured)
    return measured


def robustness(overrides: list[str]) -> None:
    """Robustness: which assemblies jackknives recover, and which need every modality."""
    _write_scores("robustness", overrides, find_robustness)


def compare(overrides: list[str]) -> None:
    """How much two maps have in common."""
    settings = load("compare", overrides)
    settings["out"] = str(out_folder(settings))
    scores = make_comparison(settings)
    events, assemblies = scores.tables["events"], len(scores.tables["matches"])
    sentence = in_words(events, settings["first"], settings["second"], assemblies)
    console.print(sentence, soft_wrap=True)
    show("What the maps share", scores.tables["shared"])
    counts = events["event"].value_counts()
    show("What became of assemblies", counts.rename_axis("event").reset_index())
    show_paths([("tables", out_folder(settings) / "tables")])


def make_comparison(settings: Settings) -> Scores:
    """Compare two maps; write the tables if ``out`` is set."""
    with folder_if_named(settings) as folder:
        scores = compare_given(settings)
        tables = {"events": difference_map(settings, store_of(settings))}
        scores = Scores(scores.metrics, scores.tables | tables)
        if folder:
            write_scores(folder, scores)
    return scores


def make_scores(settings: Settings, find: Finder, *, plots: bool = False) -> Scores:
    """Compute scores; write them, optionally with plots, if ``out`` is set."""
    with folder_if_named(settings) as folder:
        scores = find(settings, store_of(settings))
        if folder:
            write_scores(folder, scores)
        if folder and plots:
            given = settings["hierarchy"] or settings["embedding"]
            write_plots(folder / "plots.html", scores, f"Scores of {Path(given).name}")
    return scores


def _write_scores(verb: str, overrides: list[str], find: Finder, *, plots: bool = False) -> None:
    """Compute, write and show the scores of a verb."""
    settings = load(verb, overrides)
    settings["out"] = str(out_folder(settings))
    scores = make_scores(settings, find, plots=plots)
    show_scores(scores.metrics, headlines(scores.metrics))
    if "references" in scores.tables:
        show("References, and why they may not be independent", scores.tables["references"])
    place = out_folder(settings)
    drawn = [("plots", place / "plots.html")] if plots else []
    show_paths([("scores", place / "scores.json"), ("tables", place / "tables"), *drawn])
