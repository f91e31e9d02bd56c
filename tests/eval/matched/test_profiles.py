"""Profiles of a matrix: correlations, axes taken out, wide matrices, and calibration."""

import numpy as np
import pytest
from scipy import stats

from cytoweave.artifacts import Embedding, Hierarchy
from cytoweave.errors import DataError
from cytoweave.eval import MatchedAssemblies, RankSum
from cytoweave.eval.matched.profiles import matrix_similarity
from cytoweave.eval.terms.overlap import Index


def one_stratum(rows: Index, wanted: int | None) -> Index:
    return np.zeros(len(rows), np.intp)


def matrix(values: np.ndarray) -> Embedding:
    return Embedding.of_modality("m", [f"p{k}" for k in range(len(values))], values)


@pytest.mark.parametrize("features", [5, 40])
def test_similarity_is_the_correlation_of_rows(features: int) -> None:
    values = np.random.default_rng(0).normal(size=(12, features)).astype(np.float32)
    values[3] = 2
    result = matrix_similarity(matrix(values), one_stratum)
    kept = np.delete(np.arange(12), 3)
    assert result.proteins == tuple(f"p{k}" for k in kept)
    assert result.units.shape[2] <= 11
    everyone = np.arange(11)
    np.testing.assert_allclose(
        result(everyone, everyone), np.corrcoef(values[kept].astype(float)), atol=1e-6
    )


def test_axes_are_taken_out() -> None:
    rng = np.random.default_rng(1)
    strong = np.outer(rng.normal(size=60), rng.normal(size=30)) * 20
    weak = np.repeat(rng.normal(size=(6, 30)), 10, axis=0) + 0.3 * rng.normal(size=(60, 30))
    together = matrix((strong + weak).astype(np.float32))
    pairs = np.arange(60) // 10
    same = pairs[:, None] == pairs

    def contrast(axes: int) -> float:
        values = matrix_similarity(together, one_stratum, remove_axes=axes).among(np.arange(60))
        return float(values[same & ~np.eye(60, dtype=bool)].mean() - np.abs(values[~same]).mean())

    assert contrast(0) < 0.1
    assert contrast(1) > 0.5
    with pytest.raises(DataError, match="lower remove_axes"):
        matrix_similarity(together, one_stratum, remove_axes=28)


def test_features_of_other_units_count_alike_when_scaled() -> None:
    values = np.random.default_rng(2).normal(size=(30, 6)).astype(np.float32)
    plain = matrix_similarity(matrix(values), one_stratum, scaled=True).among(np.arange(30))
    values[:, 0] *= 1000
    scaled = matrix_similarity(matrix(values), one_stratum, scaled=True).among(np.arange(30))
    np.testing.assert_allclose(plain, scaled, atol=1e-4)


def test_the_matched_test_is_calibrated_and_finds_what_is_planted(random_map: Hierarchy) -> None:
    rng = np.random.default_rng(3)
    n = len(random_map.proteins)
    values = rng.normal(size=(n, 25)) + 2 * rng.normal(size=25)  # all correlated
    planted = int(np.argmin(np.abs(random_map.sizes - 8)))
    inside = [random_map.proteins.index(p) for p in random_map.members_of(planted)]
    values[inside] += 2 * rng.normal(size=25)
    measured = Embedding.of_modality("m", random_map.proteins, values.astype(np.float32))
    profiles = matrix_similarity(measured, one_stratum)
    result = MatchedAssemblies.of(random_map, profiles, permutations=500, null_maps=200, seed=1)
    assert [stats.kstest(p, "uniform").pvalue > 1e-5 for p in result.null_p.T].count(False) == 0
    table = result.table(random_map).set_index("assembly")
    assert table["p"][random_map.names[planted]] < 0.01
    published = RankSum.of(random_map, profiles, least=4).table()
    assert published["p"].notna().sum() == (published["proteins"] >= 4).sum()
