"""Room for crowded proteins: against brute force, and what it does to hubs."""

import numpy as np
import pytest

from cytoweave.artifacts import Floats
from cytoweave.models.fusion.crowding import closeness, spaced
from cytoweave.similarity import nearest
from cytoweave.similarity.nearest import unit_rows


def _rows(n: int, d: int = 6, offset: float = 0.0) -> Floats:
    drawn = np.random.default_rng(0).normal(size=(n, d)) + offset
    return unit_rows(drawn.astype(np.float32))


def test_closeness_equals_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "ROWS_AT_ONCE", 7)
    rows = _rows(23)
    for i, result in enumerate(closeness(rows, 4)):
        others = sorted((float(rows[i] @ rows[j]) for j in range(23) if j != i), reverse=True)
        assert result == pytest.approx(np.mean(others[:4]), abs=1e-6)


def test_few_proteins_have_few_neighbours() -> None:
    assert np.allclose(closeness(_rows(3, 2), 10), closeness(_rows(3, 2), 2))


def test_cosines_follow_the_formula() -> None:
    rows, strength = _rows(30), 0.7
    result = spaced(rows, strength, 5)
    length = np.exp(strength * (closeness(rows, 5) - closeness(rows, 5).mean()))
    i, j = 3, 11
    inner = length[i] * length[j] * float(rows[i] @ rows[j]) + 1
    expected = inner / np.sqrt((length[i] ** 2 + 1) * (length[j] ** 2 + 1))
    assert float(result[i] @ result[j]) == pytest.approx(expected, abs=1e-6)
    assert np.allclose(np.linalg.norm(result, axis=1), 1, atol=1e-6)


def test_none_leaves_vectors_alone_and_a_trace_leaves_the_order() -> None:
    rows = _rows(20)
    assert spaced(rows, 0.0, 5) is rows
    before, after = rows @ rows.T, spaced(rows, 1e-6, 5)
    after = after @ after.T
    pairs = np.triu_indices(20, 1)
    assert (np.argsort(before[pairs]) == np.argsort(after[pairs])).mean() > 0.95


def test_a_crowd_is_nearest_to_fewer_proteins() -> None:
    """Of 40 proteins half crowd together; the others' nearest ones are then rarely in the crowd."""
    crowded, lonely = _rows(20, 30, offset=2.0), _rows(20, 30, offset=0.4)
    rows = np.concatenate([crowded, lonely])

    def in_crowd(vectors: Floats) -> float:
        cosines = vectors @ vectors.T
        np.fill_diagonal(cosines, -1)
        return float((cosines[20:].argmax(axis=1) < 20).mean())

    assert in_crowd(spaced(rows, 2.0, 5)) < in_crowd(rows) - 0.2


def test_a_row_of_zeros_stays_finite() -> None:
    rows = _rows(10)
    rows[4] = 0
    assert np.isfinite(spaced(rows, 1.0, 3)).all()
