"""Trained fusion: losses against brute force, what training brings, missing modalities."""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from cytoweave.artifacts import Embedding, Network
from cytoweave.errors import ConfigError, DataError
from cytoweave.models import Concat, FusionAutoencoder, NetMF, TrainedFusion, Training
from cytoweave.models.disagreement import disagreement
from cytoweave.models.fusion.batches import FusionBatch, FusionBatches
from cytoweave.models.fusion.blocks import Blocks
from cytoweave.models.fusion.concat import PADDING_COLUMNS
from cytoweave.models.fusion.trained import _seeds
from cytoweave.models.losses.cosine_reconstruction import reconstruction_loss
from cytoweave.models.losses.info_nce import alignment_loss
from cytoweave.models.training.trainer import seeded

NAMES = [f"P{k:03d}" for k in range(240)]
TRAINING = Training(accelerator="cpu", progress=False)
SMALL = partial(FusionAutoencoder, hidden_dim=64, latent_dim=16)
FUSION = TrainedFusion(SMALL, epochs=5)
Views = Callable[..., dict[str, Embedding]]
Share = Callable[[Embedding, list[str]], float]


def _without(embedding: Embedding, proteins: list[str]) -> Embedding:
    return embedding.restrict([name for name in embedding.proteins if name not in proteins])


def _module(blocks: Blocks, **settings: Any) -> FusionAutoencoder:
    seeded(0)
    module: FusionAutoencoder = SMALL(blocks.widths, **settings).eval()
    return module


def test_alignment_equals_a_loop() -> None:
    torch.manual_seed(0)
    first, second = torch.nn.functional.normalize(torch.randn(2, 7, 5), dim=2)
    total = 0.0
    for i in range(7):
        for own, other in ((first, second), (second, first)):
            odds = [float(torch.exp(own[i] @ other[j] / 0.2)) for j in range(7)]
            total -= np.log(odds[i] / sum(odds)) / 14
    assert float(alignment_loss(first, second, 0.2)) == pytest.approx(total, rel=1e-5)


def test_alignment_at_its_best_at_chance_and_of_nobody() -> None:
    assert float(alignment_loss(torch.eye(6), torch.eye(6), 0.01)) == pytest.approx(0, abs=1e-5)
    alike = torch.ones(6, 1)
    assert float(alignment_loss(alike, alike, 0.1)) == pytest.approx(np.log(6), rel=1e-5)
    assert float(alignment_loss(torch.ones(0, 3), torch.ones(0, 3), 0.1)) == 0


def test_reconstruction_equals_one_minus_the_cosine() -> None:
    measured = torch.tensor([[1.0, 0], [0, 1], [1, 1]])
    decoded = torch.tensor([[3.0, 0], [1, 0], [-2, -2]])
    assert float(reconstruction_loss(decoded, measured)) == pytest.approx((0 + 1 + 2) / 3)
    assert float(reconstruction_loss(torch.ones(0, 2), torch.ones(0, 2))) == 0


def test_batches_visit_every_protein_once_with_its_own_rows(views: Views) -> None:
    blocks = Blocks.of(views(), 2.0)
    batches = FusionBatches(blocks, 24, seed=0)
    passes = [torch.cat([batch.values["ppi"] for batch in batches]) for _ in range(2)]
    assert len(batches) == 10
    for rows in passes:
        assert rows.shape == (240, 32)
        assert np.allclose(np.sort(rows.numpy(), 0), np.sort(blocks.values[0], 0))
    assert not torch.equal(*passes)
    assert torch.equal(next(iter(FusionBatches(blocks, 24, seed=0))).values["ppi"], passes[0][:24])


def test_small_sets_are_cut_into_several_batches(views: Views) -> None:
    assert len(FusionBatches(Blocks.of(views(), 2.0), 512, seed=0)) == 10


def test_a_wide_modality_is_narrowed_to_the_directions_that_hold_it() -> None:
    rng = np.random.default_rng(0)
    names = tuple(f"P{k}" for k in range(60))
    low = rng.normal(size=(60, 5)) @ rng.normal(size=(5, 40))  # of rank 5
    wide = Embedding.of_modality("wide", names, low)
    other = Embedding.of_modality("other", (*names[:50], "Q"), rng.normal(size=(51, 3)))
    blocks = Blocks.of({"wide": wide, "other": other}, dominance=float("inf"))
    narrow = blocks.narrowed(5)
    assert narrow.widths == {"wide": 5, "other": 3}
    before, after = (b.values[0] @ b.values[0].T for b in (blocks, narrow))
    np.testing.assert_allclose(after, before, atol=1e-5)
    np.testing.assert_array_equal(narrow.values[1], blocks.values[1])
    norms = np.linalg.norm(blocks.narrowed(2).values[0], axis=1)
    np.testing.assert_allclose(norms, blocks.present[:, 0], atol=1e-5)


