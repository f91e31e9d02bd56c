"""Store of stage results on disk, keyed by a hash of code, config, inputs and seed.

A result is kept in ``<root>/<stage>/<key>/``, where the key is a hash of everything that could
change it. Results are written to a temporary folder and renamed into place, so that a half-written
one is never read; a file lock per key lets two processes that need the same result compute it once.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from filelock import FileLock, Timeout

from ..errors import ConfigError, at_home, on_disk
from .checksums import fault_of, sha256_of, write_checksums
from .recipe import Recipe, _sha256

LOG = logging.getLogger("cytoweave")

KEY_PATTERN = re.compile("[0-9a-f]{24}")
CHECKSUM_PATTERN = re.compile("[0-9a-f]{64}")
UNFINISHED_PATTERN = re.compile(r"[0-9a-f]{24}(-[0-9a-f]{12}|\.training)")
"""Names of folders that are being filled or deleted, and of states of trainings."""

RECIPE = "recipe.json"
UNFINISHED = "unfinished"
TRAINING = ".training"
"""Suffix of the folder of a training's checkpoint until it has ended."""

_SOUND: set[Path] = set()
"""Results that this process has computed or verified."""

_CLEANED: set[Path] = set()
"""Stores that this process has cleaned of leftovers."""


class Storable(Protocol):
    """Interface of stored results: they write themselves to a folder and read themselves back."""

    def save(self, folder: Path) -> None:
        """Write to an empty folder."""

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""


T = TypeVar("T")


S = TypeVar("S", bound=Storable)


