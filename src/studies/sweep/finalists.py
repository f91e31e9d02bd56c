"""Finalists of a study: its best trials, made again with fresh seeds, of which one is chosen.

A trial is one map, whose value has the luck of its seed, and the best of many trials has most of
it: it may owe to its seed alone that no part fell below its floor. The mean over seeds that no
trial had removes that luck without a look at the held-out half.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from ...eval.objective import Objective, Unit
from ...launchers import Pool
from ...terminal.progress import tracked
from ..variants import scored
from .baseline import references_of, units_in
from .best import best_trial
from .command import Sweep
from .study import Plan

FIRST_SEED = 2000
"""Added to the study's seed for the first of them: no other map of the study has these seeds."""


def best_finalist(sweep: Sweep, study: optuna.Study) -> tuple[FrozenTrial, pd.DataFrame]:
    """Return the finalist with the best mean over fresh seeds, and the table of `final`."""
    ahead, unit = finalists(study, sweep.finalists), units_in(study).get("tune")
    table = final(sweep.plan, ahead, sweep.seeds, sweep.objective, unit, sweep.pool)
    return next(trial for trial in ahead if trial.number == table["trial"].iloc[0]), table


def finalists(study: optuna.Study, count: int) -> list[FrozenTrial]:
    """Return the best trials with different settings, at most `count`, the best first.

    Of several objectives only the knee of the front, see `best_trial`.

    Raises:
        DataError: If no trial was completed.
    """
    first = best_trial(study)
    if len(study.directions) > 1:
        return [first]
    done = study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])
    different: dict[str, FrozenTrial] = {}
    for trial in sorted(done, key=lambda trial: (-trial.values[0], trial.number)):
        different.setdefault(str(sorted(trial.params.items())), trial)
    return list(different.values())[:count]


def final(
    plan: Plan,
    trials: Sequence[FrozenTrial],
    seeds: int,
    objective: Objective,
    unit: Unit | None,
    pool: Pool,
) -> pd.DataFrame:
    """Return one row per finalist, the best mean objective over fresh seeds first.

    Columns ``trial, objective, mean, seed_1 ..``: the objective on the tuning half in the study,
    its mean over fresh seeds, and that of each seed; all fresh ones are empty for a single
    finalist, which nothing has to be chosen from.

    Args:
        plan: The study.
        trials: The finalists.
        seeds: Number of fresh seeds, at least 1.
        objective: Of the study.
        unit: The default map's parts on the tuning half.
        pool: Launcher of the maps.
    """
    values = np.full((len(trials), seeds), np.nan)
    if len(trials) > 1:
        experiments = plan.experiments()
        used = list(objective.references(references_of(experiments.default)))
        configs = [
            experiments.of(plan.space.decode(trial.params), plan.seed + FIRST_SEED + k)
            for trial in trials
            for k in range(seeds)
        ]
        tasks = [(one | {"eval": one["eval"] | {"references": used}},) for one in configs]
        maps = tracked(pool.spread(scored, tasks), "finalists", len(tasks))
        measured = [objective.value(objective.measured(one.metrics), unit) for one in maps]
        values = np.reshape(measured, values.shape)
    table = pd.DataFrame(
        {
            "trial": [trial.number for trial in trials],
            "objective": [trial.values[0] for trial in trials],
            "mean": values.mean(axis=1),
        }
    )
    table[[f"seed_{k + 1}" for k in range(seeds)]] = values
    return table.sort_values("mean", ascending=False, kind="stable").reset_index(drop=True)