def test_missing_modalities_enter_no_term(views: Views) -> None:
    drawn = views()
    drawn["image"] = _without(drawn["image"], NAMES[::3])
    blocks = Blocks.of(drawn, 2.0)
    module = _module(blocks)
    batch = FusionBatch.of(blocks)
    garbage = torch.where(batch.present["image"][:, None], batch.values["image"], torch.tensor(5.0))
    spoilt = FusionBatch({**batch.values, "image": garbage}, batch.present)
    for name, term in module._losses(batch).items():
        assert torch.equal(term, module._losses(spoilt)[name]), name
    assert torch.equal(module(batch), module(spoilt))


def test_a_weight_of_zero_takes_a_term_out(views: Views) -> None:
    blocks = Blocks.of(views(), 2.0)
    batch = FusionBatch.of(blocks)
    with torch.no_grad():
        module = _module(blocks, alignment=2.0)
        terms = module._losses(batch)
        assert not module.decoders
        assert float(terms["loss"]) == pytest.approx(2 * float(terms["alignment"]))
        terms = _module(blocks, alignment=0.0, reconstruction=3.0)._losses(batch)
        assert float(terms["loss"]) == pytest.approx(3 * float(terms["reconstruction"]))


def test_the_mismatch_is_the_share_whose_nearest_latent_is_of_another_protein(
    views: Views,
) -> None:
    blocks = Blocks.of(views(), 2.0)
    batch = FusionBatch.of(blocks)
    module = _module(blocks)
    latents = module._encode(batch)
    first, second = (latents[name][:64].detach().numpy() for name in ("ppi", "image"))
    wrong = [int(np.argmax(second @ row)) != k for k, row in enumerate(first)]
    terms = module._losses(batch)
    assert float(terms["mismatch"]) == pytest.approx(np.mean(wrong))
    assert not terms["mismatch"].requires_grad
    nobody = torch.zeros(240, dtype=torch.bool)
    apart = FusionBatch(batch.values, {**batch.present, "image": nobody})
    assert float(module._losses(apart)["mismatch"]) == 0


def test_a_single_modality_is_the_closed_form(views: Views) -> None:
    one = {"ppi": views()["ppi"]}
    alone = FUSION(one, training=TRAINING, seed=0)
    np.testing.assert_array_equal(alone.vectors, FUSION.closed_form(one, seed=0).vectors)
    assert TrainedFusion(SMALL, members=3)(one, training=TRAINING, seed=0).uncertainty is None


def test_training_lowers_both_terms_and_draws_modalities_together(views: Views) -> None:
    blocks = Blocks.of(views(), 2.0)
    batch = FusionBatch.of(blocks)
    module = _module(blocks, reconstruction=1.0)
    with torch.no_grad():
        before = module._losses(batch)
    TRAINING.fit(module.train(), FusionBatches(blocks, 512, seed=0), 10)
    nobody = torch.zeros(240, dtype=torch.bool)
    with torch.no_grad():
        after = module._losses(batch)
        both = module(batch)
        alone = module(FusionBatch(batch.values, {**batch.present, "image": nobody}))
    assert after["alignment"] < 0.7 * before["alignment"]
    assert after["reconstruction"] < 0.7 * before["reconstruction"]
    assert after["mismatch"] < before["mismatch"]  # complexes look alike
    nearest = (both @ alone.T).argmax(dim=1)
    assert (nearest == torch.arange(240)).float().mean() > 0.5


def test_two_modalities_beat_one(views: Views, nearest_share_complex: Share) -> None:
    drawn = views(noise=1.2)
    fused = nearest_share_complex(FUSION(drawn, training=TRAINING, seed=0), NAMES)
    for modality, view in drawn.items():
        alone = FUSION({modality: view}, training=TRAINING, seed=0)
        assert fused > nearest_share_complex(alone, NAMES) + 0.05


def test_proteins_with_one_modality_are_kept_and_placed_by_it(
    views: Views, nearest_share_complex: Share
) -> None:
    drawn = views()
    lacking = {"image": NAMES[::6], "ppi": NAMES[3::6]}
    drawn = {name: _without(view, lacking[name]) for name, view in drawn.items()}
    fused = FUSION(drawn, training=TRAINING, seed=0)
    assert fused.proteins == tuple(NAMES)
    assert fused.modalities == ("ppi", "image")
    assert fused.present.tolist() == [[k % 6 != 3, k % 6 != 0] for k in range(240)]
    assert np.allclose(np.linalg.norm(fused.vectors, axis=1), 1, atol=1e-5)
    for proteins in lacking.values():
        assert nearest_share_complex(fused, proteins) > 0.7


