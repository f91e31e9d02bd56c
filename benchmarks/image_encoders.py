"""Image encoders: what training teaches them of unseen proteins, and how fast images go through.

    python benchmarks/image_encoders.py accuracy [--seeds 3] [--epochs 10] [--out TABLE.tsv]
    python benchmarks/image_encoders.py throughput [--images 6]

``accuracy`` draws a simulated cell for every seed, trains every objective on the proteins that are
not held out (a third), and prints how many held-out proteins' locations are named by their ten
nearest, beside the same network untrained and principal components of the raw pixels. Trainings
are remembered in the store, so that an interrupted benchmark goes on.

``throughput`` sends four-channel fields through DenseNet-121 at 1024 px as this package does, in
batches from memory, and one by one with every channel written to disk as JPEG and read again, as
the toolkit of the published map does.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image

from cytoweave import config, training_run
from cytoweave.console import logging_to, show
from cytoweave.models.image_backbones import build_backbone
from cytoweave.store import Store

ENCODERS: dict[str, list[str]] = {
    "protein contrast": ["image_encoder=small"],
    "locations, cross-entropy": ["image_encoder=small_locations"],
    "SimCLR": ["image_encoder=small_simclr"],
    "VICReg": ["image_encoder=small_vicreg"],
    "masked autoencoder": ["image_encoder=vit_tiny_masked"],
    "locations, focal": ["image_encoder=small_locations", "image_encoder.module.loss=focal"],
    "protein contrast, attention": [
        "image_encoder=small",
        "image_encoder.module.pooling=attention",
    ],
}
"""Name of each objective -> overrides of the verb ``train``."""

COMMON = ["image_encoder.held_out=0.33", "trainer.progress=false", "workers=1"]
"""A third of the proteins: enough for an interval."""

SIZE, READ = 1024, 1536
"""Width in pixels of what the network sees, and of what the published path reads first."""


def accuracy(seeds: int, epochs: int, out: Path | None) -> None:
    """Print the table of held-out accuracies."""
    rows: list[dict[str, Any]] = []
    for seed in range(seeds):
        for name, overrides in ENCODERS.items():
            words = [*overrides, *COMMON, f"trainer.max_epochs={epochs}", f"seed={seed}"]
            settings = config.load("train", words)
            start = time.process_time()
            found = training_run.train(settings, Store(Path(settings["store"])))
            figures = {k.partition("unseen.")[2]: v for k, v in found.scores.figures.items()}
            seconds = time.process_time() - start
            rows.append({"objective": name, "seed": seed, "cpu_s": seconds, **figures})
            table = pd.DataFrame(rows)
            if out:
                table.to_csv(out, sep="\t", index=False)
            show(f"After {name}, seed {seed}", summary(table))


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per objective: means over seeds, and intervals of the gains.

    The interval of a gain is the mean over seeds of its intervals over proteins, narrowed by the
    number of seeds, whose cells are drawn independently.
    """
    rows = []
    for name, group in table.groupby("objective", sort=False):
        row: dict[str, Any] = {"objective": name, "seeds": len(group)}
        for what, suffix in (("trained", ""), ("untrained", "_untrained"), ("pixels", "_pixels")):
            row[what] = _mean(group, f"knn_accuracy{suffix}")
        for what in ("untrained", "pixels"):
            row[f"minus {what}"] = _mean(group, f"knn_gain_{what}")
        rows.append(row)
    return pd.DataFrame(rows)


def _mean(group: pd.DataFrame, name: str) -> str:
    mean, narrow = group[name].mean(), np.sqrt(len(group))
    low = mean - (group[name] - group[f"{name}.lo"]).mean() / narrow
    high = mean + (group[f"{name}.hi"] - group[name]).mean() / narrow
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"


def throughput(images: int) -> None:
    """Print images per second of both ways, in turn, on the same fields."""
    torch.manual_seed(0)
    network = build_backbone("densenet121", 1024).eval()
    noise = np.random.default_rng(0).integers(0, 255, (4 * images, 96, 96)).astype(np.uint8)
    channels = [
        Image.fromarray(channel).resize((READ, READ), Image.Resampling.BICUBIC) for channel in noise
    ]
    fields = np.stack([np.asarray(channel) for channel in channels])
    fields = fields.reshape(images, 4, READ, READ)
    ways: dict[str, Callable[[], Any]] = {
        "in batches": lambda: list(batched(network, fields)),
        "one by one, through JPEG": lambda: list(one_by_one(network, fields)),
    }
    rows = []
    for name, way in ways.items():
        way_start, cpu_start = time.perf_counter(), _cpu()
        way()
        wall, cpu = time.perf_counter() - way_start, _cpu() - cpu_start
        rows.append({"way": name, "images/s": images / wall, "images/CPU s": images / cpu})
    table = pd.DataFrame(rows)
    show(f"DenseNet-121 at {SIZE} px, {torch.get_num_threads()} threads", table)
    ratio = table.iloc[0, 1:].astype(float) / table.iloc[1, 1:].astype(float)
    show("Ratio", pd.DataFrame([ratio.to_dict()]))


def batched(network: torch.nn.Module, fields: np.ndarray) -> Iterator[np.ndarray]:
    """Yield vectors of batches of two fields that lie in memory as they were read."""
    with torch.inference_mode():
        for start in range(0, len(fields), 2):
            pixels = torch.from_numpy(fields[start : start + 2]).float() / 255
            small = torch.nn.functional.interpolate(
                pixels, size=(SIZE, SIZE), mode="bilinear", align_corners=False
            )
            yield network(small).numpy()


def one_by_one(network: torch.nn.Module, fields: np.ndarray) -> Iterator[np.ndarray]:
    """Yield vectors one by one, each channel written as JPEG, read again, and resized."""
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        for field in fields:
            channels = []
            for k, channel in enumerate(field):
                path = Path(folder) / f"{k}.jpg"
                Image.fromarray(channel).save(path, quality=85)
                again = Image.open(path).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
                channels.append(np.asarray(again, np.float32) / 255)
            yield network(torch.from_numpy(np.stack(channels))[None]).numpy()


def _cpu() -> float:
    times = os.times()
    return times.user + times.system


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["accuracy", "throughput"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--images", type=int, default=6)
    parser.add_argument("--out", type=Path, help="the single figures as TSV")
    arguments = parser.parse_args()
    with logging_to():
        if arguments.what == "accuracy":
            accuracy(arguments.seeds, arguments.epochs, arguments.out)
        else:
            throughput(arguments.images)


if __name__ == "__main__":
    main()
