"""Image sets: decoded and resized immunofluorescence images."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataError

CHANNELS = ("red", "green", "blue", "yellow")
"""Microtubules, the target protein, nucleus, endoplasmic reticulum."""


@dataclass(frozen=True)
class ImageSet:
    """Fields of view, or crops of cells, decoded and resized; memory-mapped on disk.

    Attributes:
        names: ``I`` distinct image names.
        proteins: For each image the gene symbols its antibody may have stained, at least one
            (several if the antibody is ambiguous).
        antibodies: For each image its antibody, "" if unknown.
        pixels: ``(I, C, S, S)`` uint8.
        channels: ``C`` names of the channels, in the order of `pixels`.
        cell_lines: For each image its cell line, "" if unknown (default).
        pixel_um: ``(I,)`` width of a pixel in um, NaN if unknown (default).
        fields: ``(I,)`` index of the field of view of an image, which identifies cells of the same
            field; by default each image is its own field.
    """

    names: tuple[str, ...]
    proteins: tuple[tuple[str, ...], ...]
    antibodies: tuple[str, ...]
    pixels: NDArray[np.uint8]
    channels: tuple[str, ...] = CHANNELS
    cell_lines: tuple[str, ...] = ()
    pixel_um: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    fields: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        n = len(self.names)
        unknown = {"cell_lines": ("",) * n, "pixel_um": np.full(n, np.nan), "fields": np.arange(n)}
        for name, value in unknown.items():
            if not len(getattr(self, name)):
                object.__setattr__(self, name, value)
        per_image = ("proteins", "antibodies", "pixels", "cell_lines", "pixel_um", "fields")
        for name in per_image:
            if len(getattr(self, name)) != n:
                raise DataError(f"ImageSet has {n} names but {len(getattr(self, name))} {name}.")
        if self.pixels.ndim != 4 or self.pixels.shape[1] != len(self.channels):
            raise DataError(
                f"ImageSet.pixels must be (I, {len(self.channels)}, S, S), got {self.pixels.shape}."
            )

    def save(self, folder: Path) -> None:
        """Write the images to `folder`; pixels that are a whole ``.npy`` file are hard-linked."""
        table = pd.DataFrame(
            {
                "name": self.names,
                "proteins": ["|".join(genes) for genes in self.proteins],
                "antibody": self.antibodies,
                "cell_line": self.cell_lines,
                "pixel_um": self.pixel_um,
                "field": self.fields,
            }
        )
        table.to_csv(folder / "images.tsv", sep="\t", index=False)
        (folder / "channels.txt").write_text("".join(f"{name}\n" for name in self.channels))
        write_pixels(folder / "pixels.npy", self.pixels)

    @classmethod
    def load(cls, folder: Path) -> ImageSet:
        """Read what `save` wrote."""
        table = pd.read_csv(folder / "images.tsv", sep="	", dtype=str, keep_default_na=False)
        return cls(
            tuple(table["name"]),
            tuple(tuple(genes.split("|")) for genes in table["proteins"]),
            tuple(table["antibody"]),
            np.load(folder / "pixels.npy", mmap_mode="r"),
            tuple((folder / "channels.txt").read_text().splitlines()),
            tuple(table["cell_line"]),
            np.asarray(table["pixel_um"].replace("", "nan"), np.float64),
            np.asarray(table["field"], np.int64),
        )

    def rows(self, start: int, stop: int) -> ImageSet:
        """Return the images ``start`` to ``stop - 1``; pixels on disk are not loaded."""
        return ImageSet(
            self.names[start:stop],
            self.proteins[start:stop],
            self.antibodies[start:stop],
            self.pixels[start:stop],
            self.channels,
            self.cell_lines[start:stop],
            self.pixel_um[start:stop],
            self.fields[start:stop],
        )

    @property
    def ambiguous(self) -> NDArray[np.bool_]:
        """Return ``(I,)``: whether the antibody of an image may have stained several proteins."""
        return np.array([len(genes) > 1 for genes in self.proteins], bool)


def write_pixels(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write pixels as ``.npy``; if they are such a file already, it is hard-linked."""
    source = file_filled_by(pixels)
    if source is not None:
        try:
            path.hardlink_to(source)
            return
        except OSError:  # another file system, or one without links
            pass
    np.save(path, pixels)


def file_filled_by(pixels: NDArray[np.uint8]) -> Path | None:
    """Return the ``.npy`` file that an array maps completely, if any."""
    if not isinstance(pixels, np.memmap) or pixels.filename is None:
        return None
    pixels.flush()
    whole = np.load(pixels.filename, mmap_mode="r")
    same = whole.shape == pixels.shape and whole.strides == pixels.strides
    return Path(pixels.filename) if same and whole.dtype == pixels.dtype else None


IMAGE_COLUMNS = ("part", "image", "antibody", "cell_line", "proteins", "ambiguous")
"""Columns of the table of a run's images."""
