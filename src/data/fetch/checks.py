"""Verification of downloaded files: checksum, size, archive, header, rows."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from .manifests import Check, SourceFile

HEAD_BYTES = 4096
CHUNK = 1 << 20
PAGE = (b"<!doctype html", b"<html")
COMMENTS = ("#", "!", "%")
HEADER_WITHIN = 50
"""Number of first lines that may have the header."""
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"


class ContentError(Exception):
    """A file is not what it should be; the message says what it is instead."""


def check_content(path: Path, file: SourceFile) -> str:
    """Check a file that arrived by all that its manifest says of it; return its SHA-256.

    Raises:
        ContentError: If it is not what was asked for.
    """
    size = path.stat().st_size
    if file.bytes is not None and size != file.bytes:
        raise ContentError(f"has {size:,} bytes, not {file.bytes:,}")
    sha256 = digest(path)
    _check_digest("sha256", sha256, file.sha256)
    if file.md5:
        _check_digest("md5", digest(path, "md5"), file.md5)
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    check_head(head, file)
    _check_archive(path, head)
    if file.check.columns or file.check.rows_min:
        _check_table(path, file.check)
    return sha256


def _check_digest(name: str, digest: str, wanted: str) -> None:
    if wanted and digest != wanted.casefold():
        raise ContentError(f"has {name} {digest[:12]}.., not {wanted[:12]}..")


def digest(path: Path, name: str = "sha256") -> str:
    """Return a checksum of a file in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, name).hexdigest()


def check_head(head: bytes, file: SourceFile) -> None:
    """Check how a file starts.

    Raises:
        ContentError: If it is empty, a web page, or no archive although its name says so.
    """
    if not head:
        raise ContentError("is empty")
    if file.format != "html" and head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGE):
        raise ContentError("is a web page, not data")
    magic = file.check.magic
    if magic and not head.startswith(tuple(_signs(magic))):
        raise ContentError(f"does not begin with {magic!r}")
    packed = file.path.endswith((".gz", ".tgz"))
    if packed and not head.startswith(GZIP):
        raise ContentError("is no gzip, as its name says")
    if file.path.endswith(".zip") and not head.startswith(ZIP):
        raise ContentError("is no zip archive, as its name says")


def _signs(magic: str) -> Iterator[bytes]:
    """Yield what a file may start with: the text itself, and its digits as bytes."""
    yield magic.encode()
    if max(magic) < "\u0100":  # "\x1f\x8b" in YAML is text
        yield magic.encode("latin-1")
    try:
        yield bytes.fromhex(magic.removeprefix("0x"))
    except ValueError:
        return


def _check_archive(path: Path, head: bytes) -> None:
    """Read an archive to its end, by which a missing rest shows."""
    try:
        if head.startswith(GZIP):
            with gzip.open(path) as stream:
                while stream.read(CHUNK):
                    pass
        elif head.startswith(ZIP):
            with zipfile.ZipFile(path) as archive:
                wrong = archive.testzip()
            if wrong:
                raise ContentError(f"is a damaged zip archive ({wrong})")
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        raise ContentError(f"is a damaged archive ({error})") from error


def _check_table(path: Path, check: Check) -> None:
    with opened(path) as stream, io.TextIOWrapper(stream, "utf-8", errors="replace") as lines:
        if check.columns:
            _check_columns(lines, check)
        rows = sum(1 for line in lines if line.strip() and not line.startswith(COMMENTS))
    if rows < check.rows_min:
        raise ContentError(f"has {rows:,} rows, not at least {check.rows_min:,}")


def _check_columns(lines: io.TextIOWrapper, check: Check) -> None:
    """Read on to the header."""
    first = ""
    for line in islice(lines, HEADER_WITHIN):
        first = first or line
        cells = {cell.strip(' \t\r\n"\ufeff#') for cell in _cells(line)}
        if set(check.columns) <= cells:
            return
    lacking = ", ".join(f"'{name}'" for name in check.columns if name not in first)
    raise ContentError(f"has no header with {lacking or 'the columns wanted'}")


def _cells(line: str) -> list[str]:
    """Split a header at what it has most of."""
    sign = max("\t,;| ", key=line.count)
    return line.split(sign)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file's content: unpacked if it is a gzip, of a zip its first file."""
    with path.open("rb") as raw:
        head = raw.read(4)
        raw.seek(0)
        if head.startswith(GZIP):
            with gzip.open(raw) as stream:
                yield stream  # type: ignore[misc]  # reads bytes, as it is used here
        elif head == ZIP:
            with zipfile.ZipFile(raw) as archive, archive.open(archive.namelist()[0]) as member:
                yield member  # type: ignore[misc]
        else:
            yield raw
