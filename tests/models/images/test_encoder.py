"""The trained image encoders, on small cells whose green channel has one of two patterns."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pytorch_lightning import LightningModule, Trainer
from sklearn.metrics import roc_auc_score

from cytoweave.artifacts import ImageSet, TermSet
from cytoweave.errors import ConfigError, DataError
from cytoweave.models import (
    ImageContrast,
    ImageVICReg,
    LocationClassifier,
    MaskedAutoencoder,
    ProteinContrast,
    TrainedImageEncoder,
    Training,
)
from cytoweave.models.images.batches import CropBatch
from cytoweave.models.images.embedding import embed_images
from cytoweave.models.images.pooling import mean_of_images, proteins_shown
from cytoweave.models.training.checkpoint import Checkpoint, fill
from cytoweave.models.training.trainer import seeded

TRAINING = Training(accelerator="cpu", progress=False)
CONTRAST: Callable[..., LightningModule] = partial(ProteinContrast, dim=64)
LOCATIONS: Callable[..., LightningModule] = partial(LocationClassifier, dim=64)


def _cells(n_proteins: int, per_protein: int, size: int = 48, seed: int = 0) -> ImageSet:
    """Draw fields of three cells; proteins of even number fill the nucleus, others ring it."""
    random = np.random.default_rng(seed)
    n = n_proteins * per_protein
    centres = random.uniform(6, size - 6, (n, 3, 2, 1, 1))
    y, x = np.mgrid[:size, :size]
    radius = np.hypot(y - centres[:, :, 0], x - centres[:, :, 1])
    disc, ring, cell = (radius < 5), (radius > 5) & (radius < 8), radius < 9
    protein = np.arange(n) // per_protein
    green = np.where((protein % 2 == 0)[:, None, None], disc.any(1), ring.any(1))
    channels = np.stack([cell.any(1), green, disc.any(1), cell.any(1)], axis=1)
    bright = random.uniform(60, 180, (n, 4, 1, 1)) * channels + 10
    pixels = np.clip(bright + random.normal(0, 12, bright.shape), 0, 255).astype(np.uint8)
    names = tuple((f"P{p:03d}",) for p in protein)
    return ImageSet(tuple(f"i{k}" for k in range(n)), names, ("",) * n, pixels)


def _same_pattern_auroc(vectors: np.ndarray) -> float:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    i, j = np.triu_indices(len(unit), 1)
    return float(roc_auc_score((i - j) % 2 == 0, (unit @ unit.T)[i, j]))


def _encode(encoder: TrainedImageEncoder, images: ImageSet, **given: Any) -> np.ndarray:
    options = {"labels": None, "training": TRAINING, "seed": 0} | given
    return encoder(images, modality="image", **options).vectors


PATTERNS = TermSet.from_sets(
    {
        "nucleus": ("Nucleoplasm", {f"P{p:03d}" for p in range(0, 12, 2)}),
        "ring": ("Cytosol", {f"P{p:03d}" for p in range(1, 12, 2)}),
        "nowhere": ("Not imaged", {"Q"}),
    }
)


def test_without_labels_proteins_of_one_pattern_come_together() -> None:
    images = _cells(16, 2)
    encoder = TrainedImageEncoder(CONTRAST, epochs=1, least_steps=40, crop=32)
    result = encoder(images, modality="if", labels=None, training=TRAINING, seed=0)
    seeded(0)
    untrained = embed_images(CONTRAST().eval(), images.pixels, 32)[0]
    baseline = _same_pattern_auroc(mean_of_images(untrained, proteins_shown(images)[1]))
    assert result.proteins == tuple(f"P{p:03d}" for p in range(16))
    assert result.modalities == ("if",)
    assert result.vectors.shape == (16, 64)
    assert result.vectors.dtype == np.float32
    assert _same_pattern_auroc(result.vectors) > max(0.9, baseline + 0.05)


def test_labels_of_some_proteins_place_those_held_out() -> None:
    images = _cells(24, 2)
    encoder = TrainedImageEncoder(LOCATIONS, epochs=1, least_steps=40, crop=32, labels="hpa")
    vectors = _encode(encoder, images, labels=PATTERNS)
    assert _same_pattern_auroc(vectors[12:]) > 0.95


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    images = _cells(4, 2, size=32)
    encoder = TrainedImageEncoder(CONTRAST, epochs=2, least_steps=0, crop=24)
    first = _encode(encoder, images)
    torch.rand(3)
    assert first.tobytes() == _encode(encoder, images).tobytes()
    assert first.tobytes() != _encode(encoder, images, seed=1).tobytes()


@pytest.mark.parametrize(("n_proteins", "per_protein"), [(3, 4), (5, 1), (2, 1)])
def test_tiny_sets_are_embedded(n_proteins: int, per_protein: int) -> None:
    encoder = TrainedImageEncoder(CONTRAST, epochs=2, least_steps=0)
    vectors = _encode(encoder, _cells(n_proteins, per_protein))
    assert vectors.shape == (n_proteins, 64)
    assert np.linalg.norm(vectors, axis=1).min() > 0


def test_an_ambiguous_image_counts_for_each_of_its_proteins() -> None:
    images = _cells(3, 2, size=32)
    both = (("A",), ("A", "B"), ("B",), ("B", "C"), ("C",), ("C",))
    images = ImageSet(images.names, both, images.antibodies, images.pixels)
    result = TrainedImageEncoder(CONTRAST, epochs=1, least_steps=0)(
        images, modality="image", labels=None, training=TRAINING, seed=0
    )
    assert result.proteins == ("A", "B", "C")


def test_images_mapped_from_disk_give_the_same_vectors(tmp_path: Path) -> None:
    images = _cells(3, 2, size=32)
    images.save(tmp_path)
    mapped = ImageSet.load(tmp_path)
    encoder = TrainedImageEncoder(CONTRAST, epochs=1, least_steps=0, crop=24)
    assert isinstance(mapped.pixels, np.memmap)
    assert _encode(encoder, mapped).tobytes() == _encode(encoder, images).tobytes()


def test_the_number_of_fields_embedded_together_does_not_matter() -> None:
    images = _cells(5, 1, size=40)
    seeded(0)
    module = CONTRAST().eval()
    together, _ = embed_images(module, images.pixels, 16)
    alone = np.concatenate([embed_images(module, field[None], 16)[0] for field in images.pixels])
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize(
    "module", [ProteinContrast(dim=8, projection=4), LocationClassifier(locations=3, dim=8)]
)
def test_checkpoints_load_as_plain_values(module: LightningModule, tmp_path: Path) -> None:
    trainer = Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    trainer.strategy.connect(module)
    trainer.save_checkpoint(tmp_path / "module.ckpt")
    torch.load(tmp_path / "module.ckpt", weights_only=True)
    repeated = type(module).load_from_checkpoint(tmp_path / "module.ckpt", weights_only=True)
    crops = torch.from_numpy(_cells(2, 1, size=24).pixels)
    assert torch.equal(module.eval()(crops), repeated.eval()(crops))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (_cells(1, 1), r"data\.modalities\.image: no two images show different proteins"),
        (_cells(1, 3), "no two images show different proteins"),
        (_cells(2, 1, size=14), r"images are 14 px wide, but .* at least 16; set data\.mod"),
    ],
)
def test_images_that_teach_nothing_are_refused(images: ImageSet, message: str) -> None:
    with pytest.raises(DataError, match=message):
        _encode(TrainedImageEncoder(CONTRAST), images)


def test_labels_that_name_no_imaged_protein_are_refused() -> None:
    encoder = TrainedImageEncoder(LOCATIONS, labels="hpa")
    elsewhere = TermSet.from_sets({"nucleus": ("", {"Q"})})
    with pytest.raises(DataError, match=r"no protein of image has a location in 'hpa' .*'P000'"):
        _encode(encoder, _cells(2, 1), labels=elsewhere)
    with pytest.raises(DataError, match="the reference 'hpa' was not given"):
        _encode(encoder, _cells(2, 1))


@pytest.mark.parametrize(
    ("module", "options", "message"),
    [
        (CONTRAST, {"epochs": 0}, r"epochs must be a whole number of at least 1, got 0"),
        (
            CONTRAST,
            {"least_steps": -1},
            r"least_steps must be a whole number of at least 0, got -1",
        ),
        (CONTRAST, {"crop": 8}, r"crop must be a whole number of at least 16, got 8"),
        (CONTRAST, {"held_out": 1}, r"held_out must be a number of at least 0 and below 1, got 1"),
        (CONTRAST, {"views": 1}, r"views must be a whole number of at least 2, got 1"),
        (CONTRAST, {"batch_size": 7}, r"two proteins' views \(8\), got 7"),
        (CONTRAST, {"labels": "hpa"}, "labels must be null, as this module does not learn"),
        (LOCATIONS, {}, "labels must name a reference of the data"),
        (
            partial(ProteinContrast, backbone="x"),
            {},
            r"module\.backbone must be one of densenet121, .*, got 'x'",
        ),
        (
            partial(ProteinContrast, temperature=0),
            {},
            "temperature must be a number above 0, got 0",
        ),
        (
            partial(ProteinContrast, projection=0),
            {},
            "projection must be a whole number of at least 1, got 0",
        ),
        (
            partial(ProteinContrast, learning_rate=-1),
            {},
            "learning_rate must be a number above 0, got -1",
        ),
        (
            partial(ProteinContrast, weight_decay=-1),
            {},
            "weight_decay must be a number of at least 0, got -1",
        ),
        (
            partial(LocationClassifier, dropout=1),
            {"labels": "hpa"},
            "dropout must be a number of at least 0",
        ),
    ],
)
def test_bad_settings_fail_before_any_work(
    module: Callable[..., LightningModule], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        TrainedImageEncoder(module, **options)


@pytest.mark.parametrize(
    ("module", "labels"),
    [
        (partial(ImageContrast, dim=16), None),
        (partial(ImageVICReg, dim=16, expansion=32), None),
        (partial(MaskedAutoencoder), None),
        (partial(MaskedAutoencoder, contrast=0.0), None),
        (partial(ProteinContrast, dim=16, pooling="attention"), None),
        (partial(LocationClassifier, dim=16, pooling="attention", loss="focal"), "hpa"),
    ],
)
def test_every_objective_trains_and_its_loss_falls(
    module: Callable[..., LightningModule], labels: str | None
) -> None:
    images = _cells(12, 2, size=32)
    encoder = TrainedImageEncoder(
        module, epochs=12, least_steps=0, crop=32, batch_size=48, labels=labels
    )
    reference = PATTERNS if labels else None
    weights = encoder.train(images, modality="image", labels=reference, training=TRAINING, seed=0)
    losses = [row["loss"] for row in weights.curves]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])
    result = encoder.embed(images, weights, modality="image", training=TRAINING)
    assert np.isfinite(result.vectors).all()
    learnt = "attention.content.weight" in weights.weights
    assert (result.logits.std() > 0) == learnt


def test_a_masked_autoencoder_logs_both_terms_of_its_loss() -> None:
    batch = CropBatch(
        torch.from_numpy(_cells(4, 1, size=32).pixels),
        torch.arange(4),
        torch.eye(4, dtype=torch.bool),
        torch.zeros(4, 0, dtype=torch.bool),
    )
    terms = MaskedAutoencoder(contrast=0.5)._losses(batch)
    assert terms["loss"] == terms["painting"] + 0.5 * terms["contrast"]
    assert set(MaskedAutoencoder(contrast=0.0)._losses(batch)) == {"loss"}


@pytest.mark.parametrize("hidden", [0.01, 0.99])
def test_a_masked_autoencoder_sees_and_hides_a_patch_at_least(hidden: float) -> None:
    crops = torch.from_numpy(_cells(2, 1, size=32).pixels)
    no = torch.zeros(2, 0, dtype=torch.bool)
    batch = CropBatch(crops, torch.arange(2), torch.eye(2, dtype=torch.bool), no)
    assert MaskedAutoencoder(hidden=hidden)._losses(batch)["loss"].isfinite()
    one_patch = batch._replace(crops=crops[:, :, :8, :8])
    with pytest.raises(DataError, match=r"two patches or more, but crops of 8 px hold one of 8"):
        MaskedAutoencoder()._losses(one_patch)


def test_a_masked_autoencoder_needs_a_transformer() -> None:
    with pytest.raises(ConfigError, match=r"backbone must be a transformer .*, got 'small'"):
        MaskedAutoencoder(backbone="small")


@pytest.mark.parametrize("module", [ImageContrast(dim=8), ImageVICReg(dim=8), MaskedAutoencoder()])
def test_hyperparameters_are_plain(module: LightningModule, tmp_path: Path) -> None:
    Checkpoint.of(module).save(tmp_path)
    result = Checkpoint.load(tmp_path)
    repeated = type(module)(**result.settings)
    fill(repeated, result.weights, "key")
    crops = torch.from_numpy(_cells(2, 1, size=24).pixels)
    assert torch.equal(module.eval()(crops), repeated.eval()(crops))


def test_held_out_images_are_watched_and_not_trained_on() -> None:
    seen: list[tuple[int, ...]] = []

    def retrieval(vectors: np.ndarray, shows: Any) -> float:
        seen.append(shows.shape)
        return float(len(seen))

    images = _cells(10, 2, size=32)
    encoder = TrainedImageEncoder(CONTRAST, epochs=2, least_steps=0, crop=24, held_out=0.4)
    given: dict[str, Any] = {"modality": "image", "labels": None, "training": TRAINING, "seed": 0}
    first = encoder.train(images, **given, retrieval=retrieval)
    assert len(first.held_out) == 4
    assert seen == [(8, 10), (8, 10)]
    assert [row["retrieval"] for row in first.curves] == [1, 2]
    # Other pixels of the held-out images do not change what is learnt.
    apart = np.array([names[0] in first.held_out for names in images.proteins])
    pixels = np.where(apart[:, None, None, None], 255 - images.pixels, images.pixels)
    other = ImageSet(images.names, images.proteins, images.antibodies, pixels)
    second = encoder.train(other, **given)
    for name, value in first.weights.items():
        assert torch.equal(value, second.weights[name])
