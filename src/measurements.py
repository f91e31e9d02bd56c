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
    """Fields of view, decoded and resized; on disk they are mapped, not read.

    Attributes:
        names: ``I`` distinct image names.
        proteins: For each image the gene symbols its antibody may have stained, at least one
            (several where the antibody is ambiguous).
        antibodies: For each image its antibody, "" where unknown.
        pixels: ``(I, 4, S, S)`` uint8, channels in the order of `CHANNELS`.
    """

    names: tuple[str, ...]
    proteins: tuple[tuple[str, ...], ...]
    antibodies: tuple[str, ...]
    pixels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        n = len(self.names)
        if len(self.proteins) != n or len(self.antibodies) != n or len(self.pixels) != n:
            raise DataError("ImageSet needs names, proteins, antibodies and pixels of one length.")
        if self.pixels.ndim != 4 or self.pixels.shape[1] != len(CHANNELS):
            raise DataError(f"ImageSet.pixels must be (I, 4, S, S), got {self.pixels.shape}.")

    def save(self, folder: Path) -> None:
        """Write the images to `folder`."""
        table = pd.DataFrame(
            {
                "name": self.names,
                "proteins": ["|".join(genes) for genes in self.proteins],
                "antibody": self.antibodies,
            }
        )
        table.to_csv(folder / "images.tsv", sep="\t", index=False)
        np.save(folder / "pixels.npy", self.pixels)

    @classmethod
    def load(cls, folder: Path) -> ImageSet:
        """Read what `save` wrote."""
        table = read_table(folder / "images.tsv").fillna("").astype(str)
        return cls(
            tuple(table["name"]),
            tuple(tuple(genes.split("|")) for genes in table["proteins"]),
            tuple(table["antibody"]),
            np.load(folder / "pixels.npy", mmap_mode="r"),
        )


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

    def save(self, folder: Path) -> None:
        """Write the profiles to `folder`."""
        (folder / "proteins.txt").write_text("".join(f"{name}\n" for name in self.proteins))
        np.save(folder / "amounts.npy", self.amounts)

    @classmethod
    def load(cls, folder: Path) -> ElutionProfiles:
        """Read what `save` wrote."""
        proteins = tuple((folder / "proteins.txt").read_text().splitlines())
        return cls(proteins, np.load(folder / "amounts.npy"))


Measurement = Network | Embedding | ImageSet | TermSet | ElutionProfiles | Hierarchy
KINDS: dict[str, type[Measurement]] = {
    kind.__name__: kind
    for kind in (Network, Embedding, ImageSet, TermSet, ElutionProfiles, Hierarchy)
}

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
