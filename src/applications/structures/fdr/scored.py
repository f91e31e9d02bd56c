"""Scores of candidate and decoy pairs, from a table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ....data.sheets import Sheet, find_column, header_of, open_sheet
from ....errors import DataError
from ..complexes import Floats, Mask
from ..known import ordered
from .shared_proteins import Ends

KINDS = ("candidate", "decoy")
PROTEINS = ("protein_a", "protein_b")
TEXT_COLUMNS = (*PROTEINS, "stratum", "assembly")
"""Columns of text that a table may have."""

MEASURED = ("length", "disorder")
"""Columns of numbers that decoys may be matched in, besides the degree."""


@dataclass(frozen=True)
class Scored:
    """Candidates and decoys with a score each.

    Attributes:
        table: Columns ``pair kind score`` and, where the file has them, ``protein_a protein_b
            stratum assembly length disorder``.
    """

    table: pd.DataFrame

    @classmethod
    def read(cls, path: Path) -> Scored:
        """Read scores; larger is better.

        Raises:
            DataError: If a column is missing, a kind or a score is none, a pair occurs twice or as
                both kinds, or candidates or decoys are missing.
        """
        sheet = open_sheet(path)
        line, columns = header_of(sheet)
        for name in ("pair", "kind", "score"):
            find_column(sheet, columns, name)
        texts = [n for n in ("pair", "kind", *TEXT_COLUMNS) if n in columns]
        numbers = ["score", *(name for name in MEASURED if name in columns)]
        table = sheet.read(columns, after=line, texts=texts, numbers=numbers)
        _check_rows(sheet, table)
        _check_repeats(sheet, table)
        for kind in KINDS:
            if not (table["kind"] == kind).any():
                raise DataError(f"{path.name}: holds no {kind}; error rates need both kinds.")
        return cls(table.reset_index(drop=True))

    @cached_property
    def is_decoy(self) -> Mask:
        """Which rows are decoys."""
        return np.asarray(self.table["kind"] == "decoy")

    @property
    def scores(self) -> Floats:
        """``(C,)`` of the candidates."""
        return self.table["score"].to_numpy(float)[~self.is_decoy]

    @property
    def decoys(self) -> Floats:
        """``(D,)`` of the decoys."""
        return self.table["score"].to_numpy(float)[self.is_decoy]

    @cached_property
    def ends(self) -> Ends | None:
        """``(R, 2)`` both proteins of every row, as numbers; None where the file names none."""
        if not set(PROTEINS) <= set(self.table):
            return None
        names = self.table[list(PROTEINS)].to_numpy(str)
        if (names == "").any():
            return None
        codes, _ = pd.factorize(names.ravel())
        return np.asarray(codes.reshape(-1, 2), np.intp)

    def covariate(self, name: str) -> tuple[Floats, Floats] | None:
        """Return degree, length or disorder of candidates and of decoys; None where unknown.

        The degree of a pair is the sum of how many pairs of its kind each of its proteins is in.
        """
        if name in MEASURED:
            if name not in self.table or self.table[name].isna().any():
                return None
            values = self.table[name].to_numpy(float)
            return values[~self.is_decoy], values[self.is_decoy]
        if self.ends is None:
            return None
        return _degrees(self.ends[~self.is_decoy]), _degrees(self.ends[self.is_decoy])


def _check_rows(sheet: Sheet, table: pd.DataFrame) -> None:
    columns = table.index.tolist(), [*map(str, table["kind"])], table["score"].tolist()
    for row, kind, score in zip(*columns, strict=True):
        if kind not in KINDS:
            raise DataError(f"{sheet.where(row)}: kind must be candidate or decoy, got '{kind}'.")
        if np.isnan(score):
            raise DataError(f"{sheet.where(row)}: score is missing; give it or drop the row.")


def _check_repeats(sheet: Sheet, table: pd.DataFrame) -> None:
    """Refuse a name that two rows of a kind bear, and a decoy that is a candidate too."""
    twice = table.duplicated(["pair", "kind"])
    if twice.any():
        row, name = int(table.index[twice][0]), table["pair"][twice].tolist()[0]
        raise DataError(f"{sheet.where(row)}: a second '{name}'; rename one.")
    if not set(PROTEINS) <= set(table):
        return
    names = [ordered(str(a), str(b)) for a, b in table[list(PROTEINS)].to_numpy(str)]
    kinds = table["kind"].tolist()
    candidates = {n for n, kind in zip(names, kinds, strict=True) if kind == "candidate" and all(n)}
    for row, name, kind in zip(table.index.tolist(), names, kinds, strict=True):
        if kind == "decoy" and name in candidates:
            raise DataError(
                f"{sheet.where(row)}: {' and '.join(name)} are a candidate as well, so that they "
                "cannot be a decoy; drop one."
            )


def _degrees(ends: Ends) -> Floats:
    return np.asarray(np.bincount(ends.ravel())[ends].sum(axis=1), float)
