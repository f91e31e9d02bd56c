"""The verb ``train``: train an encoder, keep its weights, report accuracy on held-out proteins."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..artifacts import VECTORS, Embedding, ImageSet, ImageVectors, Scores, TermSet, write_tsv
from ..contracts import TrainedImageEncoder, learns_weights
from ..errors import ConfigError, DataError
from ..eval import location_metrics
from ..eval.terms.overlap import common_columns
from ..models.images.pooling import pooled_images
from ..nodes.build import Config, Part
from ..report import write_scores
from ..report.exchange.tables import write_embedding
from ..similarity.components import principal_scores
from ..stages import DataSet, Pipeline
from ..stages.encoding import Encoding
from ..store import Store

COMPONENTS = 64
"""Principal components of raw pixels, as a baseline for an encoder."""

THUMBNAIL = 32
"""Width in pixels at which raw pixels are compared."""


@dataclass(frozen=True)
class TrainingResult:
    """Result of a training.

    Attributes:
        checkpoint: File of the weights, in the store; None where the encoder has none.
        embedding: The vectors that the trained encoder gives.
        curves: One row per epoch.
        scores: Metrics on held-out proteins.
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
        """Return the accuracy of the trained vectors and of untrained baselines, as a table."""
        metrics = {k.partition(".unseen.")[2]: v for k, v in self.scores.metrics.items()}
        if not metrics:
            return pd.DataFrame()
        kinds = {"trained": "", "untrained": "_untrained", "raw pixels": "_pixels"}
        rows = [
            {
                "vectors": kind,
                "accuracy": f"{metrics[f'knn_accuracy{suffix}']:.3f}",
                "95 % interval": _interval(metrics, f"knn_accuracy{suffix}"),
                "trained minus this": _interval(metrics, f"knn_gain{suffix}") if suffix else "",
            }
            for kind, suffix in kinds.items()
        ]
        chance = f"{metrics['knn_accuracy.null_mean']:.3f}"
        return pd.DataFrame([*rows, {"vectors": "commonest location", "accuracy": chance}]).fillna(
            ""
        )

    def write(self, folder: Path) -> None:
        """Write ``checkpoint.pt``, ``curves.tsv``, ``embedding.tsv.gz`` and the scores."""
        if self.checkpoint:
            shutil.copyfile(self.checkpoint, folder / self.checkpoint.name)
        write_tsv(folder / "curves.tsv", self.curves)
        write_embedding(folder / "embedding.tsv.gz", self.embedding)
        write_scores(folder, self.scores)


def _interval(metrics: Mapping[str, float], name: str) -> str:
    return f"{metrics[f'{name}.lo']:.3f} .. {metrics[f'{name}.hi']:.3f}"


def train(config: Config, store: Store) -> TrainingResult:
    """Train the encoder of one modality, or read its weights from the store.

    `run` uses the same weights with the same config. Where the encoder holds no proteins out
    itself, the metrics come from a second training that does.

    Raises:
        ConfigError: If a setting is unknown or out of range; found before any work starts.
        DataError: If a file does not contain what the config says.
    """
    pipeline = Pipeline.of(config, store)
    data = pipeline.read(config)
    name = _modality(config, data)
    encoder = pipeline.parts.image_encoder
    of_images = isinstance(data.modalities[name].measurement, ImageSet)
    if not of_images or not learns_weights(encoder.thing):
        embedding = pipeline.encode(data, name).value
        return TrainingResult(None, embedding, pd.DataFrame({"epoch": []}), Scores({}))
    judged = _judged(pipeline, encoder.thing, config)
    labels = _labels(config, judged, data, name)
    embedding = pipeline.encode(data, name).value
    weights = pipeline.encoding(data).weights(name)
    scores = _held_out_scores(config, judged.encoding(data), name, labels)
    place = store.root / "train" / weights.key / "checkpoint.pt"
    checkpoint = place if place.is_file() else Path(encoder.node["checkpoint"])
    return TrainingResult(checkpoint, embedding, weights.value.curve_table(), scores)


