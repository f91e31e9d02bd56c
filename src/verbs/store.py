"""The verb ``store``: list, check and clean stage results."""

from __future__ import annotations

import time

import pandas as pd

from .. import config
from ..errors import ConfigError
from ..store import Store
from ..terminal.console import LOG, console, show, size
from .settings import store_of

UNITS = {"kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "B": 1}


def store(overrides: list[str]) -> None:
    """Stage results and their sizes; store clean keep=20GB: down to a size; store check."""
    action = overrides[0] if overrides[:1] in (["clean"], ["check"]) else ""
    words = " ".join(overrides[1:] if action else overrides).replace("--keep ", "--keep=")
    settings = config.load("store", words.replace("--keep=", "keep=").split())
    place = store_of(settings)
    if action == "check":
        _check(place)
        return
    if action == "clean":
        gone = place.clean(byte_count(settings["keep"]))
        freed = size(sum(entry.size for entry in gone))
        console.print(f"dropped {len(gone)} results, {freed}")
    _show_store(place)


def _check(place: Store) -> None:
    """Read all results; delete damaged ones."""
    faults = place.check()
    for folder, fault in faults.items():
        LOG.warning("%s: %s; dropped, and computed again when it is needed", folder, fault)
    console.print(f"{len(place.entries())} results are whole")
    console.print(f"{len(faults)} were damaged and are dropped")


def _show_store(place: Store) -> None:
    entries = place.entries()
    rows = pd.DataFrame(
        [
            {"stage": entry.stage, "results": 1, "bytes": entry.size, "used": entry.used}
            for entry in entries
        ],
        columns=["stage", "results", "bytes", "used"],
    )
    rows = rows.groupby("stage", as_index=False).agg(
        {"results": "sum", "bytes": "sum", "used": "max"}
    )
    rows["size"] = rows.pop("bytes").map(size)
    rows["last used"] = rows.pop("used").map(
        lambda seconds: time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    )
    show(f"Store {place.root}", rows)
    console.print(f"{size(sum(entry.size for entry in entries))} in all")
    if left := place.unfinished():
        total = size(sum(entry.size for entry in left))
        console.print(f"{len(left)} unfinished, {total}: under way, or a training that goes on")


def byte_count(text: str) -> int:
    """Return a size such as ``20GB`` in bytes."""
    words = str(text).strip()
    unit = next((name for name in UNITS if words.endswith(name)), "")
    try:
        number = float(words.removesuffix(unit))
    except ValueError:
        number = -1
    if number < 0:
        raise ConfigError(f"keep must be a size such as 20GB or 500MB, got '{text}'.")
    return int(number * UNITS.get(unit, 1))
