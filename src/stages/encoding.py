"""The stage that turns each modality into vectors: weights trained or given, images, proteins."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from ..artifacts import VECTORS, Embedding, ImageSet, ImageVectors, Network, Reading
from ..errors import DataError
from ..nodes.build import Part
from ..store import Recipe, Remembered, Storable, Store
from .parts import Parts
from .reading import Readings, as_embedding, contract_of, images_for

Trained = TypeVar("Trained", bound=Storable)


@dataclass(frozen=True)
class Encoders:
    """The parts that encoding needs; `Parts` has them too."""

    ppi_encoder: Part
    image_encoder: Part
    trainer: Part

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Encoders:
        """Build the encoders of a composed config."""
        return cls(**{name: Part.of(name, config[name]) for name in cls.__annotations__})


def encode(
    store: Store,
    name: str,
    reading: Remembered[Reading],
    parts: Encoders | Parts,
    references: Readings,
    seed: int,
    workers: int = 1,
    modalities: Readings | None = None,
) -> Remembered[Embedding]:
    """Turn one modality into vectors; tables and elution profiles need no encoder.

    An encoder with features is given the vectors of the one of `modalities` that it names.
    """
    if isinstance(reading.value.value, VECTORS):
        return as_embedding(reading, modality=name)
    encoder = encoder_of(reading, parts)
    if hasattr(encoder.thing, "embed"):
        vectors = encode_images(store, name, reading, parts, references, seed, workers)
        return pool_images(store, name, vectors)
    what = _encoding(store, name, reading, encoder, parts.trainer, references, seed, workers)
    if encoder.takes("features"):
        source = _features(encoder, modalities or {})
        features = source and encode(store, *source, parts, references, seed, workers)
        what.inputs.extend([features.key] if features else [])
        what.given["features"] = features.value if features else None
    recipe = Recipe("encode", what.modules, what.config, what.inputs, seed, label=name)
    return remember_trained(
        store,
        recipe,
        Embedding,
        parts.trainer,
        lambda training: encoder.thing(what.measured, **what.arguments(training)),
    )


def encode_images(
    store: Store,
    name: str,
    reading: Remembered[Reading],
    parts: Encoders | Parts,
    references: Readings,
    seed: int,
    workers: int = 1,
) -> Remembered[ImageVectors]:
    """Turn every image of a modality into a vector, with weights given or trained for it."""
    weights = train(store, name, reading, parts, references, seed, workers)
    return embed_images(store, name, reading, parts, weights, workers)


def train(
    store: Store,
    name: str,
    reading: Remembered[Reading],
    parts: Encoders | Parts,
    references: Readings,
    seed: int,
    workers: int = 1,
) -> Remembered[Any]:
    """Train the encoder of a modality, or read the weights that its config names.

    A training that is interrupted goes on where its last epoch ended.
    """
    encoder = encoder_of(reading, parts)
    if encoder.node.get("checkpoint"):
        return given_weights(store, encoder)
    what = _encoding(store, name, reading, encoder, parts.trainer, references, seed, workers)
    config = {**what.config, "encoder": _without(encoder.node, "checkpoint", "sha256")}
    recipe = Recipe("train", what.modules, config, what.inputs, seed, label=name)
    from ..models.training.checkpoint import Checkpoint  # only where there is one: it loads torch

    return remember_trained(
        store,
        recipe,
        Checkpoint,
        parts.trainer,
        lambda training: encoder.thing.train(what.measured, **what.arguments(training)),
    )


def untrained_images(
    store: Store,
    name: str,
    reading: Remembered[Reading],
    parts: Encoders | Parts,
    references: Readings,
    seed: int,
    workers: int = 1,
) -> Remembered[ImageVectors]:
    """Turn every image into a vector with the weights that a training begins with."""
    from ..models.training.checkpoint import Checkpoint

    encoder = encoder_of(reading, parts)
    what = _encoding(store, name, reading, encoder, parts.trainer, references, seed, workers)
    arguments = {k: v for k, v in what.given.items() if k != "retrieval"}
    recipe = Recipe("untrained", what.modules, what.config, what.inputs, seed, label=name)
    weights = store.remember(
        recipe, Checkpoint, lambda: encoder.thing.untrained(what.measured, **arguments)
    )
    return embed_images(store, name, reading, parts, weights, workers)


def given_weights(store: Store, encoder: Part) -> Remembered[Any]:
    """Read the file of weights that an encoder's config names."""
    from ..models.training.checkpoint import read_weights

    path, key = Path(encoder.node["checkpoint"]), "image_encoder.checkpoint"
    state = read_weights(key, path, encoder.node["sha256"])
    return Remembered(encoder.thing.weights_of(state), encoder.node["sha256"], False, 0.0)


