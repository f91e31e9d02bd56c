"""Provenance of a run: the files that it was made from, with checksum, size and licence of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import pandas as pd

from ..artifacts import INPUT_COLUMNS
from ..config import PARTS
from ..data.fetch.lockfile import Lock, read_lock
from ..data.reading import source_files
from ..data.toolkit import file_in
from ..nodes.build import Config
from ..store import Store
from .dataset import completed
from .reading import SIMULATED

MAX_LISTED_FILES = 10
"""Files of a part, above which they are one row: of images a run may have many thousands."""


def inputs(config: Config, store: Store) -> pd.DataFrame:
    """Return one row per file that a run reads, or per part of more than `MAX_LISTED_FILES` files.

    Columns: ``part``, as the config names it; ``file``, its name, or the folder of all; ``files``,
    how many; ``bytes``; ``sha256`` (of several files: of what ``sha256sum *`` prints in their
    folder, sorted); ``licence``, as ``data.licences`` states it, else the source it was fetched
    from; ``url``. Empty: not known.

    Args:
        config: The composed config of ``run`` or ``map``.
        store: Remembers checksums, so that a file is read through once.
    """
    stated = config["data"].get("licences") or {}
    root = Path(config["data_root"]).absolute() if config.get("data_root") else None
    lock = read_lock(root) if root else Lock()
    rows = []
    for part, files in input_files(config).items():
        name = part.rpartition(".")[2]
        places = files if len(files) <= MAX_LISTED_FILES else [files[0].parent]
        for path, row in zip(places, _rows(files, store), strict=True):
            licence, url = _source(path.absolute(), root, lock)
            rows.append((part, *row, stated.get(name) or licence, url))
    return pd.DataFrame(rows, columns=list(INPUT_COLUMNS)).astype(str)


def input_files(config: Config) -> dict[str, list[Path]]:
    """Return the files of each part that a run reads; a simulated cell has none."""
    data = completed(config["data"])
    nodes = {f"data.{kind}.{name}": node for kind in PARTS for name, node in data[kind].items()}
    nodes |= {"data.pairs": data["pairs"]} if data["pairs"] else {}
    files = {
        part: source_files(part, node) for part, node in nodes.items() if SIMULATED not in str(node)
    }
    given = {f"data.id_map.{name}": path for name, path in (data["id_map"] or {}).items()}
    given |= {key: config.get(key) for key in ("network", "embedding")}
    given |= {
        f"{key}.checkpoint": node.get("checkpoint")
        for key, node in config.items()
        if isinstance(node, Mapping)
    }
    named = {part: file_in(Path(path), part) for part, path in given.items() if path}
    return files | {part: [path] for part, path in named.items() if path.is_file()}


def _source(path: Path, root: Path | None, lock: Lock) -> tuple[str, str]:
    """Return licence and address of what was fetched, or made of fetched files; else nothing."""
    place = path.relative_to(root).as_posix() if root and path.is_relative_to(root) else ""
    made_of = lock.made[place].of if place in lock.made else ()
    known = [lock.files[name] for name in (place, *made_of) if name in lock.files]
    licences = dict.fromkeys(f"{one.licence} {one.licence_url}".strip() for one in known)
    return "; ".join(licences), " ".join(dict.fromkeys(one.url for one in known))


def _rows(files: Sequence[Path], store: Store) -> list[tuple[str, int, int, str]]:
    """Return name, number, bytes and checksum of each file, or of all where they are many."""
    sizes, sums = [path.stat().st_size for path in files], store.sums(files)
    if len(files) <= MAX_LISTED_FILES:
        return [
            (path.name, 1, size, content)
            for path, size, content in zip(files, sizes, sums, strict=True)
        ]
    lines = sorted(f"{content}  {path.name}\n" for path, content in zip(files, sums, strict=True))
    return [
        (files[0].parent.name, len(files), sum(sizes), sha256("".join(lines).encode()).hexdigest())
    ]
