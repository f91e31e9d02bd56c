"""Output of a study: tables, the best map, and a report page."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState

from ... import __version__, config, experiment
from ...artifacts import write_tsv
from ...errors import on_disk
from ...eval.objective import Unit
from ...launchers import Pool
from ...nodes.build import build
from ...report import write_run
from ...store import Store
from ...store.folders import filled
from ...terminal.console import log_level
from ...terminal.progress import tracked
from ..tracking import Logger
from ..variants import HELD_OUT, Units, judging, objective_of
from .baseline import units_in
from .best import Comparison, Measure, compare
from .command import Sweep
from .experiments import Experiments
from .finalists import best_finalist
from .page import Summary, write_study_page
from .reproduction import write_experiment
from .space import Scalar, Values
from .storage import shown
from .study import Plan, counted, lost
from .trials import Trials, objective_values
from .verdict import Verdict, advice

LOG = logging.getLogger("cytoweave")

RECORDED = (
    "report.html", "summary.json", "trials.tsv", "held_out.tsv", "finalists.tsv", "comparison.tsv",
    "complexes.tsv", "best/config.yaml", "best/hierarchy.nodes", "best/report.html",
)  # fmt: skip
"""Files of a study that its experiment tracker gets."""

TRIALS_PER_TASK = 8
"""Trials that a process scores at once, so that it reads the data once for all of them."""


def conclude(sweep: Sweep, study: optuna.Study) -> Summary:
    """Write the results of a study to its folder; return the summary.

    ``trials.tsv``, ``held_out.tsv`` (every trial on both halves), ``finalists.tsv`` (the best
    trials over fresh seeds), ``comparison.tsv`` and ``complexes.tsv`` (the best of them against the
    default), ``summary.json``, ``report.html``, ``experiment/<study>.yaml`` and ``best/``, its run.
    They are not rewritten where no trial was added since.
    """
    plan, folder = sweep.plan, sweep.plan.folder
    with on_disk("out", folder), plan.lock("conclusion"):
        trials = study.get_trials(deepcopy=False)
        done = {"trials": counted(trials), "seeds": sweep.seeds, "finalists": sweep.finalists}
        path = folder / "summary.json"
        summary = read_summary(path)
        if summary and summary["done"] == done:
            return summary
        write_tsv(folder / "trials.tsv", trials_table(plan, trials), "%.6g")
        units = units_in(study)
        halves = held_out(plan, trials, units.get("held_out"), sweep.pool)
        write_tsv(folder / "held_out.tsv", halves, "%.6g")
        best, finalists = best_finalist(sweep, study)
        write_tsv(folder / "finalists.tsv", finalists, "%.6g")
        LOG.info("best trial: %d; making it again with fresh seeds ...", best.number)
        comparison = _compared(sweep, best, units)
        write_tsv(folder / "comparison.tsv", comparison.metrics, "%.6g")
        write_tsv(folder / "complexes.tsv", comparison.complexes, "%.6g")
        _write_best(sweep, best, comparison)
        verdict = _verdict(plan, trials, best, comparison, units)
        summary = _summary(plan, trials, best, comparison, verdict) | {"done": done}
        write_study_page(
            folder / "report.html", study, plan, summary, comparison, halves, finalists
        )
        whole = folder / "locks" / path.name
        whole.write_text(json.dumps(summary, indent=1) + "\n")
        whole.replace(path)  # last, as it marks the output as complete
        _record(plan, summary)
    return summary


def _record(plan: Plan, summary: Summary) -> None:
    """Give the experiment tracker the study's metrics, report, tables and configs."""
    logger: Logger = build("logger", plan.logger)
    names = [*RECORDED, f"experiment/{plan.name}.yaml"]
    logger.conclude(
        group=plan.name,
        folder=plan.folder,
        metrics={f"{HELD_OUT}.{name}": value for name, value in summary["held_out"].items()}
        | summary["best"]["values"],
        files=[plan.folder / name for name in names],
    )


def read_summary(path: Path) -> Summary | None:
    """Return the summary of an earlier command; None if absent or damaged."""
    if not path.exists():
        return None
    try:
        summary: Summary = json.loads(path.read_text())
        return summary if isinstance(summary["done"], dict) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        LOG.warning("%s is damaged; it is written anew", path)
        return None


def trials_table(plan: Plan, trials: Sequence[FrozenTrial]) -> pd.DataFrame:
    """Return one row per trial: state, values, objectives, time, results computed and reused."""
    rows = []
    for trial in trials:
        notes = trial.user_attrs
        row: dict[str, object] = {"trial": trial.number, "state": _state(trial)}
        values = trial.values if trial.state == TrialState.COMPLETE else None
        row |= dict(zip(plan.objectives, values or [None] * len(plan.objectives), strict=True))
        row |= {p.key: trial.params.get(p.key) for p in plan.space.parameters}
        row |= {"seconds": notes.get("seconds"), "assemblies": notes.get("assemblies")}
        row |= {"embedding": notes.get("embedding"), "epochs": len(trial.intermediate_values)}
        row |= {word: _counts(notes.get(word, {})) for word in ("computed", "reused")}
        row |= {"retry_of": notes.get("retry_of"), "error": notes.get("error", "")}
        rows.append(row)
    return pd.DataFrame(rows)


