"""Where a study is kept: a journal file, SQLite, or a PostgreSQL server."""

from __future__ import annotations

import logging
from pathlib import Path

import optuna
from filelock import FileLock
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.storages.journal._file import BaseJournalFileLock  # 4.9 exports the locks built on it
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from ...errors import ConfigError

CONNECT_S = 10
"""Seconds to wait for a server before a storage counts as unreachable."""


class JournalLock(BaseJournalFileLock):
    """Locks a journal by the operating system, which frees it when its holder is killed.

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
        return _journal(Path(url).expanduser().absolute())
    try:
        address = make_url(url)
    except ArgumentError:
        raise ConfigError(f"storage={url} is not a URL; write postgresql://HOST/NAME.") from None
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
            engine_kwargs={"connect_args": waits, "poolclass": NullPool},  # none is left open
        )
    except ImportError as error:
        raise ConfigError(f"storage: {error.name} is not installed: pip install psycopg.") from None
    except (OperationalError, SQLAlchemyError) as error:
        shown = address.set(drivername=kind).render_as_string()
        reason = str(getattr(error, "orig", error)).strip().splitlines()[-1].strip()
        raise ConfigError(f"storage={shown} cannot be reached: {reason}.") from None


def _journal(path: Path) -> BaseStorage:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
        return JournalStorage(JournalFileBackend(str(path), lock_obj=JournalLock(path)))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise ConfigError(f"storage={path} cannot be used: {reason}.") from None
