"""Benchmark of image encoders: accuracy on held-out proteins, and throughput.

    python benchmarks/image_encoders.py accuracy [--seeds 3] [--epochs 40] [--out TABLE.tsv]
    python benchmarks/image_encoders.py throughput [--images 6]

``accuracy`` draws a simulated cell for every seed, trains every objective on the proteins that are
not held out (a third), and prints how many held-out proteins' locations are named by their ten
nearest, against the same network untrained and principal components of the raw pixels. Trainings
are remembered in the store, so that an interrupted benchmark goes on.

``throughput`` sends four-channel fields through the published DenseNet-121 at 1024 px (random
weights) as this package does, decoded once and scaled in memory, and with every channel written to
disk as JPEG and read again, as the toolkit of the published map does; both one by one, which is
fastest on a processor.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image

from cytoweave import config
from cytoweave.models import HPADenseNet
from cytoweave.models.images.backbones.hpa_densenet import DEVIATION, MEAN
from cytoweave.store import Store
from cytoweave.studies import encoder_training as training_run
from cytoweave.terminal.console import logging_to, show

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
            result = training_run.train(settings, Store(Path(settings["store"])))
            metrics = {k.partition("unseen.")[2]: v for k, v in result.scores.metrics.items()}
            seconds = time.process_time() - start
            rows.append({"objective": name, "seed": seed, "cpu_s": seconds, **metrics})
            table = pd.DataFrame(rows)
            if out:
                table.to_csv(out, sep="\t", index=False)
            show(f"After {name}, seed {seed}", summary(table))


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per objective: means over seeds, intervals, and the gain of every seed.

    An interval is the mean over seeds of those over proteins, narrowed by the number of seeds,
    whose cells are drawn independently. It does not show how much trainings differ: the single
    gains do.
    """
    rows = []
    for name, group in table.groupby("objective", sort=False):
        row: dict[str, Any] = {"objective": name, "seeds": len(group)}
        for what, suffix in (("trained", ""), ("untrained", "_untrained"), ("pixels", "_pixels")):
            row[what] = _mean(group, f"knn_accuracy{suffix}")
        for what in ("untrained", "pixels"):
            row[f"minus {what}"] = _mean(group, f"knn_gain_{what}")
        row["each"] = " ".join(f"{gain:.3f}" for gain in group["knn_gain_untrained"])
        rows.append(row)
    return pd.DataFrame(rows)


def _mean(group: pd.DataFrame, name: str) -> str:
    mean, narrow = group[name].mean(), np.sqrt(len(group))
    low = mean - (group[name] - group[f"{name}.lo"]).mean() / narrow
    high = mean + (group[f"{name}.hi"] - group[name]).mean() / narrow
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"


def throughput(images: int) -> None:
    """Print images per second of both methods, in turn, from the same files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fields = write_fields(folder, images)
        variants: dict[str, Callable[[], list[np.ndarray]]] = {
            "from memory": lambda: from_memory(published(torch.channels_last), fields),
            "through JPEG": lambda: through_jpeg(
                published(torch.contiguous_format), fields, folder
            ),
        }
        rows, result = [], []
        for name, way in variants.items():
            wall, cpu = time.perf_counter(), _cpu()
            result.append(np.concatenate(way()))
            wall, cpu = time.perf_counter() - wall, _cpu() - cpu
            rows.append({"way": name, "images/s": images / wall, "images/CPU s": images / cpu})
    table = pd.DataFrame(rows)
    show(f"HPA DenseNet-121 at {SIZE} px, {torch.get_num_threads()} threads", table)
    ratio = table.iloc[0, 1:].astype(float) / table.iloc[1, 1:].astype(float)
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in result]
    alike = float((unit[0] * unit[1]).sum(axis=1).mean())
    show("Ratio", pd.DataFrame([{**ratio.to_dict(), "cosine of both": alike}]))


def write_fields(folder: Path, images: int) -> list[list[Path]]:
    """Write fields of 2,048 px as one JPEG per channel; return their files."""
    random = np.random.default_rng(0)
    fields = []
    for image in range(images):
        files = [folder / f"{image}_{channel}.jpg" for channel in range(4)]
        for file in files:
            coarse = Image.fromarray(random.integers(0, 255, (96, 96)).astype(np.uint8))
            coarse.resize((2048, 2048), Image.Resampling.BICUBIC).save(file, quality=90)
        fields.append(files)
    return fields


def published(form: torch.memory_format) -> Any:
    """Return the network with random weights, always the same."""
    torch.manual_seed(0)
    network: Any = HPADenseNet().eval()
    network.to(memory_format=form)
    return network


def from_memory(network: Any, fields: list[list[Path]]) -> list[np.ndarray]:
    """Return vectors of fields, decoded once and scaled in memory."""
    result = []
    with torch.inference_mode():
        for four in fields:
            pixels = [
                np.asarray(Image.open(f).resize((READ, READ), Image.Resampling.BOX)) for f in four
            ]
            prepared = network.prepare(torch.from_numpy(np.array([pixels])))
            result.append(network(prepared.contiguous(memory_format=torch.channels_last)).numpy())
    return result


def through_jpeg(network: Any, fields: list[list[Path]], folder: Path) -> list[np.ndarray]:
    """Return vectors, each channel scaled, written as JPEG, read again and scaled."""
    mean, deviation = (torch.tensor(v)[:, None, None] for v in (MEAN, DEVIATION))
    result = []
    with torch.no_grad():
        for four in fields:
            channels = []
            for file in four:
                first = Image.open(file).convert("RGB").getchannel(0)
                repeated = folder / "again.jpg"
                first.resize((READ, READ), Image.Resampling.BILINEAR).save(repeated, quality=85)
                second = Image.open(repeated).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
                channels.append(np.asarray(second, np.float32) / 255)
            pixels = (torch.from_numpy(np.stack(channels)) - mean) / deviation
            result.append(network(pixels[None]).numpy())
    return result


def _cpu() -> float:
    times = os.times()
    return times.user + times.system


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["accuracy", "throughput"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--images", type=int, default=6)
    parser.add_argument("--out", type=Path, help="one row per run, as TSV")
    arguments = parser.parse_args()
    with logging_to():
        if arguments.what == "accuracy":
            accuracy(arguments.seeds, arguments.epochs, arguments.out)
        else:
            throughput(arguments.images)


if __name__ == "__main__":
    main()
