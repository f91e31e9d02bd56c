"""The verb ``data fetch``: public data into the data root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from .. import config
from ..data.fetch.fetching import Chosen, Fetcher, Outcome, raise_failures
from ..data.fetch.lockfile import LOCK
from ..data.fetch.manifests import Manifest, chosen, read_manifests
from ..data.fetch.needs import lacking_of, offered_in
from ..data.fetch.overview import overview
from ..errors import ConfigError
from ..nodes.build import Config
from ..terminal.console import LOG, console, show, show_paths, size

LIST = "--list"
"""Short for ``source=all dry_run=true``."""


def data_fetch(overrides: list[str]) -> None:
    """Public data by name: fetched, checked, recorded in ``sources.lock.json``."""
    listed = ["source=all", "dry_run=true"] if LIST in overrides else []
    settings = config.load("data_fetch", [*(w for w in overrides if w != LIST), *listed])
    if settings["dry_run"]:
        show_sources(settings)
        return
    outcomes = fetched(settings, wanted(settings))
    _show(outcomes, Path(settings["data_root"]))
    raise_failures(outcomes)


def show_sources(settings: Config) -> None:
    """Print what would be fetched, how large it is and what is there; ask no server."""
    root = Path(settings["data_root"])
    show(f"Sources for {root}", overview(wanted(settings), root))


def fetch_lacking(settings: Config) -> None:
    """Fetch what the data config of an experiment names and lacks.

    Raises:
        ConfigError: If a licence must be accepted first.
        DataError: If a file cannot be fetched.
    """
    root = Path(settings["data_root"])
    lacking, _ = lacking_of(settings["data"], root, read_manifests())
    given = {name: settings[name] for name in ("accept", "data_root")}
    outcomes = fetched(config.load("data_fetch") | given, lacking)
    if outcomes:
        _show(outcomes, root)
    raise_failures(outcomes)


def check_sources(settings: Config, manifests: Mapping[str, Manifest] | None = None) -> None:
    """Check that ``accept`` and ``insecure`` name sources.

    Args:
        settings: Those of a verb; it may have only one of the two.
        manifests: All sources by name; None for those that ship and the lab's own.

    Raises:
        ConfigError: If one is no source.
    """
    for key in ("accept", "insecure"):
        named = settings.get(key) or ()
        known = (read_manifests() if manifests is None else manifests) if named else {}
        if unknown := [name for name in named if name not in known]:
            raise ConfigError(f"{key}={unknown[0]}: no such source; there are {', '.join(known)}.")


def fetched(settings: Config, manifests: Sequence[Manifest]) -> list[Outcome]:
    """Fetch what manifests name; return what became of each file.

    Raises:
        ConfigError: If a setting does not fit, or a licence must be accepted.
        DiskFullError: If there is no room.
    """
    root, folder = Path(settings["data_root"]), settings["from"]
    fetcher = Fetcher(
        root,
        folder=None if folder is None else _folder("from", Path(folder)),
        accept=frozenset(settings["accept"]),
        insecure=frozenset(settings["insecure"]),
        chosen=Chosen(
            _genes(settings["genes"]), settings["cell_line"], settings["images_per_antibody"]
        ),
    )
    try:
        return fetcher.fetch(manifests)
    except OSError as error:
        place = error.filename or root
        raise ConfigError(f"data_root={root}: {place}: {error.strerror or error}.") from error


def wanted(settings: Config) -> list[Manifest]:
    """Return the manifests that settings name, of each what is to be fetched.

    Raises:
        ConfigError: If nothing is named, or something unknown.
    """
    folder = settings["manifest_dir"]
    folders = [] if folder is None else [_folder("manifest_dir", Path(folder))]
    manifests = read_manifests(folders)
    check_sources(settings, manifests)
    if settings["source"]["names"]:
        return chosen(settings["source"]["names"], manifests)
    if settings["for"]:
        return _for(str(settings["for"]), manifests, settings)
    if settings["from"]:
        return offered_in(_folder("from", Path(settings["from"])), manifests)
    raise ConfigError(
        f"say what to fetch: source=NAME of {', '.join(manifests)}, or for=data/NAME; "
        f"`cytoweave data fetch {LIST}` shows them."
    )


def _for(word: str, manifests: Mapping[str, Manifest], settings: Config) -> list[Manifest]:
    """Return what a data config names and lacks."""
    group, _, name = word.partition("/")
    if group != "data" or not name:
        raise ConfigError(f"for={word}: write for=data/NAME, NAME an option of data.")
    root = settings["data_root"]
    node = config.load("data", [f"data={name}", f"data_root={root}"])["data"]
    lacking, unknown = lacking_of(node, Path(root), manifests)
    if unknown:
        LOG.warning("no source has %s, which data=%s names", ", ".join(unknown), name)
    return lacking


def _folder(key: str, place: Path) -> Path:
    if not place.is_dir():
        raise ConfigError(f"{key}={place}: there is no such folder.")
    return place


def _genes(given: str | Path | Sequence[str] | None) -> frozenset[str] | None:
    """Return the genes of a list, or of a file with one a line."""
    if given is None:
        return None
    if not isinstance(given, str | Path):
        return frozenset(given)
    try:
        lines = Path(given).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"genes={given}: no text file with a gene a line ({error}).") from error
    return frozenset(line.split("\t")[0].strip() for line in lines if line.strip())


def _show(outcomes: Sequence[Outcome], root: Path) -> None:
    """Print what became of the files, images as one number."""
    rows = [one for one in outcomes if "/" not in one.key or one.state == "failed"]
    rest = pd.Series([one.state for one in outcomes if "/" in one.key], dtype=str).value_counts()
    table = [(one.source, one.key, one.path, one.state, _size(root / one.path)) for one in rows]
    columns = ["source", "file", "path", "state", "size"]
    show(f"Fetched into {root}", pd.DataFrame(table, columns=columns))
    for state, count in rest.items():
        console.print(f"{count:,} files of lists: {state}")
    show_paths([("record", root / LOCK)])


def _size(path: Path) -> str:
    return size(path.stat().st_size) if path.is_file() else ""
