"""The list of folding jobs, ``jobs.tsv``: proteins and kind (candidate or decoy) of each job."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...data.sheets import find_column, header_of, open_sheet
from ...errors import DataError
from .complexes import Coordinates

NEEDED = ("job", "kind", "protein_a", "protein_b", "length_a", "length_b")
"""Columns of a list of jobs; more may follow."""

KINDS = ("candidate", "decoy", "homodimer")

HASHES = ("sha256_a", "sha256_b")

NUMBERS = ("probability", "similarity", "disorder")

CARD_COLUMNS = ("assembly", "stratum", "pdb", "interactions", *NUMBERS)
"""Further columns of the list: each is on the pair's evidence card."""


@dataclass(frozen=True)
class Job:
    """Two proteins that are folded together.

    Attributes:
        name: Of the job.
        kind: ``candidate``, ``decoy`` or ``homodimer``.
        proteins: Names of both.
        lengths: Residues of both.
        hashes: SHA-256 of both sequences; blank where unknown.
        more: What the list says besides, see `CARD_COLUMNS`; blank cells left out.
    """

    name: str
    kind: str
    proteins: tuple[str, str]
    lengths: tuple[int, int]
    hashes: tuple[str, str] = ("", "")
    more: Mapping[str, str | float] = field(default_factory=dict)

    def chains(self, coordinates: Coordinates) -> tuple[int, int]:
        """Return which chain of a structure is which protein, by sequence, else by length.

        Raises:
            DataError: If the structure has not just two protein chains, or they are others.
        """
        if len(coordinates.chains) != 2:
            raise DataError(f"{len(coordinates.chains)} protein chains, where the job has 2.")
        sequences = [coordinates.sequence(k) for k in (0, 1)]
        for order in ((0, 1), (1, 0)):
            if all(self._is(k, sequences[chain]) for k, chain in enumerate(order)):
                return order
        what = "the sequences of the job's proteins" if any(self.hashes) else "those of the job"
        raise DataError(
            f"chains of {len(sequences[0])} and {len(sequences[1])} residues are not "
            f"{what} ({self.lengths[0]} and {self.lengths[1]})."
        )

    def _is(self, protein: int, sequence: str) -> bool:
        """Return whether a sequence is that of one of the proteins."""
        if self.hashes[protein] and "X" not in sequence:
            return sha256(sequence) == self.hashes[protein]
        return len(sequence) == self.lengths[protein]


def sha256(sequence: str) -> str:
    """Return the SHA-256 of a sequence, by which its MSA is named."""
    return hashlib.sha256(sequence.encode()).hexdigest()


def plain_name(job: str) -> str:
    """Return a job's name as predictors may write it: small letters, other signs as ``_``.

    >>> plain_name("GNG2-GNB2.1")
    'gng2_gnb2_1'
    """
    return re.sub(r"[^a-z0-9]", "_", job.lower())


def read_jobs(path: Path) -> Mapping[str, Job]:
    """Read a list of jobs; keys are plain names.

    Raises:
        DataError: If a column is missing, a kind or a length is none, or two jobs have one name.
    """
    sheet = open_sheet(path)
    line, columns = header_of(sheet)
    for name in NEEDED:
        find_column(sheet, columns, name)
    more = [name for name in (*HASHES, *CARD_COLUMNS) if name in columns]
    lengths = ("length_a", "length_b")
    numbers = [*lengths, *(name for name in more if name in NUMBERS)]
    texts = [name for name in (*NEEDED, *more) if name not in numbers]
    table = sheet.read(columns, after=line, texts=texts, numbers=numbers)
    jobs: dict[str, Job] = {}
    for row, cells in zip(table.index, table.to_dict("records"), strict=True):
        job = _job({str(name): cell for name, cell in cells.items()})
        if plain_name(job.name) in jobs:
            raise DataError(f"{sheet.where(int(row))}: a second job '{job.name}'; rename one.")
        if job.kind not in KINDS:
            raise DataError(
                f"{sheet.where(int(row))}: kind must be {', '.join(KINDS[:2])} or {KINDS[2]}, got "
                f"'{job.kind}'."
            )
        if not all(length >= 1 for length in job.lengths):
            raise DataError(
                f"{sheet.where(int(row))}: a length must be a whole number of at least 1."
            )
        jobs[plain_name(job.name)] = job
    return jobs


def _job(cells: Mapping[str, object]) -> Job:
    texts = {name: str(cell) for name, cell in cells.items()}
    lengths = [float(texts[name]) for name in ("length_a", "length_b")]
    return Job(
        texts["job"],
        texts["kind"],
        (texts["protein_a"], texts["protein_b"]),
        _pair([int(length) if length.is_integer() else 0 for length in lengths]),
        (texts.get(HASHES[0], ""), texts.get(HASHES[1], "")),
        {
            name: float(texts[name]) if name in NUMBERS else texts[name]
            for name in CARD_COLUMNS
            if texts.get(name, "") not in ("", "nan")
        },
    )


def _pair(values: Sequence[int]) -> tuple[int, int]:
    first, second = values
    return first, second
