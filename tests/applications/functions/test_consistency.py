"""Probabilities that agree with an ontology, against a search for the nearest ones."""

import numpy as np
import pytest
from scipy import optimize, sparse

from cytoweave.applications.functions.consistency import Consistency, Levels
from cytoweave.artifacts import Ontology

from .small import ontology


def below(order: Ontology) -> list[tuple[int, int]]:
    return [(int(t), int(a)) for t, a in zip(*order.ancestors.nonzero(), strict=True) if t != a]


@pytest.mark.parametrize("seed", range(5))
def test_the_nearest_in_the_largest_change(seed: int) -> None:
    """A linear programme: least d with |x - p| <= d and x(child) <= x(parent)."""
    rng = np.random.default_rng(seed)
    order = ontology([(k, int(p)) for k in range(1, 9) for p in {*rng.integers(0, k, 2).tolist()}])
    p = rng.random((9, 4)).astype(np.float32)
    result = Consistency.of(order)(p)
    for child, parent in below(order):
        assert (result[child] <= result[parent] + 1e-6).all()
    for column in range(4):
        least = optimize.linprog(
            [0] * 9 + [1],
            A_ub=[
                *([*np.eye(9)[k], -1.0] for k in range(9)),
                *([*-np.eye(9)[k], -1.0] for k in range(9)),
                *([*(np.eye(9)[c] - np.eye(9)[a]), 0.0] for c, a in below(order)),
            ],
            b_ub=[*p[:, column], *-p[:, column], *[0.0] * len(below(order))],
            bounds=[(0, 1)] * 10,
        ).fun
        assert np.abs(result[:, column] - p[:, column]).max() == pytest.approx(least, abs=1e-5)


def test_probabilities_that_agree_stay() -> None:
    order = ontology([(1, 0), (2, 1), (3, 1), (3, 2)])
    p = np.array([[0.9], [0.5], [0.3], [0.3]], np.float32)
    assert np.allclose(Consistency.of(order)(p), p)


def test_what_is_below_carries_up_along_every_way() -> None:
    order = ontology([(1, 0), (2, 0), (3, 1), (3, 2)])
    p = np.array([[0], [0], [0.2], [0.7]], np.float32)
    upward = Levels.of(sparse.csr_array(order.parents.T))
    assert np.allclose(upward.carried(p, np.maximum)[:, 0], 0.7)