def embed_images(
    store: Store,
    name: str,
    reading: Remembered[Reading],
    parts: Encoders | Parts,
    weights: Remembered[Any],
    workers: int = 1,
) -> Remembered[ImageVectors]:
    """Turn every image of a modality into a vector with trained weights."""
    encoder, trainer = encoder_of(reading, parts), parts.trainer
    images = images_for(store, name, reading, contract_of(encoder), workers)
    shaping = {
        "encoder": _without(encoder.node, "checkpoint", "sha256"),
        "trainer": {key: trainer.node.get(key) for key in ("accelerator", "precision")},
    }
    modules = [*encoder.modules, *trainer.modules]
    recipe = Recipe("embed", modules, shaping, [images.key, weights.key], label=name)

    def compute() -> ImageVectors:
        found: ImageVectors = encoder.thing.embed(
            images.value.value, weights.value, modality=name, training=trainer.thing
        )
        return found

    return store.remember(recipe, ImageVectors, compute)


def pool_images(
    store: Store, name: str, vectors: Remembered[ImageVectors]
) -> Remembered[Embedding]:
    """Turn the vectors of images into one per protein."""
    from ..models.images import pooling as image_pooling

    recipe = Recipe("pool", [image_pooling.__name__], name, [vectors.key], label=name)
    return store.remember(
        recipe, Embedding, lambda: image_pooling.pooled_images(vectors.value, name)
    )


def image_tables(
    store: Store,
    readings: Readings,
    parts: Encoders | Parts,
    references: Readings,
    seed: int,
    workers: int = 1,
) -> dict[str, pd.DataFrame]:
    """Return ``images_<modality>`` of each modality of images that are embedded one by one.

    One row per protein and image; see `image_pooling.image_table`.
    """
    from ..models.images.pooling import image_table

    found = {}
    for name, reading in readings.items():
        embeds = hasattr(encoder_of(reading, parts).thing, "embed")
        if isinstance(reading.value.value, ImageSet) and embeds:
            vectors = encode_images(store, name, reading, parts, references, seed, workers)
            found[f"images_{name}"] = image_table(vectors.value)
    return found


def encoder_of(reading: Remembered[Reading], parts: Encoders | Parts) -> Part:
    """Return the encoder of what was read."""
    shows = isinstance(reading.value.value, ImageSet)
    return parts.image_encoder if shows else parts.ppi_encoder


def remember_trained(
    store: Store,
    recipe: Recipe,
    kind: type[Trained],
    trainer: Part,
    compute: Callable[[Any], Trained],
) -> Remembered[Trained]:
    """Remember what a training makes; its state is kept until it has ended."""
    state = store.root / "unfinished" / f"{recipe.key}.training"
    found = store.remember(recipe, kind, lambda: compute(trainer.thing.observed(state=state)))
    shutil.rmtree(state, ignore_errors=True)
    return found


@dataclass(frozen=True)
class _Encoding:
    """What an encoder is called with, and what determines its result."""

    measured: Any
    given: dict[str, Any]
    trains: bool
    config: dict[str, Any]
    modules: list[str]
    inputs: list[str]

    def arguments(self, training: Any) -> dict[str, Any]:
        return {**self.given, **({"training": training} if self.trains else {})}


def _encoding(
    store: Store,
    name: str,
    reading: Remembered[Reading],
    encoder: Part,
    trainer: Part,
    references: Readings,
    seed: int,
    workers: int = 1,
) -> _Encoding:
    if isinstance(reading.value.value, ImageSet):
        reading = images_for(store, name, reading, contract_of(encoder), workers)
    takes = signature(getattr(encoder.thing, "train", encoder.thing)).parameters
    config: dict[str, Any] = {"modality": name, "encoder": encoder.node}
    modules, inputs = [*encoder.modules, *trainer.modules], [reading.key]
    given: dict[str, Any] = {"modality": name, "seed": seed}
    if "training" in takes:
        config["trainer"] = trainer.node
    if "labels" in takes:
        labels = _labels(encoder, references)
        inputs += [labels.key] if labels else []
        given["labels"] = labels.value.value if labels else None
    if "retrieval" in takes:
        from ..eval.embedding.image_retrieval import (
            image_retrieval,  # a map without images is made without
        )

        given["retrieval"] = image_retrieval
        modules.append(image_retrieval.__module__)
    return _Encoding(reading.value.value, given, "training" in takes, config, modules, inputs)


def _without(node: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key not in keys}


def _features(encoder: Part, modalities: Readings) -> tuple[str, Remembered[Reading]] | None:
    name = encoder.node.get("features")
    if name is None:
        return None
    kinds = {key: type(found.value.value) for key, found in modalities.items()}
    usable = [key for key, kind in kinds.items() if kind is not Network]
    if name not in usable:
        raise DataError(
            f"ppi_encoder.features: the data has no table, embedding or images '{name}'; "
            f"it has {', '.join(usable) or 'none'}."
        )
    return name, modalities[name]


def _labels(encoder: Part, references: Readings) -> Remembered[Reading] | None:
    name = encoder.node.get("labels")
    if name is None:
        return None
    if name not in references:
        raise DataError(
            f"image_encoder.labels: the data has no reference '{name}'; "
            f"it has {', '.join(references) or 'none'}."
        )
    return references[name]
