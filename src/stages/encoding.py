"""Encoding stage: embed every modality, training or reading weights, and pool images."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd

from ..artifacts import AS_READ, VECTORS, Embedding, ImageSet, ImageVectors, Network, TermSet
from ..contracts import (
    BatchedImageEncoder,
    FeaturedPPIEncoder,
    TrainedImageEncoder,
    Trainer,
    WeightedImageEncoder,
    Weights,
    is_trained,
    is_weighted,
    learns_weights,
    requires,
    takes_features,
)
from ..errors import ConfigError, DataError, settings_of
from ..eval.embedding import image_retrieval
from ..models.images import pooling
from ..models.training.checkpoint import Checkpoint, read_weights
from ..nodes.build import Config, Part
from ..store import Recipe, Remembered, Storable, Store
from .dataset import DataSet
from .parts import Parts
from .reading import DataPart, as_embedding, images_for
from .shards import Shards

Trained = TypeVar("Trained", bound=Storable)


@dataclass(frozen=True)
class Encoding:
    """Embeds the modalities of one data set.

    Attributes:
        store: Store of results, and of the checkpoints of interrupted trainings.
        parts: The encoders and the trainer.
        seed: Seed of everything stochastic.
        workers: Number of processes that crop cells.
        data: The data set.
        shards: Distributed embedding of images; None: in this process.
    """

    store: Store
    parts: Parts
    seed: int
    workers: int
    data: DataSet
    shards: Shards | None = None

    def encode(self, name: str) -> Remembered[Embedding]:
        """Embed a modality; tables and elution profiles need no encoder."""
        part = self.data.modalities[name]
        if isinstance(part.measurement, VECTORS):
            return as_embedding(part, modality=name)
        if isinstance(part.measurement, Network):
            return self._encode_network(name, part.measurement)
        if is_weighted(self.parts.image_encoder.thing):
            return self.pool(name, self.image_vectors(name))
        return self._encode_images(name)

    def image_vectors(self, name: str) -> Remembered[ImageVectors]:
        """Embed every image of a modality, with weights from a file or from training."""
        weights, images = self.weights(name), self._images(name).images(name)
        encoder, training = self.image_encoder().thing, self.parts.trainer.thing
        if self.shards is None or not isinstance(encoder, BatchedImageEncoder):
            return self.embed_images(name, weights)
        at_once = encoder.images_at_once(images, modality=name, training=training)
        recipe = self._embed_recipe(name, weights)
        embed = partial(self.shards.embed, self.store, name, len(images.names), at_once)
        return self.store.remember(recipe, ImageVectors, embed)

    def weights(self, name: str) -> Remembered[Weights]:
        """Return the weights of the image encoder: from a file, or from training on a modality.

        An interrupted training is resumed after its last epoch.
        """
        encoder = self.image_encoder()
        if encoder.node.get("checkpoint"):
            return self._weights_of_file(encoder)
        return self.train(name)

    def train(self, name: str) -> Remembered[Checkpoint]:
        """Train the image encoder on a modality."""
        encoder, images = self._learning(), self._images(name)
        labels, learner = self._labels(encoder.node), encoder.thing
        retrieval = None
        modules = [*encoder.modules, *self.parts.trainer.modules]
        if "retrieval" in requires(learner):
            retrieval = image_retrieval.image_retrieval
            modules.append(image_retrieval.__name__)
        config = {
            "modality": name,
            "encoder": _without(encoder.node, "checkpoint", "sha256"),
            "trainer": self.parts.trainer.node,
        }
        inputs = [images.key, *([labels.key] if labels else [])]
        recipe = Recipe("train", modules, config, inputs, self.seed, label=name)

        def compute(trainer: Trainer) -> Checkpoint:
            return learner.train(
                images.images(name),
                modality=name,
                labels=_terms(labels),
                training=trainer,
                seed=self.seed,
                retrieval=retrieval,
            )

        return self._remember_trained("image_encoder", recipe, Checkpoint, compute)

    def untrained_vectors(self, name: str) -> Remembered[ImageVectors]:
        """Embed every image with the initial weights of a training, as a baseline."""
        encoder, images = self._learning(), self._images(name)
        labels = self._labels(encoder.node)
        config = {"modality": name, "encoder": encoder.node}
        inputs = [images.key, *([labels.key] if labels else [])]
        recipe = Recipe("untrained", encoder.modules, config, inputs, self.seed, label=name)
        weights = self.store.remember(
            recipe,
            Checkpoint,
            lambda: encoder.thing.untrained(
                images.images(name), modality=name, labels=_terms(labels), seed=self.seed
            ),
        )
        return self.embed_images(name, weights)

    def embed_images(
        self, name: str, weights: Remembered[Weights], rows: tuple[int, int] | None = None
    ) -> Remembered[ImageVectors]:
        """Embed images of a modality with given weights.

        Args:
            name: The modality.
            weights: Weights of the encoder.
            rows: First image, and the image before which to stop; None for all.
        """
        encoder, images = self.image_encoder().thing, self._images(name).images(name)
        given = images.rows(*rows) if rows else images
        training = self.parts.trainer.thing
        return self.store.remember(
            self._embed_recipe(name, weights, rows),
            ImageVectors,
            lambda: encoder.embed(given, weights.value, modality=name, training=training),
        )

    def pool(self, name: str, vectors: Remembered[ImageVectors]) -> Remembered[Embedding]:
        """Pool the vectors of images to one per protein."""
        recipe = Recipe("pool", [pooling.__name__], name, [vectors.key], label=name)
        return self.store.remember(
            recipe, Embedding, lambda: pooling.pooled_images(vectors.value, name)
        )

    def image_tables(self) -> dict[str, pd.DataFrame]:
        """Return ``images_<modality>`` of each modality of images that are embedded one by one.

        One row per protein and image; see `pooling.image_table`.
        """
        shown = [n for n, p in self.data.modalities.items() if isinstance(p.measurement, ImageSet)]
        if not shown or not is_weighted(self.parts.image_encoder.thing):
            return {}
        return {
            f"images_{name}": pooling.image_table(self.image_vectors(name).value) for name in shown
        }

    def contracted(self, name: str) -> ImageSet:
        """Return the images of a modality prepared for the encoder."""
        return self._images(name).images(name)

    def image_encoder(self) -> Part[WeightedImageEncoder]:
        """Return the image encoder, which must embed image by image.

        Raises:
            ConfigError: If it works in one step.
        """
        encoder = self.parts.image_encoder
        if not is_weighted(encoder.thing):
            raise ConfigError("image_encoder: this encoder has no weights of its own.")
        return Part(encoder.thing, encoder.node, encoder.modules)

    def _learning(self) -> Part[TrainedImageEncoder]:
        encoder = self.parts.image_encoder
        if not learns_weights(encoder.thing):
            raise ConfigError("image_encoder: this encoder does not learn; name its checkpoint.")
        return Part(encoder.thing, encoder.node, encoder.modules)

    def _encode_network(self, name: str, network: Network) -> Remembered[Embedding]:
        encoder, trainer = self.parts.ppi_encoder, self.parts.trainer
        thing, inputs = encoder.thing, [self.data.modalities[name].key]
        features = self._features(thing) if takes_features(thing) else None
        config: dict[str, object] = {"modality": name, "encoder": encoder.node}
        if "training" in requires(thing):
            config["trainer"] = trainer.node
        modules = [*encoder.modules, *trainer.modules]
        inputs += [features.key] if features else []
        recipe = Recipe("encode", modules, config, inputs, self.seed, label=name)

        def compute(training: Trainer) -> Embedding:
            seed = self.seed
            if takes_features(thing):
                given = features.value if features else None
                return thing(network, modality=name, seed=seed, training=training, features=given)
            if is_trained(thing):
                return thing(network, modality=name, seed=seed, training=training)
            return thing(network, modality=name, seed=seed)

        return self._remember_trained("ppi_encoder", recipe, Embedding, compute)

    def _encode_images(self, name: str) -> Remembered[Embedding]:
        encoder, trainer = self.parts.image_encoder, self.parts.trainer
        images, labels, thing = self._images(name), self._labels(encoder.node), encoder.thing
        config = {"modality": name, "encoder": encoder.node, "trainer": trainer.node}
        inputs = [images.key, *([labels.key] if labels else [])]
        modules = [*encoder.modules, *trainer.modules]
        recipe = Recipe("encode", modules, config, inputs, self.seed, label=name)

        def compute(training: Trainer) -> Embedding:
            if is_weighted(thing):
                raise ConfigError("image_encoder: this encoder embeds image by image.")
            return thing(
                images.images(name),
                modality=name,
                labels=_terms(labels),
                training=training,
                seed=self.seed,
            )

        return self._remember_trained("image_encoder", recipe, Embedding, compute)

    def _remember_trained(
        self, key: str, recipe: Recipe, kind: type[Trained], compute: Callable[[Trainer], Trained]
    ) -> Remembered[Trained]:
        """Store the result of the component at `key`; its checkpoint is kept until it has ended."""
        state = self.store.training_state(recipe)
        trainer = self.parts.trainer.thing.observed(state=state)
        with settings_of(key):
            trained = self.store.remember(recipe, kind, lambda: compute(trainer))
        shutil.rmtree(state, ignore_errors=True)
        return trained

    def _embed_recipe(
        self, name: str, weights: Remembered[Weights], rows: tuple[int, int] | None = None
    ) -> Recipe:
        encoder, trainer, images = self.image_encoder(), self.parts.trainer, self._images(name)
        shaping: dict[str, object] = {
            "encoder": _without(encoder.node, "checkpoint", "sha256"),
            "trainer": {key: trainer.node.get(key) for key in ("accelerator", "precision")},
        }
        shaping |= {"rows": list(rows)} if rows else {}
        modules = [*encoder.modules, *trainer.modules]
        return Recipe("embed", modules, shaping, [images.key, weights.key], label=name)

    def _images(self, name: str) -> DataPart:
        """Return the images of a modality prepared for the encoder."""
        contract = getattr(self.parts.image_encoder.thing, "contract", AS_READ)
        return images_for(self.store, name, self.data.modalities[name], contract, self.workers)

    def _weights_of_file(self, encoder: Part[WeightedImageEncoder]) -> Remembered[Weights]:
        path, key = Path(encoder.node["checkpoint"]), "image_encoder.checkpoint"
        state = read_weights(key, path, encoder.node["sha256"])
        return Remembered(encoder.thing.weights_of(state), encoder.node["sha256"], False, 0.0)

    def _features(self, encoder: FeaturedPPIEncoder) -> Remembered[Embedding] | None:
        """Return the node features of an encoder: the vectors of the modality it names."""
        name, parts = encoder.features, self.data.modalities
        if name is None:
            return None
        usable = [key for key, part in parts.items() if not isinstance(part.measurement, Network)]
        if name not in usable:
            raise DataError(
                f"ppi_encoder.features: the data has no table, embedding or images '{name}'; "
                f"it has {', '.join(usable) or 'none'}."
            )
        return self.encode(name)

    def _labels(self, node: Config) -> DataPart | None:
        """Return the labels of an image encoder: the reference that it names."""
        name, references = node.get("labels"), self.data.references
        if name is None:
            return None
        if name not in references:
            raise DataError(
                f"image_encoder.labels: the data has no reference '{name}'; "
                f"it has {', '.join(references) or 'none'}."
            )
        return references[name]


def _terms(labels: DataPart | None) -> TermSet | None:
    if labels is None:
        return None
    if not isinstance(labels.measurement, TermSet):
        got = type(labels.measurement).__name__
        raise DataError(f"image_encoder.labels: expected a set of terms, got {got}.")
    return labels.measurement


def _without(node: Mapping[str, object], *keys: str) -> dict[str, object]:
    return {key: value for key, value in node.items() if key not in keys}
