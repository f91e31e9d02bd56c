"""One part of a data set as read, with notes on changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .elution import ElutionProfiles
from .embedding import Embedding
from .files import read_table
from .hierarchy import Hierarchy
from .images import ImageSet
from .network import Network
from .terms import TermSet

INPUT_COLUMNS = ("part", "file", "files", "bytes", "sha256", "licence", "url")
"""Columns of the table of the files that a run was made from."""

VECTORS = (Embedding, ElutionProfiles)
"""Measurements that need no encoder, as they have one vector per protein already."""


Measurement = Network | Embedding | ImageSet | TermSet | ElutionProfiles | Hierarchy


KINDS: dict[str, type[Measurement]] = {
    kind.__name__: kind
    for kind in (Network, Embedding, ImageSet, TermSet, ElutionProfiles, Hierarchy)
}


IDENTIFIER_COLUMNS = ("given", "symbol", "status")


@dataclass(frozen=True)
class Reading:
    """One part of a data set as read, with an account of changed names and rows.

    Attributes:
        value: The measurement.
        identifiers: One row per identifier that is not its own current symbol, columns
            ``given``, ``symbol`` (empty if none), ``status`` (``updated``, ``translated``,
            ``ambiguous``, ``unknown``; ``contaminant``, ``group``, ``cleaned``, ``date``).
        notes: Messages for the log: rows or images left out, and why.
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
