"""Scores: metrics and tables of an evaluation."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from .files import read_table


@dataclass(frozen=True)
class Scores:
    """Metrics and tables of an evaluation.

    Attributes:
        metrics: Metrics: ``<reference>.<part>.<metric>`` -> number, e.g. ``corum.all.recovered``.
        tables: Tidy tables by name, one row per observation.
    """

    metrics: dict[str, float]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def to_frame(self) -> pd.DataFrame:
        """Return one row per metric: ``reference part metric value``."""
        rows = [(*name.split(".", 2), value) for name, value in self.metrics.items()]
        return pd.DataFrame(rows, columns=["reference", "part", "metric", "value"])

    def save(self, folder: Path) -> None:
        """Write the metrics as JSON and each table as TSV to `folder`."""
        (folder / "scores.json").write_text(json.dumps(self.metrics, indent=1) + "\n")
        for name, table in self.tables.items():
            table.to_csv(folder / f"{name}.tsv", sep="\t", index=False)

    @classmethod
    def load(cls, folder: Path) -> Scores:
        """Read what `save` wrote; an empty cell of a table reads as NaN."""
        metrics = json.loads((folder / "scores.json").read_text())
        return cls(metrics, {path.stem: read_table(path) for path in sorted(folder.glob("*.tsv"))})
