"""The verb ``sweep``: an Optuna study over experiments."""

from __future__ import annotations

import pandas as pd

from ..studies.sweep import Sweep
from ..studies.sweep.conclusion import conclude
from ..terminal.console import console, show, show_paths


def sweep(overrides: list[str]) -> None:
    """An Optuna study over experiments: many trials, many workers, one storage."""
    planned = Sweep.of(overrides)
    summary = conclude(planned, planned.run())
    stages = {word: pd.Series(summary[word], dtype=float) for word in ("computed", "reused")}
    counts = pd.DataFrame(stages)
    show("What the trials computed and reused", counts.fillna(0).rename_axis("stage").reset_index())
    states = ", ".join(f"{count} {state}" for state, count in summary["states"].items())
    console.print(f"trials: {states}; best: {summary['best']['trial']}")
    console.print(summary["verdict"])
    folder = planned.plan.folder
    show_paths([("study", folder), ("report", folder / "report.html"), ("best", folder / "best")])
