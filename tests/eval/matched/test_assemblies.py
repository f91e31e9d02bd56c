"""The matched test: its statistic by brute force, its calibration on maps without signal."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from cytoweave.artifacts import ElutionProfiles, Hierarchy
from cytoweave.eval import MatchedAssemblies, elution_similarity
from cytoweave.eval.coelution.similarity import Kind, like_proteins
from cytoweave.eval.nulls import permuted_within

from ..conftest import MapBuilder


def drawn(names: list[str], seed: int, replicates: int = 2) -> ElutionProfiles:
    rng = np.random.default_rng(seed)
    amounts = rng.random((replicates, len(names), 12)).astype(np.float32)
    amounts[rng.random(amounts.shape) < 0.3] = np.nan
    amounts[0, 0] = np.nan  # one protein was seen in the second replicate only
    return ElutionProfiles(tuple(names), amounts)


@pytest.fixture(scope="module")
def profiles(random_map: Hierarchy) -> ElutionProfiles:
    return drawn(list(random_map.proteins), 3)


@pytest.mark.parametrize("similarity", ["pearson", "wcc"])
def test_coelution_is_the_mean_over_pairs_and_replicates(
    random_map: Hierarchy, profiles: ElutionProfiles, similarity: Kind
) -> None:
    result = MatchedAssemblies.of(
        random_map,
        elution_similarity(profiles, similarity),
        permutations=5,
        null_maps=0,
    )
    amounts = np.nan_to_num(profiles.amounts)
    for assembly, got in zip(result.assemblies[::4], result.observed[::4], strict=True):
        values = [
            pair_similarity(amounts[r, i], amounts[r, j], similarity)
            for i, j in combinations(members(random_map, assembly), 2)
            for r in range(len(amounts))
            if np.ptp(amounts[r, i]) > 0 and np.ptp(amounts[r, j]) > 0
        ]
        assert got == pytest.approx(np.mean(values), abs=1e-5)


def members(result: Hierarchy, row: int) -> list[int]:
    start, stop = result.membership.indptr[row : row + 2]
    return [int(k) for k in result.membership.indices[start:stop]]


def pair_similarity(a: np.ndarray, b: np.ndarray, similarity: str) -> float:
    if similarity == "pearson":
        return float(np.corrcoef(a, b)[0, 1])

    def crossed(x: np.ndarray, y: np.ndarray) -> float:
        """Triangle of half-width 2: shifts of 0 at weight 1, of one fraction at 1/2."""
        return float(x @ y + (x[1:] @ y[:-1] + x[:-1] @ y[1:]) / 2)

    return crossed(a, b) / float(np.sqrt(crossed(a, a) * crossed(b, b)))


def test_weighted_cross_correlation_forgives_a_shift() -> None:
    peak = np.zeros((1, 3, 10), np.float32)
    peak[0, 0, 3] = peak[0, 1, 4] = peak[0, 2, 8] = 1
    coelution = elution_similarity(ElutionProfiles(("a", "b", "c"), peak), "wcc")
    table = coelution(np.arange(3), np.arange(3))
    expected = np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])
    np.testing.assert_allclose(table, expected, atol=1e-12)


def test_a_complex_stands_out_and_abundance_alone_does_not(build_map: MapBuilder) -> None:
    rng = np.random.default_rng(0)
    names = [f"p{k:03}" for k in range(320)]
    amounts = rng.random((1, 320, 20)).astype(np.float32) * (rng.random((1, 320, 20)) < 0.2)
    amounts[0, 160:] = 5 + 20 * np.linspace(0, 1, 20) + 9 * rng.random((160, 20))  # all alike
    amounts[0, :8] = 0
    amounts[0, :8, 6:10] = np.array([1, 3, 3, 1]) + rng.random((8, 4))
    result = build_map(
        {"complex": " ".join(names[:8]), "abundant": " ".join(names[200:230]),
         "any": " ".join(names[40:60])}, names,
    )  # fmt: skip
    profiles = ElutionProfiles(tuple(names), amounts)
    matched = MatchedAssemblies.of(
        result, elution_similarity(profiles), permutations=999, null_maps=50
    )
    table = matched.table(result).set_index("assembly")
    assert table["significant"].to_dict() == {"complex": True, "abundant": False, "any": False}
    assert (
        table["statistic"].to_dict()["abundant"] > 0.5
    )  # high, as is what their like have by chance
    assert matched.metrics()["significant"] == 1
    assert matched.metrics()["significant.p"] < 0.2


@pytest.mark.slow
def test_p_values_are_uniform_at_every_size(random_map: Hierarchy) -> None:
    """Calibration: permuted maps share the null; few have any assembly at FDR 5 %."""
    profiles = drawn(list(random_map.proteins), 4)
    result = MatchedAssemblies.of(
        random_map, elution_similarity(profiles), permutations=4000, null_maps=400
    )
    for column in result.null_p.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    allowed = stats.binom.ppf(0.975, 400, 0.05) / 400
    assert result.metrics()["significant.null_any"] <= allowed


def test_the_seed_decides(random_map: Hierarchy, profiles: ElutionProfiles) -> None:
    first, repeated, other = (
        MatchedAssemblies.of(
            random_map, elution_similarity(profiles), permutations=70, null_maps=3, seed=seed
        )
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.p, repeated.p)
    np.testing.assert_array_equal(first.null_p, repeated.null_p)
    assert (first.p != other.p).any()
    assert first.p.min() >= 1 / 71


def test_strata_are_quarters_of_quarters() -> None:
    rng = np.random.default_rng(5)
    amounts = rng.random((1, 160, 10)) * (rng.random((1, 160, 10)) < rng.random((160, 1)))
    names = [f"p{k}" for k in range(160)]
    strata = like_proteins(ElutionProfiles(tuple(names), amounts.astype(np.float32)), names)
    assert np.bincount(strata).tolist() == [10] * 16
    detected = (amounts[0] > 0).sum(axis=1)
    quarter = strata // 4
    assert all(detected[quarter == k].max() <= detected[quarter == k + 1].min() for k in range(3))
    drawn_labels = permuted_within(strata, 4, rng)
    assert (strata[drawn_labels] == strata).all()
    assert (np.sort(drawn_labels, axis=1) == np.arange(160)).all()
