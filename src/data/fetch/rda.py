"""Reader of R data files: data frames, matrices, pRolocdata's MSnSet."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from ...artifacts.files import load
from ...errors import ConfigError, DataError
from ...nodes.ranges import checked

SUFFIXES = (".rda", ".RData", ".rdata")


@checked
def rda(to: Path, file: Path, name: str | None = None, member: str = "*") -> None:
    """Write an object of an R data file as a table, its row names in the column ``id``.

    Of an MSnSet the columns are the quantities of each sample, then what is said of each protein.

    Args:
        to: The file to write.
        file: ``.rda``, or a source package (``.tar.gz``) that contains it.
        name: The object; None: the only one.
        member: Name of the file in the package, or a pattern that one name fits.

    Raises:
        ConfigError: If the library that reads R's files is not installed.
        DataError: If there is no such object, or it is no table.
    """
    try:
        rdata = load("rdata")
    except ModuleNotFoundError:
        raise ConfigError(
            "R's data files are read by rdata; install it: pip install 'cytoweave[rda]'."
        ) from None
    with TemporaryDirectory() as folder:
        path = _unpacked(file, member, Path(folder)) if tarfile.is_tarfile(file) else file
        try:
            objects = rdata.read_rda(path)
        except Exception as error:  # the library has a class of its own for each damage
            raise DataError(f"{path.name}: no data file of R ({error}).") from error
    if name is None and len(objects) != 1:
        raise DataError(f"{file.name}: holds {', '.join(objects)}; say which as name.")
    if name is not None and name not in objects:
        raise DataError(f"{file.name}: has no object '{name}'; it has {', '.join(objects)}.")
    table = _table(file, objects[name] if name is not None else next(iter(objects.values())))
    table.to_csv(to, sep="\t", index_label="id")


def _unpacked(file: Path, member: str, folder: Path) -> Path:
    """Return the one data file of a package, unpacked; links and devices are none."""
    with tarfile.open(file) as package:
        names = [
            entry
            for entry in package
            if entry.isfile()
            and entry.name.endswith(SUFFIXES)
            and fnmatchcase(entry.name.rpartition("/")[2], member)
        ]
        if len(names) != 1:
            raise DataError(f"{file.name}: {len(names)} data files are named '{member}', not one.")
        stream = package.extractfile(names[0])
        path = folder / names[0].name.rpartition("/")[2]
        path.write_bytes(b"" if stream is None else stream.read())
    return path


def _table(file: Path, value: object) -> pd.DataFrame:
    if isinstance(value, pd.DataFrame):
        return value
    amounts = _matrix(value)
    if amounts is None and hasattr(value, "assayData"):
        amounts = _matrix(_variables(value.assayData).get("exprs"))
        features = getattr(getattr(value, "featureData", None), "data", None)
        if amounts is not None and isinstance(features, pd.DataFrame):
            named = features.set_axis(amounts.index, axis=0)
            return amounts.join(named[[c for c in named if c not in amounts]])
    if amounts is None:
        raise DataError(f"{file.name}: its object is no data frame, matrix or MSnSet.")
    return amounts


def _variables(environment: object) -> Mapping[str, object]:
    """Return the variables of an environment of R."""
    frame = getattr(environment, "frame", environment)
    return frame if isinstance(frame, Mapping) else {}


def _matrix(value: object) -> pd.DataFrame | None:
    """Return a matrix with its dimnames, as rdata gives it: an array of xarray, or plain."""
    values = np.asarray(getattr(value, "values", value))
    if values.ndim != 2:
        return None
    names = (
        [
            list(np.asarray(value.coords[dim])) if dim in value.coords else range(size)
            for dim, size in zip(value.dims, values.shape, strict=True)
        ]
        if hasattr(value, "dims") and hasattr(value, "coords")
        else [range(n) for n in values.shape]
    )
    return pd.DataFrame(values, index=names[0], columns=names[1])
