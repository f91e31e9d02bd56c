"""Benchmark of the objective: is the winner of a study better on the truth of simulated cells?

    python benchmarks/objective.py cells --out DIR [--cells N] [--trials N] [--scoring S] [--size N]
    python benchmarks/objective.py summary --out DIR

``cells`` runs a whole Optuna study (TPE, size of the map fixed) on each of several simulated cells
of interactions and one separation by size, its replicate the evidence of co-elution; then makes
the winner and the default with fresh seeds and holds both against the truth. A line a cell is added
to ``DIR/<scoring>.tsv``, so that it goes on where it stopped. ``summary`` prints the differences,
paired over cells, with t intervals.

Seeds and noise levels of the cells were used in choosing nothing.
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cytoweave.artifacts import Hierarchy, TermSet
from cytoweave.eval import MapRetrieval, Task, score_truth
from cytoweave.eval.intervals import estimate
from cytoweave.nodes.build import Settings
from cytoweave.stages import Pipeline
from cytoweave.store import Store
from cytoweave.studies.sweep import Sweep
from cytoweave.studies.sweep.experiments import Experiments
from cytoweave.studies.sweep.finalists import best_finalist
from cytoweave.terminal.console import log_level, logging_to, show

CELLS = [(8101 + k, noise) for k, noise in enumerate((0.7, 0.9, 1.1, 1.3, 1.5) * 2)]
"""Seed and noise of each cell."""
FRESH = 5
"""Seeds over which winner and default are compared."""
ELUTION = '{kind: elution, path: "<simulated>/secms/replicate1.tsv", id: protein, columns: "F*"}'
DATA = [
    "data=demo",
    "data.modalities.image=null",
    "data.simulate.images_per_protein=0",
    f"+data.modalities.sec1={ELUTION}",
    'data.references.sec.path="<simulated>/secms/replicate2.tsv"',
    "fusion=concat",
]
METRICS = ("f1", "mean_best_jaccard", "complexes_mean_best_jaccard")


@dataclass(frozen=True)
class Studies:
    """What all cells share.

    Attributes:
        out: Folder of the studies and of what they found.
        scoring: How trials are scored.
        trials: Of each study.
        size: Most assemblies of a map; the default map would have some 200.
    """

    out: Path
    scoring: str
    trials: int
    size: int

    @property
    def name(self) -> str:
        """What they are called."""
        return f"{self.scoring}_{self.size}"


def study(seed: int, noise: float, requested: Studies) -> dict[str, float]:
    """Run a study on one cell; return truth of winner and default, means over fresh seeds."""
    out, scoring = requested.out, requested.scoring
    words = [*DATA, f"data.simulate.seed={seed}", f"data.simulate.noise={noise}", f"seed={seed}"]
    words.append(f"map.max_assemblies={requested.size}")
    place = [f"out={out / f'{requested.name}_{seed}'}", f"store={out / 'store'}", "workers=1"]
    sweep = Sweep.of([*words, *place, f"scoring={scoring}", f"trials={requested.trials}"])
    best, _ = best_finalist(sweep, sweep.run())
    experiments = Experiments(sweep.plan.space, sweep.overrides)
    chosen = {"default": {}, "best": sweep.plan.space.decode(best.params)}
    row: dict[str, float] = {"seed": seed, "noise": noise, "objective": best.values[0]}
    for name, values in chosen.items():
        result = [_truth(experiments.of(values, seed + 1 + k)) for k in range(FRESH)]
        row |= {f"{name}.{key}": float(np.mean([f[key] for f in result])) for key in result[0]}
    return row


def _truth(settings: Settings) -> dict[str, float]:
    """Make the map of a config; score it against the truth."""
    pipeline = Pipeline.of(settings | {"workers": 1}, Store(Path(settings["store"])))
    with log_level(logging.ERROR):
        data = pipeline.read(settings)
        hierarchy = pipeline.map(data).hierarchy.value
    truth = data.references["truth"].measurement
    assert isinstance(truth, Hierarchy)
    metrics = score_truth(hierarchy, truth).metrics()
    result = {name: metrics[name] for name in METRICS}
    task = Task(_sets_of(truth), hierarchy, None, [0, 1])
    pairs = MapRetrieval(queries=None, nulls=0)(task)[0]["pairs_small"]
    return result | {"pairs_small": pairs, "assemblies": len(hierarchy.names) - 1.0}


def _sets_of(truth: Hierarchy) -> TermSet:
    return TermSet.from_sets({name: (name, set(truth.members(name))) for name in truth.names[1:]})


def cells(count: int, requested: Studies) -> None:
    """Run the studies that have not been run."""
    requested.out.mkdir(parents=True, exist_ok=True)
    path = requested.out / f"{requested.name}.tsv"
    table = pd.read_csv(path, sep="\t") if path.exists() else pd.DataFrame()
    for seed, noise in CELLS[len(table) : count]:
        row = pd.DataFrame([study(seed, noise, requested)])
        table = pd.concat([table, row], ignore_index=True)
        table.to_csv(path, sep="\t", index=False)


def summary(out: Path) -> None:
    """Print winner less default of each metric, paired over cells."""
    for path in sorted(out.glob("*.tsv")):
        table, rows = pd.read_csv(path, sep="\t"), []
        for name in (*METRICS, "pairs_small", "assemblies"):
            gain = table[f"best.{name}"] - table[f"default.{name}"]
            result = estimate(gain.to_numpy(float))
            ends = {"low": result.low, "high": result.high}
            first = {"metric": name, "default": table[f"default.{name}"].mean()}
            rows.append(first | {"gain": result.mean} | ends | {"up": int((gain > 0).sum())})
        show(f"{path.stem}: winner less default over {len(table)} cells", pd.DataFrame(rows))


def main() -> None:
    """Print the table that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("table", choices=("cells", "summary"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cells", type=int, default=len(CELLS))
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--scoring", default="tune")
    parser.add_argument("--size", type=int, default=150)
    arguments = parser.parse_args()
    with logging_to():
        if arguments.table == "cells":
            requested = Studies(arguments.out, arguments.scoring, arguments.trials, arguments.size)
            cells(arguments.cells, requested)
        summary(arguments.out)


if __name__ == "__main__":
    main()
