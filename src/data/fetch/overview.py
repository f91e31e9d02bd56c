"""Sources in a table: licence, version, size, what is there, whether checksums are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ...terminal.console import size
from .lockfile import Lock, read_lock
from .manifests import Manifest, SourceFile

COLUMNS = ("source", "file", "version", "licence", "size", "state")


def overview(manifests: Sequence[Manifest], root: Path) -> pd.DataFrame:
    """Return a row for each file of some sources; no server is asked.

    ``state`` is ``there`` or ``missing``, with ``unverified`` where nobody has pinned a checksum
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
