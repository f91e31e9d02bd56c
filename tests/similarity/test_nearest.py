"""Unit rows and nearest neighbours, against scikit-learn and loops."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize

from cytoweave.similarity import nearest
from cytoweave.similarity.nearest import cosine_blocks, largest, nearest_rows, unit_rows


def rows(n: int = 40, d: int = 6) -> np.ndarray:
    drawn = np.random.default_rng(0).normal(size=(n, d))
    drawn[3] = 0
    return drawn


def test_unit_rows_are_those_of_scikit_learn_and_zeros_stay() -> None:
    assert np.allclose(unit_rows(rows()), normalize(rows()))
    assert not unit_rows(rows())[3].any()


@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_unit_rows_keep_their_precision(precision: type[np.floating]) -> None:
    assert unit_rows(rows().astype(precision)).dtype == precision


def test_a_short_vector_is_scaled_as_a_long_one() -> None:
    assert np.allclose(unit_rows(rows() * 1e-14), unit_rows(rows()))


def test_unit_rows_of_a_stack_are_those_of_its_layers() -> None:
    stack = np.stack([rows(), 2 * rows()[::-1]])
    assert np.array_equal(unit_rows(stack)[1], unit_rows(stack[1]))


@pytest.mark.parametrize("block", [1, 7, 2048])
def test_nearest_rows_are_those_of_scikit_learn(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearest, "ROWS_AT_ONCE", block)
    unit = np.delete(unit_rows(rows()), 3, axis=0)
    result, cosines = nearest_rows(unit, 5)
    distances, columns = NearestNeighbors(metric="cosine").fit(unit).kneighbors(n_neighbors=5)
    assert np.array_equal(result, columns)
    assert np.allclose(cosines, 1 - distances)


def test_of_equals_the_lower_number_comes_first() -> None:
    unit = np.array([[1.0, 0], [0, 1], [1, 0], [1, 0]])
    result, cosines = nearest_rows(unit, 3)
    assert result.tolist() == [[2, 3, 1], [0, 2, 3], [0, 3, 1], [0, 2, 1]]
    assert cosines[0].tolist() == [1, 1, 0]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_few_rows_have_as_many_neighbours_as_there_are_others(n: int) -> None:
    result, cosines = nearest_rows(np.ones((n, 1)), 5)
    assert result.shape == cosines.shape == (n, max(n - 1, 0))


def test_blocks_leave_a_row_itself_out() -> None:
    unit = unit_rows(rows())
    for block, cosines in cosine_blocks(unit):
        assert np.isneginf(cosines[np.arange(len(cosines)), np.arange(40)[block]]).all()
        assert np.isfinite(cosines).sum() == len(cosines) * 39


@pytest.mark.parametrize("count", [0, 1, 4, 9])
def test_the_largest_are_those_of_a_sort(count: int) -> None:
    values = np.random.default_rng(1).normal(size=(7, 5))
    wanted = np.sort(np.argsort(-values, axis=1)[:, :count], axis=1)
    assert np.array_equal(np.sort(largest(values, count), axis=1), wanted)
