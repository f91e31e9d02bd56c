"""Stages that start from given files: a network, an embedding, a map or images."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from .. import eval as evaluation
from ..artifacts import Hierarchy, ImageContract, ImageSet, Scores
from ..config import workers
from ..data.names import without_blanks
from ..data.textfiles import check_regular, read_text
from ..errors import ConfigError, DataError, settings_of
from ..maps import calibrated, compare, read_hierarchy
from ..nodes.build import Config
from ..report import RunResult
from ..store import Remembered, Store
from .dataset import DataSet, completed, identifiers, log_notes
from .inputs import inputs
from .measured import measured
from .pipeline import Embedded, Pipeline
from .reading import (
    DataPart,
    as_embedding,
    images_for,
    read_all,
    read_at,
    read_given_hierarchy,
    read_part,
    simulate,
)

LOG = logging.getLogger("cytoweave")


def map_given(config: Config, store: Store) -> RunResult:
    """Make the map of a given edge list or embedding table (the verb ``map``)."""
    pipeline, calibration = Pipeline.of(config, store), calibrated(config["calibration"])
    kind = _one_of(config, "network", "embedding")
    check_files(config, kind)
    part = _read_given(config, store, kind)
    data = DataSet() if kind == "embedding" else DataSet(pairs=part)
    mapped = pipeline.map(data, None if data.pairs else Embedded({}, as_embedding(part)))
    embedding = mapped.embedded.fused
    return RunResult(
        config=dict(config),
        calibration=calibration,
        hierarchy=mapped.hierarchy.value,
        similarity=mapped.network.value,
        embedding=embedding.value if embedding else None,
        modalities={},
        scores=Scores({}),
        identifiers=identifiers({kind: part}),
        layout=pipeline.lay_out(embedding) if embedding else None,
        inputs=inputs(config, store),
        measured=measured(data, mapped.hierarchy.value.proteins, config["data"]),
    )


def evaluate_given(config: Config, store: Store) -> Scores:
    """Score a given hierarchy, embedding, or both (the verb ``evaluate``).

    The table ``identifiers`` lists the names that were changed or ambiguous.
    """
    if config["hierarchy"] is None and config["embedding"] is None:
        raise ConfigError("Give hierarchy=FILE, embedding=FILE, or both.")
    check_files(config, "hierarchy", "embedding")
    if config["universe"] not in (None, "map", "data"):
        check_files(config, "universe")
    pipeline = Pipeline.of(config, store)
    data = pipeline.read(config, measured=False)
    hierarchy = given_hierarchy(config, data, store) if config["hierarchy"] else None
    given = _read_given(config, store, "embedding") if config["embedding"] else None
    scores = pipeline.evaluate(data, hierarchy, as_embedding(given) if given else None).value
    if hierarchy:
        scores = with_profiles(scores, hierarchy.value, data, config["drawn"])
    return Scores(scores.metrics, scores.tables | {"identifiers": data.identifiers()})


def with_profiles(
    scores: Scores, hierarchy: Hierarchy, data: DataSet, drawn: Sequence[str] | None = None
) -> Scores:
    """Return scores with the elution profiles of some assemblies, for the report's plots."""
    references = {name: part.measurement for name, part in data.references.items()}
    return evaluation.with_profiles(scores, hierarchy, references, drawn)


def compare_given(config: Config) -> Scores:
    """Compare two given hierarchies (the verb ``compare``).

    Tables: ``shared``, one row per share with both directions; ``matches``, the best match in the
    second map of each assembly of the first.
    """
    check_files(config, "first", "second")
    first, second = (read_hierarchy(Path(config[key])) for key in ("first", "second"))
    comparison = compare(first, second)
    metrics = comparison.metrics()
    names = [name for name in metrics if not name.endswith(".back")]
    shared = pd.DataFrame(
        [(name, metrics[name], metrics[f"{name}.back"]) for name in names],
        columns=["metric", "first in second", "second in first"],
    )
    matches = pd.DataFrame(
        {
            "assembly": first.names[1:],
            "match": [second.names[k] if k >= 0 else "" for k in comparison.matches.tolist()],
            "jaccard": comparison.jaccard,
        }
    )
    named = {f"compared.all.{name}": value for name, value in metrics.items()}
    return Scores(named, {"shared": shared, "matches": matches})


