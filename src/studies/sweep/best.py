"""The best config compared with the default over fresh seeds, in pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from ...artifacts import Scores
from ...errors import DataError
from ...eval.catalogue import find, headlines
from ...eval.embedding.retrieval import bootstrap_interval
from ...eval.intervals import clipped_to_range, estimate
from ...eval.objective import OBJECTIVE_METRIC, Objective
from ...launchers import Pool
from ...nodes.build import Settings
from ...terminal.progress import tracked
from ..variants import HELD_OUT, Units, scored, with_objective

DRAWS = 2000
"""Resamplings of complexes behind an interval."""


def best_trial(study: optuna.Study) -> FrozenTrial:
    """Return the best trial; of several objectives the knee of the front.

    The knee is the trial of the front that is nearest to the best of every objective at once,
    each scaled to 0 .. 1 over the front.

    Raises:
        DataError: If no trial was completed.
    """
    if not study.get_trials(deepcopy=False, states=[TrialState.COMPLETE]):
        raise DataError("no trial was completed; trials.tsv says why.")
    if len(study.directions) == 1:
        return study.best_trial
    front = study.best_trials
    values = np.array([trial.values for trial in front], float)
    spread = np.ptp(values, axis=0)
    scaled = np.divide(
        values - values.min(axis=0), spread, out=np.ones_like(values), where=spread > 0
    )
    return front[int(np.argmin(((1 - scaled) ** 2).sum(axis=1)))]


@dataclass(frozen=True)
class Comparison:
    """Paired comparison of the best config with the default, over the same fresh seeds.

    Attributes:
        metrics: One row per metric: both means with intervals, the paired difference with its
            interval and p value.
        complexes: One row per reference: the difference in best Jaccard of held-out terms,
            with an interval over groups of similar terms.
        seeds: The seeds.
        gains: Of each seed, the held-out objective of the best config less that of the default.
    """

    metrics: pd.DataFrame
    complexes: pd.DataFrame
    seeds: tuple[int, ...]
    gains: tuple[float, ...]


@dataclass(frozen=True)
class Measure:
    """The metrics of a map, with the objective.

    Attributes:
        objective: Of the study.
        units: The default's parts on each half.
    """

    objective: Objective
    units: Units

    def __call__(self, scores: Scores) -> dict[str, float]:
        """Return all metrics of a map, including the objective and its parts."""
        return with_objective(scores.metrics, self.objective, self.units)


def compare(
    best: Sequence[Settings], default: Sequence[Settings], measure: Measure, pool: Pool
) -> Comparison:
    """Make and score both configs with each seed, in parallel through the store.

    Args:
        best: One config per seed.
        default: The same seeds.
        measure: Adds the objective and its parts to the metrics of a map.
        pool: Launcher of the runs.
    """
    configs = [*default, *best]
    runs = pool.spread(scored, [(config,) for config in configs])
    scores = list(tracked(runs, "maps of fresh seeds", len(configs)))
    before, after = scores[: len(default)], scores[len(default) :]
    first, second = ([measure(one) for one in side] for side in (before, after))
    return Comparison(
        _metrics(first, second),
        _complexes(before, after),
        tuple(config["seed"] for config in best),
        tuple(b[HELD_OUT] - a[HELD_OUT] for a, b in zip(first, second, strict=True)),
    )


def _metrics(
    before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, float]]
) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    parts = [name for name in before[0] if name.startswith(("map.tune.", "map.held_out."))]
    for name in dict.fromkeys([OBJECTIVE_METRIC, HELD_OUT, *parts, *headlines(before[0])]):
        if not all(name in metrics for metrics in (*before, *after)):
            continue
        first, second = ([metrics[name] for metrics in side] for side in (before, after))
        row: dict[str, object] = {"metric": name}
        for side, values in (("default", first), ("best", second)):
            interval = clipped_to_range(estimate(values), _form(name))
            row |= {side: interval.mean, f"{side}_lo": interval.low, f"{side}_hi": interval.high}
        paired = estimate(np.subtract(second, first))
        row |= {"difference": paired.mean, "difference_lo": paired.low}
        rows.append(row | {"difference_hi": paired.high, "p": paired.p})
    return pd.DataFrame(rows)


def _form(name: str) -> str:
    metric = find(name.partition(".")[0], name.rpartition(".")[2])
    return metric.form if metric else "index"


def _complexes(before: Sequence[Scores], after: Sequence[Scores]) -> pd.DataFrame:
    """Compare the best Jaccard of each held-out term, averaged over seeds, by groups of terms."""
    first, second = _held_out_terms(before), _held_out_terms(after)
    joined = first.join(second["jaccard"], rsuffix="_best", how="inner")
    rows = []
    for reference, terms in joined.groupby(level="reference"):
        gain = (terms["jaccard_best"] - terms["jaccard"]).to_numpy(float)
        groups = terms["group"].to_numpy(np.intp)
        low, high = bootstrap_interval(gain, DRAWS, 0, groups)
        rows.append(
            {
                "reference": reference,
                "terms": len(terms),
                "groups": len(np.unique(groups)),
                "default": terms["jaccard"].mean(),
                "best": terms["jaccard_best"].mean(),
                "difference": gain.mean(),
                "difference_lo": low,
                "difference_hi": high,
            }
        )
    return pd.DataFrame(rows)


def _held_out_terms(scores: Sequence[Scores]) -> pd.DataFrame:
    keys = ["reference", "term"]
    halves = scores[0].tables["splits"].set_index(keys)
    tables = [s.tables["terms"].set_index(keys)["jaccard"] for s in scores]
    mean = pd.concat(tables, axis=1).mean(axis=1).rename("jaccard")
    terms = halves.join(mean, how="inner")
    return terms[terms["part"] == "held_out"]
