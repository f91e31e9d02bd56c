"""Measurements of a map's proteins, saved with the run: interactions, profiles, images, names.

A map is a summary. To judge an assembly one needs its data: interactions among its members, their
elution profiles, images of their cells, and other names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..artifacts import ElutionProfiles, Network, as_written, read_table, whole, write_tsv

NAME_COLUMNS = ("protein", "name", "aliases", "uniprot", "ensembl", "hgnc", "entrez")
"""Columns of the names of proteins; several entries of a cell are separated by ``|``."""

PAIRS, ELUTION, CELLS, NAMES = "pairs", "elution", "cells", "names"
"""Prefixes of file names: ``pairs.<modality>.tsv.gz``, ``cells.<modality>.000.jpg``."""

ENDS = ("protein_a", "protein_b")

RESTORE = "restore it, or make the run again."


@dataclass(frozen=True)
class Thumbnails:
    """Thumbnails of cells, a few per protein, on square sheets of 8 x 8.

    Attributes:
        proteins: Protein of each position, row by row, sheet by sheet; the first one of a protein
            represents it.
        sheets: JPEG files.
    """

    proteins: tuple[str, ...]
    sheets: tuple[bytes, ...]


@dataclass(frozen=True)
class Measured:
    """Measurements of the proteins of a map.

    Attributes:
        networks: Modality -> interactions among proteins of the map.
        profiles: Modality or reference -> elution profiles of proteins of the map.
        cells: Modality -> thumbnails of each protein's cells.
        names: One row per protein with other names: `NAME_COLUMNS`.
    """

    networks: Mapping[str, Network] = field(default_factory=dict)
    profiles: Mapping[str, ElutionProfiles] = field(default_factory=dict)
    cells: Mapping[str, Thumbnails] = field(default_factory=dict)
    names: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(NAME_COLUMNS)))

    def save(self, folder: Path) -> list[Path]:
        """Write each part to its own file below `folder`; return them.

        The same parts give the same bytes. Tables are safe in a spreadsheet.
        """
        tables = {f"{PAIRS}.{name}": pairs.to_frame() for name, pairs in self.networks.items()}
        tables |= {f"{ELUTION}.{name}": _elution(part) for name, part in self.profiles.items()}
        shown = {name: pd.DataFrame({"protein": c.proteins}) for name, c in self.cells.items()}
        tables |= {f"{CELLS}.{name}": table for name, table in shown.items()}
        tables |= {NAMES: self.names} if len(self.names) else {}
        if tables:
            folder.mkdir(exist_ok=True)
        paths = [folder / f"{name}.tsv.gz" for name in tables]
        for path, table in zip(paths, tables.values(), strict=True):
            write_tsv(path, table)
        for name, part in self.cells.items():
            for number, sheet in enumerate(part.sheets):
                paths.append(folder / f"{CELLS}.{name}.{number:03d}.jpg")
                paths[-1].write_bytes(sheet)
        return paths

    @classmethod
    def load(cls, folder: Path) -> Measured:
        """Read what `save` wrote; empty if there is no such folder.

        Raises:
            DataError: If a file is damaged.
        """
        networks, profiles, cells = {}, {}, {}
        for path in sorted(folder.glob("*.tsv.gz")):
            kind, _, name = path.name.removesuffix(".tsv.gz").partition(".")
            with whole(path, RESTORE):
                if kind == PAIRS:
                    networks[name] = _network(_read(path, ENDS))
                elif kind == ELUTION:
                    profiles[name] = _profiles(_read(path, ("protein",)))
                elif kind == CELLS:
                    sheets = sorted(folder.glob(f"{CELLS}.{name}.[0-9]*.jpg"))
                    shown = tuple(_read(path, ("protein",))["protein"])
                    cells[name] = Thumbnails(shown, tuple(p.read_bytes() for p in sheets))
        names = folder / f"{NAMES}.tsv.gz"
        if not names.is_file():
            return cls(networks, profiles, cells)
        with whole(names, RESTORE):
            return cls(networks, profiles, cells, _read(names, NAME_COLUMNS).fillna(""))


def subnetwork(network: Network, proteins: Iterable[str]) -> Network:
    """Return the induced subnetwork of some proteins."""
    kept = _among(network.proteins, proteins)
    row = np.cumsum(kept) - 1
    inside = kept[network.edges].all(axis=1)
    names = tuple(np.array(network.proteins, object)[kept].tolist())
    return Network(names, row[network.edges[inside]].astype(np.int32), network.weights[inside])


def profiles_of(profiles: ElutionProfiles, proteins: Iterable[str]) -> ElutionProfiles:
    """Return the profiles of some proteins."""
    kept = np.flatnonzero(_among(profiles.proteins, proteins))
    return ElutionProfiles(tuple(profiles.proteins[k] for k in kept), profiles.amounts[:, kept])


def _among(names: Iterable[str], proteins: Iterable[str]) -> NDArray[np.bool_]:
    """Return whether each name is one of some proteins."""
    wanted = set(proteins)
    return np.array([name in wanted for name in names], bool)


def _elution(profiles: ElutionProfiles) -> pd.DataFrame:
    """Return one row per protein and replicate, a column per fraction."""
    replicates, n, fractions = profiles.amounts.shape
    table = pd.DataFrame(profiles.amounts.reshape(-1, fractions), columns=range(1, fractions + 1))
    table.insert(0, "replicate", np.repeat(np.arange(1, replicates + 1), n))
    table.insert(0, "protein", np.tile(np.array(profiles.proteins, object), replicates))
    return table


def _profiles(table: pd.DataFrame) -> ElutionProfiles:
    proteins = tuple(table["protein"][table["replicate"] == 1])
    amounts = table.drop(columns=["protein", "replicate"]).to_numpy(np.float32)
    return ElutionProfiles(proteins, amounts.reshape(-1, len(proteins), amounts.shape[1]))


def _network(table: pd.DataFrame) -> Network:
    return Network.from_pairs(table[ENDS[0]].tolist(), table[ENDS[1]].tolist(), table["weight"])


def _read(path: Path, texts: Sequence[str]) -> pd.DataFrame:
    return as_written(read_table(path, texts))
