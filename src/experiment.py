"""One experiment: the stages in order, from raw files to a scored map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from . import stages
from .artifacts import Embedding, Hierarchy, ImageContract, ImageSet, Network, Scores
from .config import workers
from .data.textfiles import read_text
from .errors import ConfigError, settings_of
from .maps import calibrated, compare, read_hierarchy
from .nodes.build import Config, Part
from .report import RunResult
from .stages import encoding
from .stages.dataset import DataSet, completed, identifiers, log_notes
from .stages.parts import Parts
from .store import Remembered, Store


def run(config: Config, store: Store) -> RunResult:
    """Run all stages of one experiment.

    Args:
        config: The composed config of the verb ``run``.
        store: Where stage results are remembered.

    Raises:
        ConfigError: If a setting is unknown or out of range; found before any work starts.
        DataError: If a file does not hold what the config says.
    """
    parts, seed = Parts.of(config), config["seed"]
    calibration = calibrated(config["calibration"])
    data = dataset(config, store)
    modalities, fused = embed(store, data, parts, seed, workers(config))
    network = link(store, data, fused, parts)
    hierarchy = stages.weave(store, network, parts.map, seed, workers(config))
    found = stages.evaluate(store, parts.eval, data.references, seed, hierarchy, fused)
    scores = _with_profiles(found.value, hierarchy.value, data)
    tables = encoding.image_tables(
        store, data.modalities, parts, data.references, seed, workers(config)
    )
    return RunResult(
        config=dict(config),
        calibration=calibration,
        hierarchy=hierarchy.value,
        similarity=network.value,
        embedding=fused.value if fused else None,
        modalities={name: found.value for name, found in modalities.items()},
        scores=Scores(scores.figures, scores.tables | tables),
        identifiers=data.identifiers(),
        images=data.images(),
        layout=stages.lay_out(store, fused, seed) if fused else None,
    )


def score(config: Config, store: Store) -> Scores:
    """Return the scores of one experiment alone."""
    parts, seed = Parts.of(config), config["seed"]
    data = dataset(config, store)
    _, fused = embed(store, data, parts, seed, workers(config))
    network = link(store, data, fused, parts)
    hierarchy = stages.weave(store, network, parts.map, seed, workers(config))
    return stages.evaluate(store, parts.eval, data.references, seed, hierarchy, fused).value


def embed(
    store: Store, data: DataSet, parts: Parts, seed: int, processes: int
) -> tuple[dict[str, Remembered[Embedding]], Remembered[Embedding] | None]:
    """Encode each modality of a data set and fuse them; nothing is fused where it offers pairs."""
    found = {
        name: encoding.encode(
            store, name, reading, parts, data.references, seed, processes, data.modalities
        )
        for name, reading in data.modalities.items()
    }
    if data.pairs:
        return found, None
    return found, stages.fuse(store, data.to_fuse(found), parts, seed)


def link(
    store: Store, data: DataSet, fused: Remembered[Embedding] | None, parts: Parts
) -> Remembered[Network]:
    """Return the network to map: near proteins of the embedding, or the pairs that are given."""
    if fused is None:
        return stages.as_network(data.parts()["pairs"])
    return stages.neighbours(store, fused, parts.map)


def map_given(config: Config, store: Store) -> RunResult:
    """Make the map of a given edge list or embedding table (the verb ``map``)."""
    mapping, seed = Part.of("map", config["map"]), config["seed"]
    calibration = calibrated(config["calibration"])
    kind = _one_of(config, "network", "embedding")
    reading = _read_given(config, store, kind)
    embedding = stages.as_embedding(reading) if kind == "embedding" else None
    network = (
        stages.neighbours(store, embedding, mapping) if embedding else stages.as_network(reading)
    )
    return RunResult(
        config=dict(config),
        calibration=calibration,
        hierarchy=stages.weave(store, network, mapping, seed, workers(config)).value,
        similarity=network.value,
        embedding=embedding.value if embedding else None,
        modalities={},
        scores=Scores({}),
        identifiers=identifiers({kind: reading}),
        layout=stages.lay_out(store, embedding, seed) if embedding else None,
    )


def evaluate_given(config: Config, store: Store) -> Scores:
    """Score a given hierarchy, embedding, or both (the verb ``evaluate``).

    The table ``identifiers`` lists the names that were not taken as they stood.
    """
    if config["hierarchy"] is None and config["embedding"] is None:
        raise ConfigError("Give hierarchy=FILE, embedding=FILE, or both.")
    evaluation = Part.of("eval", config["eval"])
    data = dataset(config, store, measured=False)
    hierarchy = _given_hierarchy(config, data, store) if config["hierarchy"] else None
    given = _read_given(config, store, "embedding") if config["embedding"] else None
    embedding = stages.as_embedding(given) if given else None
    seed = config["seed"]
    scores = stages.evaluate(store, evaluation, data.references, seed, hierarchy, embedding).value
    if hierarchy:
        scores = _with_profiles(scores, hierarchy.value, data, config["drawn"])
    return Scores(scores.figures, scores.tables | {"identifiers": data.identifiers()})


def _with_profiles(
    scores: Scores, hierarchy: Hierarchy, data: DataSet, drawn: Sequence[str] | None = None
) -> Scores:
    from .eval import with_profiles  # a map without scores is made without it

    references = {name: found.value.value for name, found in data.references.items()}
    return with_profiles(scores, hierarchy, references, drawn)


def compare_given(config: Config) -> Scores:
    """Compare two given hierarchies (the verb ``compare``).

    Tables: ``shared``, one row per share with both directions; ``matches``, the best match in the
    second map of each assembly of the first.
    """
    first, second = (read_hierarchy(Path(config[key])) for key in ("first", "second"))
    found = compare(first, second)
    figures = found.figures()
    names = [name for name in figures if not name.endswith(".back")]
    shared = pd.DataFrame(
        [(name, figures[name], figures[f"{name}.back"]) for name in names],
        columns=["figure", "first in second", "second in first"],
    )
    matches = pd.DataFrame(
        {
            "assembly": first.names[1:],
            "match": [second.names[k] if k >= 0 else "" for k in found.matches.tolist()],
            "jaccard": found.jaccard,
        }
    )
    named = {f"compared.all.{name}": value for name, value in figures.items()}
    return Scores(named, {"shared": shared, "matches": matches})


def crops(config: Config, store: Store) -> dict[str, ImageSet]:
    """Return the cells or fields of every set of images of a data config (``data crops``)."""
    chosen = config["crops"]
    with settings_of("crops"):
        contract = ImageContract(
            size=chosen["size"], read_size=chosen["read_size"], cells=chosen["cells"]
        )
    data = stages.read_at(completed(config["data"]), chosen["read_size"])
    data = stages.simulate(store, data, config["seed"], workers(config))
    nodes = {k: n for k, n in data["modalities"].items() if n.get("kind") == "images"}
    if not nodes:
        raise ConfigError("data: no modality is of kind images, so there is no cell to show.")
    common: dict[str, Any] = {"strict": config["strict"], "workers": workers(config)}
    readings = stages.read_all(store, {**data, "modalities": nodes}, "modalities", **common)
    log_notes(readings)
    sets = {}
    for name, reading in readings.items():
        images = stages.images_in(reading, name)
        asked = replace(contract, channels=images.channels)
        cut = stages.images_for(store, name, reading, asked, workers(config))
        sets[name] = stages.images_in(cut, name)
    return sets


def data_node(config: Config) -> Config:
    """Return the data config, images to be read as large as the image encoder, if any, asks for."""
    if "image_encoder" not in config:
        return dict(config["data"])
    encoder = Part.of("image_encoder", config["image_encoder"])
    return dict(stages.read_at(config["data"], stages.contract_of(encoder).fields_at))


def dataset(config: Config, store: Store, *, measured: bool = True) -> DataSet:
    """Read the data set of a config; unless it must be measured, references alone will do."""
    return DataSet.of(
        store,
        data_node(config),
        measured=measured,
        seed=config["seed"],
        strict=config["strict"],
        workers=workers(config),
    )


def _read_given(config: Config, store: Store, kind: str) -> Remembered[Any]:
    node = {"kind": kind, "path": config[kind]}
    id_map = config["data"].get("id_map")
    reading = stages.read_part(store, kind, node, id_map=id_map, strict=True)
    log_notes({kind: reading})
    return reading


def _given_hierarchy(config: Config, data: DataSet, store: Store) -> Remembered[Hierarchy]:
    return stages.read_given_hierarchy(
        store,
        Path(config["hierarchy"]),
        universe=_universe(config["universe"], data),
        id_map=config["data"].get("id_map"),
    )


def _universe(chosen: str, data: DataSet) -> list[str] | None:
    """Return the proteins that could have been placed; None for those of the hierarchy itself."""
    if chosen == "map":
        return None
    if chosen != "data":
        if not Path(chosen).is_file():
            raise ConfigError(
                f"universe must be data, map or a file of one protein a line, got '{chosen}'."
            )
        return [*dict.fromkeys(filter(None, map(str.strip, read_text(Path(chosen)).split("\n"))))]
    if not data.pairs and not data.modalities:
        raise ConfigError("universe=data: the data set measures no protein; set universe=map.")
    return data.offered()


def _one_of(config: Config, first: str, second: str) -> str:
    given = [key for key in (first, second) if config[key] is not None]
    if len(given) != 1:
        raise ConfigError(f"Give either {first}=FILE or {second}=FILE.")
    return given[0]