def test_three_modalities_of_which_some_share_no_protein(views: Views) -> None:
    drawn = views(modalities=("ppi", "image", "values.of:sec"))
    drawn["image"] = _without(drawn["image"], NAMES[120:])
    drawn["values.of:sec"] = _without(drawn["values.of:sec"], NAMES[:120])
    fused = FUSION(drawn, training=TRAINING, seed=0)
    assert fused.vectors.shape == (240, 32 + 40 + 48 + PADDING_COLUMNS + 16 + 1)
    assert np.isfinite(fused.vectors).all()


def test_the_smallest_input(views: Views) -> None:
    drawn = {name: view.restrict(NAMES[:2]) for name, view in views().items()}
    training = Training(accelerator="cpu", progress=False, max_epochs=1)
    fused = FUSION(drawn, training=training, seed=0)
    assert np.isfinite(fused.vectors).all()


def test_same_seed_gives_the_same_bytes(views: Views) -> None:
    drawn = views()
    short = TrainedFusion(SMALL, epochs=2)
    first, repeated, other = (short(drawn, training=TRAINING, seed=s).vectors for s in (1, 1, 2))
    assert first.tobytes() == repeated.tobytes()
    assert first.tobytes() != other.tobytes()


def test_an_ensemble_tells_whose_neighbours_it_is_unsure_of(
    views: Views, nearest_share_complex: Share
) -> None:
    drawn, random = views(), np.random.default_rng(1)
    for view in drawn.values():  # proteins of which neither measurement says anything
        view.vectors[:24] = random.normal(size=(24, view.vectors.shape[1])) * view.vectors.std()
    three = TrainedFusion(SMALL, epochs=5, members=3)
    fused = three(drawn, training=TRAINING, seed=0)
    assert fused.vectors.shape == (240, 32 + 40 + 3 * 16 + 1)
    assert fused.uncertainty is not None
    assert 0 <= fused.uncertainty.min() <= fused.uncertainty.max() <= 1
    assert fused.uncertainty[:24].mean() > fused.uncertainty[24:].mean() + 0.1
    assert nearest_share_complex(fused, NAMES[24:]) > 0.9
    repeated = three(drawn, training=TRAINING, seed=0)
    assert repeated.vectors.tobytes() == fused.vectors.tobytes()
    assert FUSION(drawn, training=TRAINING, seed=0).uncertainty is None


def test_members_of_an_ensemble_begin_differently_and_in_no_other_run() -> None:
    seeds = [one for seed in range(50) for one in _seeds(seed, 4)]
    assert len(set(seeds)) == 200
    assert [_seeds(seed, 1) for seed in (0, 7)] == [[0], [7]]
    assert _seeds(7, 4)[:3] == _seeds(7, 3)


def test_disagreement_equals_a_loop_over_sets() -> None:
    drawn = np.random.default_rng(0).normal(size=(3, 40, 5)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=2, keepdims=True)
    near = []
    for vectors in drawn:
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -2)
        near.append([set(row[-6:].tolist()) for row in cosines.argsort(axis=1)])
    expected = [
        np.mean([1 - len(near[a][k] & near[b][k]) / 6 for a, b in ((0, 1), (0, 2), (1, 2))])
        for k in range(40)
    ]
    assert disagreement(list(drawn), 6) == pytest.approx(expected, abs=1e-6)
    assert (disagreement([drawn[0], drawn[0]], 6) == 0).all()
    assert (disagreement([drawn[0, :4], drawn[1, :4]], 10) == 0).all()  # all others are nearest


def test_networks_of_an_ensemble_do_not_go_on_from_each_others_state(
    views: Views, tmp_path: Path
) -> None:
    drawn, ensemble = views(), TrainedFusion(SMALL, epochs=3, members=3)
    plain = ensemble(drawn, training=TRAINING, seed=0)
    kept = ensemble(drawn, training=TRAINING.observed(state=tmp_path), seed=0)
    assert np.array_equal(plain.vectors, kept.vectors)
    assert len(list(tmp_path.glob("*/*.ckpt"))) == 3


def test_patience_ends_training_by_proteins_that_were_not_learned_from(views: Views) -> None:
    losses: list[float] = []

    class Record(Callback):
        def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
            losses.append(float(trainer.callback_metrics["validation_loss"]))

    eager = partial(SMALL, learning_rate=0.05, dropout=0.0)  # learns by heart
    patient = Training(accelerator="cpu", progress=False, patience=3)
    fused = TrainedFusion(eager, epochs=60)(
        views(noise=2.0), training=patient.observed(callbacks=[Record()]), seed=0
    )
    assert fused.proteins == tuple(NAMES)
    assert 4 <= len(losses) < 60
    assert min(losses) == losses[-4]


