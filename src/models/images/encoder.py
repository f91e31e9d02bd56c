"""Image encoder trained on a data set's own images."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pytorch_lightning import LightningModule
from scipy import sparse

from ...artifacts import AS_READ, Embedding, ImageContract, ImageSet, ImageVectors, TermSet
from ...contracts import Requires, Retrieval, Trainer, WeightsFrom
from ...errors import DataError, SettingError, settings_of
from ...nodes.ranges import AtLeastOne, Ge, Natural, UnitBelowOne, checked
from ..training.checkpoint import Checkpoint, check_stated, fill
from ..training.trainer import Watch, seeded
from .batches import CropBatches
from .embedding import embed_images, images_at_once
from .pooling import locations_shown, pooled_images, proteins_shown, rows_kept, standardised
from .split import held_out_images

VALIDATION_IMAGES = 2000
"""Held-out images for validation: enough for a thousandth of an AUROC."""

MEASUREMENTS = 10
"""Number of validations in a training."""

SMALLEST_CROP = 16
"""Edge below which nothing is left after four halvings."""


@checked
@dataclass(frozen=True)
class TrainedImageEncoder:
    """Trains a module on crops of images, then embeds whole images tile by tile.

    The vector of an image is the mean over tiles that cover it, that of a protein the mean over
    its images, unless the module has learnt attention weights for both. An image of an ambiguous
    antibody counts for each of its proteins.

    Args:
        module: Builds the LightningModule (`ProteinContrast`, `LocationClassifier` or the like);
            called with `locations` if it takes them, else without arguments.
        epochs: Number of epochs, >= 1.
        least_steps: Minimum number of updates, >= 0; with few proteins the number of epochs is
            increased.
        batch_size: Crops in a batch, of at least two proteins.
        crop: Edge of a crop in pixels, >= 16; smaller images are used whole.
        views: Crops of a protein in its batch, >= 2.
        labels: Name of the reference whose terms are the locations to learn; None for modules
            without labels.
        held_out: Share of the proteins, in [0, 1), that are held out with all their antibodies, for
            validation and evaluation.
        checkpoint: File of weights that `cytoweave train` wrote, in place of training.
        sha256: Its checksum.
        contract: Which images it is given: channels, size, whole fields or cells.

    Raises:
        ConfigError: If a number is out of range, or `labels` do not match the module.
    """

    requires: ClassVar[Requires] = frozenset({"training", "labels", "retrieval"})
    weights_from: ClassVar[WeightsFrom] = "training"

    module: Callable[..., LightningModule]
    epochs: AtLeastOne = 40
    least_steps: Natural = 300
    batch_size: int = 128
    crop: Annotated[int, Ge(SMALLEST_CROP)] = 64
    views: Annotated[int, Ge(2)] = 4
    labels: str | None = None
    held_out: UnitBelowOne = 0.0
    checkpoint: str | None = None
    sha256: str | None = None
    contract: ImageContract = AS_READ

    def __post_init__(self) -> None:
        if self.batch_size < 2 * self.views:
            raise SettingError(
                "batch_size",
                f"must hold two proteins' views ({2 * self.views}), got {self.batch_size}.",
            )
        check_stated(self.checkpoint, self.sha256)
        self._check_labels()
        with settings_of("module"):
            self._build(1)

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
        """Train on `images`.

        Args:
            images: Images, including those of held-out proteins.
            modality: Name of the modality, for messages.
            labels: Locations of proteins; required if and only if the encoder has `labels`.
            training: The trainer.
            seed: Seed of initial weights, crops, augmentation and held-out proteins.
            retrieval: Retrieval metric of standardised image vectors, for validation on held-out
                images.

        Raises:
            DataError: If there are no two images of different proteins, or no image shows a
                protein with a location.
        """
        crop = self._crop(images, modality)
        _, shows = proteins_shown(images)
        locations = self._locations(images, labels, modality)
        apart = held_out_images(images, self.held_out, seed)
        seen = rows_kept(shows, np.flatnonzero(~apart))
        seeded(seed)
        module = self._build(locations.shape[1])
        batches = CropBatches(
            images.pixels,
            self._learnt_from(seen, locations, modality),
            locations,
            crop,
            self.views,
            self.batch_size,
            seed,
            images.fields,
        )
        epochs = max(self.epochs, -(-self.least_steps // len(batches)))
        watch = watched(images, apart, crop, retrieval, training.capped_epochs(epochs))
        curves = training.fit(module, batches, epochs, watch=watch)
        names = {name for row in np.flatnonzero(apart) for name in images.proteins[row]}
        return Checkpoint.of(module, tuple(sorted(names)), curves)

    def untrained(
        self, images: ImageSet, *, modality: str, labels: TermSet | None, seed: int
    ) -> Checkpoint:
        """Return the initial weights of a training with this seed."""
        locations = self._locations(images, labels, modality)
        seeded(seed)
        return Checkpoint.of(self._build(locations.shape[1]))

    def weights_of(self, state: Mapping[str, object]) -> Checkpoint:
        """Interpret the file of weights that `checkpoint` names.

        Raises:
            DataError: If `cytoweave train` did not write it.
        """
        return Checkpoint.read(state, "image_encoder.checkpoint")

    def embed(
        self, images: ImageSet, weights: Checkpoint, *, modality: str, training: Trainer
    ) -> ImageVectors:
        """Embed all images with trained weights.

        Raises:
            DataError: If the weights do not fit the network.
        """
        key = "image_encoder.checkpoint" if self.checkpoint else "image_encoder"
        module = self._build(int(weights.settings.get("locations", 0)))
        fill(module, weights.weights, key)
        device = training.device()
        embedded = embed_images(
            module.eval().to(device),
            images.pixels,
            self._crop(images, modality),
            training.autocast(device),
        )
        return ImageVectors.of(images, *embedded)

    def images_at_once(self, images: ImageSet, *, modality: str, training: Trainer) -> int:
        """Return the batch size."""
        return images_at_once(images.pixels, self._crop(images, modality))

    def __call__(
        self,
        images: ImageSet,
        *,
        modality: str,
        labels: TermSet | None,
        training: Trainer,
        seed: int,
    ) -> Embedding:
        """Train on `images` and embed their proteins, in alphabetical order; see `train`."""
        weights = self.train(images, modality=modality, labels=labels, training=training, seed=seed)
        vectors = self.embed(images, weights, modality=modality, training=training)
        return pooled_images(vectors, modality)

    def _build(self, locations: int) -> LightningModule:
        return self.module(locations=locations) if self.labels else self.module()

    def _check_labels(self) -> None:
        takes_labels = "locations" in inspect.signature(self.module).parameters
        if takes_labels and self.labels is None:
            raise SettingError(
                "labels",
                "must name a reference of the data, e.g. hpa, as this module learns locations; or "
                "choose a module that needs none.",
            )
        if self.labels is not None and not takes_labels:
            raise SettingError(
                "labels",
                f"must be null, as this module does not learn from labels, got {self.labels!r}; or "
                "choose one that does.",
            )

    def _crop(self, images: ImageSet, modality: str) -> int:
        size = int(images.pixels.shape[-1])
        if size < SMALLEST_CROP:
            raise DataError(
                f"data.modalities.{modality}: the images are {size} px wide, but the image encoder "
                f"needs at least {SMALLEST_CROP}; set data.modalities.{modality}.size."
            )
        return min(self.crop, size)

    def _locations(
        self, images: ImageSet, labels: TermSet | None, modality: str
    ) -> NDArray[np.bool_]:
        """Return ``(I, T)``: the locations of an image's proteins; T = 0 where none are used."""
        if self.labels is None:
            return np.zeros((len(images.names), 0), bool)
        if labels is None:
            raise DataError(f"image_encoder.labels: the reference '{self.labels}' was not given.")
        located = locations_shown(images, labels)
        if not located.shape[1]:
            raise DataError(
                f"image_encoder.labels: no protein of {modality} has a location in "
                f"'{self.labels}' (images: '{next(iter(images.proteins), ('',))[0]}', "
                f"reference: '{next(iter(labels.proteins), '')}'); set data.id_map to "
                "translate, or image_encoder=small to train without labels."
            )
        return located

    def _learnt_from(
        self, shows: sparse.csr_array, locations: NDArray[np.bool_], modality: str
    ) -> sparse.csr_array:
        """Return `shows` without images that cannot be used for training."""
        if self.labels is not None:
            return rows_kept(shows, np.flatnonzero(locations.any(axis=1)))
        rows = shows[np.diff(shows.indptr) > 0].astype(np.int32)
        if (rows @ rows.T).nnz == rows.shape[0] ** 2:
            raise DataError(
                f"data.modalities.{modality}: no two images show different proteins, so there is "
                "nothing to tell apart; add images of other proteins, or leave this modality out."
            )
        return shows


def watched(
    images: ImageSet,
    apart: NDArray[np.bool_],
    crop: int,
    retrieval: Retrieval | None,
    epochs: int,
) -> Watch | None:
    """Return the validation of a training on held-out images; None where not possible.

    It is not possible if no protein has two of them.
    """
    rows = np.flatnonzero(apart)[:VALIDATION_IMAGES]
    shows = proteins_shown(images)[1][rows]
    if retrieval is None or not len(rows) or np.asarray(shows.sum(axis=0)).max() < 2:
        return None
    pixels = images.pixels[rows]

    def measure(module: LightningModule) -> dict[str, float]:
        vectors = standardised(embed_images(module, pixels, crop)[0])
        return {"retrieval": retrieval(vectors, shows)}

    return Watch("retrieval", "max", measure, every=max(1, epochs // MEASUREMENTS))
