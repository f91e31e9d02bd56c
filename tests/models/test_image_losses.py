"""The losses of the image encoders against loops and closed forms."""

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from torch.nn import functional

from cytoweave.models.image_contrast_loss import supervised_contrastive_loss
from cytoweave.models.image_location_loss import location_loss


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
