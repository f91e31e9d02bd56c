"""Benchmark of modality subsets: recovery of the simulated cell's truth.

For each seed a cell is drawn, measured and mapped: from all modalities, and from every choice of
them, over all proteins that the choice covers and over those that all modalities cover. Printed:
the mean best Jaccard of true complexes of five or more proteins (mean over seeds, with a t
interval), and the paired difference between all modalities and each choice.

    python benchmarks/demo_modalities.py [--seeds 5] [--out TABLE.tsv] [key=value ...]
    python benchmarks/demo_modalities.py data=demo_elution    # three instead of two
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cytoweave import config
from cytoweave.stages import DataSet, Embedded, Pipeline
from cytoweave.stages.dataset import keep_proteins
from cytoweave.store import Store
from cytoweave.terminal.console import logging_to, show

METRIC = "truth.all.complexes_mean_best_jaccard"


def metrics(settings: dict[str, Any], store: Store) -> list[dict[str, Any]]:
    """Return the metric of each map of one simulated cell."""
    pipeline, seed = Pipeline.of(settings, store), settings["seed"]
    data = pipeline.read(settings)
    truth = DataSet(references={"truth": data.references["truth"]})
    embeddings = {name: pipeline.encode(data, name) for name in data.modalities}
    rows = []
    for names, mapped in choices(list(embeddings)):
        within = keep_proteins(embeddings, mapped)
        chosen = {name: within[name] for name in names}
        fused = pipeline.fuse(chosen)
        hierarchy = pipeline.map(truth, Embedded(chosen, fused)).hierarchy
        scores = pipeline.evaluate(truth, hierarchy, None).value
        proteins = "all" if mapped == "all" else "with all measurements"
        rows.append(
            {
                "seed": seed,
                "map of": " + ".join(names),
                "proteins": proteins,
                "covered": len(fused.value.proteins),
                "jaccard": scores.metrics[METRIC],
                "null": scores.metrics[f"{METRIC}.null_mean"],
            }
        )
    return rows


def choices(modalities: Sequence[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every choice of modalities, the largest first, and which proteins are mapped."""
    for count in range(len(modalities), 0, -1):
        for names in combinations(modalities, count):
            yield names, "all"
            yield names, "both"


def interval(values: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    """Return the mean and its 95 % t interval."""
    mean, error = values.mean(), stats.sem(values)
    half = stats.t.ppf(0.975, len(values) - 1) * error
    return f"{mean:.3f} [{mean - half:.3f}, {mean + half:.3f}]"


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per map: the metric over seeds, and how much all modalities add."""
    whole = table["map of"] == table["map of"].iloc[0]
    everything = table[whole].set_index(["proteins", "seed"])["jaccard"]
    rows = []
    for (proteins, of), group in table.groupby(["proteins", "map of"], sort=False):
        values = group.set_index(["proteins", "seed"])["jaccard"]
        gain = (everything.loc[values.index] - values).to_numpy()
        rows.append(
            {
                "proteins": proteins,
                "map of": of,
                "covered": f"{group['covered'].mean():.0f}",
                "mean best Jaccard": interval(values.to_numpy()),
                "null": f"{group['null'].mean():.3f}",
                "all minus this": "" if not gain.any() else interval(gain),
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Draw, map and score cells of several seeds, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="one row per run, as TSV")
    arguments, overrides = parser.parse_known_args()
    rows: list[dict[str, Any]] = []
    with logging_to():
        for seed in range(arguments.seeds):
            words = ["trainer.progress=false", *overrides, f"seed={seed}"]
            settings = config.load("run", words)
            rows += metrics(settings, Store(Path(settings["store"])))
    table = pd.DataFrame(rows)
    if arguments.out:
        table.to_csv(arguments.out, sep="\t", index=False)
    show("True complexes of 5+ proteins, simulated cell", summary(table))


if __name__ == "__main__":
    main()
