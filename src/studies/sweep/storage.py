"""Storage of a study: a journal file, SQLite, or a PostgreSQL server."""

from __future__ import annotations

import json
import logging
import os
import re
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.storages.journal._file import (  # 4.9 exports the locks built on it
    BaseJournalFileLock,
    get_lock_file,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ...errors import ConfigError, at_home, on_disk, without_passwords

LOG = logging.getLogger("cytoweave")

CONNECT_S = 10
"""Seconds to wait for a server before a storage counts as unreachable."""


MISSPELT = re.compile(
    r"(postgres|sqlite|mysql|mariadb|oracle|mssql|redis)\w*(\+\w+)?:", re.IGNORECASE
)
"""Start of a URL without its ``//``, which is no name of a journal."""


class JournalLock(BaseJournalFileLock):
    """Locks a journal by an operating-system lock, which is freed when its process is killed.

    Optuna's own locks are files that a killed process leaves behind: others wait 30 s for each.
    """

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(f"{path}.lock")

    def acquire(self) -> bool:
        """Wait for the lock."""
        self._lock.acquire()
        return True

    def release(self) -> None:
        """Free the lock."""
        self._lock.release()


class Journal(JournalFileBackend):
    """A journal that survives a full disk, and a process killed while it wrote a line.

    Optuna 4.9 appends to the half-written line, after which the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), lock_obj=JournalLock(path))
        self._path = path
        with get_lock_file(self._lock):
            self._drop_after(_end_of_lines(path, readable=True))

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append lines whole, or not at all."""
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        with get_lock_file(self._lock), on_disk("storage", self._path):
            end = _end_of_lines(self._path)
            self._drop_after(end)
            try:
                with self._path.open("ab") as stream:
                    stream.write(lines.encode())
                    stream.flush()
                    os.fsync(stream.fileno())
            except OSError:
                os.truncate(self._path, end)
                raise

    def _drop_after(self, end: int) -> None:
        if end < self._path.stat().st_size:
            LOG.warning("%s: its last line was unfinished and is dropped", self._path)
            os.truncate(self._path, end)


def _end_of_lines(path: Path, *, readable: bool = False) -> int:
    """Return the end of the last complete line that is not blank, and readable if asked for."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - 2, 0))
        last = stream.read()
        if not readable and last.endswith(b"\n") and last != b"\n\n":
            return size
        stream.seek(0)
        content = stream.read()
    end = content.rfind(b"\n") + 1
    while end and not _last_line(content, end).strip():
        end -= len(_last_line(content, end))
    if readable and end and not _is_json(_last_line(content, end)):
        end -= len(_last_line(content, end))
    return end


def _last_line(content: bytes, end: int) -> bytes:
    return content[content.rfind(b"\n", 0, end - 1) + 1 : end]


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def open_storage(url: str) -> BaseStorage:
    """Open the storage of a study.

    Args:
        url: ``sqlite:///FILE``, ``postgresql://USER@HOST/DATABASE``, or the path of a journal.

    Raises:
        ConfigError: If it cannot be reached; a password is not repeated.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    if "://" not in url:
        if MISSPELT.match(url):
            raise ConfigError(f"storage={shown(url)} is not a URL; write postgresql://HOST/NAME.")
        return _journal(at_home(Path(url)).absolute())
    address = _address(url)
    if address is None:
        raise ConfigError(
            f"storage={shown(url)} is not a URL; write postgresql://USER@HOST:PORT/NAME, and in a "
            "password %40 for @."
        )
    kind = address.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise ConfigError(
            f"storage={kind}://...: give the path of a journal, or sqlite:/// or postgresql://."
        )
    if kind == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    waits = {"timeout": 60} if kind == "sqlite" else {"connect_timeout": CONNECT_S}
    try:
        return RDBStorage(
            address.render_as_string(hide_password=False),
            engine_kwargs={"connect_args": waits, "poolclass": NullPool},  # none stays open
        )
    except ImportError as error:
        raise ConfigError(f"storage: {error.name} is not installed: pip install psycopg.") from None
    except (OperationalError, SQLAlchemyError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[-1].strip()
        reason = _without_secrets(reason, address)
        raise ConfigError(f"storage={shown(url)} cannot be reached: {reason}.") from None


def shown(url: str) -> str:
    """Return a storage URL for messages and pages: without user, password and query."""
    scheme, mark, _ = url.partition("://")
    if not mark:
        return f"{url.partition(':')[0]}:***" if MISSPELT.match(url) else url
    address = _address(url)
    if address is None:
        return f"{scheme}://***"
    port = f":{address.port}" if address.port else ""
    return f"{scheme}://{address.host or ''}{port}/{address.database or ''}"


def _address(url: str) -> URL | None:
    """Return the parts of a URL; None if its form is unknown and may hide a password."""
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        return None
    return None if "@" in (address.host or "") else address


def _without_secrets(reason: str, address: URL) -> str:
    """Return a server's error message without the secrets of the URL."""
    for value in (address.password, *address.query.values()):
        reason = reason.replace(str(value), "***") if value else reason
    return without_passwords(reason)


def _journal(path: Path) -> BaseStorage:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with on_disk("storage", path), path.open("ab"):
            pass
        return JournalStorage(Journal(path))
    except ValueError:
        lines = path.read_bytes().split(b"\n")
        number = next((k for k, line in enumerate(lines, 1) if not _is_json(line)), 1)
        raise ConfigError(
            f"storage={path} line {number} is damaged; delete that line, or name another file."
        ) from None
    except OSError as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise ConfigError(f"storage={path} cannot be used: {reason}.") from None
