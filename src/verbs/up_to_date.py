"""Runs that are up to date: made from the same settings, files and code, and not changed since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path

from ..data.fetch.lockfile import LOCK
from ..errors import CytoweaveError
from ..nodes.build import Config
from ..nodes.plugins import texts
from ..report.exchange.crate import is_unchanged
from ..report.exchange.tables import read_metrics
from ..stages.inputs import input_files
from ..store import Recipe, Store
from ..store.folders import mark_of
from .settings import store_of

PACKAGE = __name__.partition(".")[0]

NOT_SHAPING = {"accept", "command", "fetch", "launcher", "out", "overwrite", "store", "title"}
"""Settings of ``run`` that change no file of it; the title is that of ``data``."""


def run_key(settings: Config, store: Store) -> str:
    """Return the hash of all that determines the files of a run: settings, input files and code.

    The code is every module of this package and of plug-ins, and every template and script of its
    pages, so that a change anywhere makes the run again.

    Args:
        settings: The composed config of ``run``.
        store: Remembers checksums, so that an unchanged file is not read again.
    """
    shaping = {key: value for key, value in settings.items() if key not in NOT_SHAPING}
    targets = [text for key, text in texts(shaping) if key.endswith("._target_")]
    modules = {target.rpartition(".")[0] for target in targets} | {f"{PACKAGE}.verbs.run"}
    read = {path for paths in input_files(settings).values() for path in paths}
    named = [text for _, text in texts(shaping)]
    named += [str(Path(settings["data_root"], LOCK))] if settings.get("data_root") else []
    read |= {Path(text) for text in named if _is_file(text)}
    sums = store.sums(sorted(read))
    plugins = settings.get("plugins") or ()
    return Recipe("run", [*modules, *plugins], shaping, [*sums, _pages()]).key


def metrics_if_unchanged(settings: Config) -> dict[str, float] | None:
    """Return the metrics of the run at ``out``, if it need not be made again; else None.

    It need not if ``overwrite=true``, its `run_key` is the same, and every file of it has the
    checksum in its crate.
    """
    folder = Path(settings["out"])
    made_as = _key_of(folder)
    if not settings["overwrite"] or not made_as:
        return None
    try:
        same = run_key(settings, store_of(settings)) == made_as
    except (CytoweaveError, OSError):  # such as a missing file, which the run itself names
        return None
    return read_metrics(folder / "scores.json") if same and is_unchanged(folder) else None


def _key_of(folder: Path) -> str:
    try:
        return str(json.loads(mark_of(folder)).get("key", ""))
    except (ValueError, AttributeError):
        return ""


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # too long for a path
        return False


def _pages() -> str:
    """Return the hash of what pages are made of besides Python."""
    digest = sha256()
    for path in _walk(files(PACKAGE) / "report"):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _walk(folder: Traversable) -> Iterator[Traversable]:
    inside = sorted(folder.iterdir(), key=lambda path: path.name)
    yield from (path for path in inside if path.name.endswith((".j2", ".js", ".css", ".txt")))
    yield from chain.from_iterable(_walk(path) for path in inside if path.is_dir())
