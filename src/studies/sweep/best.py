"""The best trial, made again with fresh seeds and held against the default config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from ...artifacts import Scores
from ...errors import DataError
from ...eval.embedding.retrieval import bootstrap_interval
from ...eval.intervals import estimate
from ...eval.objective import NAME
from ...nodes.build import Settings
from ...stages.parts import Parts
from ...terminal.progress import tracked
from ...terminal.workers import in_processes
from ..variants import HELD_OUT, scored, with_held_out

DRAWS = 2000
"""Resamplings of complexes behind an interval."""


def best_trial(study: optuna.Study) -> FrozenTrial:
    """Return the best trial; of several objectives the knee of the front.

    The knee is the trial of the front that lies nearest to the best of every objective at once,
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
    """The best config beside the default, over the same fresh seeds.

    Attributes:
        figures: One row per figure: both means with intervals, the paired difference with its
            interval and p value.
        complexes: One row per reference: the difference of how well held-out terms are matched,
            with an interval over groups of similar terms.
        seeds: The seeds.
    """

    figures: pd.DataFrame
    complexes: pd.DataFrame
    seeds: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """One sentence: whether the best config is better on what no trial saw."""
        row = self.figures.set_index("figure").loc[HELD_OUT]
        ends = f"{row['difference_lo']:+.4f} .. {row['difference_hi']:+.4f}"
        by = f"{row['difference']:+.4f} ({ends}, p = {row['p']:.2g}, {len(self.seeds)} seeds)"
        if row["difference_lo"] > 0:
            return f"On held-out references the best config beats the default by {by}."
        if row["difference_hi"] < 0:
            return f"On held-out references the best config is worse than the default: {by}."
        return f"On held-out references the best config does not beat the default: {by}."


def compare(
    best: Sequence[Settings], default: Sequence[Settings], names: Sequence[str], workers: int
) -> Comparison:
    """Make and score both configs with each seed, in parallel through the store.

    Args:
        best: One config per seed.
        default: The same seeds.
        names: Figures to compare beside the objective, those that are measured.
        workers: Processes.
    """
    configs = [*default, *best]
    runs = in_processes(scored, [(config,) for config in configs], workers)
    scores = list(tracked(runs, "maps of fresh seeds", len(configs)))
    objective = Parts.of(best[0]).eval.thing.objective
    before, after = scores[: len(default)], scores[len(default) :]
    return Comparison(
        _figures(
            [with_held_out(found.figures, objective) for found in before],
            [with_held_out(found.figures, objective) for found in after],
            names,
        ),
        _complexes(before, after),
        tuple(config["seed"] for config in best),
    )


def _figures(
    before: Sequence[Mapping[str, float]],
    after: Sequence[Mapping[str, float]],
    names: Sequence[str],
) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for name in dict.fromkeys([NAME, HELD_OUT, *names]):
        if not all(name in figures for figures in (*before, *after)):
            continue
        first, second = ([figures[name] for figures in side] for side in (before, after))
        row: dict[str, object] = {"figure": name}
        for side, values in (("default", first), ("best", second)):
            found = estimate(values)
            row |= {side: found.mean, f"{side}_lo": found.low, f"{side}_hi": found.high}
        paired = estimate(np.subtract(second, first))
        row |= {"difference": paired.mean, "difference_lo": paired.low}
        rows.append(row | {"difference_hi": paired.high, "p": paired.p})
    return pd.DataFrame(rows)


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
    found = halves.join(mean, how="inner")
    return found[found["part"] == "held_out"]
