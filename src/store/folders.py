"""Output folders: written aside, moved into place when complete; only marked ones are deleted.

A folder is filled as ``.NAME.unfinished`` next to its final path. The process that fills it locks
the mark in it, and the operating system frees the lock when the process ends, however it ends. So
a folder whose mark can be locked was left by a process that is gone, on this machine or in a
container of it.
"""

from __future__ import annotations

import json
import os
import platform
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import ConfigError, on_disk

if sys.platform != "win32":  # where a folder that was left behind stays
    import fcntl

RUN_MARK = ".cytoweave-run.json"
"""File that says that a folder was made by this package, and may be replaced or deleted by it."""

UNFINISHED = re.compile(r"\.(?P<name>.+)\.unfinished")
REPLACED = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{12}\.replaced")
DELETED = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{12}\.deleted")


def mark_of(folder: Path) -> str:
    """Return the mark of a folder, which no two folders share; "" if it has none."""
    try:
        return (folder / RUN_MARK).read_text(encoding="utf-8")
    except OSError:
        return ""


def is_replaceable(place: Path) -> bool:
    """Return whether a folder may be replaced: it has our mark, or nothing in it."""
    return place.is_dir() and (bool(mark_of(place)) or not any(place.iterdir()))


@contextmanager
def filled(final: Path, about: Mapping[str, str]) -> Iterator[Path]:
    """Give a folder to fill, which is moved into place once the block has ended without error.

    Leftovers of dead processes are cleaned up first: an unfinished folder is deleted, one that was
    being replaced is restored.

    Args:
        final: Its final path: absent, an empty folder, or one with our mark, which is replaced.
        about: Content of the mark besides process and time.

    Raises:
        ConfigError: If something without our mark is there, or another process is filling it, or
            something else has appeared there in the meantime; that is kept, and the message says
            where the result is.
    """
    if final.exists() and not is_replaceable(final):
        raise ConfigError(
            f"out={final} is not the folder of a run (it has no {RUN_MARK}; those of earlier "
            "versions lack it too) and is not overwritten; delete it yourself, or choose another."
        )
    before = mark_of(final) if final.exists() else None
    unfinished = final.with_name(f".{final.name}.unfinished")
    try:
        clean_beside(final)
        with on_disk("out", final.parent):
            stream = _claim(unfinished)
    except OSError as error:
        raise ConfigError(f"out={final}: {error.strerror}.") from None
    if stream is None:
        raise ConfigError(
            f"out={final}: another process is filling it; wait for it, or choose another folder."
        )
    try:
        with on_disk("out", final.parent):
            os.ftruncate(stream, 0)
            os.write(stream, _mark(about).encode())
            yield unfinished
        _move_into_place(unfinished, final, before)
    except BaseException:
        if unfinished.exists():
            delete(unfinished)
        raise
    finally:
        os.close(stream)


def clean_beside(final: Path) -> list[Path]:
    """Clean up leftovers of dead processes in the folder of `final`; return them."""
    removed = []
    for path in sorted(final.parent.glob(".*")):
        name = path.name
        if (DELETED.fullmatch(name) or UNFINISHED.fullmatch(name)) and _is_left(path):
            delete(path)
            removed.append(path)
        elif (replaced := REPLACED.fullmatch(name)) and mark_of(path):
            place = path.with_name(replaced["name"])
            if not _is_left(path.with_name(f".{place.name}.unfinished"), absent=True):
                continue
            if place.exists():
                delete(path)
            else:
                path.rename(place)
            removed.append(path)
    return removed


def delete(folder: Path) -> None:
    """Delete a folder with our mark: renamed first, the mark last, so that it can be resumed."""
    gone = folder
    if not DELETED.fullmatch(folder.name):
        gone = _aside(folder, "deleted")
    for path in gone.iterdir():
        if path.name == RUN_MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    (gone / RUN_MARK).unlink(missing_ok=True)
    gone.rmdir()


def _move_into_place(unfinished: Path, final: Path, before: str | None) -> None:
    """Move a finished folder into place, if nothing has changed there since the start."""
    old = None
    try:
        if (mark_of(final) if final.exists() else None) != before:
            raise OSError
        if before:
            old = _aside(final, "replaced")
            if mark_of(old) != before:
                raise OSError
        unfinished.rename(final)  # fails where a folder that is not empty has appeared
    except OSError as error:
        if old is not None and not final.exists():
            old.rename(final)
        kept = unfinished.rename(final.with_name(f"{final.name}.{secrets.token_hex(3)}"))
        reason = error.strerror or "something else has come to lie there meanwhile"
        raise ConfigError(
            f"out={final}: {reason}; it stays, and this result lies in {kept}."
        ) from None
    if old is not None:
        delete(old)


def _claim(folder: Path) -> int | None:
    """Make a folder with nothing but a mark; return the mark, open and locked, None if another's.

    A folder that was moved or deleted by who had it, before its mark was locked here, is made anew.
    """
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / RUN_MARK).exists() and any(folder.iterdir()):
            raise ConfigError(f"{folder} is in the way and is not ours; move it elsewhere.")
        try:
            stream = os.open(folder / RUN_MARK, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:
            continue
        if not _locked(stream):
            os.close(stream)
            return None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(stream), (folder / RUN_MARK).stat()):
                return stream
        os.close(stream)


def _is_left(folder: Path, *, absent: bool = False) -> bool:
    """Return whether a folder has our mark, unlocked; `absent` where there is no folder."""
    try:
        stream = os.open(folder / RUN_MARK, os.O_RDWR)
    except FileNotFoundError:
        return absent if not folder.exists() else folder.is_dir() and not any(folder.iterdir())
    except OSError:  # not ours to open, so not ours to delete
        return False
    try:
        return sys.platform != "win32" and _locked(stream)
    finally:
        os.close(stream)


def _locked(stream: int) -> bool:
    """Lock an open file unless another process has; return whether it is locked for us."""
    if sys.platform != "win32":
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _aside(folder: Path, word: str) -> Path:
    name = folder.name
    for pattern in (UNFINISHED, REPLACED):
        if match := pattern.fullmatch(name):
            name = match["name"]
    return folder.rename(folder.with_name(f".{name}.{secrets.token_hex(6)}.{word}"))


def _mark(about: Mapping[str, str]) -> str:
    made = {"process": str(os.getpid()), "host": platform.node(), "id": secrets.token_hex(16)}
    begun = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    return json.dumps({**about, **made, "begun": begun}, indent=1) + "\n"
