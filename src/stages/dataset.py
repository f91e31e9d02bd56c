"""A data set: the modalities and references of a data config, simulated, checked and read."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import pandas as pd

from ..artifacts import (
    IDENTIFIER_COLUMNS,
    IMAGE_COLUMNS,
    Embedding,
    ImageSet,
    Measurement,
    Network,
)
from ..data.names import ACCOUNT, USUAL
from ..errors import ConfigError, DataError
from ..nodes.build import Config, Settings
from ..store import Remembered, Store
from .reading import DataPart, Readings, check_data, read_all, read_pairs, simulate

LOG = logging.getLogger("cytoweave")

DEFAULTS: Settings = {
    "title": "Cell map",
    "simulate": None,
    "id_map": None,
    "groups": USUAL.groups,
    "contaminants": USUAL.contaminants,
    "licences": {},
    "proteins": "all",
    "fuse": None,
    "pairs": None,
    "modalities": {},
    "references": {},
}
"""Defaults of a data config."""

PROTEINS = ("both", "all")
"""Proteins to map: those measured in every modality, or in any."""


@dataclass(frozen=True)
class DataSet:
    """All parts of a data set as read.

    Attributes:
        modalities: The measurements; empty where `pairs` are given instead.
        references: Known annotations of the proteins.
        pairs: Weighted protein pairs to map without encoding and fusion, or None.
        mapped: The proteins to map: ``both``, those measured in every modality; ``all``, those in
            any.
        fuse: Names of the modalities that are fused; None for all. The others still count for
            `mapped`, so that maps with and without them can be of the same proteins.
    """

    modalities: Readings = field(default_factory=dict)
    references: Readings = field(default_factory=dict)
    pairs: DataPart | None = None
    mapped: str = "all"
    fuse: Sequence[str] | None = None

    @classmethod
    def of(
        cls,
        store: Store,
        data: Config,
        *,
        seed: int,
        strict: bool,
        workers: int,
        measured: bool = True,
    ) -> DataSet:
        """Read all parts of a data config; a simulated cell is drawn first if requested.

        With ``measured=False`` a data set may have references alone.

        Raises:
            ConfigError: If the config contradicts itself.
            DataError: If a file is missing or malformed, or modalities share no protein.
        """
        data = completed(data)
        if data["proteins"] not in PROTEINS:
            allowed = ", ".join(PROTEINS)
            raise ConfigError(f"data.proteins must be one of {allowed}, got '{data['proteins']}'.")
        kinds = bool(data["pairs"]) + bool(data["modalities"])
        if kinds > 1 or (measured and not kinds):
            raise ConfigError("A data config needs either data.modalities or data.pairs.")
        for name in data["fuse"] or ():
            if name not in data["modalities"]:
                raise ConfigError(
                    f"data.fuse: there is no modality '{name}'; choose from "
                    f"{', '.join(data['modalities']) or 'none'}."
                )
        data = simulate(store, data, seed, workers)
        check_data(data)
        pairs = read_pairs(store, data, strict=strict) if data["pairs"] else None
        data_set = cls(
            read_all(store, data, "modalities", strict=strict, workers=workers),
            read_all(store, data, "references", strict=strict),
            pairs,
            data["proteins"],
            data["fuse"],
        )
        data_set._check_overlap()
        log_notes(data_set.parts())
        return data_set

    def parts(self) -> Readings:
        """Return all parts, modalities first."""
        pairs = {"pairs": self.pairs} if self.pairs else {}
        return pairs | self.modalities | self.references

    def offered_pairs(self) -> DataPart:
        """Return the pairs that are mapped without encoding and fusion.

        Raises:
            ConfigError: If the data set has modalities instead.
        """
        if self.pairs is None:
            raise ConfigError("data.pairs: this data set offers none; it has modalities.")
        return self.pairs

    def offered(self) -> list[str]:
        """Return the proteins that a map of this data set could contain, sorted."""
        if self.pairs:
            return sorted(proteins_of(self.pairs.measurement))
        sets = [proteins_of(part.measurement) for part in self.modalities.values()]
        together = set.intersection if self.mapped == "both" else set.union
        return sorted(together(*sets))

    def measured(self) -> dict[str, set[str]]:
        """Return modality -> its measured proteins, among those to fuse."""
        proteins = {name: proteins_of(part.measurement) for name, part in self.modalities.items()}
        if self.mapped == "both":
            shared = set.intersection(*proteins.values())
            proteins = dict.fromkeys(proteins, shared)
        return {name: proteins[name] for name in self.fuse or proteins}

    def to_fuse(
        self, embeddings: Mapping[str, Remembered[Embedding]]
    ) -> dict[str, Remembered[Embedding]]:
        """Return the embeddings to fuse, restricted to the proteins to map."""
        kept = keep_proteins(embeddings, self.mapped)
        return {name: kept[name] for name in self.fuse or kept}

    def inventory(self) -> pd.DataFrame:
        """Return one row per part: kind, size, and number of names that needed attention.

        Those of the symbol table are there only if a name was looked up in one and had to change.
        """
        offered = set(self.offered())
        rows = []
        given = {word for part in self.parts().values() for word in part.identifiers["status"]}
        looked_up = ATTENTION if given & set(ATTENTION) else ()
        words = (*looked_up, *(word for word in ACCOUNT if word in given))
        for name, member in self.parts().items():
            proteins = proteins_of(member.measurement)
            status = member.identifiers["status"].value_counts()
            rows.append(
                {
                    "part": name,
                    "holds": _described(member.measurement),
                    "proteins": len(proteins),
                    "mapped": len(proteins & offered),
                    **{word: int(status.get(word, 0)) for word in words},
                }
            )
        return pd.DataFrame(rows)

    def identifiers(self) -> pd.DataFrame:
        """Return all names that were changed or ambiguous, with the part they came from."""
        return identifiers(self.parts())

    def images(self) -> pd.DataFrame:
        """Return one row per image: its proteins, and whether they are ambiguous.

        Columns: ``part image antibody cell_line proteins ambiguous``; proteins are separated by
        ``|``, ``ambiguous`` is ``yes`` or blank.
        """
        tables = [
            _images(name, part.measurement)
            for name, part in self.modalities.items()
            if isinstance(part.measurement, ImageSet)
        ]
        return pd.concat(tables, ignore_index=True) if tables else no_images()

    def _check_overlap(self) -> None:
        """Raise unless every modality shares proteins with another."""
        names = {name: proteins_of(part.measurement) for name, part in self.modalities.items()}
        linked = {name for a, b in combinations(names, 2) if names[a] & names[b] for name in (a, b)}
        for alone in (name for name in names if len(names) > 1 and name not in linked):
            other = next(name for name in names if name != alone)
            raise DataError(
                f"Proteins in {alone} and {other} share no identifier ({alone}: "
                f"'{min(names[alone], default='')}', {other}: '{min(names[other], default='')}'); "
                "set data.id_map to translate."
            )


def keep_proteins(
    embeddings: Mapping[str, Remembered[Embedding]], mapped: str
) -> dict[str, Remembered[Embedding]]:
    """Return the embeddings restricted to the proteins to fuse.

    Args:
        embeddings: Modality -> its embedding.
        mapped: ``both`` for the proteins that every modality has, ``all`` for those of any.

    Raises:
        DataError: If no protein is left.
    """
    if mapped == "all":
        return dict(embeddings)
    shared = set.intersection(*(set(embedding.value.proteins) for embedding in embeddings.values()))
    if not shared:
        raise DataError(
            f"data.proteins=both leaves no protein: none has all of {', '.join(embeddings)}; "
            "set data.proteins=all."
        )
    others = " & ".join(sorted(embedding.key for embedding in embeddings.values()))
    return {
        name: replace(
            embedding,
            value=embedding.value.restrict(sorted(shared)),
            key=f"{embedding.key} in {others}",
        )
        for name, embedding in embeddings.items()
    }


def log_notes(readings: Readings) -> None:
    """Log notes of the readers: rows left out or interpreted, names translated."""
    for name, reading in readings.items():
        for note in reading.reading.notes:
            LOG.warning("%s: %s", name, note)
        if isinstance(reading.measurement, ImageSet) and reading.measurement.ambiguous.any():
            LOG.info(
                "%s: %d images are of antibodies that may have stained several proteins and count "
                "for each; see tables/images.tsv",
                name,
                reading.measurement.ambiguous.sum(),
            )
        status = reading.identifiers["status"].value_counts()
        if len(status):
            counts = ", ".join(
                f"{status[word]} {word}" for word in (*ATTENTION, *ACCOUNT) if word in status
            )
            LOG.info("%s: identifiers %s; see tables/identifiers.tsv", name, counts)


def completed(data: Config) -> Settings:
    """Return a data config with all keys; missing ones get their defaults."""
    return DEFAULTS | dict(data)


ATTENTION = ("updated", "translated", "ambiguous", "unknown")


def identifiers(readings: Readings) -> pd.DataFrame:
    """Return the identifiers of several readings in one table, the part they came in first."""
    columns = ["part", *IDENTIFIER_COLUMNS]
    tables = [reading.identifiers.assign(part=name) for name, reading in readings.items()]
    tables = [table[columns] for table in tables if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def no_images() -> pd.DataFrame:
    """Return the table of the images of a run that has none."""
    return pd.DataFrame(columns=list(IMAGE_COLUMNS), dtype=str)


def _images(part: str, images: ImageSet) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "part": part,
            "image": images.names,
            "antibody": images.antibodies,
            "cell_line": images.cell_lines,
            "proteins": ["|".join(genes) for genes in images.proteins],
            "ambiguous": ["yes" if several else "" for several in images.ambiguous],
        }
    )


def proteins_of(measured: Measurement) -> set[str]:
    """Return the proteins of a measurement or reference."""
    if isinstance(measured, ImageSet):
        return {protein for genes in measured.proteins for protein in genes}
    return set(measured.proteins)


def _described(measured: Measurement) -> str:
    if isinstance(measured, Network):
        return f"{len(measured.edges):,} pairs"
    if isinstance(measured, ImageSet):
        several = int(measured.ambiguous.sum())
        return f"{len(measured.names):,} images" + (f", {several:,} ambiguous" if several else "")
    shapes = {
        "Embedding": lambda m: f"{m.vectors.shape[1]:,} columns",
        "TermSet": lambda m: f"{len(m.terms):,} terms",
        "ElutionProfiles": lambda m: "{} x {} fractions".format(*m.amounts.shape[::2]),
        "Hierarchy": lambda m: f"{len(m.names) - 1:,} assemblies",
    }
    return str(shapes[type(measured).__name__](measured))