def _judged(pipeline: Pipeline, encoder: TrainedImageEncoder, config: Config) -> Pipeline:
    """Return the stages that score held-out proteins.

    An encoder that is trained on all proteins is trained once more without some of them.
    """
    node = pipeline.parts.image_encoder.node
    if encoder.held_out != 0 or node.get("checkpoint"):
        return pipeline
    without: Part[object] = Part.of("image_encoder", {**node, "held_out": config["held_out"]})
    return pipeline.with_part("image_encoder", without)


def _held_out_scores(
    config: Config, encoding: Encoding, name: str, labels: TermSet | None
) -> Scores:
    """Return the location accuracy on held-out proteins, with untrained and raw-pixel baselines."""
    if labels is None:
        return Scores({})
    weights = encoding.weights(name)
    if not weights.value.held_out:
        return Scores({})
    vectors = {
        "trained": encoding.embed_images(name, weights),
        "untrained": encoding.untrained_vectors(name),
    }
    pooled = {kind: encoding.pool(name, rows).value for kind, rows in vectors.items()}
    pooled["pixels"] = raw_pixels(encoding.contracted(name), name)
    metrics = location_metrics(pooled, labels, set(weights.value.held_out), seed=config["seed"])
    part = f"{config['reference']}.unseen"
    return Scores({f"{part}.{metric}": value for metric, value in metrics.items()})


def raw_pixels(images: ImageSet, modality: str) -> Embedding:
    """Return the principal components of the raw images, as a baseline without learning.

    Images are shrunk to `THUMBNAIL` pixels, each channel centred and scaled; the components are
    pooled to proteins as any other vectors.
    """
    step = max(images.pixels.shape[-1] // THUMBNAIL, 1)
    edge = images.pixels.shape[-1] // step * step
    n, c = images.pixels.shape[:2]
    blocks = np.asarray(images.pixels)[:, :, :edge, :edge].reshape(
        n, c, edge // step, step, edge // step, step
    )
    small = blocks.mean(axis=(3, 5), dtype=np.float32).reshape(n, c, -1)
    small -= small.mean(axis=2, keepdims=True)
    small /= np.maximum(small.std(axis=2, keepdims=True), 1)
    vectors = principal_scores(small.reshape(n, -1), min(COMPONENTS, n))
    logits = np.zeros(n, np.float32)
    raw = ImageVectors.of(images, np.asarray(vectors, np.float32), logits)
    return pooled_images(raw, modality)


def _modality(config: Config, data: DataSet) -> str:
    """Return the modality whose encoder is to be trained: the one named, or the images."""
    encoded = [
        name for name, part in data.modalities.items() if not isinstance(part.measurement, VECTORS)
    ]
    chosen = config["modality"]
    if chosen is not None and chosen not in encoded:
        raise ConfigError(
            f"modality: '{chosen}' has no encoder; choose one of {', '.join(encoded) or 'none'}."
        )
    of_images = [n for n in encoded if isinstance(data.modalities[n].measurement, ImageSet)]
    candidates = [chosen] if chosen else (of_images or encoded)
    if len(candidates) != 1:
        raise ConfigError(
            f"modality must name what to train the encoder of: {', '.join(candidates) or 'none'}."
        )
    return candidates[0]


def _labels(config: Config, judged: Pipeline, data: DataSet, name: str) -> TermSet | None:
    """Return the locations to predict for held-out proteins; None where none are held out.

    Raises:
        DataError: If they are of other proteins than the images; found before hours of training.
    """
    locations, encoder = _locations(config, data), judged.parts.image_encoder.thing
    if locations is None or not (learns_weights(encoder) and encoder.held_out):
        return None
    shown = data.modalities[name].images(name).proteins
    try:
        common_columns(sorted(set().union(*shown)), locations.proteins)
    except DataError as error:
        raise DataError(f"data.references.{config['reference']}: {error}") from error
    return locations


def _locations(config: Config, data: DataSet) -> TermSet | None:
    """Return the locations to predict; None where the data has no such reference."""
    reference = data.references.get(config["reference"])
    if reference is None:
        return None
    if not isinstance(reference.measurement, TermSet):
        raise ConfigError(
            f"reference: '{config['reference']}' holds no terms; name one that does, such as hpa."
        )
    return reference.measurement
