"""Sweeps and ablations: many experiments, compared over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from ..artifacts import as_written, read_table
from ..report import RunResult, read_run
from ..studies.ablation import Ablation, AblationResult
from ..studies.sweep import Sweep
from ..studies.sweep.conclusion import conclude
from ..verbs.ablate import make_ablation
from .given import Place
from .overrides import words
from .session import session
from .settings import Modalities, References, with_data


@dataclass(frozen=True)
class SweepResult:
    """Result of a sweep.

    Attributes:
        trials: One row per trial: its state, its values, its objective.
        comparison: One row per metric: the best settings and the default, over fresh seeds.
        best: The run of the best settings.
        summary: Numbers of the study, and its verdict.
    """

    trials: pd.DataFrame
    comparison: pd.DataFrame
    best: RunResult
    summary: Mapping[str, object]

    def to_frame(self) -> pd.DataFrame:
        """Return the trials."""
        return self.trials


def sweep(
    *,
    modalities: Modalities | None = None,
    references: References | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> SweepResult:
    """Search for the best settings of an experiment.

    Args:
        modalities: As of `run`.
        references: As of `run`.
        out: The study's folder, in which a second call resumes; None: the study is not kept.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave sweep`` and ``run``: ``search="map", trials=20``.

    Raises:
        ConfigError: If a setting is unknown or out of range; raised before any trial starts.
    """
    with session(verbose), ExitStack() as stack:
        folder = out or stack.enter_context(TemporaryDirectory(prefix="cytoweave-sweep-"))
        given = with_data(settings, modalities, references)
        planned = Sweep.of(words(given | {"out": folder}))
        summary = conclude(planned, planned.run())
        place = Path(folder)
        trials, comparison = (
            as_written(read_table(place / f"{n}.tsv")) for n in ("trials", "comparison")
        )
        return SweepResult(trials, comparison, read_run(place / "best"), summary)


def ablate(
    *,
    modalities: Modalities | None = None,
    references: References | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> AblationResult:
    """Run an ablation study: components removed or replaced, over seeds, with paired tests.

    Takes what `run` takes, and the settings of ``cytoweave ablate``.
    """
    with session(verbose):
        given = with_data(settings, modalities, references)
        planned = Ablation.of(words(given | {"out": out}))
        return make_ablation(planned, write=out is not None)
