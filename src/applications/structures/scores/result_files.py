"""Files of structure predictors: in folders, in zip archives, packed with gzip or plain."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np

from ....data.textfiles import gunzip
from ....errors import DataError
from ..complexes import Floats

MOST_BYTES = 2**31
"""Of one file: the PAE of 10,000 residues as JSON has fewer."""


@dataclass(frozen=True)
class ResultFile:
    """A file of a predictor, in a folder or an archive.

    Attributes:
        folder: Where it is, below the folder that was given; within an archive, behind its name.
        name: Its name, without ``.gz``.
        path: The file on disk: itself, or the archive.
        member: Its name in the archive; None for a file of its own.
    """

    folder: PurePosixPath
    name: str
    path: Path
    member: str | None = None

    def __str__(self) -> str:
        return str(self.folder / self.name)

    @property
    def unpacked(self) -> str:
        """Its path below the folder that was given, once archives are unpacked."""
        return str(self) if self.member is not None else str(self.folder / self.path.name)

    def content(self) -> bytes:
        """Return its content, unpacked.

        Raises:
            DataError: If it is damaged, or larger than any result.
        """
        try:
            raw = self._raw()
            content = gunzip(raw, MOST_BYTES) if raw.startswith(b"\x1f\x8b") else raw
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            raise DataError(f"{self}: cannot be read ({error}); copy it again.") from None
        except (RuntimeError, NotImplementedError) as error:  # a password, a rare compression
            raise DataError(f"{self}: cannot be unpacked ({error}); unpack it yourself.") from None
        if content is None:
            raise DataError(f"{self}: unpacks to over 2 GB, as no result does.")
        return content

    def _raw(self) -> bytes:
        if self.member is None:
            return self.path.read_bytes()
        with zipfile.ZipFile(self.path) as archive:
            if archive.getinfo(self.member).file_size > MOST_BYTES:
                raise DataError(f"{self}: unpacks to over 2 GB, as no result does.")
            return archive.read(self.member)

    def text(self) -> str:
        """Return its content as text.

        Raises:
            DataError: If it is damaged or not UTF-8.
        """
        try:
            return self.content().decode("utf-8")
        except UnicodeDecodeError:
            raise DataError(f"{self}: is no text (UTF-8).") from None

    def json(self) -> Mapping[str, object]:
        """Return the object that a JSON file holds.

        Raises:
            DataError: If it is truncated or has other content.
        """
        try:
            document = json.loads(self.text())
        except (ValueError, RecursionError) as error:
            raise DataError(f"{self}: is truncated or no JSON ({error}); copy it again.") from None
        if not isinstance(document, dict):
            raise DataError(f"{self}: must hold a JSON object.")
        return document

    def array(self, key: str, dimensions: int) -> Floats:
        """Return an array of a NumPy archive (.npz) as numbers, dimensions of one entry left out.

        Raises:
            DataError: If it is damaged, or has no such array of so many dimensions.
        """
        try:
            with np.load(io.BytesIO(self.content()), allow_pickle=False) as arrays:
                values = np.asarray(arrays[key], float)
        except KeyError:
            raise DataError(f"{self}: has no array '{key}'.") from None
        except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise DataError(f"{self}: is damaged ({error}); copy it again.") from None
        extra = values.ndim - dimensions
        if extra < 0 or any(n != 1 for n in values.shape[:extra]):
            raise DataError(
                f"{self}: '{key}' must have {dimensions} dimensions, got a shape of "
                f"{' x '.join(map(str, values.shape)) or 'one number'}."
            )
        return values.reshape(values.shape[extra:])


@dataclass(frozen=True)
class ResultFiles:
    """The files of a place, found by folder and name.

    Attributes:
        every: All of them, sorted.
        damaged: Archives that cannot be opened -> why.
    """

    every: tuple[ResultFile, ...]
    damaged: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _folders(self) -> dict[PurePosixPath, dict[str, ResultFile]]:
        folders: dict[PurePosixPath, dict[str, ResultFile]] = {}
        for one in self.every:
            folders.setdefault(one.folder, {})[one.name] = one
        return folders

    def matching(self, pattern: re.Pattern[str]) -> Iterator[tuple[ResultFile, re.Match[str]]]:
        """Yield the files whose whole name matches, with the match."""
        for file in self.every:
            if match := pattern.fullmatch(file.name):
                yield file, match

    def sibling(self, file: ResultFile, *names: str) -> ResultFile | None:
        """Return the first of some names that exists in the same folder; None where none does."""
        here = self._folders[file.folder]
        return next((here[name] for name in names if name in here), None)


def result_files(place: Path) -> ResultFiles:
    """Return all files below a folder, those of zip archives included, sorted."""
    paths = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    root = place.parent if place.is_file() else place
    files: list[ResultFile] = []
    damaged = {}
    for path in paths:
        try:
            files += _files_of(path, root)
        except (zipfile.BadZipFile, OSError) as error:
            damaged[path.relative_to(root).as_posix()] = f"is a damaged archive ({error})."
    return ResultFiles(tuple(files), damaged)


def _files_of(path: Path, root: Path) -> list[ResultFile]:
    folder = PurePosixPath(path.parent.relative_to(root).as_posix())
    if path.suffix != ".zip":
        return [ResultFile(folder, path.name.removesuffix(".gz"), path)]
    with zipfile.ZipFile(path) as archive:
        members = sorted(one.filename for one in archive.infolist() if not one.is_dir())
    inside = [PurePosixPath(member) for member in members]
    return [
        ResultFile(folder / path.stem / p.parent, p.name.removesuffix(".gz"), path, member)
        for p, member in zip(inside, members, strict=True)
    ]


def number_in(document: Mapping[str, object], key: str, source: object) -> float:
    """Return a number of a JSON object; NaN where it has none.

    Raises:
        DataError: If the value has another type.
    """
    value = document.get(key)
    if value is None:
        return float("nan")
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise DataError(f"{source}: {key} must be a number, got {str(value)[:40]!r}.")
    return float(value)


def matrix_in(document: Mapping[str, object], key: str, source: object, shape: int = 2) -> Floats:
    """Return an array of numbers that a JSON object holds.

    Raises:
        DataError: If it is missing, ragged or no numbers.
    """
    try:
        values = np.asarray(document[key], float)
    except KeyError:
        raise DataError(f"{source}: has no '{key}'.") from None
    except (ValueError, TypeError):
        raise DataError(f"{source}: '{key}' is no table of numbers.") from None
    if values.ndim != shape:
        raise DataError(f"{source}: '{key}' must have {shape} dimensions, got {values.ndim}.")
    return values
