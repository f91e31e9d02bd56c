"""Principal components, against scikit-learn and NumPy."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from cytoweave.similarity.components import leading_axes, principal_axes, principal_scores


def values(n: int, d: int) -> np.ndarray:
    drawn = np.random.default_rng(2).normal(size=(n, d))
    return np.asarray(drawn @ np.diag(np.arange(d, 0, -1.0)) + 3)


@pytest.mark.parametrize("shape", [(50, 6), (5, 20)])
def test_components_are_those_of_scikit_learn_but_for_signs(shape: tuple[int, int]) -> None:
    given = values(*shape)
    theirs = PCA(3).fit(given)
    assert np.allclose(np.abs(principal_axes(given, 3)), np.abs(theirs.components_))
    assert np.allclose(np.abs(principal_scores(given, 3)), np.abs(theirs.transform(given)))


def test_the_largest_entry_of_an_axis_is_positive() -> None:
    given = values(50, 6)
    axes = np.linalg.lstsq(given - given.mean(axis=0), principal_scores(given, 6))[0].T
    assert (axes[np.arange(6), np.abs(axes).argmax(axis=1)] > 0).all()


def test_components_that_are_not_there_are_zero() -> None:
    assert not principal_scores(values(4, 1), 2)[:, 1].any()
    assert principal_axes(values(4, 1), 2).shape == (1, 1)


def test_leading_axes_are_right_singular_vectors_of_what_is_not_centred() -> None:
    given = values(50, 6)
    wanted = np.linalg.svd(given)[2][:2].T
    assert np.allclose(np.abs(leading_axes(given, 2)), np.abs(wanted))
    assert leading_axes(given, 9).shape == (6, 6)
