"""Image encoder trained on a data set's own images: fields of view to one vector per protein."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_lightning import LightningModule
from scipy import sparse

from ..artifacts import Embedding, Floats
from ..errors import ConfigError, DataError
from ..image_contract import AS_READ, ImageContract
from ..measurements import ImageSet, TermSet
from .image_batches import CropBatches
from .image_pooling import locations_shown, mean_of_images, proteins_shown, rows_kept
from .image_views import tiles
from .training import Training, seeded

TILES_AT_ONCE = 128
"""Tiles embedded together, about 100 MB at 64 px: as fast as more, also for large fields."""

SMALLEST_CROP = 16
"""Edge below which nothing is left after four halvings."""


@dataclass(frozen=True)
class TrainedImageEncoder:
    """Trains a module on crops of all images, then embeds whole fields tile by tile.

    The vector of an image is the mean over tiles that cover it; that of a protein the mean over
    its images. An image of an ambiguous antibody counts for each of its proteins.

    Args:
        module: Builds the LightningModule (`ProteinContrast`, `LocationClassifier` or the like);
            called with `locations` if it takes them, else without arguments.
        epochs: Passes over the proteins, >= 1.
        least_steps: With few proteins, so many passes that the weights are updated at least so
            often, >= 0.
        batch_size: Crops in a batch, at least two proteins' worth.
        crop: Edge of a crop in pixels, >= 16; images smaller than that are taken whole.
        views: Crops of a protein in its batch, >= 2.
        labels: Name of the reference whose terms are the locations to learn; None for modules
            that need none.
        contract: Which images it is given: channels, size, whole fields or cells.

    Raises:
        ConfigError: If a number is out of range, or `labels` and the module do not go together.
    """

    module: Callable[..., LightningModule]
    epochs: int = 40
    least_steps: int = 300
    batch_size: int = 128
    crop: int = 64
    views: int = 4
    labels: str | None = None
    contract: ImageContract = AS_READ

    def __post_init__(self) -> None:
        for name, least in (
            ("epochs", 1),
            ("least_steps", 0),
            ("crop", SMALLEST_CROP),
            ("views", 2),
        ):
            if getattr(self, name) < least:
                raise ConfigError(
                    f"image_encoder.{name} must be at least {least}, got {getattr(self, name)}."
                )
        if self.batch_size < 2 * self.views:
            raise ConfigError(
                f"image_encoder.batch_size must hold two proteins' views ({2 * self.views}), "
                f"got {self.batch_size}."
            )
        self._check_labels()
        self._build(1)

    def __call__(
        self,
        images: ImageSet,
        *,
        modality: str,
        labels: TermSet | None,
        training: Training,
        seed: int,
    ) -> Embedding:
        """Train on `images` and embed their proteins.

        Args:
            images: What to train on and to embed.
            modality: Name that the embedding carries.
            labels: Locations of proteins; required if and only if the encoder has `labels`.
            training: Where to train.
            seed: Of the first weights, the crops and their views.

        Returns:
            Proteins in alphabetical order, vectors as wide as the module's.

        Raises:
            DataError: If there are no two images of different proteins (there is nothing to tell
                apart), or no image shows a protein with a location.
        """
        crop = self._crop(images, modality)
        shown, shows = proteins_shown(images)
        locations = self._locations(images, labels, modality)
        seeded(seed)
        module = self._build(locations.shape[1])
        batches = CropBatches(
            images.pixels,
            self._learnt_from(shows, locations, modality),
            locations,
            crop,
            self.views,
            self.batch_size,
            seed,
        )
        epochs = max(self.epochs, -(-self.least_steps // len(batches)))
        training.fit(module, batches, epochs)
        vectors = mean_of_images(embed_images(module, images.pixels, crop), shows)
        return Embedding.of_modality(modality, shown, vectors)

    def _build(self, locations: int) -> LightningModule:
        return self.module(locations=locations) if self.labels else self.module()

    def _check_labels(self) -> None:
        takes_labels = "locations" in inspect.signature(self.module).parameters
        if takes_labels and self.labels is None:
            raise ConfigError(
                "image_encoder.labels: this module learns locations, but no reference is named; "
                "set image_encoder.labels=hpa (any reference of the data), or choose a module "
                "that needs none."
            )
        if self.labels is not None and not takes_labels:
            raise ConfigError(
                f"image_encoder.labels: got '{self.labels}', but this module does not learn from "
                "labels; set image_encoder.labels=null, or choose one that does."
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
        """Return `shows` without the images that have nothing to teach."""
        if self.labels is not None:
            return rows_kept(shows, np.flatnonzero(locations.any(axis=1)))
        if (shows @ shows.T).nnz == shows.shape[0] ** 2:
            raise DataError(
                f"data.modalities.{modality}: no two images show different proteins, so there is "
                "nothing to tell apart; add images of other proteins, or leave this modality out."
            )
        return shows


def embed_images(module: LightningModule, pixels: NDArray[np.uint8], crop: int) -> Floats:
    """Embed whole fields: the mean vector of the tiles that cover each.

    Args:
        module: A trained module; on the CPU, in evaluation mode.
        pixels: ``(I, 4, S, S)``, may be mapped from disk.
        crop: Edge of a tile in pixels, <= S.

    Returns:
        ``(I, D)`` float32.
    """
    vectors = []
    step = max(1, TILES_AT_ONCE // tiles(pixels[:1], crop).shape[1])
    with torch.inference_mode():
        for start in range(0, len(pixels), step):
            cover = tiles(pixels[start : start + step], crop)
            parts = torch.split(torch.from_numpy(cover).flatten(0, 1), TILES_AT_ONCE)
            found = torch.cat([module(part) for part in parts])
            vectors.append(found.reshape(*cover.shape[:2], -1).mean(dim=1).numpy())
    return np.concatenate(vectors)
