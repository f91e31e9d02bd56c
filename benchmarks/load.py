"""Benchmark of large inputs: time and memory of maps, evaluations and studies.

    python benchmarks/load.py evaluate 5000 50000
    python benchmarks/load.py map 2000000 15000 20000
    python benchmarks/load.py run 20000
    python benchmarks/load.py trials 500

Each prints seconds, and the largest memory of the process. ``evaluate`` scores a hierarchy of so
many assemblies of 20,000 proteins against so many terms, sizes drawn log-uniformly from 4 to 500.
``map`` maps a network of so many random pairs, one protein of which has so many partners, on so
many proteins. ``run`` makes a scored map of so many proteins from three tables of vectors, 64, 256
and 1,024 wide, in which nested groups are drawn, the smaller of them the reference. ``trials`` runs
a study that computes nothing on a journal, and prints trials a second of the first and of the last
hundred.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import pandas as pd

from cytoweave.cli import main as cytoweave
from cytoweave.studies.sweep.storage import open_storage

PROTEINS = 20_000
WIDTHS = (64, 256, 1024)
GROUPS = (2000, 200, 12)
"""Sizes of the nested groups of proteins whose vectors resemble one another."""
SEED = 0


def evaluate(folder: Path, assemblies: int, terms: int) -> None:
    """Score a drawn hierarchy against drawn terms."""
    rng = np.random.default_rng(SEED)
    names = np.array([f"P{k:05d}" for k in range(PROTEINS)])

    def sets(count: int) -> list[list[str]]:
        sizes = np.exp(rng.uniform(np.log(4), np.log(500), count)).astype(int)
        return [names[rng.choice(PROTEINS, size, replace=False)].tolist() for size in sizes]

    rows = [f"root\t{PROTEINS}\t{' '.join(names)}\t0"]
    rows += [f"A{k}\t{len(s)}\t{' '.join(s)}\t1" for k, s in enumerate(sets(assemblies))]
    (folder / "map.nodes").write_text("\n".join(rows) + "\n")
    lines = ["\t".join([f"T{k}", "drawn", *s]) for k, s in enumerate(sets(terms))]
    (folder / "terms.gmt").write_text("\n".join(lines) + "\n")
    run(
        folder,
        ["evaluate", f"hierarchy={folder / 'map.nodes'}", "data=own", "universe=map"],
        f"+data.references.drawn={{kind: gmt, path: {folder / 'terms.gmt'}}}",
    )


def map_(folder: Path, pairs: int, hub: int, proteins: int) -> None:
    """Map a drawn network with one hub."""
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(0, proteins, (pairs - hub, 2))
    star = np.column_stack([np.zeros(hub, int), rng.choice(proteins - 1, hub, replace=False) + 1])
    edges = np.vstack([drawn, star])
    weights = rng.uniform(0.1, 1, len(edges)).round(3)
    with (folder / "pairs.tsv").open("w") as file:
        file.writelines(
            f"P{a}\tP{b}\t{w}\n" for (a, b), w in zip(edges.tolist(), weights, strict=True)
        )
    run(folder, ["map", f"network={folder / 'pairs.tsv'}"])


def run_(folder: Path, proteins: int) -> None:
    """Make a scored map of three drawn modalities, each of nine tenths of the proteins."""
    rng = np.random.default_rng(SEED)
    names = pd.Index([f"P{k:05d}" for k in range(proteins)], name="id")
    words = ["run", "data=own"]
    for width in WIDTHS:
        vectors = rng.normal(size=(proteins, width)) * 2 + sum(
            rng.normal(size=(proteins // size + 1, width))[np.arange(proteins) // size]
            for size in GROUPS
        )
        path = folder / f"vectors_{width}.tsv"
        table = pd.DataFrame(vectors.astype(np.float32), names).sample(frac=0.9, random_state=width)
        table.to_csv(path, sep="\t", float_format="%.4f")
        words.append(f"+data.modalities.m{width}={{kind: embedding, path: {path}}}")
    lines = [
        "\t".join([f"T{size}_{k}", "drawn", *names[k * size : (k + 1) * size]])
        for size in GROUPS[1:]
        for k in range(proteins // size)
    ]
    (folder / "groups.gmt").write_text("\n".join(lines) + "\n")
    words.append(f"+data.references.drawn={{kind: gmt, path: {folder / 'groups.gmt'}}}")
    run(folder, words)


def run(folder: Path, words: list[str], *more: str) -> None:
    """Run a verb in a store of its own."""
    place = [f"out={folder / 'out'}", f"store={folder / 'store'}"]
    if cytoweave([*words, *more, *place]):
        raise SystemExit(2)


def trials(folder: Path, count: int) -> None:
    """Run a study that computes nothing on a journal."""
    study = optuna.create_study(
        storage=open_storage(str(folder / "study.journal")),
        sampler=optuna.samplers.RandomSampler(seed=SEED),
    )
    ends = []
    for _ in range(count):
        trial = study.ask()
        study.tell(trial, trial.suggest_float("x", 0, 1))
        ends.append(time.monotonic())
    first, last = 99 / (ends[99] - ends[0]), 99 / (ends[-1] - ends[-100])
    sys.stdout.write(f"trials a second: first hundred {first:.1f}, last hundred {last:.1f}\n")


def main(words: list[str]) -> None:
    """Run one of the loads and print what it cost."""
    loads: dict[str, Callable[..., None]] = {
        "evaluate": evaluate,
        "map": map_,
        "run": run_,
        "trials": trials,
    }
    with tempfile.TemporaryDirectory(prefix="cytoweave-load-") as folder:
        start = time.monotonic()
        loads[words[0]](Path(folder), *map(int, words[1:]))
        seconds = time.monotonic() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sys.stdout.write(f"{' '.join(words)}: {seconds:.0f} s, {peak:.2f} GB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
