"""The verb ``train``: weights of an encoder, kept in the store, and what they are worth."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..artifacts import VECTORS, Embedding, ImageSet, ImageVectors, Reading, Scores, TermSet
from ..config import workers
from ..errors import ConfigError, DataError
from ..eval import location_figures
from ..eval.terms.overlap import common_columns
from ..experiment import dataset
from ..nodes.build import Config, Part
from ..stages import encoding
from ..stages.dataset import DataSet
from ..stages.encoding import Encoders
from ..stages.reading import Readings, contract_of, images_for
from ..store import Remembered, Store

COMPONENTS = 64
"""Principal components of raw pixels that stand beside an encoder."""

THUMBNAIL = 32
"""Width in pixels at which raw pixels are compared."""


@dataclass(frozen=True)
class TrainingResult:
    """What a training leaves.

    Attributes:
        checkpoint: File of the weights, in the store; None where the encoder has none.
        embedding: The vectors that the trained encoder gives.
        curves: One row per epoch.
        scores: Figures on proteins that were held out.
    """

    checkpoint: Path | None
    embedding: Embedding
    curves: pd.DataFrame
    scores: Scores

    @property
    def sha256(self) -> str:
        """Checksum of the file of weights, "" where there is none."""
        return hashlib.sha256(self.checkpoint.read_bytes()).hexdigest() if self.checkpoint else ""

    def comparison(self) -> pd.DataFrame:
        """Return the accuracy of the trained vectors and of what needs no training, for people."""
        figures = {k.partition(".unseen.")[2]: v for k, v in self.scores.figures.items()}
        if not figures:
            return pd.DataFrame()
        kinds = {"trained": "", "untrained": "_untrained", "raw pixels": "_pixels"}
        rows = [
            {
                "vectors": kind,
                "accuracy": f"{figures[f'knn_accuracy{suffix}']:.3f}",
                "95 % interval": _interval(figures, f"knn_accuracy{suffix}"),
                "trained minus this": _interval(figures, f"knn_gain{suffix}") if suffix else "",
            }
            for kind, suffix in kinds.items()
        ]
        chance = f"{figures['knn_accuracy.null_mean']:.3f}"
        return pd.DataFrame([*rows, {"vectors": "commonest location", "accuracy": chance}]).fillna(
            ""
        )

    def write(self, folder: Path) -> None:
        """Write ``checkpoint.pt``, ``curves.tsv``, ``embedding.tsv.gz`` and the scores."""
        from ..report import write_scores
        from ..report.exchange.tables import write_embedding

        if self.checkpoint:
            shutil.copyfile(self.checkpoint, folder / self.checkpoint.name)
        self.curves.to_csv(folder / "curves.tsv", sep="\t", index=False)
        write_embedding(folder / "embedding.tsv.gz", self.embedding)
        write_scores(folder, self.scores)


def _interval(figures: Mapping[str, float], name: str) -> str:
    return f"{figures[f'{name}.lo']:.3f} .. {figures[f'{name}.hi']:.3f}"


def train(config: Config, store: Store) -> TrainingResult:
    """Train the encoder of one modality, or find that it has been trained.

    The weights that are kept are those that `run` takes with the same config. Where the encoder
    holds no proteins out itself, the figures come from a second training that does.

    Raises:
        ConfigError: If a setting is unknown or out of range; found before any work starts.
        DataError: If a file does not hold what the config says.
    """
    parts, seed, processes = Encoders.of(config), config["seed"], workers(config)
    data = dataset(config, store)
    name = _modality(config, data)
    reading = data.modalities[name]
    encoder = encoding.encoder_of(reading, parts)
    trained, judged = hasattr(encoder.thing, "train"), _judged(parts, config)
    labels = _labels(config, judged, reading.value.value, data.references) if trained else None
    embedding = encoding.encode(
        store, name, reading, parts, data.references, seed, processes, data.modalities
    ).value
    if not trained:
        return TrainingResult(None, embedding, pd.DataFrame({"epoch": []}), Scores({}))
    weights = encoding.train(store, name, reading, parts, data.references, seed, processes)
    scores = _held_out_scores(config, store, name, reading, judged, data.references, labels)
    place = store.root / "train" / weights.key / "checkpoint.pt"
    checkpoint = place if place.is_file() else Path(encoder.node["checkpoint"])
    return TrainingResult(checkpoint, embedding, weights.value.curve_table(), scores)


def _judged(parts: Encoders, config: Config) -> Encoders:
    """Return the encoders by which proteins that were not learnt from are judged.

    An encoder that is trained on all proteins is trained once more, without some, for that.
    """
    node = parts.image_encoder.node
    if getattr(parts.image_encoder.thing, "held_out", None) != 0 or node.get("checkpoint"):
        return parts
    without = {**node, "held_out": config["held_out"]}
    return replace(parts, image_encoder=Part.of("image_encoder", without))


def _held_out_scores(
    config: Config,
    store: Store,
    name: str,
    reading: Remembered[Reading],
    parts: Encoders,
    references: Readings,
    labels: TermSet | None,
) -> Scores:
    """Return how well held-out proteins are placed, beside no training and raw pixels."""
    if labels is None:
        return Scores({})
    weights = encoding.train(store, name, reading, parts, references, config["seed"])
    if not weights.value.held_out:
        return Scores({})
    embeddings = {
        "trained": encoding.embed_images(store, name, reading, parts, weights),
        "untrained": encoding.untrained_images(
            store, name, reading, parts, references, config["seed"]
        ),
    }
    found = {what: encoding.pool_images(store, name, v).value for what, v in embeddings.items()}
    contract, processes = contract_of(parts.image_encoder), workers(config)
    images = images_for(store, name, reading, contract, processes).value.value
    found["pixels"] = raw_pixels(images, name)
    figures = location_figures(found, labels, set(weights.value.held_out), seed=config["seed"])
    part = f"{config['reference']}.unseen"
    return Scores({f"{part}.{figure}": value for figure, value in figures.items()})


def raw_pixels(images: Any, modality: str) -> Embedding:
    """Return the principal components of the images themselves: what needs no learning at all.

    Images are shrunk to `THUMBNAIL` pixels, each channel centred and scaled; the components are
    pooled to proteins as any other vectors.
    """
    from ..models.images.pooling import pooled_images

    if not isinstance(images, ImageSet):
        raise DataError(f"{modality}: expected images, got {type(images).__name__}.")
    step = max(images.pixels.shape[-1] // THUMBNAIL, 1)
    edge = images.pixels.shape[-1] // step * step
    n, c = images.pixels.shape[:2]
    blocks = np.asarray(images.pixels)[:, :, :edge, :edge].reshape(
        n, c, edge // step, step, edge // step, step
    )
    small = blocks.mean(axis=(3, 5), dtype=np.float32).reshape(n, c, -1)
    small -= small.mean(axis=2, keepdims=True)
    small /= np.maximum(small.std(axis=2, keepdims=True), 1)
    flat = small.reshape(n, -1)
    flat -= flat.mean(axis=0)
    gram = flat @ flat.T
    values, axes = np.linalg.eigh(gram.astype(np.float64))
    kept = min(COMPONENTS, n)
    vectors = axes[:, -kept:] * np.sqrt(np.maximum(values[-kept:], 0))
    logits = np.zeros(n, np.float32)
    found = ImageVectors.of(images, np.asarray(vectors, np.float32), logits)
    return pooled_images(found, modality)


def _modality(config: Config, data: DataSet) -> str:
    """Return the modality whose encoder is to be trained: the one named, or that of images."""
    encoded = [
        name
        for name, found in data.modalities.items()
        if not isinstance(found.value.value, VECTORS)
    ]
    chosen = config["modality"]
    if chosen is not None and chosen not in encoded:
        raise ConfigError(
            f"modality: '{chosen}' has no encoder; choose one of {', '.join(encoded) or 'none'}."
        )
    of_images = [n for n in encoded if isinstance(data.modalities[n].value.value, ImageSet)]
    candidates = [chosen] if chosen else (of_images or encoded)
    if len(candidates) != 1:
        raise ConfigError(
            f"modality must name what to train the encoder of: {', '.join(candidates) or 'none'}."
        )
    return candidates[0]


def _labels(
    config: Config, judged: Encoders, images: object, references: Readings
) -> TermSet | None:
    """Return the locations that held-out proteins are asked for; None where none are held out.

    Raises:
        DataError: If they are of other proteins than the images; found before hours of training.
    """
    locations = _locations(config, references)
    if locations is None or not getattr(judged.image_encoder.thing, "held_out", 0):
        return None
    if isinstance(images, ImageSet):
        try:
            common_columns(sorted(set().union(*images.proteins)), locations.proteins)
        except DataError as error:
            raise DataError(f"data.references.{config['reference']}: {error}") from error
    return locations


def _locations(config: Config, references: Readings) -> TermSet | None:
    """Return the locations that figures are about; None where the data has no such reference."""
    found = references.get(config["reference"])
    if found is None:
        return None
    if not isinstance(found.value.value, TermSet):
        raise ConfigError(
            f"reference: '{config['reference']}' holds no terms; name one that does, such as hpa."
        )
    return found.value.value
