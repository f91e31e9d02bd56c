"""Lock file ``sources.lock.json``: downloaded files with URLs and checksums.

Read with `read_lock`; it is one JSON object of three: ``files`` (path under the data root ->
`Fetched`), ``made`` (path -> from which files it was made), ``accepted`` (source -> licence).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock

from ...errors import DataError

LOCK = "sources.lock.json"
FETCH_FOLDER = ".fetch"
"""Folder of the data root for locks and lists of servers."""
JOURNAL = "fetched.jsonl"
EMPTY = '{"files": {}, "made": {}, "accepted": {}}'


@dataclass(frozen=True)
class Fetched:
    """A file as it was fetched.

    Attributes:
        source: Name of its manifest.
        file: Its key there.
        title: What the source is.
        version: Of the source, as its makers call it.
        licence: Its id.
        licence_url: Where the licence is written.
        cite: DOI of the source.
        url: Address that was asked, or the folder that it was copied from.
        host: Host that sent it.
        time: When, in ISO 8601.
        etag: As the server wrote it, or "".
        last_modified: Likewise.
        bytes: Its size.
        sha256: Its checksum.
        verified: Whether the manifest knew its checksum before.
    """

    source: str
    file: str
    title: str
    version: str
    licence: str
    licence_url: str
    cite: str
    url: str
    host: str
    time: str
    etag: str
    last_modified: str
    bytes: int
    sha256: str
    verified: bool


@dataclass(frozen=True)
class Made:
    """A file or folder that was made of fetched ones.

    Attributes:
        source: Name of the manifest.
        kind: The adapter.
        of: Path under the data root -> checksum of what it was made of.
        settings: Other arguments of the adapter.
    """

    source: str
    kind: str
    of: Mapping[str, str]
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Lock:
    """What a data root holds of public sources.

    Attributes:
        files: Path under the data root -> what was fetched there.
        made: The same of what was made of these.
        accepted: Source -> id and time of the licence that was accepted.
    """

    files: dict[str, Fetched] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    accepted: dict[str, dict[str, str]] = field(default_factory=dict)


def read_lock(root: Path) -> Lock:
    """Return what was fetched into a data root; empty if nothing was.

    Raises:
        DataError: If the lock file is damaged.
    """
    path = root / LOCK
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else EMPTY
        document = json.loads(text)
        files = {str(name): Fetched(**one) for name, one in document["files"].items()}
        made = {str(name): Made(**one) for name, one in document["made"].items()}
        return Lock(files | _journal(root), made, dict(document["accepted"]))
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"{path}: damaged ({error}); delete it, and fetch again.") from error


def record(root: Path, path: str, fetched: Fetched) -> None:
    """Note a file that was fetched: a line of a journal, since a lock of many files is long."""
    (root / FETCH_FOLDER).mkdir(parents=True, exist_ok=True)
    with (
        FileLock(root / FETCH_FOLDER / "sources.lock"),
        (root / FETCH_FOLDER / JOURNAL).open("a") as stream,
    ):
        stream.write(json.dumps({path: asdict(fetched)}) + "\n")


def _journal(root: Path) -> dict[str, Fetched]:
    """Return what was noted; a line that a kill has cut is of no file that is in its place."""
    try:
        lines = (root / FETCH_FOLDER / JOURNAL).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    whole = [line for line in lines if line.endswith("}}")]
    return {str(k): Fetched(**one) for line in whole for k, one in json.loads(line).items()}


@contextmanager
def changed_lock(root: Path) -> Iterator[Lock]:
    """Give the lock to change; it is written whole when the block ends, one process at a time."""
    (root / FETCH_FOLDER).mkdir(parents=True, exist_ok=True)
    with FileLock(root / FETCH_FOLDER / "sources.lock"):
        lock = read_lock(root)
        yield lock
        whole = root / f"{LOCK}.part"
        whole.write_text(json.dumps(asdict(lock), indent=1, sort_keys=True) + "\n", "utf-8")
        whole.replace(root / LOCK)
        (root / FETCH_FOLDER / JOURNAL).unlink(missing_ok=True)
