"""ProteinProjector: losses against brute force, who is contrasted with whom, missing modalities."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from cytoweave.artifacts import Embedding
from cytoweave.errors import ConfigError
from cytoweave.models import Projector, ProjectorNetwork, Training
from cytoweave.models.fusion.batches import FusionBatch
from cytoweave.models.fusion.blocks import Blocks
from cytoweave.models.fusion.projector import ContrastBatches
from cytoweave.models.losses.cross_modal_triplet import contrast_loss
from cytoweave.models.losses.weight_norms import length_loss
from cytoweave.models.training.trainer import seeded

NAMES = [f"P{k:03d}" for k in range(240)]
TRAINING = Training(accelerator="cpu", progress=False)
SMALL = partial(ProjectorNetwork, first_dim=64, second_dim=32, latent_dim=16, dropout=0.1)
PROJECTOR = Projector(SMALL, epochs=8, batch_size=48)
Views = Callable[..., dict[str, Embedding]]
Share = Callable[[Embedding, list[str]], float]


def _without(embedding: Embedding, proteins: list[str]) -> Embedding:
    return embedding.restrict([name for name in embedding.proteins if name not in proteins])


def test_contrast_equals_a_loop() -> None:
    torch.manual_seed(0)
    anchors, same, others = torch.randn(3, 8, 5)

    def cosine(a: torch.Tensor, b: torch.Tensor) -> float:
        return float(a @ b / (a.norm() * b.norm()))

    terms = [
        max(0.0, (1 - cosine(a, s)) - (1 - cosine(a, o)) + 0.4)
        for a, s, o in zip(anchors, same, others, strict=True)
    ]
    assert float(contrast_loss(anchors, same, others, 0.4, "sum")) == pytest.approx(sum(terms))
    assert float(contrast_loss(anchors, same, others, 0.4, "mean")) == pytest.approx(sum(terms) / 8)
    nobody = torch.ones(0, 5)
    assert float(contrast_loss(nobody, nobody, nobody, 0.4, "mean")) == 0


def test_length_is_the_mean_norm() -> None:
    assert float(length_loss(torch.tensor([[3.0, 4], [0, 1]]), "mean")) == pytest.approx(3)
    assert float(length_loss(torch.tensor([[3.0, 4], [0, 1]]), "sum")) == pytest.approx(6)


@pytest.mark.parametrize(("own", "expected"), [(True, False), (False, True)])
def test_only_the_toolkit_contrasts_a_protein_with_itself(
    views: Views, own: bool, expected: bool
) -> None:
    drawn = views()
    drawn["image"] = _without(drawn["image"], NAMES[:200])
    blocks = Blocks.as_given(drawn)
    batches = ContrastBatches(blocks, 64, seed=0, per_pass=1, leave_out_own=own)
    same = 0
    for _ in range(10):
        for batch in batches:
            for name, values in batch.values.items():
                here = batch.present[name]
                same += int((batch.others[name][here] == values[here]).all(dim=1).sum())
            assert batch.others["image"].any(dim=1).all()  # drawn from those that were imaged
    assert (same > 0) is expected


def test_all_other_proteins_are_drawn_alike(views: Views) -> None:
    batches = ContrastBatches(Blocks.as_given(views()), 64, seed=0, per_pass=1)
    present = torch.tensor([True, False, True, True, False, True])
    counts = np.zeros((6, 6))
    for _ in range(1500):
        counts[np.arange(6), batches._drawn(present).numpy()] += 1
    assert (counts[:, [1, 4]] == 0).all()
    assert np.allclose(counts[0, [2, 3, 5]], 500, atol=80)
    assert np.allclose(counts[1, [0, 2, 3, 5]], 375, atol=80)
    assert (np.diag(counts) == 0).all()


def test_missing_modalities_enter_no_term(views: Views) -> None:
    drawn = views()
    drawn["image"] = _without(drawn["image"], NAMES[::3])
    blocks = Blocks.as_given(drawn)
    seeded(0)
    module = SMALL(blocks.widths).eval()
    batch = next(iter(ContrastBatches(blocks, 240, seed=0, per_pass=1)))
    garbage = torch.where(batch.present["image"][:, None], batch.values["image"], torch.tensor(5.0))
    spoilt = batch._replace(values={**batch.values, "image": garbage})
    for name, term in module._losses(batch).items():
        assert torch.equal(term, module._losses(spoilt)[name]), name
    assert torch.equal(module(batch), module(spoilt))


def test_sums_are_means_times_the_proteins(views: Views) -> None:
    blocks = Blocks.as_given(views())
    batch = next(iter(ContrastBatches(blocks, 60, seed=0, per_pass=1)))
    result = []
    for reduction in ("mean", "sum"):
        seeded(0)
        with torch.no_grad():
            result.append(SMALL(blocks.widths, reduction=reduction).eval()._losses(batch))
    for name in result[0]:
        assert float(result[1][name]) == pytest.approx(60 * float(result[0][name]), rel=1e-4)


def test_two_modalities_beat_one(views: Views, nearest_share_complex: Share) -> None:
    drawn = views(noise=1.2)
    fused = nearest_share_complex(PROJECTOR(drawn, training=TRAINING, seed=0), NAMES)
    for modality, view in drawn.items():
        alone = PROJECTOR({modality: view}, training=TRAINING, seed=0)
        assert fused > nearest_share_complex(alone, NAMES)


def test_three_modalities_and_proteins_that_lack_some(
    views: Views, nearest_share_complex: Share
) -> None:
    drawn = views(modalities=("ppi", "image", "sec"))
    drawn["image"] = _without(drawn["image"], NAMES[::6])
    drawn["sec"] = _without(drawn["sec"], NAMES[120:])
    fused = PROJECTOR(drawn, training=TRAINING, seed=0)
    assert fused.proteins == tuple(NAMES)
    assert fused.present.sum(axis=0).tolist() == [240, 200, 120]
    assert nearest_share_complex(fused, NAMES[::6]) > 0.5


@pytest.mark.parametrize("n", [2, 17, 33])
def test_any_number_of_proteins(views: Views, n: int) -> None:
    drawn = {name: view.restrict(NAMES[:n]) for name, view in views().items()}
    fused = Projector(SMALL, epochs=1, batch_size=16)(drawn, training=TRAINING, seed=0)
    assert np.isfinite(fused.vectors).all()


def test_the_mean_of_what_is_there(views: Views) -> None:
    drawn = views()
    drawn["image"] = _without(drawn["image"], NAMES[:5])
    blocks = Blocks.as_given(drawn)
    module = SMALL(blocks.widths).eval()
    batch = FusionBatch.of(blocks)
    ppi, image = module._encoded(batch.values).values()
    assert torch.allclose(module(batch)[:5], ppi[:5])
    assert torch.allclose(module(batch)[5:], (ppi[5:] + image[5:]) / 2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"first_dim": 0}, "first_dim must be a whole number of at least 1, got 0."),
        ({"dropout": 1.0}, "dropout must be a number of at least 0 and below 1, got 1.0."),
        ({"margin": -1.0}, "margin must be a number of at least 0, got -1.0."),
        ({"lambda_triplet": -1.0}, "lambda_triplet must be a number of at least 0, got -1.0."),
        ({"lambda_l2": -1.0}, "lambda_l2 must be a number of at least 0, got -1.0."),
        ({"reduction": "x"}, "reduction must be one of 'mean', 'sum', got 'x'."),
        ({"learning_rate": 0.0}, "learning_rate must be a number above 0, got 0.0."),
    ],
)
def test_wrong_settings_of_the_module(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Projector(partial(ProjectorNetwork, **wrong))
    assert str(caught.value) == f"module.{message}"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0."),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0."),
        ({"negatives": "x"}, "negatives must be one of 'corrected', 'toolkit', got 'x'."),
    ],
)
def test_wrong_settings(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Projector(**wrong)
    assert str(caught.value) == message
