"""What the readers return besides networks and embeddings: images, references, elution profiles."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from .artifacts import Embedding, Floats, Hierarchy, Network, read_table
from .errors import DataError

CHANNELS = ("red", "green", "blue", "yellow")
"""Microtubules, the target protein, nucleus, endoplasmic reticulum."""


@dataclass(frozen=True)
class ImageSet:
    """Fields of view, or cells cut from them, decoded and resized; on disk they are mapped.

    Attributes:
        names: ``I`` distinct image names.
        proteins: For each image the gene symbols its antibody may have stained, at least one
            (several where the antibody is ambiguous).
        antibodies: For each image its antibody, "" where unknown.
        pixels: ``(I, C, S, S)`` uint8.
        channels: ``C`` names of the channels, in the order of `pixels`.
        cell_lines: For each image its cell line, "" where unknown; by default all are.
        pixel_um: ``(I,)`` width of a pixel in um, NaN where unknown; by default all are.
        fields: ``(I,)`` number of the field of view that an image is or was cut from, so that
            cells of one field can be told; by default each image is a field of its own.
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
        """Write the images to `folder`; pixels that lie in a whole ``.npy`` file are linked."""
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

    @property
    def ambiguous(self) -> NDArray[np.bool_]:
        """Return ``(I,)``: whether the antibody of an image may have stained several proteins."""
        return np.array([len(genes) > 1 for genes in self.proteins], bool)


def write_pixels(path: Path, pixels: NDArray[np.uint8]) -> None:
    """Write pixels as ``.npy``; if they fill such a file already it is linked, not copied."""
    source = file_filled_by(pixels)
    if source is not None:
        try:
            path.hardlink_to(source)
            return
        except OSError:  # another disk, or one without links
            pass
    np.save(path, pixels)


def file_filled_by(pixels: NDArray[np.uint8]) -> Path | None:
    """Return the ``.npy`` file that an array is the whole of, if there is one."""
    if not isinstance(pixels, np.memmap) or pixels.filename is None:
        return None
    pixels.flush()
    whole = np.load(pixels.filename, mmap_mode="r")
    same = whole.shape == pixels.shape and whole.strides == pixels.strides
    return Path(pixels.filename) if same and whole.dtype == pixels.dtype else None


@dataclass(frozen=True)
class TermSet:
    """Named protein sets of a reference: complexes, cellular components, locations.

    Attributes:
        proteins: ``N`` distinct names, all that occur in a term.
        terms: ``T`` distinct identifiers.
        descriptions: ``T`` readable names.
        members: ``(T, N)`` CSR bool.
    """

    proteins: tuple[str, ...]
    terms: tuple[str, ...]
    descriptions: tuple[str, ...]
    members: sparse.csr_array

    @classmethod
    def from_sets(cls, sets: dict[str, tuple[str, set[str]]]) -> TermSet:
        """Build from ``{term: (description, proteins)}``; terms keep their order."""
        proteins = sorted(set().union(*(genes for _, genes in sets.values())))
        column = {name: k for k, name in enumerate(proteins)}
        rows = [np.array(sorted(column[g] for g in genes), np.int32) for _, genes in sets.values()]
        indptr = np.cumsum([0, *map(len, rows)])
        indices = np.concatenate([np.empty(0, np.int32), *rows])
        members = sparse.csr_array(
            (np.ones(len(indices), bool), indices, indptr), shape=(len(sets), len(proteins))
        )
        return cls(tuple(proteins), tuple(sets), tuple(d for d, _ in sets.values()), members)

    def save(self, folder: Path) -> None:
        """Write the terms to `folder`."""
        sparse.save_npz(folder / "members.npz", self.members)
        terms = pd.DataFrame({"term": self.terms, "description": self.descriptions})
        terms.to_csv(folder / "terms.tsv", sep="\t", index=False)
        (folder / "proteins.txt").write_text("".join(f"{name}\n" for name in self.proteins))

    @classmethod
    def load(cls, folder: Path) -> TermSet:
        """Read what `save` wrote."""
        terms = read_table(folder / "terms.tsv").fillna("").astype(str)
        return cls(
            tuple((folder / "proteins.txt").read_text().splitlines()),
            tuple(terms["term"]),
            tuple(terms["description"]),
            sparse.csr_array(sparse.load_npz(folder / "members.npz")),
        )


