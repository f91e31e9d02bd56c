"""Principal component analysis (PCA)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def leading_axes(rows: NDArray[np.floating], width: int) -> Values:
    """Return the orthonormal directions with most of the rows' squared length, largest first.

    These are the right singular vectors of `rows`, which is not centred here. They come from the
    ``(D, D)`` matrix of products, in float64: for many rows of few columns.

    Args:
        rows: ``(N, D)``.
        width: >= 1.

    Returns:
        ``(D, width)`` float64, or ``(D, D)`` where `width` is larger.
    """
    gram = rows.T.astype(np.float64) @ rows
    axes: Values = np.linalg.eigh(gram).eigenvectors[:, ::-1][:, :width]
    return axes


def principal_axes(values: NDArray[np.floating], count: int) -> Values:
    """Return the first principal axes, ``(K, D)``, K at most `count`, N and D.

    Args:
        values: ``(N, D)``; centred here.
        count: >= 0.
    """
    centred = values - values.mean(axis=0)
    return np.asarray(np.linalg.svd(centred, full_matrices=False)[2][:count])


def principal_scores(values: NDArray[np.floating], count: int) -> Values:
    """Return the scores of rows on the first principal components, ``(N, count)``.

    Components that `values` does not have are 0. The largest entry of an axis is positive.

    Args:
        values: ``(N, D)``; centred here.
        count: >= 0.
    """
    centred = values - values.mean(axis=0)
    u, s, axes = np.linalg.svd(centred, full_matrices=False)
    sign = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    scores = np.zeros((len(values), count))
    kept = min(count, len(s))
    scores[:, :kept] = (u * s * np.where(sign == 0, 1, sign))[:, :kept]
    return scores
