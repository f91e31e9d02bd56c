"""What the artifacts share: array types, names of proteins on disk, our own tables."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataError

Floats = NDArray[np.float32]


Ints = NDArray[np.int32]


def load(library: str) -> ModuleType:
    """Load a library that artifacts are only handed to.

    It is slow to load, no stage needs it, and it is not named in an import statement, since these
    put its version into the key of every result.
    """
    return import_module(library)


def read_table(path: Path) -> pd.DataFrame:
    """Read one of our own TSV tables; a gene called ``NA`` stays a name."""
    return pd.read_csv(
        path, sep="\t", na_values=[""], keep_default_na=False, float_precision="round_trip"
    )


def _check_distinct(names: Sequence[str], where: str) -> None:
    if len(set(names)) != len(names):
        twice = pd.Series(names)
        raise DataError(f"{where}: '{twice[twice.duplicated()].iloc[0]}' occurs more than once.")


def _row_of(name: str, names: Sequence[str], what: str) -> int:
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"the first is '{names[0]}'."
        raise DataError(f"There is no {what} '{name}'; {hint}")
    return names.index(name)


def _save_names(folder: Path, proteins: Sequence[str]) -> None:
    (folder / "proteins.txt").write_text("".join(f"{name}\n" for name in proteins))


def _load_names(folder: Path) -> tuple[str, ...]:
    return tuple((folder / "proteins.txt").read_text().splitlines())
