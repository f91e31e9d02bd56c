"""Benchmark of sweeps: trials per hour, against a full pipeline per trial.

Both sides make maps of one data set with values of ``search=map``. The sweep runs with one worker
and a store in which the embedding is there; the other side is ``cytoweave run`` with an empty store
for each map, scored alike. Printed: processor and wall seconds per trial, trials per hour, and
their ratio.

    python benchmarks/sweep.py [--trials 20] [--fresh 2] --out FOLDER [key=value ...]
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from commands import Cost, measured

RUN = "import sys; from cytoweave.cli import main; sys.exit(main())"
WORK = "import sys; from cytoweave.studies.sweep import Sweep; Sweep.of(sys.argv[1:]).run()"
CONTRASTS = (0.75, 2.5, 4.0)


def swept(folder: Path, trials: int, words: list[str]) -> Cost:
    """Return what a study of so many trials takes, its embedding being there."""
    study = [
        sys.executable,
        "-c",
        WORK,
        *words,
        "workers=1",
        f"store={folder / 'store'}",
        f"out={folder / 'study'}",
    ]
    measured([*study, "trials=1"], folder / "embedding.log")
    return measured([*study, f"trials={trials + 1}"], folder / "study.log")


def afresh(folder: Path, number: int, words: list[str]) -> Cost:
    """Return what one run takes that shares nothing with any other."""
    store, out = folder / f"fresh{number}.store", folder / f"fresh{number}"
    for place in (store, out):
        shutil.rmtree(place, ignore_errors=True)
    varied = [f"map.communities.contrast={CONTRASTS[number % len(CONTRASTS)]}", "eval=tune"]
    places = [f"store={store}", f"out={out}", "workers=1"]
    command = [sys.executable, "-c", RUN, "run", *words, *varied, *places]
    return measured(command, folder / f"fresh{number}.log")


def main() -> None:
    """Run both sides and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--fresh", type=int, default=2)
    parser.add_argument("--out", type=Path, required=True)
    options, words = parser.parse_known_args()
    options.out.mkdir(parents=True, exist_ok=True)
    study = swept(options.out, options.trials, words)
    runs = [afresh(options.out, number, words) for number in range(options.fresh)]
    rows = {
        "sweep": (study.wall_s / options.trials, study.cpu_s / options.trials),
        "afresh": tuple(sum(getattr(r, n) for r in runs) / len(runs) for n in ("wall_s", "cpu_s")),
    }
    for name, (wall, cpu) in rows.items():
        print(f"{name:8s} {wall:8.1f} s wall {cpu:8.1f} s processor {3600 / wall:8.1f} trials/h")
    ratios = [rows["afresh"][k] / rows["sweep"][k] for k in range(2)]
    print(f"ratio    {ratios[0]:8.1f} wall   {ratios[1]:8.1f} processor")


if __name__ == "__main__":
    main()
