"""Write images as a stranger's microscope would, in no layout the readers know, and a manifest.

    python scripts/write_fresh_images.py fresh [--proteins 80] [--seed 0] [--workers 2]

The fields are those of a simulated cell: three of each protein, by two antibodies, as compressed
16-bit TIFF of a 12-bit camera, with channels called ``mt target dapi er``, in a folder per well.
``fresh/images.tsv`` lists them; ``fresh/truth.nodes`` is what a map of them should find.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import tempfile
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from cytoweave.artifacts import CHANNELS
from cytoweave.data.simulation import simulate

FILE_WORDS = dict(zip(CHANNELS, ("mt", "target", "dapi", "er"), strict=True))
OFFSET, FULL = 96, 4095
"""What a camera of 12 bit counts in the dark, and at most."""


def main() -> None:
    """Parse the command line and write the images."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--proteins", type=int, default=80)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    write_fresh(given.folder, given.proteins, given.size, given.seed, given.workers)


def write_fresh(folder: Path, proteins: int, size: int, seed: int = 0, workers: int = 1) -> None:
    """Write the images, their manifest and the truth to a new folder."""
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as place:
        cell = Path(place)
        simulate(
            cell,
            n_proteins=proteins,
            images_per_protein=3,
            images_per_antibody=2,
            image_size=size,
            seed=seed,
            workers=workers,
        )
        _write_manifest(folder, cell / "images")
        for name in ("truth.nodes", "truth.edges"):
            shutil.copyfile(cell / name, folder / name)


def _write_manifest(folder: Path, images: Path) -> None:
    with (images / "samples.csv").open() as samples, (folder / "images.tsv").open("w") as out:
        out.write(
            "\t".join(["protein", "image", "antibody", "cell_line", *FILE_WORDS.values()]) + "\n"
        )
        for row in csv.DictReader(samples):
            plate, well, sample = row["if_plate_id"], row["position"], row["sample"]
            image = f"{plate}_{well}_{sample}"
            place = Path(f"plate {plate}") / f"well-{well}"
            (folder / place).mkdir(parents=True, exist_ok=True)
            files = []
            for channel, word in FILE_WORDS.items():
                files.append(place / f"{word}.site{sample}.tif")
                _write_tiff(folder / files[-1], images / channel / f"{image}_{channel}.jpg")
            cells = [row["gene_names"], image, row["antibody"], "simulated", *map(str, files)]
            out.write("\t".join(cells) + "\n")


def _write_tiff(target: Path, source: Path) -> None:
    with Image.open(source) as image:
        light = np.asarray(image, np.float64) / 255
    counts = np.rint(OFFSET + light * (FULL - OFFSET)).astype(np.uint16)
    tifffile.imwrite(target, counts, compression="zlib")


if __name__ == "__main__":
    main()
