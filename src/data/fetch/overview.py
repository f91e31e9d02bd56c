"""Table of sources: licence, version, size, downloaded files, known checksums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ...terminal.console import size
from .checks import digest
from .lockfile import Fetched, Lock, read_lock
from .manifests import Manifest, SourceFile, within
from .needs import places_of

COLUMNS = ("source", "file", "version", "licence", "size", "state")
RECORDED = ("path", "source", "version", "licence", "fetched", "checksum")


def overview(manifests: Sequence[Manifest], root: Path) -> pd.DataFrame:
    """Return a row for each file of some sources; no server is asked.

    ``state`` is ``there`` or ``missing``, with ``unverified`` where no checksum is pinned
    and ``accept`` where a licence must be accepted first.
    """
    lock = read_lock(root)
    rows = [
        (
            manifest.name,
            key,
            manifest.version,
            manifest.licence.id,
            _size(file, lock),
            _state(manifest, file, root, lock),
        )
        for manifest in manifests
        for key, file in manifest.files.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def recorded(data: Mapping[str, object], root: Path) -> pd.DataFrame:
    """Return source, version, licence and date of the files that a data config names.

    Columns: ``path source version licence fetched checksum``; the last is ``pinned`` where the
    manifest knew it, ``first seen`` else, and ``changed`` where the file is another by now. A list
    of files is one row. Files that were not fetched are left out; of what was made of fetched
    ones, these are named.
    """
    lock = read_lock(root)
    lists: dict[tuple[str, str], list[tuple[str, Fetched]]] = defaultdict(list)
    for path, one in sorted(_behind(places_of(data, root), lock).items()):
        lists[one.source, one.file.partition("/")[0]].append((path, one))
    rows = []
    for files in lists.values():
        path, one = files[0]
        many = f"{Path(path).parent.as_posix()}/ ({len(files):,} files)"
        digests = sorted({_checksum(root / place, known) for place, known in files})
        about = (one.source, one.version, one.licence, one.time[:10])
        rows.append((path if len(files) == 1 else many, *about, ", ".join(digests)))
    return pd.DataFrame(rows, columns=list(RECORDED))


def _behind(places: Sequence[str], lock: Lock) -> dict[str, Fetched]:
    """Return the fetched files at some paths, or those that the files there are made of."""
    made_of = {path for place in places if place in lock.made for path in lock.made[place].of}
    wanted = made_of | {path for path in lock.files if any(within(path, p) for p in places)}
    return {path: lock.files[path] for path in wanted if path in lock.files}


def _checksum(path: Path, known: Fetched) -> str:
    if path.is_file() and digest(path) != known.sha256:
        return "changed"
    return "pinned" if known.verified else "first seen"


def _size(file: SourceFile, lock: Lock) -> str:
    if file.path in lock.files:
        return size(lock.files[file.path].bytes)
    if file.bytes is not None:
        return size(file.bytes)
    return f"about {size(file.about)}" if file.about is not None else "not stated"


def _state(manifest: Manifest, file: SourceFile, root: Path, lock: Lock) -> str:
    words = ["there" if (root / file.path).exists() else "missing"]
    if not file.pinned and not file.listing:
        words.append("unverified")
    if manifest.licence.note and manifest.name not in lock.accepted:
        words.append(f"accept={manifest.name}")
    return ", ".join(words)