def test_patience_with_nobody_to_spare(views: Views) -> None:
    few = {name: view.restrict(NAMES[:3]) for name, view in views().items()}
    with pytest.raises(DataError, match=r"keeps proteins from training, but there are 3"):
        FUSION(few, training=Training(accelerator="cpu", progress=False, patience=1), seed=0)


def test_a_checkpoint_loads_as_weights_only(views: Views, tmp_path: Path) -> None:
    blocks = Blocks.of(views(), 2.0)
    module = _module(blocks, temperature=0.3)
    trainer = Trainer(
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    trainer.strategy.connect(module)
    trainer.save_checkpoint(tmp_path / "fusion.ckpt", weights_only=True)
    stored = torch.load(tmp_path / "fusion.ckpt", weights_only=True)
    assert stored["hyper_parameters"]["dims"] == {"ppi": 32, "image": 40}
    loaded = FusionAutoencoder.load_from_checkpoint(tmp_path / "fusion.ckpt", weights_only=True)
    assert loaded.temperature == 0.3
    batch = FusionBatch.of(blocks)
    assert torch.equal(loaded.eval()(batch), module(batch))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"latent_dim": 0}, "latent_dim must be a whole number of at least 1, got 0."),
        ({"hidden_dim": -1}, "hidden_dim must be a whole number of at least 1, got -1."),
        ({"dropout": 1.0}, "dropout must be a number of at least 0 and below 1, got 1.0."),
        ({"temperature": 0.0}, "temperature must be a number above 0, got 0.0."),
        ({"alignment": -1.0}, "alignment must be a number of at least 0, got -1.0."),
        ({"reconstruction": -1.0}, "reconstruction must be a number of at least 0, got -1.0."),
        ({"alignment": 0.0}, "alignment must be above 0, as reconstruction is 0."),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0, got 0.0."),
        ({"weight_decay": -1.0}, "weight_decay must be a number of at least 0, got -1.0."),
    ],
)
def test_wrong_settings_of_the_module_show_before_work_starts(
    wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainedFusion(partial(FusionAutoencoder, **wrong))
    assert str(caught.value) == f"module.{message}"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0."),
        ({"batch_size": 1}, "batch_size must be a whole number of at least 2, got 1."),
        ({"latent": -0.1}, "latent must be a number of at least 0, got -0.1."),
    ],
)
def test_wrong_settings(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainedFusion(SMALL, **wrong)
    assert str(caught.value) == message


def test_nothing_to_fuse() -> None:
    with pytest.raises(DataError, match="at least one modality, got none"):
        FUSION({}, training=TRAINING, seed=0)
    with pytest.raises(ConfigError, match=r"dims must be a mapping of at least 1 to"):
        FusionAutoencoder({})


@pytest.mark.slow
def test_real_complexes_are_retrieved(real_data: Path, bench: Path, tmp_path: Path) -> None:
    """Interactions and fractions together: the metric that the configs promise."""
    pairs = pd.read_csv(real_data / "ppi" / "bioplex3_293T.tsv.gz", sep="\t")
    network = Network.from_pairs(list(pairs["target"]), list(pairs["prey"]), pairs["pInt"])
    table = pd.read_csv(real_data / "spatial" / "U2OS_LOPITDC2018.tsv.gz", sep="\t")
    table = table.dropna(subset="hgnc_symbol").drop_duplicates("hgnc_symbol")
    fractions = table.set_index("hgnc_symbol").filter(like="rep")
    scaled = (fractions - fractions.mean()) / fractions.std()
    shared = (bench / "bioplex_lopit_proteins.txt").read_text().split()
    embeddings = {
        "ppi": NetMF()(network, modality="ppi", seed=0).restrict(shared),
        "lopit": Embedding.of_modality("lopit", shared, scaled.loc[shared]),
    }
    for fusion, floor in ((Concat(), 0.883), (TrainedFusion(FusionAutoencoder), 0.888)):
        arguments: dict[str, Any] = {} if isinstance(fusion, Concat) else {"training": TRAINING}
        fused = fusion(embeddings, seed=0, **arguments)
        assert _macro_auroc(fused, real_data, bench, tmp_path) >= floor


def _macro_auroc(embedding: Embedding, real_data: Path, bench: Path, folder: Path) -> float:
    file = folder / "embedding.tsv"
    pd.DataFrame(embedding.vectors, embedding.proteins).to_csv(file, sep="\t")
    complexes = real_data / "corum" / "corum4_human.gmt.gz"
    command = [sys.executable, str(bench / "score_embedding.py"), str(file), str(complexes)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(json.loads(printed)["macro_auroc"])
