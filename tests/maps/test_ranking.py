"""What makes an assembly come first, and which of many alike are kept."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from cytoweave.artifacts import Network
from cytoweave.errors import ConfigError
from cytoweave.maps import Ranking
from cytoweave.maps.ranking import best_distinct, strengths

Sets = list[set[int]]


def matrix(sets: Sets, n: int) -> sparse.csr_array:
    """Return the ``(len(sets), n)`` memberships."""
    dense = np.zeros((len(sets), n), np.float32)
    for row, members in enumerate(sets):
        dense[row, sorted(members)] = 1
    return sparse.csr_array(dense)


def triangles() -> tuple[Network, NDArray[np.float64]]:
    """Return two triangles of weight 1 joined by one edge of weight 0.5."""
    weights = np.array([1, 1, 1, 0.5, 1, 1, 1])
    network = Network.from_pairs(list("aabcdde"), list("bccdeff"), weights)
    return network, network.weights.astype(float)


def test_strength_is_the_weight_at_each_protein() -> None:
    assert strengths(*triangles()).tolist() == [2, 2, 2.5, 2.5, 2, 2]


def test_the_score_is_its_formula() -> None:
    """By hand: the triangle holds 3 of its 6.5 half-edges' weight; the pair across 0.5 of 5."""
    network, weights = triangles()
    members = matrix([{0, 1, 2}, {2, 3}], 6)
    persistence, stability = np.array([0.5, 0.25]), np.array([1.0, 0.64])
    ranking = Ranking(size=1, cohesion=2, persistence=0.5, stability=0.5)
    score = ranking(members, network, weights, persistence, stability)
    expected = [3 / 3 * (6 / 6.5) ** 2 * 0.5**0.5, 0.5 / 2 * (1 / 5) ** 2 * 0.25**0.5 * 0.8]
    np.testing.assert_allclose(score, expected, rtol=1e-6)


def test_exponents_of_zero_leave_the_weight_inside() -> None:
    network, weights = triangles()
    bare = Ranking(size=0, cohesion=0, persistence=0, stability=0)
    members = matrix([{0, 1, 2}, {0, 1, 2, 3, 4, 5}], 6)
    score = bare(members, network, weights, np.array([0.1, 0.2]), np.array([0.3, 0.4]))
    np.testing.assert_allclose(score, [3, 6.5])


def test_an_assembly_without_an_edge_scores_nothing() -> None:
    network = Network.from_pairs(["a"], ["b"], proteins=["c", "d"])
    score = Ranking()(
        matrix([{0, 1}, {2, 3}], 4), network, network.weights.astype(float), np.ones(2), np.ones(2)
    )
    assert score[0] > 0
    assert score[1] == 0


@pytest.mark.parametrize("name", ["size", "cohesion", "persistence", "stability", "diversity"])
def test_a_negative_exponent_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"{name} must be a number of at least 0, got -1"):
        Ranking(**{name: -1.0})


def test_diversity_is_greedy_maximal_marginal_relevance() -> None:
    """Oracle: the plain greedy choice that scores every candidate again at each step."""
    rng = np.random.default_rng(3)
    sets: Sets = [
        set(rng.choice(15, rng.integers(3, 9), replace=False).tolist()) for _ in range(40)
    ]
    score = rng.random(40)
    kept: list[int] = []
    while len(kept) < 12:
        penalised = []
        for k, members in enumerate(sets):
            near = max((len(members & sets[j]) / len(members | sets[j]) for j in kept), default=0)
            penalised.append(-1.0 if k in kept or near > 0.7 else score[k] * (1 - near) ** 1.5)
        kept.append(int(np.argmax(penalised)))
    assert best_distinct(matrix(sets, 15), score, 12, 0.7, 1.5).tolist() == sorted(kept)


def test_what_scores_nothing_is_never_kept() -> None:
    assert best_distinct(matrix([{0, 1}, {2, 3}], 4), np.array([0.0, 1.0]), 5, 0.5).tolist() == [1]
