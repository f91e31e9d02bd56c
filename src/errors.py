"""Errors a user can act on; each becomes one line and exit code 2 at the command line."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Error numbers of a full disk or quota."""

FULL_SIGNS = (
    "No space left on device", "Disk quota exceeded", "File too large", "disk is full",
    "requested and", "PytorchStreamWriter failed",
)  # fmt: skip
"""Messages of HDF5, SQLite, NumPy and PyTorch for a full disk, which have no error number."""

LEAST_BYTES = 1 << 16
"""A disk with less free space than this counts as full."""


SECRET = re.compile(
    r"(?P<scheme>\w+:(//)?)[^\s'\"/]*:[^\s'\"]*@"  # user:password@, also where the // is missing
    r"|(?P<key>\b\w*(?:password|passwd|pwd|passfile|secret|token(?!s)|api_?key)\w*\s*[=:]\s*)[^\s&,;'\"]+",
    re.IGNORECASE,
)
"""A password in a URL, or after a word for one; `max_tokens` is a number."""


CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Control characters, which end a line or affect a terminal."""


def one_line(text: str) -> str:
    """Return a message as one line, with control characters escaped."""
    return CONTROL.sub(lambda match: repr(match[0])[1:-1], text.strip())


def without_passwords(text: str) -> str:
    """Return a text with ``***`` in place of every password of a URL, for messages and files."""
    return SECRET.sub(
        lambda match: f"{match['scheme']}***@" if match["scheme"] else f"{match['key']}***", text
    )


class CytoweaveError(Exception):
    """A request cannot be fulfilled; the message says what to change."""


class ConfigError(CytoweaveError):
    """A setting is unknown, out of range, or contradicts another."""


class SettingError(ConfigError):
    """An argument is of the wrong type or out of range.

    It names the argument alone, since the config key is known only to callers; they prepend it, see
    `settings_of`.

    Args:
        name: The argument, e.g. ``dominance`` or ``weights.image``.
        rule: The rule and the value: ``must be above 0, got -1.0.``
    """

    def __init__(self, name: str, rule: str) -> None:
        super().__init__(name, rule)
        self.name, self.rule = name, rule

    def __str__(self) -> str:
        return f"{self.name}{'' if self.rule[:1] in ',:' else ' '}{self.rule}"


class DataError(CytoweaveError):
    """A file or table does not have the content that its reader needs."""


class WorkerError(CytoweaveError):
    """Worker processes were killed."""


class DiskFullError(CytoweaveError):
    """A disk is full; incomplete output is not used."""


def at_home(path: Path) -> Path:
    """Return a path with a leading ``~`` or ``~user`` expanded.

    Raises:
        ConfigError: If there is no such user, or the home folder is unknown.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        raise ConfigError(
            f"{path}: no home folder is known for '{path.parts[0]}'; write ./{path} for a name "
            "that begins with ~."
        ) from None


@contextmanager
def on_disk(key: str, folder: Path) -> Iterator[None]:
    """Turn any error caused by a full disk into one that names the folder.

    Args:
        key: The setting that names the folder.
        folder: Folder that is written to.

    Raises:
        DiskFullError: If the block ended in an error and there is no room.
    """
    try:
        yield
    except (CytoweaveError, KeyboardInterrupt):
        raise
    except Exception as error:
        if not is_full(error, folder):
            raise
        raise DiskFullError(_without_room(f"{key}={folder}", folder)) from error


def check_room(folder: Path, wanted: int) -> None:
    """Raise a `DiskFullError` if a folder's disk has fewer free bytes."""
    if _free(folder) < wanted:
        raise DiskFullError(_without_room(f"{folder}: {wanted / 1e6:,.0f} MB wanted", folder))


def is_full(error: BaseException, folder: Path) -> bool:
    """Return whether an error was caused by a full disk."""
    cause: BaseException | None = error
    while cause is not None:
        by_number = isinstance(cause, OSError) and cause.errno in FULL
        if by_number or any(sign in str(cause) for sign in FULL_SIGNS):
            return True
        cause = cause.__cause__ or cause.__context__
    return isinstance(error, OSError | RuntimeError) and _free(folder) < LEAST_BYTES


def _free(folder: Path) -> int:
    there = next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
    return shutil.disk_usage(there).free


def _without_room(what: str, folder: Path) -> str:
    return (
        f"{what}: no space left on its disk ({_free(folder) / 1e6:,.1f} MB free, less by a quota); "
        "make room or name another folder, and give the command again: it goes on."
    )


def check_complete(fusion: str, proteins: int, lacking: Mapping[str, int]) -> None:
    """Raise if proteins lack a modality, for a fusion that needs every one of every protein.

    Args:
        fusion: Name of the fusion, for the message.
        proteins: Number of proteins.
        lacking: Modality -> number of proteins that lack it.

    Raises:
        DataError: If a protein lacks a modality.
    """
    counts = ", ".join(f"{count} lack {name}" for name, count in lacking.items() if count)
    if counts:
        raise DataError(
            f"fusion={fusion} needs every modality of every protein, but of {proteins} proteins "
            f"{counts}; set data.proteins=both or take another fusion."
        )


@contextmanager
def settings_of(key: str) -> Iterator[None]:
    """Prepend `key` to the arguments named by errors: ``fusion`` -> ``fusion.dominance``."""
    try:
        yield
    except SettingError as error:
        raise SettingError(f"{key}.{error.name}", error.rule) from None
