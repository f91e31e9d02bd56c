"""Interfaces of the exchangeable components of an experiment, as Protocols.

A component is a class whose constructor takes plain values and checks them. In its attribute
``requires`` it declares which inputs it needs besides those of every component of its kind;
nothing is guessed from the names of its arguments. One without the attribute requires nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, runtime_checkable

from typing_extensions import TypeIs

if TYPE_CHECKING:  # types alone must not load pandas or torch
    import torch
    from pytorch_lightning import LightningModule
    from pytorch_lightning.callbacks import Callback
    from pytorch_lightning.loggers import Logger
    from scipy import sparse

    from .artifacts import (
        Embedding,
        Floats,
        Hierarchy,
        ImageContract,
        ImageSet,
        ImageVectors,
        Measurement,
        Network,
        Reading,
        Scores,
        TermSet,
    )
    from .eval.objective import Objective
    from .maps.clustering.partitions import Partitions
    from .models.training.callbacks import Curves, Watch
    from .models.training.checkpoint import Checkpoint

Weights = Any
"""Result of an encoder's `train` or `weights_of`."""

WeightsFrom = Literal["nowhere", "file", "training"]

Requires = frozenset[str]
"""Some of ``training`` (a `Trainer`), ``features``, ``labels``, ``retrieval``, and of a fusion
``every_modality`` (of every protein)."""


class Trainer(Protocol):
    """Trains Lightning modules: on which device, how precisely, for how long."""

    @property
    def patience(self) -> int | None:
        """Early stopping: measurements without improvement after which training ends, or None."""

    def observed(
        self,
        *,
        logger: Logger | None = None,
        callbacks: Sequence[Callback] = (),
        state: Path | None = None,
    ) -> Self:
        """Return the same trainer with observers, which cannot change the weights."""

    def check_devices(self) -> None:
        """Raise a `SettingError` if this machine lacks the devices."""

    def in_subfolder(self, name: str) -> Self:
        """Return the same trainer with a checkpoint folder of its own."""

    def capped_epochs(self, epochs: int) -> int:
        """Return the number of epochs after applying `max_epochs`."""

    def device(self) -> torch.device:
        """Return the device for inference."""

    def autocast(self, device: torch.device) -> AbstractContextManager[object]:
        """Return the mixed-precision context of the trainer, for inference."""

    def fit(
        self,
        module: LightningModule,
        batches: Iterable[object],
        epochs: int,
        *,
        validation: Iterable[object] | None = None,
        watch: Watch | None = None,
    ) -> Curves:
        """Train the module in place; return the logged values, one mapping per epoch."""


class Retrieval(Protocol):
    """Retrieval of a protein's images by their vectors, see `eval.image_retrieval`."""

    def __call__(self, vectors: Floats, shows: sparse.csr_array) -> float:
        """Return a number that is larger for better vectors."""


class PPIEncoder(Protocol):
    """Embeds the proteins of a network, without training."""

    def __call__(self, network: Network, *, modality: str, seed: int) -> Embedding:
        """Return the vectors, ``(N, D)``, under the name of the modality."""


class TrainedPPIEncoder(Protocol):
    """Embeds the proteins of a network by training; requires ``training``."""

    requires: ClassVar[Requires]

    def __call__(
        self, network: Network, *, modality: str, training: Trainer, seed: int
    ) -> Embedding:
        """Return the vectors, ``(N, D)``, under the name of the modality."""


class FeaturedPPIEncoder(Protocol):
    """Embeds a network with node features; requires ``training`` and ``features``."""

    requires: ClassVar[Requires]

    @property
    def features(self) -> str | None:
        """Name of the modality whose vectors are given; None for none."""

    def __call__(
        self,
        network: Network,
        *,
        modality: str,
        training: Trainer,
        seed: int,
        features: Embedding | None,
    ) -> Embedding:
        """Return the vectors, ``(N, D)``, under the name of the modality."""


class ImageEncoder(Protocol):
    """Embeds proteins from images in one step, without weights."""

    @property
    def contract(self) -> ImageContract:
        """Which images it is given: channels, size, whole fields or cells."""

    def __call__(
        self,
        images: ImageSet,
        *,
        modality: str,
        labels: TermSet | None,
        training: Trainer,
        seed: int,
    ) -> Embedding:
        """Return the vectors, ``(N, D)``, under the name of the modality."""


class WeightedImageEncoder(Protocol):
    """Embeds every image with pretrained weights, read from a file.

    ``weights_from`` is ``file``. The vectors of images are pooled to proteins afterwards.
    """

    weights_from: ClassVar[WeightsFrom]

    @property
    def contract(self) -> ImageContract:
        """Which images it is given: channels, size, whole fields or cells."""

    def weights_of(self, state: Mapping[str, object]) -> Weights:
        """Return the weights that the file named by ``checkpoint`` holds."""

    def embed(
        self, images: ImageSet, weights: Weights, *, modality: str, training: Trainer
    ) -> ImageVectors:
        """Return one vector per image."""


