"""Steps of biased walks against the distribution written out."""

import numpy as np
import pytest
from scipy import sparse, stats

from cytoweave.models.ppi.walks import BiasedWalks, Rows, Walker

PAIRS = [(0, 1, 1.0), (0, 2, 3.0), (1, 2, 0.5), (2, 3, 2.0), (3, 4, 1.0), (2, 4, 4.0), (4, 5, 1.0)]
"""Two triangles with a protein in common, and a leaf."""


def _adjacency(pairs: list[tuple[int, int, float]] = PAIRS) -> sparse.csr_array:
    first, second, weight = zip(*pairs, strict=True)
    n = max(*first, *second) + 1
    half = sparse.coo_array((weight, (first, second)), shape=(n, n))
    return sparse.csr_array(half + half.T)


def _expected(before: int, at: int, p: float, q: float) -> np.ndarray:
    weights = _adjacency().toarray()
    odds = weights[at].copy()
    for reached in range(len(odds)):
        if reached == before:
            odds[reached] /= p
        elif weights[before, reached] == 0:
            odds[reached] /= q
    result: np.ndarray = odds / odds.sum()
    return result


def _agree(before: Rows, at: Rows, reached: Rows, p: float, q: float) -> float:
    """Return the chi-square test's chance of what was drawn, over all pairs of proteins."""
    statistic, freedom = 0.0, 0
    for came, position in {*zip(before.tolist(), at.tolist(), strict=True)}:
        drawn = reached[(before == came) & (at == position)]
        expected = len(drawn) * _expected(came, position, p, q)
        counts = np.bincount(drawn, minlength=6)
        possible = expected > 0
        assert not counts[~possible].any()
        statistic += float(((counts - expected)[possible] ** 2 / expected[possible]).sum())
        freedom += int(possible.sum()) - 1
    return float(stats.chi2.sf(statistic, freedom))


def _from_everywhere(draws: int) -> tuple[Rows, Rows]:
    edges = _adjacency().tocoo()
    return np.repeat(edges.row, draws).astype(np.int32), np.repeat(edges.col, draws).astype(
        np.int32
    )


@pytest.mark.parametrize(("p", "q"), [(1, 1), (2, 1), (0.25, 4), (4, 0.25), (0.02, 1), (1, 0.02)])
def test_steps_follow_the_second_order_distribution(p: float, q: float) -> None:
    before, at = _from_everywhere(4000)
    walks = BiasedWalks(Walker.of(_adjacency()), p, q)
    reached = walks.step(before, at, np.random.default_rng(0))
    assert _agree(before, at, reached, p, q) > 0.01


def test_the_test_tells_biases_apart() -> None:
    before, at = _from_everywhere(4000)
    reached = BiasedWalks(Walker.of(_adjacency()), 1, 1).step(before, at, np.random.default_rng(0))
    assert _agree(before, at, reached, 2, 1) < 1e-6
    assert _agree(before, at, reached, 1, 1.2) < 1e-6


def test_exhaustive_steps_follow_the_same_distribution() -> None:
    before, at = _from_everywhere(4000)
    walks = BiasedWalks(Walker.of(_adjacency()), 0.25, 4)
    reached = walks._exact_step(before, at, np.random.default_rng(0))
    assert _agree(before, at, reached, 0.25, 4) > 0.01


def test_walks_go_along_edges_and_start_where_they_should() -> None:
    starts = np.arange(6, dtype=np.int32).repeat(50)
    walks = BiasedWalks(Walker.of(_adjacency()), 2, 0.5).of_length(
        starts, 30, np.random.default_rng(0)
    )
    assert walks.shape == (300, 30)
    assert (walks[:, 0] == starts).all()
    assert (_adjacency().toarray()[walks[:, :-1], walks[:, 1:]] > 0).all()


def test_the_first_step_follows_the_weights() -> None:
    starts = np.full(20_000, 2, np.int32)
    reached = Walker.of(_adjacency()).step(starts, np.random.default_rng(0))
    weights = _adjacency().toarray()[2]
    counts, expected = np.bincount(reached, minlength=6), 20_000 * weights / weights.sum()
    assert stats.chisquare(counts[weights > 0], expected[weights > 0]).pvalue > 0.01


def test_one_edge_is_walked_to_and_fro() -> None:
    walks = BiasedWalks(Walker.of(_adjacency([(0, 1, 2.0)])), 1000, 0.001)
    drawn = walks.of_length(np.array([0, 1], np.int32), 5, np.random.default_rng(0))
    assert drawn.tolist() == [[0, 1, 0, 1, 0], [1, 0, 1, 0, 1]]
    assert walks.of_length(np.array([1], np.int32), 1, np.random.default_rng(0)).tolist() == [[1]]
