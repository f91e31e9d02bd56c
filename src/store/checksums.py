"""Checksums of cached results: a changed or truncated file is detected before it is used."""

from __future__ import annotations

import hashlib
import json
import secrets
import zlib
from pathlib import Path
from typing import NamedTuple

CHECKSUMS = "checksums.json"

CHUNK = 1 << 20

TRUSTED_BYTES = 1 << 26
"""Larger files, such as pixels, are read only if inode or time of change are other than they were
when they were last read through: an image set of 10 GB would take 5 s at each start."""


class Sum(NamedTuple):
    """Size and checksum of a file when it was last read.

    Attributes:
        size: In bytes.
        crc: CRC-32 of its content, which no single changed byte leaves as it is.
        inode: With `changed` shows whether the file was replaced since.
        changed: Time of the last change, ns.
    """

    size: int
    crc: int
    inode: int
    changed: int


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_checksums(folder: Path) -> None:
    """Write ``checksums.json`` of all other files of a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    _write(folder, {path.relative_to(folder).as_posix(): _sum_of(path) for path in paths})


def fault_of(folder: Path, *, trust: bool = True) -> str:
    """Return what is wrong with the files of a folder, "" if nothing is.

    Args:
        folder: A remembered result.
        trust: Whether large files with unchanged size, inode and time need not be read.
    """
    try:
        kept = json.loads((folder / CHECKSUMS).read_text())
        sums = {str(name): Sum(*map(int, one)) for name, one in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return f"{CHECKSUMS} is missing or damaged"
    touched = False
    for name, wanted in sums.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        stat = path.stat()
        if stat.st_size != wanted.size:
            return f"{name} has {stat.st_size:,} bytes, not {wanted.size:,}"
        same = (stat.st_ino, stat.st_mtime_ns) == (wanted.inode, wanted.changed)
        if trust and same and wanted.size > TRUSTED_BYTES:
            continue
        if _crc(path) != wanted.crc:
            return f"{name} has changed"
        sums[name] = wanted._replace(inode=stat.st_ino, changed=stat.st_mtime_ns)
        touched |= not same and wanted.size > TRUSTED_BYTES
    if touched:
        _write(folder, sums)
    return ""


def _write(folder: Path, sums: dict[str, Sum]) -> None:
    whole = folder / f"{CHECKSUMS}.{secrets.token_hex(6)}"
    whole.write_text(json.dumps(sums, indent=1, sort_keys=True))
    whole.replace(folder / CHECKSUMS)


def _sum_of(path: Path) -> Sum:
    stat = path.stat()
    return Sum(stat.st_size, _crc(path), stat.st_ino, stat.st_mtime_ns)


def _crc(path: Path) -> int:
    crc = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            crc = zlib.crc32(chunk, crc)
    return crc
