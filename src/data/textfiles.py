"""Text files as they come: gzip by content, a BOM, Windows line ends."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

from ..errors import DataError


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, unpacked if it is gzip by content, without a BOM.

    Raises:
        DataError: If the file is missing, not readable, or a damaged gzip.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from error
    if raw.startswith(b"\x1f\x8b"):
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(
                f"{path}: damaged gzip ({str(error).rstrip('.')}); fetch or copy the file again."
            ) from error
    return raw.removeprefix(b"\xef\xbb\xbf")


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
        "unpack it if it is an archive, or save it as UTF-8."
    )


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names as ``'a', 'b', ... (40 in all)`` for a message."""
    every = list(names)
    shown = ", ".join(f"'{name}'" for name in every[:most])
    return shown if len(every) <= most else f"{shown}, ... ({len(every)} in all)"
