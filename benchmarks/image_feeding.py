"""Benchmark of image loading: images per second against Pillow in a torch DataLoader.

Both sides take the same four-channel fields from JPEG files, two worker processes, and hand out
uint8 batches of 16 whole fields, every field once an epoch, in random order:

    ours   `read_images` decodes once into a memory-mapped file; epochs gather from it
    plain  a Dataset that opens, picks the band of the channel and resizes, in every epoch

Each prints images/s by wall time and the processor milliseconds per image of the process and its
workers, which load on the machine does not change as much.

    python benchmarks/image_feeding.py --images FOLDER [--fields 96] [--epochs 3] [--out DIR]

`FOLDER` holds files ``<name>_<color>.jpg``; they are repeated under other names up to `--fields`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from scipy import sparse

from cytoweave.artifacts import CHANNELS, ImageSet
from cytoweave.data import read_images
from cytoweave.terminal.console import show

SIZES = (512, 1024)
WORKERS = 2
BATCH = 16
BAND = {"red": 0, "green": 1, "blue": 2, "yellow": 0}
"""Band of a color file that carries the channel; yellow shines in red and green alike."""


# torch is imported where it is used: a process that decodes loads this module, but not torch, just
# as it would under the command line.


@dataclass(frozen=True)
class Plain:
    """What one writes first: open, pick the band, resize."""

    names: tuple[str, ...]
    folder: Path
    size: int

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, row: int) -> NDArray[np.uint8]:
        planes = []
        for channel in CHANNELS:
            with Image.open(self.folder / f"{self.names[row]}_{channel}.jpg") as image:
                band = image.getchannel(BAND[channel]) if image.mode == "RGB" else image
                planes.append(np.asarray(band.resize((self.size, self.size))))
        return np.stack(planes)


@dataclass
class Timed:
    """Wall and processor seconds of a block, its child processes included."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def timed() -> Iterator[Timed]:
    """Measure a block; its children must have ended within it."""
    spent, start, before = Timed(), time.perf_counter(), os.times()
    yield spent
    after = os.times()
    spent.wall = time.perf_counter() - start
    spent.cpu = sum(after[:4]) - sum(before[:4])


def main() -> None:
    """Measure both sides at every size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--fields", type=int, default=96)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    import torch
    from torch.utils.data import DataLoader

    torch.set_num_threads(1)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        names = repeated(given.images, Path(place), given.fields)
        for size in SIZES:
            fields: Any = Plain(names, Path(place), size)
            loader = DataLoader(fields, BATCH, shuffle=True, num_workers=WORKERS)
            for epoch in range(1, given.epochs + 1):
                rows.append(row("plain", size, epoch, len(names), partial(iter, loader)))
            rows += ours(Path(place), size, len(names), given.epochs)
    table = pd.DataFrame(rows)
    show("Feeding", table)
    show("Ours over plain", ratios(table))
    if given.out:
        given.out.mkdir(parents=True, exist_ok=True)
        table.to_csv(given.out / "image_feeding.tsv", sep="\t", index=False)


def repeated(images: Path, folder: Path, fields: int) -> tuple[str, ...]:
    """Link the fields of a folder under new names until there are so many."""
    result = sorted(p.name.removesuffix("_red.jpg") for p in images.glob("*_red.jpg"))
    if not result:
        raise SystemExit(f"--images {images}: holds no *_red.jpg.")
    names = []
    for number, name in zip(
        range(fields), (result[k % len(result)] for k in count()), strict=False
    ):
        names.append(f"f{number:04d}")
        for channel in CHANNELS:
            link = folder / f"{names[-1]}_{channel}.jpg"
            link.symlink_to((images / f"{name}_{channel}.jpg").resolve())
    return tuple(names)


def ours(folder: Path, size: int, fields: int, epochs: int) -> list[dict[str, object]]:
    """Decode into a mapped file and run epochs from it; the first epoch holds the decoding."""
    from cytoweave.models.images.batches import CropBatches

    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        held: list[CropBatches] = []

        def batches() -> Iterable[Any]:
            if not held:
                reading = read_images(
                    folder, pattern="(f.*)", size=size, scratch=Path(scratch), workers=WORKERS
                )
                assert isinstance(reading.value, ImageSet)
                n = len(reading.value.names)
                shows = sparse.csr_array(np.eye(n, dtype=bool))
                none = np.zeros((n, 0), bool)
                held.append(CropBatches(reading.value.pixels, shows, none, size, 1, BATCH, seed=0))
            return held[0]

        for epoch in range(1, epochs + 1):
            rows.append(row("ours", size, epoch, fields, batches))
    return rows


def row(
    side: str, size: int, epoch: int, fields: int, batches: Callable[[], Iterable[Any]]
) -> dict[str, object]:
    """Run one epoch and return its metrics."""
    with timed() as spent:
        seen = sum(len(batch if side == "plain" else batch[0]) for batch in batches())
    assert seen == fields
    return {
        "side": side,
        "size": size,
        "epoch": epoch,
        "images/s": seen / spent.wall,
        "CPU ms/image": 1e3 * spent.cpu / seen,
    }


def ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many times faster ours is: in the first epoch, and in the median later one."""
    table = table.assign(when=np.where(table["epoch"] == 1, "first epoch", "later epochs"))
    medians = table.groupby(["size", "when", "side"])[["images/s", "CPU ms/image"]].median()
    sides = medians.unstack("side")
    faster = pd.DataFrame(
        {
            "images/s": sides["images/s", "ours"] / sides["images/s", "plain"],
            "CPU": sides["CPU ms/image", "plain"] / sides["CPU ms/image", "ours"],
        }
    )
    return faster.reset_index()


if __name__ == "__main__":
    main()