def crops(config: Config, store: Store) -> dict[str, ImageSet]:
    """Return the cells or fields of every set of images of a data config (``data crops``)."""
    chosen, processes = config["crops"], workers(config)
    with settings_of("crops"):
        contract = ImageContract(
            size=chosen["size"], read_size=chosen["read_size"], cells=chosen["cells"]
        )
    data = read_at(completed(config["data"]), chosen["read_size"])
    data = simulate(store, data, config["seed"], processes)
    nodes = {k: n for k, n in data["modalities"].items() if n.get("kind") == "images"}
    if not nodes:
        raise ConfigError("data: no modality is of kind images, so there is no cell to show.")
    data, strict = {**data, "modalities": nodes}, config["strict"]
    parts = read_all(store, data, "modalities", strict=strict, workers=processes)
    log_notes(parts)
    sets = {}
    for name, part in parts.items():
        stated = replace(contract, channels=part.images(name).channels)
        sets[name] = images_for(store, name, part, stated, processes).images(name)
    return sets


def _read_given(config: Config, store: Store, kind: str) -> DataPart:
    node = {"kind": kind, "path": config[kind]}
    stated = {key: config.get(key) for key in ("columns", "weight", "min_weight")}
    stated = {key: value for key, value in stated.items() if value is not None}
    if stated and kind != "network":
        raise ConfigError(f"{', '.join(stated)}: only network=FILE has such columns; leave it out.")
    node |= stated
    part = read_part(store, kind, node, config["data"], strict=True)
    log_notes({kind: part})
    return part


def check_files(config: Config, *keys: str) -> None:
    """Raise if a file is missing, before anything is read."""
    for key in keys:
        if config[key] is None:
            continue
        path = Path(config[key])
        if not path.exists():
            also = " (and is neither data nor map)" if key == "universe" else ""
            raise DataError(f"{key}: {path} does not exist{also}.")
        check_regular(key, path)


def given_hierarchy(config: Config, data: DataSet, store: Store) -> Remembered[Hierarchy]:
    """Read the hierarchy of a config over its protein universe.

    Raises:
        ConfigError: If the universe is that of the data set, which measures no protein.
        DataError: If the file is malformed.
    """
    measured = bool(data.pairs or data.modalities)
    chosen = config["universe"] or ("data" if measured else "map")
    if chosen == "data" and not measured:
        raise ConfigError("universe=data: the data set measures no protein; set universe=map.")
    hierarchy = read_given_hierarchy(
        store,
        Path(config["hierarchy"]),
        universe=_universe(chosen, data),
        id_map=config["data"].get("id_map"),
    )
    words = {"data": "those of the data set", "map": "those of the hierarchy"}
    LOG.info(
        "universe: %d proteins, %s; %d of them are in an assembly below the root",
        len(hierarchy.value.proteins),
        words.get(chosen, f"those of {chosen}"),
        np.count_nonzero(hierarchy.value.membership[1:].sum(axis=0)),
    )
    return hierarchy


def _universe(chosen: str, data: DataSet) -> list[str] | None:
    """Return the protein universe; None for the proteins of the hierarchy itself."""
    if chosen == "map":
        return None
    if chosen != "data":
        lines = read_text(Path(chosen)).split("\n")
        return [*dict.fromkeys(filter(None, map(without_blanks, lines)))]
    return data.offered()


def _one_of(config: Config, first: str, second: str) -> str:
    given = [key for key in (first, second) if config[key] is not None]
    if len(given) != 1:
        raise ConfigError(f"Give either {first}=FILE or {second}=FILE.")
    return given[0]
