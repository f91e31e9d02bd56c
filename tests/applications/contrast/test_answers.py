"""Three answers: type I error, power and coverage on simulated cohesion."""

import numpy as np
import pytest
from scipy import stats

from cytoweave.applications.contrast.answers import CHANGED, CONSERVED, UNDECIDED, Answers
from cytoweave.applications.contrast.model import model_of

LABELS = ["a", "a", "a", "b", "b", "b"]
MODEL = model_of(LABELS, [""] * 6)
MARGIN = 0.15


def simulated(effect: np.ndarray, seed: int, noise: float = 0.04) -> Answers:
    """Return answers about assemblies of mean cohesion .85 whose noise differs."""
    rng = np.random.default_rng(seed)
    n = len(effect)
    spread = noise * np.sqrt(8 / rng.chisquare(8, size=n))
    cohesion = 0.85 + spread * rng.normal(size=(6, n))
    cohesion[3:] += effect
    permuted = 0.5 + 0.1 * rng.normal(size=(6, 5 * n))
    return Answers.of(MODEL, cohesion, np.full(n, 6), permuted, MARGIN)


def test_what_does_not_change_is_rarely_called() -> None:
    result = simulated(np.zeros(3000), 0)
    assert 0.03 < (result.p <= 0.05).mean() < 0.06
    assert result.classes(0.05).count(CHANGED) <= 1
    assert result.inflation < 1.1


def test_dissolved_assemblies_are_called_and_the_rest_is_conserved() -> None:
    effect = np.zeros(200)
    effect[:10] = -0.35
    classes = simulated(effect, 1).classes(0.05)
    assert classes[:10].count(CHANGED) == 10
    assert classes[10:].count(CONSERVED) > 170
    assert classes[10:].count(CHANGED) <= 3


def test_intervals_cover_and_equivalence_errs_as_often_as_it_says() -> None:
    at_margin = simulated(np.full(4000, MARGIN), 2)
    covered = (at_margin.lo <= MARGIN) & (at_margin.hi >= MARGIN)
    assert 0.94 < covered.mean() < 0.975
    assert (at_margin.p_equivalent <= 0.05).mean() < 0.055


def test_noise_leaves_it_undecided() -> None:
    assert simulated(np.zeros(100), 3, noise=0.3).classes(0.05).count(UNDECIDED) > 90


def test_equivalence_is_two_one_sided_tests() -> None:
    result = simulated(np.full(50, 0.05), 4)
    half = result.hi - result.effect
    error = half / stats.t.isf(0.025, result.df)
    upper = stats.t.sf((MARGIN - result.effect) / error, result.df)
    lower = stats.t.sf((MARGIN + result.effect) / error, result.df)
    assert result.p_equivalent == pytest.approx(np.maximum(upper, lower))


def test_the_detectable_change_is_called_in_four_of_five_cases() -> None:
    n = 3000
    noise = 0.04 * np.random.default_rng(5).normal(size=(6, n))
    permuted = 0.5 + 0.1 * np.random.default_rng(6).normal(size=(6, n))

    def result(effect: np.ndarray) -> Answers:
        cohesion = 0.85 + noise
        cohesion[3:] += effect
        return Answers.of(MODEL, cohesion, np.full(n, 6), permuted, MARGIN)

    least = np.median(result(np.zeros(n)).detectable(0.05))
    called = result(np.full(n, least)).p <= 0.05 / n
    assert 0.8 < called.mean() < 0.97  # four of five, or more: shrinkage counts for no more df


def test_without_replicates_there_are_effects_only() -> None:
    cohesion = np.array([[0.9, 0.8], [0.5, 0.8]])
    model = model_of(["a", "b"], ["", ""])
    result = Answers.of(model, cohesion, np.array([5, 5]), np.empty((2, 0)), MARGIN)
    assert result.effect == pytest.approx([-0.4, 0.0])
    assert np.isnan(result.p).all()
    assert result.classes(0.05) == [UNDECIDED, UNDECIDED]
    assert np.isnan(result.detectable(0.05)).all()
