"""Benchmark of fusion time against the Cell Mapping Toolkit's ProteinProjector.

    python benchmarks/fusion_speed.py PEER_BIN [--proteins 5000] [--epochs 2]

Two modalities of 1,024 dimensions that share hidden factors. The toolkit's command is run with one
epoch and with so many; the difference, divided, is an epoch, and its default is 100 of them.
Ours is timed in between, whole. Both have one thread. Printed are seconds of processor and of wall.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from commands import measured

from cytoweave.artifacts import Embedding
from cytoweave.models import FusionAutoencoder, TrainedFusion, Training
from cytoweave.terminal.console import show

WIDTH, FACTORS = 1024, 64
TOOLKIT_EPOCHS = 100


def modalities(proteins: int) -> dict[str, Embedding]:
    """Draw two measurements of the same hidden factors."""
    random = np.random.default_rng(0)
    hidden = random.normal(size=(proteins, FACTORS))
    names = [f"P{k:05d}" for k in range(proteins)]
    return {
        name: Embedding.of_modality(
            name,
            names,
            hidden @ random.normal(size=(FACTORS, WIDTH)) + random.normal(size=(proteins, WIDTH)),
        )
        for name in ("ppi", "image")
    }


def main() -> None:
    """Time both in turn and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("peer", type=Path)
    parser.add_argument("--proteins", type=int, default=5000)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()
    drawn, costs = modalities(arguments.proteins), {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, embedding in drawn.items():
            table = pd.DataFrame(embedding.vectors, pd.Index(embedding.proteins, name="id"))
            table.to_csv(folder / f"{name}.tsv", sep="\t")
        ours = (time.perf_counter(), time.process_time())
        fusion = TrainedFusion(FusionAutoencoder)
        fusion(drawn, training=Training(accelerator="cpu", progress=False), seed=0)
        wall, cpu = time.perf_counter() - ours[0], time.process_time() - ours[1]
        for epochs in (1, 1 + arguments.epochs):
            command = [
                arguments.peer / "cellmaps_coembeddingcmd.py",
                folder / f"out{epochs}",
                "--embeddings",
                *(folder / f"{name}.tsv" for name in drawn),
                "--embedding_names",
                *drawn,
                "--algorithm",
                "proteinprojector",
                "--n_epochs",
                str(epochs),
                "--skip_logging",
            ]
            costs[epochs] = measured([str(c) for c in command], folder / f"{epochs}.log")
    first, last = costs[1], costs[1 + arguments.epochs]
    rows = []
    for kind, mine, one, more in (
        ("processor", cpu, first.cpu_s, last.cpu_s),
        ("wall", wall, first.wall_s, last.wall_s),
    ):
        epoch = (more - one) / arguments.epochs
        whole = one + (TOOLKIT_EPOCHS - 1) * epoch
        rows.append(
            {
                "seconds of": kind,
                "ours, finished": f"{mine:.1f}",
                "toolkit, an epoch": f"{epoch:.1f}",
                f"toolkit, {TOOLKIT_EPOCHS} epochs": f"{whole:.0f}",
                "ratio": f"{whole / mine:.1f}",
            }
        )
    show(f"{arguments.proteins} proteins, 2 x {WIDTH} dimensions", pd.DataFrame(rows))


if __name__ == "__main__":
    main()
