"""Registry of readers, and reading of one node of a data config."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..artifacts import Reading
from ..contracts import Reader
from ..errors import ConfigError, CytoweaveError, DataError, SettingError, settings_of
from ..nodes import plugins
from ..nodes.ranges import bind, checked
from .elution import read_elution
from .hierarchies.files import read_hierarchy as from_file
from .identifiers import IdentifierMap, merged_note
from .images.fields import FieldLayout, files_of, find_fields
from .images.reader import read_images
from .matrices import read_matrix
from .names import USUAL, NamePolicy
from .networks import read_network
from .ontology import read_go
from .references import read_corum, read_gmt, read_hpa
from .tables import read_embedding, read_table
from .textfiles import check_regular
from .toolkit import file_in

Node = Mapping[str, object]


@checked
def read_hierarchy(path: Path, *, identifiers: IdentifierMap | None = None) -> Reading:
    """Read a hierarchy in any supported format, such as the truth of a simulated cell.

    Merged names are members of all assemblies of either.
    """
    hierarchy = from_file(path)
    if identifiers is None:
        return Reading(hierarchy)
    symbols, table = identifiers.translate(hierarchy.proteins)
    renamed = from_file(path, rename=lambda names: identifiers.translate(names)[0])
    return Reading(renamed, table, merged_note(path.name, hierarchy.proteins, symbols))


READERS: dict[str, Reader] = {
    "corum": read_corum,
    "elution": read_elution,
    "embedding": read_embedding,
    "gmt": read_gmt,
    "go": read_go,
    "hierarchy": read_hierarchy,
    "hpa": read_hpa,
    "images": read_images,
    "matrix": read_matrix,
    "network": read_network,
    "table": read_table,
}


def register(kind: str, reader: Reader) -> None:
    """Register a reader for parts of a data config of a `kind`.

    Args:
        kind: Its name in configs.
        reader: Its arguments are the keys of the config node; see `contracts.Reader`.

    Raises:
        ConfigError: If the kind is taken.
    """
    if kind in READERS:
        raise ConfigError(f"there is a reader of kind '{kind}' already; choose another name.")
    READERS[kind] = reader


def read(
    key: str,
    node: Node,
    *,
    identifiers: IdentifierMap | None,
    names: NamePolicy = USUAL,
    strict: bool,
    scratch: Path | None = None,
    workers: int = 1,
) -> Reading:
    """Read the measurement or reference of a node of a data config.

    Args:
        key: Key of the node, e.g. ``data.modalities.ppi``; prefixes every error message, and its
            last part is the name of the modality.
        node: ``kind`` (one of `READERS`) and the arguments of its reader.
        identifiers: Maps names to current symbols; None: names are unchanged.
        names: Policy for protein groups and contaminants.
        strict: Stop at the first image that cannot be read.
        scratch: An existing folder for memory-mapped pixels. None: pixels are kept in memory.
        workers: Processes for decoding images.

    Raises:
        ConfigError: If the kind or a key is unknown, a key is missing, or a value is wrong.
        DataError: If a file is missing or malformed.
    """
    source_files(key, node)
    reader, arguments = _bound_files(key, node)
    given = {
        "identifiers": identifiers,
        "names": names,
        "modality": key.rpartition(".")[2],
        "strict": strict,
        "scratch": scratch,
        "workers": workers,
    }
    allowed = inspect.signature(reader).parameters
    with _about(key):
        return reader(**arguments, **{k: v for k, v in given.items() if k in allowed})


def check_file(key: str, path: Path, *, folder: bool = False) -> None:
    """Check that what a setting names is a file, or a folder where one is read.

    Raises:
        DataError: If it is missing, or another kind of thing.
    """
    if not path.exists():
        raise DataError(
            f"{key}: {path} does not exist; correct the path, or set data_root=DIR or "
            "$CYTOWEAVE_DATA to the folder of the raw data."
        )
    if path.is_dir() and not folder:
        raise DataError(f"{key}: {path} is a folder; name a file.")
    check_regular(key, path)


def source_files(key: str, node: Node) -> list[Path]:
    """Return all raw files that a node reads, in a stable order.

    Raises:
        ConfigError: As `read`.
        DataError: If a file or folder is missing.
    """
    reader, arguments = _bound_files(key, node)
    paths = [path for value in arguments.values() for path in _paths_in(value)]
    for path in paths:
        check_file(key, path, folder=reader is read_images)
    if reader is read_hierarchy:
        edges = [p.with_name(p.name.replace(".nodes", ".edges")) for p in paths]
        return list(dict.fromkeys([*paths, *(p for p in edges if p.exists())]))
    if reader is not read_images:
        return paths
    layout = inspect.signature(FieldLayout).parameters
    with _about(key):
        fields, _ = find_fields(FieldLayout(**{k: arguments[k] for k in layout if k in arguments}))
    return [*(path for path in paths if path.is_file()), *files_of(fields)]


def check_keys(key: str, node: Node) -> None:
    """Check a node without its files: its kind, its keys, their values.

    Raises:
        ConfigError: As `read`.
    """
    _bind(key, node)


def modules_of(node: Node) -> list[str]:
    """Return the modules that read a node: this one, and a plug-in's reader."""
    reader = _reader(node)
    return [__name__, *([reader.__module__] if reader else [])]


def check(key: str, node: Node) -> None:
    """Check a node without reading its files: its kind, its keys, existence of files.

    Raises:
        ConfigError: As `read`.
        DataError: If a file is missing.
    """
    source_files(key, node)


def reader_of(key: str, node: Node) -> Reader:
    """Return the reader of a node.

    Raises:
        ConfigError: If its kind is unknown.
    """
    reader = _reader(node)
    if reader is None:
        kinds = ", ".join(READERS)
        raise ConfigError(f"{key}: kind must be one of {kinds}, got {node.get('kind')!r}.")
    return reader


def _bind(key: str, node: Node) -> tuple[Reader, dict[str, Any]]:
    """Return the reader of a node and its arguments."""
    reader = reader_of(key, node)
    return reader, bind(key, reader, node)


def _bound_files(key: str, node: Node) -> tuple[Reader, dict[str, Any]]:
    """Do as `_bind`, folders of the Cell Mapping Toolkit replaced by the file that is meant."""
    reader, arguments = _bind(key, node)
    with _about(key):
        kind = str(node["kind"])
        meant = {n: file_in(v, kind) for n, v in arguments.items() if isinstance(v, Path)}
    return reader, arguments | meant


def _reader(node: Node) -> Reader | None:
    """Return the reader of a node; plug-ins are loaded for an unknown kind."""
    kind = str(node.get("kind"))
    if kind not in READERS:
        plugins.load()  # not yet loaded in a worker process
    if kind not in READERS:
        plugins.load_installed()
    return READERS.get(kind)


@contextmanager
def _about(key: str) -> Iterator[None]:
    """Prefix errors with the key of the node."""
    try:
        with settings_of(key):
            yield
    except SettingError:
        raise
    except CytoweaveError as error:
        raise type(error)(f"{key}: {error}") from error


def _paths_in(value: object) -> list[Path]:
    several = value if isinstance(value, tuple) else (value,)
    return [path for path in several if isinstance(path, Path)]
