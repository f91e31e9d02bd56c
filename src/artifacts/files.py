"""Shared by artifacts: array types, saved protein names, our own tables."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import CytoweaveError, DataError

Floats = NDArray[np.float32]


Ints = NDArray[np.int32]


LONGEST_REASON = 100
"""Maximum length of a library's error in a message."""


def load(library: str) -> ModuleType:
    """Import an optional library for exporting artifacts.

    It is slow to load, no stage needs it, and it is not in an import statement, since these add its
    version to the key of every result.
    """
    return import_module(library)


@contextmanager
def whole(path: Path, advice: str) -> Iterator[None]:
    """Turn any error from reading a damaged file into one that names it.

    Args:
        path: The file.
        advice: What to do about it, the end of the message.

    Raises:
        DataError: If the block ended in an error.
    """
    try:
        yield
    except CytoweaveError as error:
        raise DataError(f"{path}: {error} {advice[:1].upper()}{advice[1:]}") from error
    except Exception as error:  # JSON, HDF5, pandas and NumPy raise many classes
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:LONGEST_REASON]
        raise DataError(f"{path}: damaged, or not as we write it ({reason}); {advice}") from error


def read_table(path: Path, texts: Sequence[str] = ()) -> pd.DataFrame:
    """Read one of our own TSV tables; a gene named ``NA`` is not a missing value.

    Args:
        path: The file.
        texts: Columns that are read as text even if every value is a number.
    """
    return pd.read_csv(
        path,
        sep="\t",
        dtype=dict.fromkeys(texts, str),
        na_values=[""],
        keep_default_na=False,
        float_precision="round_trip",
    )


def _check_distinct(names: Sequence[str], where: str) -> None:
    if len(set(names)) != len(names):
        twice = pd.Series(names)
        raise DataError(f"{where}: '{twice[twice.duplicated()].iloc[0]}' occurs more than once.")


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


def _row_of(name: str, names: Sequence[str], what: str) -> int:
    if name not in names:
        same = [known for known in names if known.casefold() == name.casefold()]
        # Of ids such as Cluster4-0 all are alike: only one with the same digits is suggested.
        alike = [known for known in names if _digits(known) == _digits(name)]
        near = same or difflib.get_close_matches(name, alike, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"the first is '{names[0]}'."
        raise DataError(f"There is no {what} '{name}'; {hint}")
    return names.index(name)


def _save_names(folder: Path, proteins: Sequence[str]) -> None:
    (folder / "proteins.txt").write_text("".join(f"{name}\n" for name in proteins))


def _load_names(folder: Path) -> tuple[str, ...]:
    return tuple((folder / "proteins.txt").read_text().splitlines())