@dataclass(frozen=True)
class Remembered(Generic[T]):
    """A result with its key in the store, and whether it was computed just now."""

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
        self.root = at_home(root).resolve()
        try:
            with on_disk("store", self.root):
                (self.root / "locks").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"store={root}: {error.strerror}; choose a folder.") from None
        if self.root not in _CLEANED:
            _CLEANED.add(self.root)
            self._clean_up()

    def remember(self, recipe: Recipe, kind: type[S], compute: Callable[[], S]) -> Remembered[S]:
        """Return the recipe's result: read if it was made before, else computed and kept."""
        with self._found(recipe, lambda folder: compute().save(folder)) as entry:
            return Remembered(kind.load(entry.value), entry.key, entry.computed, entry.seconds)

    def folder(self, recipe: Recipe, write: Callable[[Path], None]) -> Remembered[Path]:
        """Return the folder of the recipe's result, filled by `write` if absent."""
        with self._found(recipe, write) as entry:
            return entry

    @contextmanager
    def _found(self, recipe: Recipe, write: Callable[[Path], None]) -> Iterator[Remembered[Path]]:
        """Give the folder of a result, locked against deletion while the block runs."""
        start = time.monotonic()
        key = recipe.key
        place = self.root / recipe.stage / key
        with on_disk("store", self.root), self._lock(key):
            computed = not self._is_sound(place, recipe)
            if computed:
                LOG.info("%s ...", recipe.name)
                self._write(place, recipe, write)
                _SOUND.add(place)
            os.utime(place)
            seconds = time.monotonic() - start
            LOG.info("%s: %s", recipe.name, f"{seconds:.1f} s" if computed else "from the store")
            yield Remembered(place, key, computed, seconds)

    def _is_sound(self, place: Path, recipe: Recipe) -> bool:
        """Return whether a result exists and is intact; a damaged one is deleted."""
        if place in _SOUND and (place / RECIPE).exists():
            return True
        fault = fault_of(place) if (place / RECIPE).exists() else "without its recipe"
        if not fault:
            _SOUND.add(place)
            return True
        if place.exists():
            damaged = "the remembered result in %s is damaged (%s) and is computed again"
            LOG.warning(f"%s: {damaged}", recipe.name, place, fault)
            self._discard(place)
        return False

    def files_key(self, files: Sequence[Path]) -> str:
        """Return a hash of the names and contents of `files`; see `sums`."""
        pairs = zip(files, self.sums(files), strict=True)
        return _sha256("".join(f"{path.name} {content}\n" for path, content in pairs).encode())[:24]

    def sums(self, files: Sequence[Path]) -> list[str]:
        """Return the SHA-256 of each of `files`.

        Contents are read again only when a path, size or modification time has changed.
        """
        stats = [(path, path.stat()) for path in files]
        seen = json.dumps([[str(p.resolve()), s.st_size, s.st_mtime_ns] for p, s in stats])
        note = self.root / "files" / _sha256(seen.encode())
        known = note.read_text(errors="replace").split() if note.exists() else []
        if len(known) != len(files) or not all(map(CHECKSUM_PATTERN.fullmatch, known)):
            known = [sha256_of(path) for path in files]
            self._write_note(note, known)
        return known

    def training_state(self, recipe: Recipe) -> Path:
        """Return the folder for the checkpoint of a training that has not ended."""
        return self.root / UNFINISHED / f"{recipe.key}{TRAINING}"

    def entries(self) -> list[Entry]:
        """List what is remembered, least recently used first."""
        entries = [self._entry(place) for place in self._places() if (place / RECIPE).exists()]
        return sorted(entries, key=lambda entry: entry.used)

    def unfinished(self) -> list[Entry]:
        """List results being computed or interrupted, among them trainings that can be resumed."""
        return [self._entry(place) for place in self._left()]

    def check(self) -> dict[Path, str]:
        """Read every result; delete damaged ones and return what was wrong with them.

        Results locked by another process are skipped.
        """
        faults = {}
        for place in sorted(self._places()):
            with suppress(Timeout), self._lock(place.name, timeout=0):
                whole = (place / RECIPE).exists()
                fault = fault_of(place, trust=False) if whole else "without its recipe"
                if fault:
                    faults[place] = fault
                    self._discard(place)
        return faults

    def clean(self, keep: int) -> list[Entry]:
        """Delete least recently used results until at most `keep` bytes remain; return the deleted.

        Checkpoints of interrupted trainings count as results do. Results locked by another process
        are kept.
        """
        entries = sorted([*self.entries(), *self.unfinished()], key=lambda entry: entry.used)
        excess = sum(entry.size for entry in entries) - keep
        gone = []
        for entry in entries:
            if excess <= 0:
                break
            with suppress(Timeout), self._lock(_key_of(entry.folder), timeout=0):
                self._discard(entry.folder)
                gone.append(entry)
                excess -= entry.size
        return gone

    def _write(self, place: Path, recipe: Recipe, write: Callable[[Path], None]) -> None:
        unfinished = self._aside(place.name)
        unfinished.mkdir(parents=True)
        try:
            write(unfinished)
            note = {"stage": recipe.stage, "config": recipe.config, "seed": recipe.seed}
            note |= {"inputs": list(recipe.inputs), "versions": recipe.sources.versions}
            (unfinished / RECIPE).write_text(json.dumps(note, indent=1, sort_keys=True))
            write_checksums(unfinished)
            place.parent.mkdir(parents=True, exist_ok=True)
            unfinished.rename(place)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)

    def _discard(self, place: Path) -> None:
        """Delete a folder whose key is locked; renamed first, so that it is there or not there."""
        _SOUND.discard(place)
        gone = self._aside(_key_of(place))
        gone.parent.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            shutil.rmtree(place.rename(gone))

    def _clean_up(self) -> None:
        """Delete leftovers of dead processes; trainings that can be resumed are kept.

        Whoever writes holds the lock of the key, which the operating system frees at its end.
        """
        for place in self._left():
            key = _key_of(place)
            with suppress(Timeout), self._lock(key, timeout=0):
                if place.suffix != TRAINING or any(self.root.glob(f"*/{key}/{RECIPE}")):
                    shutil.rmtree(place, ignore_errors=True)

    def _places(self) -> list[Path]:
        """Return the folders of results; other files in the store's folder are not ours."""
        return [place for place in self.root.glob("*/*/") if KEY_PATTERN.fullmatch(place.name)]

    def _left(self) -> list[Path]:
        """Return the folders of what is not finished."""
        return [
            place
            for place in (self.root / UNFINISHED).glob("*/")
            if UNFINISHED_PATTERN.fullmatch(place.name)
        ]

    def _write_note(self, path: Path, sums: Sequence[str]) -> None:
        key = path.name[:24]
        with on_disk("store", self.root), self._lock(key):
            unfinished = self._aside(key)
            unfinished.mkdir(parents=True)
            path.parent.mkdir(exist_ok=True)
            (unfinished / path.name).write_text("\n".join(sums))
            (unfinished / path.name).replace(path)
            unfinished.rmdir()

    def _aside(self, key: str) -> Path:
        """Return a name that no other process uses, whatever its own number is."""
        return self.root / UNFINISHED / f"{key}-{secrets.token_hex(6)}"

    def _lock(self, key: str, timeout: float = -1) -> FileLock:
        return FileLock(self.root / "locks" / f"{key}.lock", timeout=timeout)

    def _entry(self, place: Path) -> Entry:
        return Entry(place.parent.name, place.name, _size(place), _used(place), place)


def _key_of(place: Path) -> str:
    """Return the key by which a result, or an unfinished one, is locked."""
    return re.split(r"[-.]", place.name, maxsplit=1)[0]


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _used(folder: Path) -> float:
    return folder.stat().st_mtime
