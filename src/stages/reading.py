"""Reading stage: simulate a cell, read files, map identifiers, prepare images."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from ..artifacts import (
    ElutionProfiles,
    Embedding,
    Hierarchy,
    ImageContract,
    ImageSet,
    Measurement,
    Network,
    Reading,
)
from ..data.hierarchies.files import read_hierarchy
from ..data.identifiers import IdentifierMap
from ..data.names import NamePolicy
from ..data.reading import check, check_file, modules_of, read, source_files
from ..errors import DataError, settings_of
from ..nodes.build import Config
from ..nodes.ranges import bind
from ..store import Recipe, Remembered, Store

LOG = logging.getLogger("cytoweave")


@dataclass(frozen=True)
class DataPart:
    """One modality or reference of a data set as read.

    Attributes:
        reading: The measurement, with notes on rows and names that were changed.
        key: Its key in the store.
    """

    reading: Reading
    key: str

    @property
    def measurement(self) -> Measurement:
        """The measurement or reference."""
        return self.reading.value

    @property
    def identifiers(self) -> pd.DataFrame:
        """Names that are not current symbols, see `Reading`."""
        return self.reading.identifiers

    def images(self, name: str) -> ImageSet:
        """Return the measurement as images.

        Raises:
            DataError: If it is something else.
        """
        if not isinstance(self.measurement, ImageSet):
            got = type(self.measurement).__name__
            raise DataError(f"data.modalities.{name}: expected images, got {got}.")
        return self.measurement


Readings = dict[str, DataPart]


NAMES = ("groups", "contaminants")
"""Keys of a data config for the policy of names."""

SIMULATED = "<simulated>"
"""Placeholder in a data config for the folder of the simulated cell."""


def simulate(store: Store, data: Config, seed: int, workers: int) -> Config:
    """Draw the simulated cell if requested; return the config with the paths of its files.

    The cell's seed is the run's, unless ``data.simulate.seed`` sets another.
    """
    if data.get("simulate") is None:
        return data
    settings = {name: value for name, value in data["simulate"].items() if name != "seed"}
    own = data["simulate"].get("seed")
    seed = seed if own is None else own
    from ..data import simulation  # only where a cell is drawn: it loads image processing

    chosen = bind("data.simulate", simulation.simulate, settings)
    recipe = Recipe("simulate", [simulation.__name__], settings, seed=seed)
    place = store.folder(
        recipe, lambda folder: simulation.simulate(folder, **chosen, seed=seed, workers=workers)
    )
    placed: Config = _placed(data, place.value)
    return placed


def read_part(
    store: Store, key: str, node: Config, data: Config, *, strict: bool, workers: int = 1
) -> DataPart:
    """Read one measurement or reference, its names resolved as the data config `data` says."""
    id_map, names = data.get("id_map"), names_of(data)
    inputs = _files_keys(store, key, node, id_map)
    config = {"key": key, "node": _without_folders(node), "strict": strict, **asdict(names)}
    recipe = Recipe("read", modules_of(node), config, inputs, label=key.rpartition(".")[2])

    def compute(scratch: Path) -> Reading:
        symbols = identifier_map(store, id_map)
        return read(
            key,
            node,
            identifiers=symbols,
            names=names,
            strict=strict,
            scratch=scratch,
            workers=workers,
        )

    return _remember_large(store, recipe, compute)


def read_all(store: Store, data: Config, part: str, *, strict: bool, workers: int = 1) -> Readings:
    """Read all ``modalities`` or all ``references`` of a data config."""
    read = partial(read_part, store, data=data, strict=strict, workers=workers)
    return {name: read(f"data.{part}.{name}", node) for name, node in data[part].items()}


def names_of(data: Config) -> NamePolicy:
    """Return the policy of protein names of a data config."""
    with settings_of("data"):
        return NamePolicy(**{key: data[key] for key in NAMES if key in data})


def read_at(data: Config, size: int | None) -> Config:
    """Return a data config whose images are read at `size` where it does not state their size."""
    nodes = data.get("modalities") or {}
    if size is None or not nodes:
        return data
    sized = {name: {"size": size, **n} for name, n in nodes.items() if n.get("kind") == "images"}
    return {**data, "modalities": {**nodes, **sized}}


def images_for(
    store: Store, name: str, reading: DataPart, contract: ImageContract, workers: int
) -> DataPart:
    """Return the images of a modality prepared for an encoder: channels, size, cells.

    Crops and resized fields are kept in the store, memory-mapped; images that fit already are
    returned unchanged.
    """
    images = reading.images(name)
    if contract.fits(images):
        return reading
    from ..data.images.cropping import (
        brought_to,  # only where cells are cut: it loads image processing
    )

    recipe = Recipe("crop", [brought_to.__module__], asdict(contract), [reading.key], label=name)

    def compute(scratch: Path) -> Reading:
        return brought_to(images, contract, modality=name, scratch=scratch, workers=workers)

    part = _remember_large(store, recipe, compute)
    for note in part.reading.notes:
        LOG.warning("%s: %s", name, note)
    return part


def _remember_large(store: Store, recipe: Recipe, compute: Callable[[Path], Reading]) -> DataPart:
    """Store a reading whose pixels are written to a scratch folder on the store's disk."""

    def write(folder: Path) -> None:
        with TemporaryDirectory(dir=folder) as scratch:
            compute(Path(scratch)).save(folder)

    stored = store.folder(recipe, write)
    return DataPart(Reading.load(stored.value), stored.key)


