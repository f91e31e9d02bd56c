"""How sure a map is: made again with proteins left out, and with one modality as noise."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from uuid import uuid4

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..artifacts import Embedding, Hierarchy, Scores
from ..config import workers
from ..errors import ConfigError
from ..eval import assemblies_of
from ..eval.embedding.retrieval import bootstrap_interval
from ..eval.robustness import recovered_assemblies
from ..launchers import Pool
from ..nodes.build import Config, build
from ..stages import DataSet, Embedded, Pipeline
from ..store import Remembered, Store
from ..terminal.console import hushed
from ..terminal.progress import tracked

Embeddings = dict[str, Remembered[Embedding]]

SHAPING = (
    "data", "dropped", "fusion", "image_encoder", "map", "plugins", "ppi_encoder", "seed", "strict",
    "trainer", "workers",
)  # fmt: skip
"""Settings that a map made again depends on."""


@dataclass(frozen=True)
class Again:
    """One way to make the map again.

    Attributes:
        kind: ``jackknife``, or the modality that is replaced by noise.
        number: Of the jackknife; decides with the run's seed what is drawn.
    """

    kind: str
    number: int = 0


@dataclass(frozen=True)
class Call:
    """What a task is told: a few words, since the embeddings are in the store.

    Attributes:
        store: Where they are.
        config: Of the experiment, as far as it shapes the map.
        name: No two calls share it: a process that outlives this one reads its data anew.
    """

    store: Store
    config: Config
    name: str

    def __hash__(self) -> int:
        return hash(self.name)


def robustness(config: Config, store: Store) -> Scores:
    """Make the map of an experiment again many times, and count what comes back.

    Every jackknife leaves out a share of the proteins before fusion; every ablation replaces one
    modality by standard normal noise. Each is remembered, so that more of them, or the same
    command after an interruption, only make what is missing; they run in parallel.

    Figures: ``map.all.robust``, the share of assemblies found in more than half of the jackknives
    (bootstrap interval over assemblies; ``.null_mean`` against maps of permuted labels), and
    ``map.all.needs_all``, how many of these are found in no map with a modality replaced. Table
    ``robustness``: one row per assembly.

    Raises:
        ConfigError: If the experiment has no modalities.

    Source: Schaffer et al., Nature 642:222 (2025), doi:10.1038/s41586-025-08878-3: 300 jackknives,
    a tenth of the proteins dropped.
    """
    pipeline, seed = Pipeline.of(config, store), config["seed"]
    data = pipeline.read(config)
    if data.pairs:
        raise ConfigError("data: robustness needs modalities; this data config offers pairs.")
    embeddings = _embeddings(pipeline, data)
    whole = _map(pipeline, embeddings)
    ways = [Again("jackknife", k) for k in range(config["jackknives"])]
    ways += [Again(name) for name in embeddings] if len(embeddings) > 1 else []
    pool = Pool(build("launcher", config["launcher"]), workers(config), store.root)
    call = Call(store, {key: config[key] for key in SHAPING if key in config}, uuid4().hex)
    maps = pool.spread(_again, [(call, way) for way in ways])
    rng = np.random.default_rng(seed)
    back, chance = [], []
    for way, again in zip(ways, tracked(maps, "maps made again", len(ways)), strict=True):
        back.append(recovered_assemblies(whole, again))
        if way.kind == "jackknife":
            labels = rng.permutation(len(again.proteins))
            moved = replace(again, proteins=tuple(again.proteins[k] for k in labels))
            chance.append(recovered_assemblies(whole, moved))
    return _scores(whole, ways, np.array(back), np.array(chance), seed)


def _map(pipeline: Pipeline, embeddings: Embeddings) -> Hierarchy:
    return pipeline.map(DataSet(), Embedded(embeddings, pipeline.fuse(embeddings))).hierarchy.value


def _embeddings(pipeline: Pipeline, data: DataSet) -> Embeddings:
    return data.to_fuse({name: pipeline.encode(data, name) for name in data.modalities})


@lru_cache(maxsize=1)
def _inputs(call: Call) -> tuple[Pipeline, Embeddings]:
    """Return the stages and the embeddings of an experiment; once for all tasks of a process."""
    pipeline = replace(Pipeline.of(call.config, call.store), workers=1)
    with hushed(logging.ERROR):
        return pipeline, _embeddings(pipeline, pipeline.read(call.config))


def _again(call: Call, way: Again) -> Hierarchy:
    """The map of one way; in a process of its own, which takes the embeddings from the store."""
    config, (pipeline, embeddings) = call.config, _inputs(call)
    seed = config["seed"]
    if way.kind == "jackknife":
        given = _without(embeddings, config["dropped"], [seed, way.number])
    else:
        given = _with_noise(embeddings, way.kind, seed)
    return _map(pipeline, given)


def _without(embeddings: Embeddings, dropped: float, seed: Sequence[int]) -> Embeddings:
    """The embeddings without a share of all proteins."""
    proteins = sorted({p for found in embeddings.values() for p in found.value.proteins})
    kept = np.random.default_rng([*seed, 1]).permutation(len(proteins))
    chosen = {proteins[k] for k in kept[: round((1 - dropped) * len(proteins))]}
    mark = f"without {dropped} drawn by {list(seed)}"
    return {
        name: replace(
            found,
            value=found.value.restrict([p for p in found.value.proteins if p in chosen]),
            key=f"{found.key} {mark}",
        )
        for name, found in embeddings.items()
    }


def _with_noise(embeddings: Embeddings, modality: str, seed: int) -> Embeddings:
    """The embeddings, one of them replaced by standard normal noise."""
    given = embeddings[modality]
    rng = np.random.default_rng([seed, 2])
    noise = rng.standard_normal(given.value.vectors.shape).astype(np.float32)
    noisy = replace(
        given, value=replace(given.value, vectors=noise), key=f"{given.key} noise {seed}"
    )
    return embeddings | {modality: noisy}


def _scores(
    whole: Hierarchy,
    ways: Sequence[Again],
    back: NDArray[np.bool_],
    chance: NDArray[np.bool_],
    seed: int,
) -> Scores:
    jackknives = np.array([way.kind == "jackknife" for way in ways])
    returns = back[jackknives].mean(axis=0)
    robust = returns > 0.5
    rows = assemblies_of(whole)
    table = pd.DataFrame(
        {
            "assembly": [whole.names[k] for k in rows],
            "size": whole.sizes[rows],
            "returns": returns,
            "robust": robust,
        }
    )
    low, high = bootstrap_interval(robust.astype(float), 1000, seed)
    figures: dict[str, float] = {
        "map.all.assemblies": len(rows),
        "map.all.jackknives": int(jackknives.sum()),
        "map.all.robust": float(robust.mean()),
        "map.all.robust.lo": low,
        "map.all.robust.hi": high,
        "map.all.robust.null_mean": float((chance.mean(axis=0) > 0.5).mean()),
        "map.all.returns": float(returns.mean()),
        "map.all.returns.null_mean": float(chance.mean()),
    }
    ablated = [k for k, way in enumerate(ways) if way.kind != "jackknife"]
    for k in ablated:
        table[f"without_{ways[k].kind}"] = back[k]
        figures[f"map.all.without_{ways[k].kind}"] = int(back[k].sum())
    if ablated:
        needing = robust & ~back[ablated].any(axis=0)
        table = table.assign(needs_all=needing)
        figures["map.all.needs_all"] = int(needing.sum())
    return Scores(figures, {"robustness": table})
