"""Robustness of a map: jackknives over proteins, and ablation of each modality by noise."""

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
from ..terminal.console import log_level
from ..terminal.progress import tracked

Embeddings = dict[str, Remembered[Embedding]]

SHAPING = (
    "data", "dropped", "fusion", "image_encoder", "map", "plugins", "ppi_encoder", "seed", "strict",
    "trainer", "workers",
)  # fmt: skip
"""Settings that the map of a perturbation depends on."""


@dataclass(frozen=True)
class Perturbation:
    """A perturbation of the experiment, from which the map is made again.

    Attributes:
        kind: ``jackknife``, or the modality that is replaced by noise.
        number: Of the jackknife; decides with the run's seed what is drawn.
    """

    kind: str
    number: int = 0


@dataclass(frozen=True)
class Call:
    """The arguments of a task; the embeddings are in the store.

    Attributes:
        store: The store.
        config: Of the experiment, as far as it shapes the map.
        name: Unique, so that a process that outlives this one reads its data anew.
    """

    store: Store
    config: Config
    name: str

    def __hash__(self) -> int:
        return hash(self.name)


def robustness(config: Config, store: Store) -> Scores:
    """Make the map of perturbed experiments, and count how often each assembly is recovered.

    Every jackknife leaves out a share of the proteins before fusion; every ablation replaces one
    modality by standard normal noise. Each map is kept in the store, so that a larger number of
    jackknives, or the same command after an interruption, only makes missing ones; they run in
    parallel.

    Metrics: ``map.all.robust``, the share of assemblies found in more than half of the jackknives
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
    perturbations = [Perturbation("jackknife", k) for k in range(config["jackknives"])]
    perturbations += [Perturbation(name) for name in embeddings] if len(embeddings) > 1 else []
    pool = Pool(build("launcher", config["launcher"]), workers(config), store.root)
    call = Call(store, {key: config[key] for key in SHAPING if key in config}, uuid4().hex)
    maps = pool.spread(_perturbed_map, [(call, each) for each in perturbations])
    rng = np.random.default_rng(seed)
    recovered, recovered_by_chance = [], []
    made = tracked(maps, "maps of perturbations", len(perturbations))
    for perturbation, hierarchy in zip(perturbations, made, strict=True):
        recovered.append(recovered_assemblies(whole, hierarchy))
        if perturbation.kind == "jackknife":
            labels = rng.permutation(len(hierarchy.proteins))
            permuted = tuple(hierarchy.proteins[k] for k in labels)
            shuffled = replace(hierarchy, proteins=permuted)
            recovered_by_chance.append(recovered_assemblies(whole, shuffled))
    chance = np.array(recovered_by_chance)
    return _scores(whole, perturbations, np.array(recovered), chance, seed)


def _map(pipeline: Pipeline, embeddings: Embeddings) -> Hierarchy:
    return pipeline.map(DataSet(), Embedded(embeddings, pipeline.fuse(embeddings))).hierarchy.value


def _embeddings(pipeline: Pipeline, data: DataSet) -> Embeddings:
    return data.to_fuse({name: pipeline.encode(data, name) for name in data.modalities})


@lru_cache(maxsize=1)
def _inputs(call: Call) -> tuple[Pipeline, Embeddings]:
    """Return the stages and the embeddings of an experiment; computed once per process."""
    pipeline = replace(Pipeline.of(call.config, call.store), workers=1)
    with log_level(logging.ERROR):
        return pipeline, _embeddings(pipeline, pipeline.read(call.config))


def _perturbed_map(call: Call, perturbation: Perturbation) -> Hierarchy:
    """The map of one perturbation; a task of its own, with embeddings from the store."""
    config, (pipeline, embeddings) = call.config, _inputs(call)
    seed = config["seed"]
    if perturbation.kind == "jackknife":
        given = _without(embeddings, config["dropped"], [seed, perturbation.number])
    else:
        given = _with_noise(embeddings, perturbation.kind, seed)
    return _map(pipeline, given)


def _without(embeddings: Embeddings, dropped: float, seed: Sequence[int]) -> Embeddings:
    """The embeddings without a share of all proteins."""
    proteins = sorted({p for embedding in embeddings.values() for p in embedding.value.proteins})
    kept = np.random.default_rng([*seed, 1]).permutation(len(proteins))
    chosen = {proteins[k] for k in kept[: round((1 - dropped) * len(proteins))]}
    mark = f"without {dropped} drawn by {list(seed)}"
    return {
        name: replace(
            embedding,
            value=embedding.value.restrict([p for p in embedding.value.proteins if p in chosen]),
            key=f"{embedding.key} {mark}",
        )
        for name, embedding in embeddings.items()
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
    perturbations: Sequence[Perturbation],
    recovered: NDArray[np.bool_],
    recovered_by_chance: NDArray[np.bool_],
    seed: int,
) -> Scores:
    jackknives = np.array([each.kind == "jackknife" for each in perturbations])
    returns = recovered[jackknives].mean(axis=0)
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
    metrics: dict[str, float] = {
        "map.all.assemblies": len(rows),
        "map.all.jackknives": int(jackknives.sum()),
        "map.all.robust": float(robust.mean()),
        "map.all.robust.lo": low,
        "map.all.robust.hi": high,
        "map.all.robust.null_mean": float((recovered_by_chance.mean(axis=0) > 0.5).mean()),
        "map.all.returns": float(returns.mean()),
        "map.all.returns.null_mean": float(recovered_by_chance.mean()),
    }
    ablated = [k for k, each in enumerate(perturbations) if each.kind != "jackknife"]
    for k in ablated:
        table[f"without_{perturbations[k].kind}"] = recovered[k]
        metrics[f"map.all.without_{perturbations[k].kind}"] = int(recovered[k].sum())
    if ablated:
        needing = robust & ~recovered[ablated].any(axis=0)
        table = table.assign(needs_all=needing)
        metrics["map.all.needs_all"] = int(needing.sum())
    return Scores(metrics, {"robustness": table})
