"""Findings: metrics, tables and evidence cards from an application of a map."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .files import read_table, whole
from .spreadsheets import as_written, write_tsv

NOTE = "findings.json"
CARDS = "cards.json"

FORMER_METRICS = "figures"
"""Key of the metrics in files of older versions, which are still read."""

Card = Mapping[str, object]
"""Plain JSON: text, numbers, true and false, null, lists and mappings of these."""


@dataclass(frozen=True)
class Findings:
    """Result of an application of a map.

    Attributes:
        title: The question, in one line.
        tables: By name, one row per observation; the first is the main result, named as the verb.
        metrics: Metric -> number, such as ``significant`` and ``significant.null_mean``.
        notes: Sentences for the reader: what was compared, what was left out.
        cards: Assembly -> entries of its evidence card.
        files: File name -> text: results in other formats, such as GMT.
        shown: Name of the table whose first rows are shown; "": the first table.
        written: Path below the folder -> text: input of other programs, not read back.
    """

    title: str
    tables: Mapping[str, pd.DataFrame]
    metrics: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cards: Mapping[str, Card] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""
    written: Mapping[str, str] = field(default_factory=dict)

    @property
    def answer(self) -> pd.DataFrame:
        """The first table."""
        return next(iter(self.tables.values()))

    @property
    def first_look(self) -> tuple[str, pd.DataFrame]:
        """Name and rows of the table whose first rows are shown."""
        name = self.shown or next(iter(self.tables))
        return name, self.tables[name]

    def to_frame(self) -> pd.DataFrame:
        """Return the first table."""
        return self.answer

    def save(self, folder: Path) -> None:
        """Write each table as TSV to `folder`, further files unchanged, and the rest as JSON."""
        for name, table in self.tables.items():
            write_tsv(folder / f"{name}.tsv", table)
        texts = {name: list(t.select_dtypes(object).columns) for name, t in self.tables.items()}
        note = {
            "title": self.title,
            "metrics": self.metrics,
            "notes": self.notes,
            "tables": texts,
            "files": list(self.files),
            "shown": self.shown,
        }
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        for name, text in self.written.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        (folder / NOTE).write_text(_text(note), encoding="utf-8")
        (folder / CARDS).write_text(_text(self.cards), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Findings:
        """Read what `save` wrote; an empty cell of a column of numbers reads as NaN.

        Raises:
            DataError: If a file is missing or damaged.
        """
        with whole(folder, "ask again, or delete this folder."):
            return cls._load(folder)

    @classmethod
    def _load(cls, folder: Path) -> Findings:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        numbers = note["metrics" if "metrics" in note else FORMER_METRICS]
        metrics = {k: math.nan if v is None else float(v) for k, v in numbers.items()}
        return cls(
            note["title"],
            {name: _table(folder / f"{name}.tsv", texts) for name, texts in note["tables"].items()},
            metrics,
            tuple(note["notes"]),
            json.loads((folder / CARDS).read_text(encoding="utf-8")),
            {n: (folder / n).read_text(encoding="utf-8") for n in note.get("files", ())},
            note.get("shown", ""),
        )


def plain(value: object) -> object:
    """Return a JSON-compatible value: NaN and infinity become null, NumPy numbers Python's."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(value: object) -> str:
    return json.dumps(plain(value), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _table(path: Path, texts: list[str]) -> pd.DataFrame:
    table = read_table(path, texts)
    table[texts] = table[texts].fillna("")
    return as_written(table)
