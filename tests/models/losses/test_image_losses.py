"""The losses of the image encoders against loops and closed forms."""

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from torch.nn import functional

from cytoweave.models.losses.focal import focal_loss, location_loss
from cytoweave.models.losses.masked_patches import masked_loss
from cytoweave.models.losses.supervised_contrast import (
    image_contrast_loss,
    supervised_contrastive_loss,
)
from cytoweave.models.losses.vicreg import vicreg_loss


def _vectors(n: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(n, 5)))


def test_contrast_equals_the_formula_term_by_term() -> None:
    vectors, t = _vectors(7), 0.3
    protein = torch.tensor([0, 0, 0, 1, 1, 2, 3])
    itself = torch.eye(7, dtype=torch.bool)
    positive = (protein[:, None] == protein) & ~itself
    z = (vectors / vectors.norm(dim=1, keepdim=True)).numpy()
    terms = []
    for i in range(7):
        near = [j for j in range(7) if j != i and protein[j] == protein[i]]
        total = sum(np.exp(z[i] @ z[a] / t) for a in range(7) if a != i)
        if near:
            terms.append(-np.mean([np.log(np.exp(z[i] @ z[p] / t) / total) for p in near]))
    loss = supervised_contrastive_loss(vectors, positive, ~itself, t)
    assert loss.item() == pytest.approx(np.mean(terms))


def test_contrast_with_one_positive_each_is_nt_xent() -> None:
    vectors = _vectors(6)
    pair = torch.tensor([1, 0, 3, 2, 5, 4])
    itself = torch.eye(6, dtype=torch.bool)
    unit = functional.normalize(vectors, dim=1)
    logits = (unit @ unit.T / 0.5).masked_fill(itself, float("-inf"))
    positive = functional.one_hot(pair, 6).bool()
    loss = supervised_contrastive_loss(vectors, positive, ~itself, 0.5)
    assert loss.item() == pytest.approx(functional.cross_entropy(logits, pair).item())


def test_contrast_levels_are_those_of_its_docstring() -> None:
    itself = torch.eye(4, dtype=torch.bool)
    positive = torch.tensor([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]).bool()
    told_apart = torch.tensor([[1.0, 0], [2.0, 0], [0, 1.0], [0, 3.0]])
    best = supervised_contrastive_loss(told_apart, positive, ~itself, 0.01)
    chance = supervised_contrastive_loss(torch.ones(4, 2), positive, ~itself, 0.01)
    assert best.item() == pytest.approx(0, abs=1e-6)
    assert chance.item() == pytest.approx(np.log(3), abs=1e-5)


def test_contrast_without_any_positive_is_zero_and_gives_finite_gradients() -> None:
    vectors = _vectors(3).requires_grad_()
    nobody = torch.zeros(3, 3, dtype=torch.bool)
    loss = supervised_contrastive_loss(vectors, nobody, nobody, 0.1)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0
    assert vectors.grad is not None
    assert torch.isfinite(vectors.grad).all()


def test_location_loss_equals_scikit_learn() -> None:
    logits = _vectors(4)
    locations = torch.from_numpy(np.random.default_rng(1).random((4, 5)) < 0.4)
    expected = log_loss(locations.numpy().ravel(), torch.sigmoid(logits).numpy().ravel())
    assert location_loss(logits, locations).item() == pytest.approx(expected)


def test_focal_loss_equals_its_formula_and_at_focus_0_the_cross_entropy() -> None:
    logits = _vectors(4)
    locations = torch.from_numpy(np.random.default_rng(1).random((4, 5)) < 0.4)
    share = 1 / (1 + np.exp(-logits.numpy()))
    right = np.where(locations.numpy(), share, 1 - share)
    expected = np.mean(-((1 - right) ** 2) * np.log(right))
    assert focal_loss(logits, locations).item() == pytest.approx(expected)
    plain = focal_loss(logits, locations, focus=0.0)
    assert plain.item() == pytest.approx(location_loss(logits, locations).item())


def test_focal_loss_is_finite_where_the_network_is_sure() -> None:
    logits = torch.tensor([[200.0, -200.0]], requires_grad=True)
    loss = focal_loss(logits, torch.tensor([[True, True]]))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(100.0)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_vicreg_equals_the_formula_term_by_term() -> None:
    a, b = _vectors(6), _vectors(6, seed=1)
    result = vicreg_loss(a, b)
    invariance = np.mean((a.numpy() - b.numpy()) ** 2)
    variance = covariance = 0.0
    for z in (a.numpy(), b.numpy()):
        deviations = np.sqrt(z.var(axis=0, ddof=1) + 1e-4)
        variance += np.mean([max(0.0, 1 - d) for d in deviations]) / 2
        c = np.cov(z.T)
        covariance += sum(c[i, j] ** 2 for i in range(5) for j in range(5) if i != j) / 5
    assert result["invariance"].item() == pytest.approx(invariance)
    assert result["variance"].item() == pytest.approx(variance)
    assert result["covariance"].item() == pytest.approx(covariance)
    assert result["loss"].item() == pytest.approx(25 * invariance + 25 * variance + covariance)


def test_vicreg_of_collapsed_vectors_is_that_of_its_docstring() -> None:
    same = torch.ones(4, 3)
    assert vicreg_loss(same, same)["loss"].item() == pytest.approx(25 * (1 - 0.01))


def test_views_of_one_image_are_each_others_positives() -> None:
    views, images = torch.randn(5, 3), torch.tensor([0, 1, 0, 2, 1])
    itself = torch.eye(5, dtype=torch.bool)
    positive = torch.zeros(5, 5, dtype=torch.bool)
    for i, j in ((0, 2), (2, 0), (1, 4), (4, 1)):
        positive[i, j] = True
    expected = supervised_contrastive_loss(views, positive, ~itself, 0.2)
    assert image_contrast_loss(views, images, 0.2) == expected


def test_masked_loss_is_1_for_the_mean_of_a_patch_and_0_for_the_patch() -> None:
    pixels = _vectors(3).unsqueeze(1) * 50 + 7
    centred = pixels - pixels.mean(dim=-1, keepdim=True)
    standard = centred / pixels.std(dim=-1, keepdim=True, correction=0)
    assert masked_loss(torch.zeros_like(pixels), pixels).item() == pytest.approx(1, abs=1e-4)
    assert masked_loss(standard, pixels).item() == pytest.approx(0, abs=1e-6)
    assert masked_loss(standard, 3 * pixels + 2).item() == pytest.approx(0, abs=1e-6)