@dataclass(frozen=True)
class ElutionProfiles:
    """Amounts of proteins along the fractions of a separation such as SEC-MS.

    Attributes:
        proteins: ``N`` distinct names.
        amounts: ``(R, N, F)`` float32 of `R` replicates; NaN where not detected.
    """

    proteins: tuple[str, ...]
    amounts: Floats

    def __post_init__(self) -> None:
        if self.amounts.ndim != 3 or self.amounts.shape[1] != len(self.proteins):
            raise DataError(
                f"ElutionProfiles.amounts must be (R, {len(self.proteins)}, F), "
                f"got {self.amounts.shape}."
            )

    def vectors(self) -> Floats:
        """Return one vector per protein, ``(N, R * F)``, of norm 1: replicates side by side.

        Entries are roots of shares of the protein's amount over a replicate's fractions, 0 where
        it was not detected, so that the inner product of two proteins is the overlap of their
        profiles (Bhattacharyya's coefficient), averaged over replicates, whatever their amounts.

        Raises:
            DataError: If an amount is below 0.
        """
        if np.nanmin(self.amounts, initial=0) < 0:
            raise DataError(
                "elution profiles hold an amount below 0; give amounts, not their logarithms."
            )
        amounts = np.nan_to_num(self.amounts)
        shares = amounts / np.maximum(amounts.sum(axis=2, keepdims=True), np.finfo("f4").tiny)
        rows = np.sqrt(shares).transpose(1, 0, 2).reshape(len(self.proteins), -1)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.where(norms > 0, norms, 1), np.float32)

    def save(self, folder: Path) -> None:
        """Write the profiles to `folder`."""
        (folder / "proteins.txt").write_text("".join(f"{name}\n" for name in self.proteins))
        np.save(folder / "amounts.npy", self.amounts)

    @classmethod
    def load(cls, folder: Path) -> ElutionProfiles:
        """Read what `save` wrote."""
        proteins = tuple((folder / "proteins.txt").read_text().splitlines())
        return cls(proteins, np.load(folder / "amounts.npy"))


VECTORS = (Embedding, ElutionProfiles)
"""Measurements that need no encoder: they are one vector per protein as they stand."""

Measurement = Network | Embedding | ImageSet | TermSet | ElutionProfiles | Hierarchy
KINDS: dict[str, type[Measurement]] = {
    kind.__name__: kind
    for kind in (Network, Embedding, ImageSet, TermSet, ElutionProfiles, Hierarchy)
}

IMAGE_COLUMNS = ("part", "image", "antibody", "cell_line", "proteins", "ambiguous")
"""Columns of the table of a run's images."""

IDENTIFIER_COLUMNS = ("given", "symbol", "status")


@dataclass(frozen=True)
class Reading:
    """One part of a data set as read, with an account of what was not taken as it stood.

    Attributes:
        value: The measurement.
        identifiers: One row per identifier that is not its own current symbol, columns
            ``given``, ``symbol`` (empty where none), ``status`` (``updated``, ``translated``,
            ``ambiguous``, ``unknown``).
        notes: Sentences for the log: rows or images left out, and why.
    """

    value: Measurement
    identifiers: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(IDENTIFIER_COLUMNS))
    )
    notes: tuple[str, ...] = ()

    def save(self, folder: Path) -> None:
        """Write the reading to `folder`."""
        (folder / "kind.txt").write_text(type(self.value).__name__)
        (folder / "value").mkdir()
        self.value.save(folder / "value")
        self.identifiers.to_csv(folder / "identifiers.tsv", sep="\t", index=False)
        (folder / "notes.txt").write_text("".join(f"{note}\n" for note in self.notes))

    @classmethod
    def load(cls, folder: Path) -> Reading:
        """Read what `save` wrote."""
        kind = KINDS[(folder / "kind.txt").read_text()]
        notes = tuple((folder / "notes.txt").read_text().splitlines())
        identifiers = read_table(folder / "identifiers.tsv").fillna("").astype(str)
        return cls(kind.load(folder / "value"), identifiers, notes)
