"""Conclusion of a study: adopt the best config, keep the default, or too few seeds to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from ...eval.catalogue import find
from ...eval.intervals import MAX_SEEDS, detectable, estimate, seeds_to_see
from ...eval.objective import PARTS
from ..variants import Units
from .study import Plan

Decision = Literal["better", "keep the default", "cannot tell"]

MIN_RELATIVE_GAIN = 0.03
"""Share of the default's objective below which a gain is too small to change a config."""
UNIMPORTANT = 0.02
"""Importance below which a setting made no difference."""
FEWEST_TRIALS = 20
"""Minimum number of completed trials for importances."""


@dataclass(frozen=True)
class Verdict:
    """Conclusion of a study.

    Attributes:
        decision: At most three words.
        sentence: The decision and the metrics behind it.
        gained: Metrics that rose, as text.
        lost: Metrics that fell, as text.
        next: Advice on what to search next.
    """

    decision: Decision
    sentence: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    next: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        metrics: pd.DataFrame,
        gains: Sequence[float],
        units: Units,
        *,
        same: bool = False,
        advice: tuple[str, ...] = (),
    ) -> Verdict:
        """Decide by the held-out half.

        The best config is better only if the objective on the held-out half rises significantly
        and no part of it falls by more than the default itself varies over its seeds.

        Args:
            metrics: The table of `Comparison`.
            gains: The difference of the held-out objective for each seed, best minus default.
            units: The default's parts on each half, with their spread.
            same: Whether the best trial has the default's values.
            advice: Advice on what to search next.
        """
        by_name = metrics.set_index("metric")
        fallen = _fallen(by_name, units)
        decision, why = _decided(gains, fallen, same)
        gained, lost = _changes(by_name)
        return cls(decision, f"{decision.capitalize()}: {why}", gained, lost, advice)


def _decided(gains: Sequence[float], fallen: list[str], same: bool) -> tuple[Decision, str]:
    gain, seeds = estimate(gains), len(gains)
    ends = f" [{gain.low:+.4f}, {gain.high:+.4f}]" if seeds > 1 else ""
    by = f"{gain.mean:+.4f}{ends} on held-out references, {seeds} seed{'s' * (seeds > 1)}"
    if same:
        return "keep the default", "no trial was better than it."
    if fallen:
        return "keep the default", f"the best config loses {' and '.join(fallen)} ({by})."
    if seeds > 1 and gain.low > 0:
        return "better", f"the best config beats the default by {by}; no part falls."
    if gain.mean <= 0 or (seeds > 1 and gain.high < MIN_RELATIVE_GAIN):
        return "keep the default", f"the best config does not beat it ({by})."
    if seeds == 1:
        return "cannot tell", f"one seed shows no spread ({by}); use seeds=5 or more."
    spread = float(np.std(gains, ddof=1))
    least, wanted = spread * detectable(seeds), seeds_to_see(gain.mean / spread)
    more = f"use seeds={wanted}" if wanted else f"not even {MAX_SEEDS} would show so small a gain"
    return "cannot tell", f"{seeds} seeds see no gain below {least:.3f} ({by}); {more}."


def _fallen(metrics: pd.DataFrame, units: Units) -> list[str]:
    """Return the parts that fall by more than the default varies, on the held-out half."""
    fallen = []
    for part in PARTS:
        name, unit = f"map.held_out.{part}", units.get("held_out")
        if name not in metrics.index or unit is None or not np.isfinite(unit.spread[part]):
            continue
        fall = -float(metrics["difference"][name])
        if fall > unit.spread[part]:
            fallen.append(f"{part} by {fall:.1%} of the default's ({PARTS[part]})")
    return fallen


def _changes(metrics: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return as text which metrics rose and fell significantly, without the objective itself."""
    gained, lost = [], []
    for name, row in metrics.to_dict("index").items():
        known = find(str(name).partition(".")[0], str(name).rpartition(".")[2])
        if known is None or known.name == "objective":
            continue
        text = f"{known.label} ({name}): {_number(row['default'])} to {_number(row['best'])}"
        rose = row["difference_lo"] > 0 if known.increasing else row["difference_hi"] < 0
        fell = row["difference_hi"] < 0 if known.increasing else row["difference_lo"] > 0
        gained += [text] * bool(rose)
        lost += [text] * bool(fell)
    return tuple(gained), tuple(lost)


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.3g}"


def advice(plan: Plan, trials: Sequence[FrozenTrial], best: FrozenTrial) -> tuple[str, ...]:
    """Return advice on what to search next: ranges to widen, settings without effect.

    Args:
        plan: The study.
        trials: All of them.
        best: The best.
    """
    chosen = plan.space.decode(best.params)
    wider = [
        f"{p.key}={chosen[p.key]} lies at an end of its range: widen search.space.{p.key}."
        for p in plan.space.parameters
        if p.key in chosen and p.at_end(chosen[p.key])
    ]
    done = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    idle = [key for key, share in importances(done, plan.seed).items() if share < UNIMPORTANT]
    unimportant = f"made no difference (below {UNIMPORTANT:.0%} of the spread): {', '.join(idle)}."
    return (*wider, *([f"Leave out of the search what {unimportant}"] if idle else []))


def importances(done: Sequence[FrozenTrial], seed: int) -> dict[str, float]:
    """Return the importance of settings: shares of the objective's variance; none for few trials.

    Settings that some trials lack, as those of one option, are left out.

    Args:
        done: Completed trials.
        seed: Of the random forest.

    Source: Hutter et al., ICML 2014 (functional analysis of variance), by Optuna.
    """
    if len(done) < FEWEST_TRIALS:
        return {}
    study = optuna.create_study(direction="maximize")
    study.add_trials([_of_first(trial) for trial in done])
    try:
        return optuna.importance.get_param_importances(
            study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=seed)
        )
    except (RuntimeError, ValueError):  # all trials are equal: no importances
        return {}


def _of_first(trial: FrozenTrial) -> FrozenTrial:
    return optuna.trial.create_trial(
        value=trial.values[0], params=trial.params, distributions=trial.distributions
    )
