"""Stage results, remembered by what went into them.

A result lies in ``<root>/<stage>/<key>/``, where the key is a hash of everything that could change
it. Results are written to a temporary folder and renamed into place, so that a half-written one is
never read; a file lock per key lets two processes that need the same result compute it once.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from filelock import FileLock, Timeout

from ..errors import ConfigError
from .recipe import Recipe, _sha256

LOG = logging.getLogger("cytoweave")


class Storable(Protocol):
    """What the store can keep: writes itself to a folder and reads itself back."""

    def save(self, folder: Path) -> None:
        """Write to an empty folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""


T = TypeVar("T")


S = TypeVar("S", bound=Storable)


@dataclass(frozen=True)
class Remembered(Generic[T]):
    """A result with the key it is remembered under, and whether it was computed just now."""

    value: T
    key: str
    computed: bool
    seconds: float


@dataclass(frozen=True)
class Entry:
    """One remembered result as the store lists it."""

    stage: str
    key: str
    size: int
    used: float
    folder: Path


class Store:
    """A folder of remembered stage results.

    Args:
        root: The folder; made when first needed.

    Raises:
        ConfigError: If the folder cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        try:
            (self.root / "locks").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"store={root}: {error.strerror}; choose a folder.") from None

    def remember(self, recipe: Recipe, kind: type[S], compute: Callable[[], S]) -> Remembered[S]:
        """Return the recipe's result: read if it was made before, else computed and kept."""
        found = self.folder(recipe, lambda folder: compute().save(folder))
        return Remembered(kind.load(found.value), found.key, found.computed, found.seconds)

    def folder(self, recipe: Recipe, write: Callable[[Path], None]) -> Remembered[Path]:
        """Return the folder of the recipe's result, filled by `write` if it was not there."""
        start = time.monotonic()
        key = recipe.key
        place = self.root / recipe.stage / key
        with FileLock(self.root / "locks" / f"{key}.lock"):
            computed = not place.exists()
            if computed:
                LOG.info("%s ...", recipe.name)
                self._write(place, recipe, write)
            os.utime(place)
        seconds = time.monotonic() - start
        LOG.info("%s: %s", recipe.name, f"{seconds:.1f} s" if computed else "from the store")
        return Remembered(place, key, computed, seconds)

    def files_key(self, files: Sequence[Path]) -> str:
        """Return a hash of the names and contents of `files`.

        Contents are read again only when a path, size or modification time has changed.
        """
        stats = [(path, path.stat()) for path in files]
        seen = json.dumps([[str(p.resolve()), s.st_size, s.st_mtime_ns] for p, s in stats])
        note = self.root / "files" / _sha256(seen.encode())
        if not note.exists():
            digest = hashlib.sha256()
            for path in files:
                with path.open("rb") as stream:
                    content = hashlib.file_digest(stream, "sha256").hexdigest()
                digest.update(f"{path.name} {content}\n".encode())
            _write_whole(note, digest.hexdigest()[:24])
        return note.read_text()

    def entries(self) -> list[Entry]:
        """List what is remembered, least recently used first."""
        places = (p for p in self.root.glob("*/*/recipe.json"))
        found = [
            Entry(p.parent.parent.name, p.parent.name, _size(p.parent), _used(p.parent), p.parent)
            for p in places
        ]
        return sorted(found, key=lambda entry: entry.used)

    def clean(self, keep: int) -> list[Entry]:
        """Drop what was used longest ago until at most `keep` bytes remain; return what went.

        A result that another process holds locked stays.
        """
        entries = self.entries()
        excess = sum(entry.size for entry in entries) - keep
        gone = []
        for entry in entries:
            if excess <= 0:
                break
            if self._drop(entry):
                gone.append(entry)
                excess -= entry.size
        return gone

    def _write(self, place: Path, recipe: Recipe, write: Callable[[Path], None]) -> None:
        unfinished = self.root / "unfinished" / f"{place.name}-{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        try:
            write(unfinished)
            note = {"stage": recipe.stage, "config": recipe.config, "seed": recipe.seed}
            note |= {"inputs": list(recipe.inputs), "versions": recipe.sources.versions}
            (unfinished / "recipe.json").write_text(json.dumps(note, indent=1, sort_keys=True))
            place.parent.mkdir(parents=True, exist_ok=True)
            unfinished.rename(place)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _drop(self, entry: Entry) -> bool:
        lock = FileLock(self.root / "locks" / f"{entry.key}.lock", timeout=0)
        try:
            with lock:
                shutil.rmtree(entry.folder)
        except Timeout:
            return False
        return True


def _write_whole(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_text(text)
    unfinished.replace(path)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _used(folder: Path) -> float:
    return folder.stat().st_mtime