def check_data(data: Config) -> None:
    """Check a data config as far as possible without reading the files.

    Raises:
        ConfigError: If a kind or a key is unknown.
        DataError: If a file is missing.
    """
    for part in ("modalities", "references"):
        for name, node in data[part].items():
            check(f"data.{part}.{name}", node)
    if data["pairs"]:
        check("data.pairs", data["pairs"])


def read_pairs(store: Store, data: Config, *, strict: bool) -> DataPart:
    """Read the protein pairs of a data config that has no modalities."""
    return read_part(store, "data.pairs", data["pairs"], data, strict=strict)


def read_given_hierarchy(
    store: Store, path: Path, *, universe: Sequence[str] | None, id_map: Config | None
) -> Remembered[Hierarchy]:
    """Read a given hierarchy, over the proteins of `universe` if given."""
    node = {"kind": "hierarchy", "path": str(path)}
    inputs = [*_files_keys(store, "hierarchy", node, id_map)]
    recipe = Recipe("read", [read_hierarchy.__module__, IdentifierMap.__module__], universe, inputs)

    def compute() -> Hierarchy:
        table = identifier_map(store, id_map)
        rename = (lambda names: table.translate(names)[0]) if table else None
        return read_hierarchy(path, universe, rename=rename)

    return store.remember(recipe, Hierarchy, compute)


def as_embedding(part: DataPart, modality: str = "") -> Remembered[Embedding]:
    """Return a measurement that needs no encoder as an embedding of the modality."""
    measurement = part.measurement
    if isinstance(measurement, ElutionProfiles):
        measurement = Embedding.of_modality(modality, measurement.proteins, measurement.vectors())
    elif not isinstance(measurement, Embedding):
        raise DataError(f"expected an embedding, got {type(measurement).__name__}.")
    elif modality:
        measurement = Embedding.of_modality(modality, measurement.proteins, measurement.vectors)
    return Remembered(measurement, part.key, False, 0.0)


def as_network(part: DataPart) -> Remembered[Network]:
    """Return the network of a part that consists of protein pairs."""
    if not isinstance(part.measurement, Network):
        raise DataError(f"expected protein pairs, got {type(part.measurement).__name__}.")
    return Remembered(part.measurement, part.key, False, 0.0)


def _files_keys(store: Store, key: str, node: Config, id_map: Config | None) -> list[str]:
    tables = {name: Path(path) for name, path in (id_map or {}).items() if path}
    for name, path in tables.items():
        check_file(f"data.id_map.{name}", path)
    return [store.files_key(source_files(key, node)), store.files_key([*tables.values()])]


def _placed(node: object, folder: Path) -> Any:
    if isinstance(node, Mapping):
        return {name: _placed(value, folder) for name, value in node.items()}
    if isinstance(node, list):
        return [_placed(value, folder) for value in node]
    return node.replace(SIMULATED, str(folder)) if isinstance(node, str) else node


def _without_folders(node: object) -> object:
    """Keep file names without folders: the key depends on content, not on location."""
    if isinstance(node, Mapping):
        return {name: _without_folders(value) for name, value in node.items()}
    if isinstance(node, list | tuple):
        return [_without_folders(value) for value in node]
    if isinstance(node, str) and "/" in node and Path(node).exists():
        return Path(node).name
    return node


def identifier_map(store: Store, id_map: Config | None) -> IdentifierMap | None:
    """Return the identifier map of a data config; None without one."""
    if not id_map:
        return None
    symbols, uniprot = id_map["symbols"], id_map.get("uniprot")
    tables = [Path(path) for path in (symbols, uniprot) if path]
    return _read_identifier_map(store.files_key(tables), *tables)


@cache
def _read_identifier_map(content: str, *tables: Path) -> IdentifierMap:
    """Read the identifier map once for all parts; `content` changes with its files."""
    return IdentifierMap.read(*tables)