@runtime_checkable
class BatchedImageEncoder(Protocol):
    """An image encoder whose images can be embedded in shards."""

    def images_at_once(self, images: ImageSet, *, modality: str, training: Trainer) -> int:
        """Return how many images go through together: shards end where a batch does."""


class TrainedImageEncoder(WeightedImageEncoder, Protocol):
    """Embeds every image with weights that it learns; ``weights_from`` is ``training``."""

    @property
    def held_out(self) -> float:
        """Share of the proteins that are kept from training, in [0, 1)."""

    def train(
        self,
        images: ImageSet,
        *,
        modality: str,
        labels: TermSet | None,
        training: Trainer,
        seed: int,
        retrieval: Retrieval | None = None,
    ) -> Checkpoint:
        """Return the weights learnt from the images; `retrieval` may watch the training."""

    def untrained(
        self, images: ImageSet, *, modality: str, labels: TermSet | None, seed: int
    ) -> Checkpoint:
        """Return the weights that a training with this seed begins with."""


class Fusion(Protocol):
    """Fuses the embeddings of several modalities into one, without training."""

    def __call__(self, embeddings: Mapping[str, Embedding], *, seed: int) -> Embedding:
        """Return one vector per protein."""


class TrainedFusion(Protocol):
    """Fuses the embeddings of several modalities by training; requires ``training``."""

    requires: ClassVar[Requires]

    def __call__(
        self, embeddings: Mapping[str, Embedding], *, training: Trainer, seed: int
    ) -> Embedding:
        """Return one vector per protein."""


class MapMaker(Protocol):
    """Turns an embedding or a network into a hierarchy, in three remembered steps."""

    def __call__(self, network: Network, *, seed: int, workers: int) -> Hierarchy:
        """Return the hierarchy of a network: `partitions`, then `weave`."""

    def neighbours(self, embedding: Embedding) -> Network:
        """Link proteins that are near each other."""

    def partitions(self, network: Network, *, seed: int, workers: int) -> Partitions:
        """Find the communities of a network."""

    def weave(self, network: Network, partitions: Partitions) -> Hierarchy:
        """Order the communities by containment."""


class Evaluator(Protocol):
    """Scores a map and an embedding against the references of a data set."""

    @property
    def objective(self) -> Objective | None:
        """The objective that a sweep maximises."""

    def __call__(
        self,
        *,
        hierarchy: Hierarchy | None,
        embedding: Embedding | None,
        references: Mapping[str, Measurement],
        seed: int,
    ) -> Scores:
        """Return all metrics and tables."""


class Reader(Protocol):
    """Reads one modality or reference; its keyword arguments are the keys of its config node.

    It may take any of ``identifiers``, ``names``, ``modality``, ``strict``, ``scratch`` and
    ``workers``.
    """

    __module__: str

    def __call__(self, *args: Any, **keys: Any) -> Reading:
        """Return what was read."""


AnyPPIEncoder = PPIEncoder | TrainedPPIEncoder | FeaturedPPIEncoder
AnyImageEncoder = ImageEncoder | WeightedImageEncoder | TrainedImageEncoder
AnyFusion = Fusion | TrainedFusion


def requires(component: object) -> Requires:
    """Return what a component declares that it requires."""
    declared: Requires = getattr(component, "requires", frozenset())
    return declared


def weights_from(encoder: AnyImageEncoder) -> WeightsFrom:
    """Return the source of an image encoder's weights: ``nowhere`` if it works in one step."""
    declared: WeightsFrom = getattr(encoder, "weights_from", "nowhere")
    return declared


def takes_features(encoder: AnyPPIEncoder) -> TypeIs[FeaturedPPIEncoder]:
    """Return whether an encoder is given vectors of the proteins."""
    return "features" in requires(encoder)


def is_trained(encoder: AnyPPIEncoder) -> TypeIs[TrainedPPIEncoder]:
    """Return whether an encoder of interactions is trained, and takes no features."""
    return "training" in requires(encoder) and "features" not in requires(encoder)


def is_trained_fusion(fusion: AnyFusion) -> TypeIs[TrainedFusion]:
    """Return whether a fusion is trained."""
    return "training" in requires(fusion)


def is_weighted(encoder: AnyImageEncoder) -> TypeIs[WeightedImageEncoder | TrainedImageEncoder]:
    """Return whether an image encoder embeds image by image, with weights."""
    return weights_from(encoder) != "nowhere"


def learns_weights(encoder: AnyImageEncoder) -> TypeIs[TrainedImageEncoder]:
    """Return whether an image encoder learns its weights."""
    return weights_from(encoder) == "training"
