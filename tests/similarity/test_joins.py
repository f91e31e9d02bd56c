"""Pairs of similar sets against all pairs."""

import numpy as np
import pytest
from scipy import sparse

from cytoweave.similarity.joins import similar_pairs


@pytest.mark.parametrize("at", [0.05, 1 / 3, 0.5, 2 / 3, 0.9, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_equals_all_pairs(at: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.random((12, 30)) < rng.choice([0.0, 0.1, 0.3, 0.8], (12, 1))
    sets = np.vstack([base, base ^ (rng.random(base.shape) < 0.05), base])
    shared = sets.astype(int) @ sets.T.astype(int)
    union = sets.sum(axis=1)[:, None] + sets.sum(axis=1) - shared
    jaccard = np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0)
    i, j = similar_pairs(sparse.csr_array(sets), at)
    result = sorted(zip(i.tolist(), j.tolist(), strict=True))
    assert result == list(
        zip(*map(np.ndarray.tolist, np.nonzero(np.triu(jaccard >= at, 1))), strict=True)
    )


def test_no_sets() -> None:
    i, j = similar_pairs(sparse.csr_array((0, 4), dtype=bool), 0.5)
    assert (len(i), len(j)) == (0, 0)
