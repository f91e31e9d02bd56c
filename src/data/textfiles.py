"""Reading of text files: gzip and UTF-16 by content, BOM, Windows line ends."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable
from pathlib import Path

from ..errors import DataError

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
NO_TEXT = {
    b"PK\x03\x04": "a zip archive, as every .xlsx is; save the table as tab-separated text",
    b"\xd0\xcf\x11\xe0": "a spreadsheet (.xls); save the table as tab-separated text",
    b"\x89HDF": "HDF5; write the table as tab-separated text",
    b"PAR1": "Parquet; write the table as tab-separated text",
    b"%PDF": "a PDF; a table as text is needed",
    b"BZh": "bzip2; unpack it",
    b"\xfd7zXZ": "xz; unpack it",
    b"\x28\xb5\x2f\xfd": "zstandard; unpack it",
}
"""Signatures of binary files, and advice."""

MOST_BYTES = 2**31
"""Maximum size of an unpacked table: 20,000 proteins with 10,000 numbers have less."""


def read_bytes(path: Path) -> bytes:
    """Return the content of a text file as UTF-8 without a BOM; gzip and UTF-16 by content.

    Raises:
        DataError: If the file is missing, not readable, a damaged gzip, or a known binary format.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from error
    if raw.startswith(b"\x1f\x8b"):
        try:
            raw = unpacked(path, raw)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(
                f"{path}: damaged gzip ({str(error).rstrip('.')}); fetch or copy the file again."
            ) from error
    if raw.startswith(UTF_16):
        try:
            raw = raw.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise DataError(f"{path}: damaged UTF-16 text; save it as UTF-8.") from error
    kind = next((kind for start, kind in NO_TEXT.items() if raw.startswith(start)), None)
    if kind:
        raise DataError(f"{path}: is {kind}.")
    if b"\x00" in raw[:1000]:
        raise DataError(f"{path}: holds zero bytes, as no text does; save it as UTF-8.")
    return raw.removeprefix(b"\xef\xbb\xbf")


def check_regular(key: str, path: Path) -> None:
    """Refuse pipes and devices, which cannot be read repeatedly.

    Raises:
        DataError: If the path is neither a regular file nor a folder.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise DataError(f"{key}: {path} is a pipe or a device; write it to a file first.")


def unpacked(path: Path, packed: bytes) -> bytes:
    """Return the content of a gzip file of a table or hierarchy.

    Raises:
        DataError: If it has more than `MOST_BYTES`; gzip raises its own errors on a damaged one.
    """
    raw = gunzip(packed, MOST_BYTES)
    if raw is None:
        raise DataError(f"{path}: unpacks to over {MOST_BYTES / 1e9:.0f} GB, as no table does.")
    return raw


def gunzip(packed: bytes, most: int) -> bytes | None:
    """Return the content of a gzip; None if it has more than `most` bytes."""
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as stream:
        raw = stream.read(most + 1)
    return raw if len(raw) <= most else None


def read_text(path: Path) -> str:
    """Return a text file as a string with Unix line ends.

    Raises:
        DataError: If it cannot be read or is not UTF-8.
    """
    try:
        text = read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise not_utf8(path, error) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def not_utf8(path: Path, error: UnicodeDecodeError) -> DataError:
    """Return the error for a file that is not UTF-8 text."""
    return DataError(
        f"{path}: not UTF-8 text (byte {error.start} is 0x{error.object[error.start]:02x}); "
        "if it is Latin-1 or Windows-1252, save it as UTF-8; unpack it if it is an archive."
    )


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names as ``'a', 'b', ... (40 in all)`` for a message."""
    every = list(names)
    shown = ", ".join(f"'{name}'" for name in every[:most])
    return shown if len(every) <= most else f"{shown}, ... ({len(every)} in all)"