def held_out(
    plan: Plan, trials: Sequence[FrozenTrial], unit: Unit | None, pool: Pool
) -> pd.DataFrame:
    """Return every completed trial on both halves; the held-out half is scored only now."""
    done = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    pieces = [done[k : k + TRIALS_PER_TASK] for k in range(0, len(done), TRIALS_PER_TASK)]
    params = [(plan, unit, [trial.params for trial in piece]) for piece in pieces]
    measured = pool.spread(_held_out, params)
    scored = [row for rows in tracked(measured, "held-out scores", len(pieces)) for row in rows]
    names = [name.replace(".tune.", ".held_out.") for name in plan.objectives]
    table = pd.DataFrame({"trial": [trial.number for trial in done]})
    for k, name in enumerate(plan.objectives):
        table[name] = [trial.values[k] for trial in done]
    for k, name in enumerate(names):
        table[name] = [row[k] for row in scored]
    return table


def _held_out(
    plan: Plan, unit: Unit | None, params: Sequence[Mapping[str, Scalar]]
) -> list[list[float]]:
    trials = Trials(plan)
    with log_level(logging.ERROR):
        return [_on_held_out(trials, plan.space.decode(stored), unit) for stored in params]


def _on_held_out(trials: Trials, values: Values, unit: Unit | None) -> list[float]:
    settings = trials.experiments.of(values)
    pipeline, data = trials.pipeline(settings), trials.data(settings)
    hierarchy = pipeline.map(data).hierarchy
    node = settings["eval"] | {"parts": ["held_out"]}
    scores = judging(pipeline, data, node).evaluate(data, hierarchy, None)
    objective = objective_of(pipeline.parts)
    measured = objective.measured(scores.value.metrics, "held_out")
    return objective_values(objective, measured, unit, trials.plan.objectives)


def _compared(sweep: Sweep, best: FrozenTrial, units: Units) -> Comparison:
    experiments = Experiments(sweep.plan.space, sweep.overrides)
    values = sweep.plan.space.decode(best.params)
    seeds = [sweep.plan.seed + 1 + k for k in range(sweep.seeds)]
    return compare(
        [experiments.of(values, seed) for seed in seeds],
        [experiments.of({}, seed) for seed in seeds],
        Measure(sweep.objective, units),
        sweep.pool,
    )


def _verdict(
    plan: Plan,
    trials: Sequence[FrozenTrial],
    best: FrozenTrial,
    comparison: Comparison,
    units: Units,
) -> Verdict:
    """Return the conclusion of the study."""
    first = next((t.params for t in trials if t.user_attrs.get("default")), None)
    return Verdict.of(
        comparison.metrics,
        comparison.gains,
        units,
        same=best.params == first,
        advice=advice(plan, trials, best),
    )


def _write_best(sweep: Sweep, best: FrozenTrial, comparison: Comparison) -> None:
    """Write the experiment of the best trial and the run of its first fresh seed."""
    plan, folder = sweep.plan, sweep.plan.folder
    experiments = Experiments(plan.space, sweep.overrides)
    values = plan.space.decode(best.params)
    settings = experiments.of(values, comparison.seeds[0])
    settings["command"] = write_experiment(folder, plan.name, settings, sweep.overrides, values)
    settings["out"] = str(folder / "best")
    settings["title"] = settings["data"].get("title", "Cell map")
    made = {"command": settings["command"], "version": __version__}
    with filled(folder / "best", made) as unfinished:
        (unfinished / "config.yaml").write_text(config.dump(settings))
        write_run(unfinished, experiment.run(settings, Store(Path(settings["store"]))))


def _summary(
    plan: Plan,
    trials: Sequence[FrozenTrial],
    best: FrozenTrial,
    comparison: Comparison,
    verdict: Verdict,
) -> Summary:
    computed: Counter[str] = Counter()
    reused: Counter[str] = Counter()
    for trial in trials:
        computed.update(trial.user_attrs.get("computed", {}))
        reused.update(trial.user_attrs.get("reused", {}))
    metrics = comparison.metrics.set_index("metric").loc[HELD_OUT].to_dict()
    return {
        "study": plan.name,
        "storage": shown(plan.storage),
        "states": dict(Counter(_state(trial) for trial in trials)),
        "best": {
            "trial": best.number,
            "values": dict(zip(plan.objectives, best.values, strict=True)),
            "settings": plan.space.decode(best.params),
        },
        "computed": dict(computed),
        "reused": dict(reused),
        "held_out": {name: float(metrics[name]) for name in ("default", "best", "difference", "p")},
        "decision": verdict.decision,
        "verdict": verdict.sentence,
        "gained": list(verdict.gained),
        "lost": list(verdict.lost),
        "next": list(verdict.next),
        "done": {},
    }


def _state(trial: FrozenTrial) -> str:
    return "lost" if lost(trial) else trial.state.name.lower()


def _counts(counts: dict[str, int]) -> str:
    return " ".join(f"{stage}:{count}" for stage, count in sorted(counts.items()))
