"""Pipeline: the stages of an experiment (encode, fuse, link, weave, evaluate, lay out), cached."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from ..artifacts import AS_READ, Embedding, Hierarchy, ImageVectors, Network, Scores
from ..config import workers
from ..contracts import is_trained_fusion, requires
from ..errors import check_complete, settings_of
from ..launchers import Pool
from ..maps.clustering.partitions import Partitions
from ..nodes.build import Config, Part, build
from ..report.layout import layout
from ..store import Recipe, Remembered, Store
from .dataset import DataSet
from .parts import Parts
from .reading import as_network, read_at
from .shards import Shards

if TYPE_CHECKING:
    from .encoding import Encoding

LOG = logging.getLogger("cytoweave")


@dataclass(frozen=True)
class Embedded:
    """Result of the first two stages: the embedding of each modality, and the fused one.

    Attributes:
        modalities: Modality -> its embedding.
        fused: None where the data set has pairs, which need no fusion.
    """

    modalities: Mapping[str, Remembered[Embedding]]
    fused: Remembered[Embedding] | None


@dataclass(frozen=True)
class Mapped:
    """Result of the mapping stages: fused embedding, nearest-neighbour network, hierarchy."""

    embedded: Embedded
    network: Remembered[Network]
    hierarchy: Remembered[Hierarchy]


@dataclass(frozen=True)
class Pipeline:
    """The stages of an experiment, each cached in the store.

    Attributes:
        store: Store of results.
        parts: The components.
        seed: Seed of everything stochastic.
        workers: Number of processes of a stage.
        shards: Distributed embedding of images; None: in this process.
    """

    store: Store
    parts: Parts
    seed: int
    workers: int = 1
    shards: Shards | None = None

    @classmethod
    def of(cls, config: Config, store: Store) -> Self:
        """Build the components of a composed config, before any work starts.

        Raises:
            ConfigError: If a setting is unknown or out of range, or this machine lacks a device.
        """
        parts = Parts.of(config)
        if "trainer" in parts.built:
            with settings_of("trainer"):
                parts.trainer.thing.check_devices()
        count, shards = workers(config), None
        if "launcher" in config:
            pool = Pool(build("launcher", config["launcher"]), count, store.root)
            shards = Shards.of(pool, config, embed_shard)
        return cls(store, parts, config["seed"], count, shards)

    def read(self, config: Config, *, measured: bool = True) -> DataSet:
        """Read the data set of a config; with ``measured=False`` references alone suffice.

        Raises:
            ConfigError: If the data config contradicts itself.
            DataError: If a file is missing or malformed.
        """
        return DataSet.of(
            self.store,
            self.data_node(config),
            measured=measured,
            seed=self.seed,
            strict=config["strict"],
            workers=self.workers,
        )

    def data_node(self, config: Config) -> Config:
        """Return the data config, with images read at the size that the image encoder needs."""
        if "image_encoder" not in self.parts.built:
            return dict(config["data"])
        contract = getattr(self.parts.image_encoder.thing, "contract", AS_READ)
        return dict(read_at(config["data"], contract.fields_at))

    def map(self, data: DataSet, embedded: Embedded | None = None) -> Mapped:
        """Encode, fuse, link and weave; given pairs are woven directly.

        Args:
            data: The data set.
            embedded: Result of the first two stages, where they are done already or altered.
        """
        embedded = embedded or self.embed(data)
        network = self.link(embedded.fused) if embedded.fused else as_network(data.offered_pairs())
        hierarchy = self.weave(network)
        if len(hierarchy.value.names) == 1:
            LOG.warning(
                "THE MAP HAS NO ASSEMBLY: no group among %d proteins and %d pairs is denser than "
                "the rest; check which columns were read, and that large weights are sure pairs",
                len(network.value.proteins),
                len(network.value.edges),
            )
        return Mapped(embedded, network, hierarchy)

    def embed(self, data: DataSet) -> Embedded:
        """Encode each modality and fuse them.

        Raises:
            DataError: If the fusion needs every modality and a protein lacks one; raised before any
                is encoded.
        """
        if not data.pairs:
            self.check_fusion(data)
        embeddings = {name: self.encode(data, name) for name in data.modalities}
        return Embedded(embeddings, None if data.pairs else self.fuse(data.to_fuse(embeddings)))

    def check_fusion(self, data: DataSet) -> None:
        """Raise if the fusion needs every modality and a protein lacks one.

        Raises:
            DataError: If a protein lacks a modality.
        """
        fusion = self.parts.fusion.thing
        if "every_modality" in requires(fusion):
            measured = data.measured()
            proteins = set().union(*measured.values())
            lacking = {name: len(proteins - covered) for name, covered in measured.items()}
            check_complete(type(fusion).__name__.lower(), len(proteins), lacking)

    def encode(self, data: DataSet, name: str) -> Remembered[Embedding]:
        """Embed one modality."""
        return self.encoding(data).encode(name)

    def encoding(self, data: DataSet) -> Encoding:
        """Return the encoding stage of a data set."""
        from .encoding import Encoding  # loads torch, and a map of given pairs needs none

        return Encoding(self.store, self.parts, self.seed, self.workers, data, self.shards)

    def fuse(self, embeddings: Mapping[str, Remembered[Embedding]]) -> Remembered[Embedding]:
        """Fuse all modalities into one vector per protein."""
        fusion, trainer = self.parts.fusion, self.parts.trainer
        config: dict[str, object] = {"names": list(embeddings), "fusion": fusion.node}
        if is_trained_fusion(fusion.thing):
            config["trainer"] = trainer.node
        inputs = [embedding.key for embedding in embeddings.values()]
        modules = [*fusion.modules, *trainer.modules]
        values = {name: encoded.value for name, encoded in embeddings.items()}

        def compute() -> Embedding:
            if is_trained_fusion(fusion.thing):
                return fusion.thing(values, training=trainer.thing, seed=self.seed)
            return fusion.thing(values, seed=self.seed)

        recipe = Recipe("fuse", modules, config, inputs, self.seed)
        with settings_of("fusion"):
            return self.store.remember(recipe, Embedding, compute)

    def link(self, embedding: Remembered[Embedding]) -> Remembered[Network]:
        """Return the nearest-neighbour network of an embedding."""
        maker = self.parts.map
        recipe = Recipe("neighbours", maker.modules, maker.node["neighbours"], [embedding.key])
        return self.store.remember(recipe, Network, lambda: maker.thing.neighbours(embedding.value))

    def weave(self, network: Remembered[Network]) -> Remembered[Hierarchy]:
        """Return the hierarchy of a network's communities, ordered by containment."""
        maker, partitions = self.parts.map, self._cluster(network)
        config = {k: v for k, v in maker.node.items() if k not in ("neighbours", "communities")}
        recipe = Recipe("map", maker.modules, config, [network.key, partitions.key])
        return self.store.remember(
            recipe, Hierarchy, lambda: maker.thing.weave(network.value, partitions.value)
        )

    def evaluate(
        self,
        data: DataSet,
        hierarchy: Remembered[Hierarchy] | None,
        embedding: Remembered[Embedding] | None,
    ) -> Remembered[Scores]:
        """Score a hierarchy, an embedding, or both against the references of a data set."""
        evaluation, references = self.parts.eval, data.references
        scored = [one.key if one else "" for one in (hierarchy, embedding)]
        inputs = [*scored, *(f"{name}={part.key}" for name, part in references.items())]
        recipe = Recipe("evaluate", evaluation.modules, evaluation.node, inputs, self.seed)
        return self.store.remember(
            recipe,
            Scores,
            lambda: evaluation.thing(
                hierarchy=hierarchy.value if hierarchy else None,
                embedding=embedding.value if embedding else None,
                references={name: part.measurement for name, part in references.items()},
                seed=self.seed,
            ),
        )

    def lay_out(self, embedding: Remembered[Embedding]) -> NDArray[np.float32]:
        """Return a two-dimensional layout (UMAP) of the proteins, ``(N, 2)``."""
        recipe = Recipe("layout", [layout.__module__], None, [embedding.key], self.seed)

        def write(folder: Path) -> None:
            np.save(folder / "layout.npy", layout(embedding.value, seed=self.seed))

        place = self.store.folder(recipe, write)
        plane: NDArray[np.float32] = np.load(place.value / "layout.npy")
        return plane

    def with_part(self, name: str, part: Part[object]) -> Self:
        """Return the same pipeline with one component replaced."""
        return replace(self, parts=self.parts.with_part(name, part))

    def _cluster(self, network: Remembered[Network]) -> Remembered[Partitions]:
        """Detect the communities of a network, the costly part of a map."""
        maker = self.parts.map
        communities, modules = maker.node.get("communities", {}), [type(maker.thing).__module__]
        recipe = Recipe("cluster", modules, communities, [network.key], self.seed)
        return self.store.remember(
            recipe,
            Partitions,
            lambda: maker.thing.partitions(network.value, seed=self.seed, workers=self.workers),
        )


def embed_shard(store: Store, config: Config, name: str, start: int, stop: int) -> ImageVectors:
    """Embed images ``start`` to ``stop - 1`` of a modality, as a task of its own."""
    pipeline = Pipeline.of(config, store)
    encoding = pipeline.encoding(pipeline.read(config))
    return encoding.embed_images(name, encoding.weights(name), (start, stop)).value
