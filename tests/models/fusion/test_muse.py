"""MUSE and its clusters: losses and graph against brute force, schedule, any number of proteins."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cytoweave.artifacts import Embedding
from cytoweave.config import load
from cytoweave.errors import ConfigError, DataError
from cytoweave.models import Muse, MuseNetwork, Training
from cytoweave.models.fusion.batches import FusionBatch, FusionBatches
from cytoweave.models.fusion.blocks import Blocks
from cytoweave.models.fusion.muse import MuseBatches
from cytoweave.models.fusion.phenograph import phenograph, shared_neighbours
from cytoweave.models.losses.batch_all_triplet import triplet_loss
from cytoweave.models.losses.euclidean_reconstruction import norm_loss
from cytoweave.models.losses.weight_norms import sparsity_loss
from cytoweave.models.training.trainer import seeded

NAMES = [f"P{k:03d}" for k in range(240)]
TRAINING = Training(accelerator="cpu", progress=False)
SMALL = partial(MuseNetwork, latent_dim=16, learning_rate=3e-3)
SHORT = Muse(SMALL, reconstruction_epochs=2, input_epochs=2, latent_epochs=3, recluster=2)
Views = Callable[..., dict[str, Embedding]]
Share = Callable[[Embedding, list[str]], float]


def test_triplets_equal_a_loop() -> None:
    torch.manual_seed(0)
    latents = torch.nn.functional.normalize(torch.randn(9, 4), dim=1)
    clusters = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 3])
    excess = []
    for i, p, n in product(range(9), repeat=3):
        if i != p and clusters[i] == clusters[p] != clusters[n]:
            near, far = 1 - latents[i] @ latents[p], 1 - latents[i] @ latents[n]
            excess.append(max(0.0, float(near - far + 0.1)))
    expected = sum(excess) / sum(e > 0 for e in excess)
    assert float(triplet_loss(latents, clusters, 0.1)) == pytest.approx(expected, rel=1e-5)


def test_triplets_of_one_cluster_or_of_singletons_are_none() -> None:
    latents = torch.eye(4)
    assert float(triplet_loss(latents, torch.zeros(4), 0.1)) == 0
    assert float(triplet_loss(latents, torch.arange(4), 0.1)) == 0


def test_distances_over_proteins_and_over_a_batch() -> None:
    decoded, measured = torch.zeros(2, 2), torch.tensor([[3.0, 4], [0, 12]])
    assert float(norm_loss(decoded, measured, "protein")) == pytest.approx((5 + 12) / 2)
    assert float(norm_loss(decoded, measured, "batch")) == pytest.approx(13)


def test_sparsity_is_the_sum_of_norms() -> None:
    assert float(sparsity_loss([torch.full((2, 2), 2.0), torch.ones(1, 9)])) == pytest.approx(7)


def test_shared_neighbours_equal_a_dense_computation() -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T - 9 * np.eye(40)
    near = [set(np.argsort(-row)[:6].tolist()) for row in cosines]
    dense = np.zeros((40, 40))
    for i, j in product(range(40), repeat=2):
        if j in near[i]:
            dense[i, j] = len(near[i] & near[j]) / len(near[i] | near[j])
    assert np.allclose(shared_neighbours(vectors, 6).toarray(), (dense + dense.T) / 2, atol=1e-6)


def test_clusters_are_the_groups_that_were_drawn() -> None:
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(4), 25)
    vectors = random.normal(size=(4, 10))[groups] * 4 + random.normal(size=(100, 10))
    result = phenograph(vectors.astype(np.float32), 10, seed=0)
    assert len(np.unique(result)) == 4
    assert all(len(np.unique(result[groups == g])) == 1 for g in range(4))
    assert np.array_equal(result, phenograph(vectors.astype(np.float32), 10, seed=0))


@pytest.mark.parametrize("n", [1, 2, 3])
def test_clusters_of_very_few(n: int) -> None:
    assert phenograph(np.eye(n, 3, dtype=np.float32), 10, seed=0).shape == (n,)


@pytest.mark.parametrize(
    ("noisy", "expected"),
    [
        (False, [True, False, True, False, True, False]),  # inputs at 2; latents at 4 and 6
        (True, [True, False, True, False, False, True]),  # latents at 4, with noise, and at 5
    ],
)
def test_clusters_follow_the_schedule(views: Views, noisy: bool, expected: list[bool]) -> None:
    blocks = Blocks.as_given(views())
    seeded(0)
    module, plan = SMALL(blocks.widths), replace(SHORT, noisy_clusters=noisy)
    batches = MuseBatches(FusionBatches(blocks, 64, 0, per_pass=1), module, plan)
    seen = []
    for _ in range(SHORT.epochs):
        *_, last = batches
        seen.append((batches.batches.clusters, set(last.clusters)))
    result = [clusters for clusters, _ in seen]
    assert [names for _, names in seen] == [set()] * 2 + [{"ppi", "image"}] * 5
    kept = [result[k] is result[k - 1] for k in range(1, SHORT.epochs)]
    assert kept == expected
    assert module.training


def test_a_protein_keeps_its_cluster_in_every_batch(views: Views) -> None:
    blocks = Blocks.as_given(views())
    batches = FusionBatches(blocks, 50, 0, per_pass=1)
    batches.clusters = {"ppi": torch.arange(240)}
    everything = FusionBatch.of(blocks)
    for batch in batches:
        rows = batch.clusters["ppi"]
        assert torch.equal(batch.values["image"], everything.values["image"][rows])


def test_training_finds_complexes_that_it_was_not_told(
    views: Views, nearest_share_complex: Share
) -> None:
    drawn = views(noise=1.0)
    network = partial(MuseNetwork, latent_dim=16, dropout=0.1, learning_rate=1e-2)
    muse = Muse(network, reconstruction_epochs=5, input_epochs=15, latent_epochs=0)
    fused = muse(drawn, training=TRAINING, seed=0)
    assert np.allclose(np.linalg.norm(fused.vectors, axis=1), 1, atol=1e-5)
    still = Muse(partial(network, learning_rate=1e-9), 1, 0, 0)
    untrained = nearest_share_complex(still(drawn, training=TRAINING, seed=0), NAMES)
    assert nearest_share_complex(fused, NAMES) > untrained + 0.1


@pytest.mark.parametrize("n", [2, 3, 65, 129])
def test_any_number_of_proteins(views: Views, n: int) -> None:
    """65 and 129 leave one protein over from batches of 64, which batch statistics cannot take."""
    drawn = {name: view.restrict(NAMES[:n]) for name, view in views().items()}
    fused = SHORT(drawn, training=TRAINING, seed=0)
    assert fused.vectors.shape == (n, 16)
    assert np.isfinite(fused.vectors).all()


def test_same_seed_gives_the_same_bytes(views: Views) -> None:
    drawn = {name: view.restrict(NAMES[:20]) for name, view in views().items()}
    first, repeated, other = (SHORT(drawn, training=TRAINING, seed=s).vectors for s in (1, 1, 2))
    assert first.tobytes() == repeated.tobytes()
    assert first.tobytes() != other.tobytes()


def test_the_paper_and_the_toolkit_differ_as_described() -> None:
    paper, toolkit = (
        load("run", [f"fusion={name}"])["fusion"] for name in ("muse", "muse_toolkit")
    )
    assert set(paper) == {"_target_", "module"}
    assert Muse().epochs == 900
    assert toolkit["module"]["dropout"] == 0.5
    assert toolkit["noisy_clusters"] is True


def test_a_missing_modality_is_said_not_hidden(views: Views) -> None:
    drawn = views()
    drawn["image"] = drawn["image"].restrict(NAMES[3:])
    with pytest.raises(DataError) as caught:
        SHORT(drawn, training=TRAINING, seed=0)
    assert str(caught.value) == (
        "fusion=muse needs every modality of every protein, but of 240 proteins 3 lack image; "
        "set data.proteins=both or take another fusion."
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"latent_dim": 0}, "latent_dim must be a whole number of at least 1, got 0."),
        ({"dropout": 1.0}, "dropout must be a number of at least 0 and below 1, got 1.0."),
        ({"margin": -1.0}, "margin must be a number of at least 0, got -1.0."),
        ({"lambda_reg": -1.0}, "lambda_reg must be a number of at least 0, got -1.0."),
        ({"lambda_triplet": -1.0}, "lambda_triplet must be a number of at least 0, got -1.0."),
        ({"norm_over": "x"}, "norm_over must be one of 'protein', 'batch', got 'x'."),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0, got 0.0."),
    ],
)
def test_wrong_settings_of_the_module(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Muse(partial(MuseNetwork, **wrong))
    assert str(caught.value) == f"module.{message}"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"recluster": 0}, "recluster must be a whole number of at least 1, got 0."),
        ({"batch_size": 1}, "batch_size must be a whole number of at least 2, got 1."),
        ({"input_epochs": -1}, "input_epochs must be a whole number of at least 0, got -1."),
        (
            {"reconstruction_epochs": 0, "input_epochs": 0, "latent_epochs": 0},
            "reconstruction_epochs, input_epochs or latent_epochs must be above 0, all are 0.",
        ),
    ],
)
def test_wrong_settings(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Muse(**wrong)
    assert str(caught.value) == message


@pytest.mark.parametrize(("patience", "max_epochs"), [(3, None), (None, 6)])
def test_a_training_that_may_miss_a_phase_is_refused(
    views: Views, patience: int | None, max_epochs: int | None
) -> None:
    training = Training(accelerator="cpu", patience=patience, max_epochs=max_epochs)
    with pytest.raises(ConfigError, match=r"fusion=muse needs all 7 epochs of its phases"):
        SHORT(views(), training=training, seed=0)


def test_a_checkpoint_loads_as_weights_only(views: Views, tmp_path: Path) -> None:
    module = SMALL(Blocks.as_given(views()).widths)
    torch.save({"state_dict": module.state_dict(), "hparams": dict(module.hparams)}, tmp_path / "m")
    stored = torch.load(tmp_path / "m", weights_only=True)
    repeated = MuseNetwork(**stored["hparams"])
    repeated.load_state_dict(stored["state_dict"])
    batch = FusionBatch.of(Blocks.as_given(views()))
    assert torch.equal(repeated.eval()(batch), module.eval()(batch))
