"""The rank-sum test against scipy, correlations against NumPy, and the published counts."""

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse, stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.nonparametric import rank_compare_2indep

from cytoweave.artifacts import ElutionProfiles, Embedding, Hierarchy, TermSet
from cytoweave.data import read_elution, read_gmt
from cytoweave.errors import DataError
from cytoweave.eval import RankSum, complex_auroc, elution_similarity, neighbours_auroc
from cytoweave.eval.matched.rank_sum import _ranked
from cytoweave.eval.terms.overlap import Values
from cytoweave.maps import read_hierarchy

from ..conftest import MapBuilder, TermBuilder


@pytest.fixture(scope="module")
def profiles(random_map: Hierarchy) -> ElutionProfiles:
    """Two replicates of 9 fractions, in each of which a fifth is not detected."""
    rng = np.random.default_rng(1)
    names = (*random_map.proteins[20:], "unmapped", "flat")
    amounts = rng.random((2, len(names), 9)).astype(np.float32)
    amounts[rng.random(amounts.shape[:2]) < 0.2] = np.nan
    amounts[:, -1] = 1
    return ElutionProfiles(names, amounts)


def correlations(profiles: ElutionProfiles) -> Values:
    """Mean correlation over the replicates in which both vary, 0 without any."""
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        each = [np.corrcoef(amounts) for amounts in np.nan_to_num(profiles.amounts)]
        return np.asarray(np.nan_to_num(np.nanmean(each, axis=0)))


def test_correlations_equal_numpy(profiles: ElutionProfiles) -> None:
    similarity = elution_similarity(profiles)
    kept = [profiles.proteins.index(name) for name in similarity.proteins]
    assert "flat" not in similarity.proteins
    expected = correlations(profiles)[np.ix_(kept, kept)]
    everyone = np.arange(len(kept))
    np.testing.assert_allclose(similarity(everyone, everyone), expected, atol=1e-12)
    np.testing.assert_allclose(similarity.among(everyone[::2]), expected[::2, ::2], atol=1e-6)


@pytest.mark.parametrize("levels", [1, 2, 5, 1000])
def test_rank_sum_equals_scipy_where_values_tie(levels: int) -> None:
    """Also after labels have changed places; with one level all values are equal and p is 1."""
    rng = np.random.default_rng(levels)
    values = rng.integers(0, levels, (30, 30)).astype(np.float32)
    values = np.triu(values) + np.triu(values, 1).T
    sets = rng.random((4, 30)) < np.array([[0.07], [0.2], [0.3], [0.5]])
    sets[3, :3] = True
    ranked = RankSum(tuple("abcd"), sparse.csr_array(sets), *_ranked(values))
    for labels in (np.arange(30), rng.permutation(30)):
        moved = values[np.ix_(labels, labels)].astype(float)
        unrelated = ~(sets.T.astype(int) @ sets).astype(bool) & np.triu(np.ones((30, 30), bool), 1)
        auroc, p = ranked.test(labels)
        for k, inside in enumerate(sets):
            pairs = moved[np.ix_(inside, inside)][np.triu_indices(inside.sum(), 1)]
            if not len(pairs):
                assert np.isnan([auroc[k], p[k]]).all()
                continue
            oracle = stats.mannwhitneyu(
                pairs, moved[unrelated], alternative="greater", method="asymptotic"
            )
            assert auroc[k] == pytest.approx(oracle.statistic / (len(pairs) * unrelated.sum()))
            assert p[k] == pytest.approx(oracle.pvalue if levels > 1 else 1, rel=1e-9)


def test_rank_sum_equals_statsmodels(random_map: Hierarchy, profiles: ElutionProfiles) -> None:
    """Its stochastic dominance is the AUROC; its rates are those of the table."""
    table = RankSum.of(random_map, elution_similarity(profiles)).table().dropna(subset="p")
    rates = multipletests(table["p"], method="fdr_bh")[1]
    np.testing.assert_allclose(table["fdr"], rates, rtol=1e-12)
    ranked = RankSum.of(random_map, elution_similarity(profiles))
    row = int(table.index[0])
    inside = ranked.members.indices[slice(*ranked.members.indptr[row : row + 2])]
    code = ranked.codes[np.ix_(inside, inside)][np.triu_indices(len(inside), 1)]
    others = np.repeat(
        np.arange(len(ranked.counts)), ranked.counts - ranked._shared(ranked.members)
    )
    assert rank_compare_2indep(code, others).prob1 == pytest.approx(table["auroc"].iloc[0])


def test_relabelled_proteins_are_those_of_a_map_made_so(
    random_map: Hierarchy, profiles: ElutionProfiles
) -> None:
    ranked = RankSum.of(random_map, elution_similarity(profiles))
    known = set(elution_similarity(profiles).proteins)
    inside = np.array([k for k, name in enumerate(random_map.proteins) if name in known])
    labels = np.random.default_rng(0).permutation(len(inside))
    names = np.array(random_map.proteins, object)
    moved = names.copy()
    moved[inside] = names[inside[labels]]
    expected = RankSum.of(
        replace(random_map, proteins=tuple(moved)), elution_similarity(profiles)
    ).table()
    auroc, p = ranked.test(labels)
    np.testing.assert_allclose(auroc, expected["auroc"])
    np.testing.assert_allclose(p, expected["p"], rtol=1e-6)
    nulls = ranked.by_chance(0.05, 3, 0).draws["validated"]
    assert len(nulls) == 3


def test_table_equals_scipy_pair_by_pair(random_map: Hierarchy, profiles: ElutionProfiles) -> None:
    table = RankSum.of(random_map, elution_similarity(profiles)).table().set_index("assembly")
    similarity = correlations(profiles)
    row = {name: k for k, name in enumerate(elution_similarity(profiles).proteins)}
    kept = [profiles.proteins.index(name) for name in row]
    similarity = similarity[np.ix_(kept, kept)]
    offered = [row[name] for name in random_map.proteins if name in row]
    unrelated = np.triu(np.ones_like(similarity, bool), 1)
    unrelated &= np.isin(np.arange(len(row)), offered)[:, None]
    unrelated[:, np.setdiff1d(np.arange(len(row)), offered)] = False
    inside = {
        name: np.array([row[p] for p in random_map.members_of(k) if p in row], int)
        for k, name in enumerate(random_map.names)
        if k
    }
    for members in inside.values():
        unrelated[np.ix_(members, members)] = False
    for name, members in inside.items():
        pairs = similarity[np.ix_(members, members)][np.triu_indices(len(members), 1)]
        row_of = table.loc[name]
        assert (row_of["proteins"], row_of["pairs"]) == (len(members), len(pairs))
        if len(pairs):
            oracle = stats.mannwhitneyu(
                pairs, similarity[unrelated], alternative="greater", method="asymptotic"
            )
            assert table.loc[name, "p"] == pytest.approx(oracle.pvalue, rel=1e-9)
    tested = table.dropna(subset="p")
    assert (tested["fdr"] == stats.false_discovery_control(tested["p"])).all()
    assert (table["validated"] == (table["fdr"] <= 0.05)).all()


def test_an_assembly_that_elutes_together_is_validated(build_map: MapBuilder) -> None:
    rng = np.random.default_rng(0)
    amounts = rng.random((1, 16, 20)).astype(np.float32)
    amounts[0, :5] = amounts[0, 0] + 0.01 * amounts[0, :5]
    profiles = ElutionProfiles(tuple("abcdefghijklmnop"), amounts)
    table = RankSum.of(
        build_map({"A": "a b c d e", "B": "f g h i j", "C": "k"}), elution_similarity(profiles)
    ).table()
    assert table["validated"].tolist() == [True, False, False]
    assert table["auroc"][0] == 1
    assert table["p"].isna().tolist() == [False, False, True]


def test_without_unrelated_pairs_nothing_is_tested(build_map: MapBuilder) -> None:
    amounts = np.random.default_rng(0).random((1, 4, 6)).astype(np.float32)
    profiles = ElutionProfiles(tuple("abcd"), amounts)
    table = RankSum.of(build_map({"A": "a b c d"}), elution_similarity(profiles)).table()
    assert table["p"].isna().all()
    assert not table["validated"].any()


def test_neighbours_auroc_equals_scikit_learn(profiles: ElutionProfiles) -> None:
    rng = np.random.default_rng(3)
    names = profiles.proteins[5:95]
    embedding = Embedding.of_modality("x", names, rng.normal(size=(len(names), 4)))
    kept = [k for k, name in enumerate(names) if name in elution_similarity(profiles).proteins]
    vectors = embedding.vectors[kept] / np.linalg.norm(embedding.vectors[kept], axis=1)[:, None]
    cosines = vectors @ vectors.T - 2 * np.eye(len(kept))
    near = np.zeros(cosines.shape, bool)
    near[np.arange(len(kept))[:, None], np.argsort(-cosines, axis=1)[:, :3]] = True
    rows = [profiles.proteins.index(names[k]) for k in kept]
    scores = correlations(profiles)[np.ix_(rows, rows)]
    above = np.triu_indices(len(kept), 1)
    expected = roc_auc_score((near | near.T)[above], scores[above])
    assert neighbours_auroc(embedding, profiles, 3) == pytest.approx(expected)


def test_neighbours_of_everyone_have_no_others(profiles: ElutionProfiles) -> None:
    embedding = Embedding.of_modality("x", profiles.proteins[:3], np.eye(3))
    assert np.isnan(neighbours_auroc(embedding, profiles))
    assert np.isnan(neighbours_auroc(embedding.restrict(profiles.proteins[:1]), profiles))


def test_complex_auroc(build_terms: TermBuilder) -> None:
    shapes = np.eye(3, 8)[[0, 0, 0, 1, 1, 1, 2]]
    profiles = ElutionProfiles(tuple("abcdefg"), shapes[None].astype(np.float32))
    terms = build_terms({"X": "a b c", "Y": "d e f"})
    assert complex_auroc(profiles, terms) == 1
    assert np.isnan(complex_auroc(profiles, build_terms({"X": "a b c"})))


def test_blank_profiles(build_map: MapBuilder) -> None:
    blank = ElutionProfiles(("a", "b", "c"), np.full((2, 3, 5), np.nan, np.float32))
    with pytest.raises(DataError, match="only 0 of 3 elution profiles differ between fractions"):
        RankSum.of(build_map({"A": "a b"}), elution_similarity(blank))


def test_no_common_protein(build_map: MapBuilder, profiles: ElutionProfiles) -> None:
    with pytest.raises(DataError, match="is among the 16 scored ones"):
        RankSum.of(build_map({"A": "a b"}), elution_similarity(profiles))


@pytest.fixture(scope="module")
def kirkwood(real_data: Path) -> ElutionProfiles:
    path = real_data / "secms" / "U2OS_SEC_kirkwood2013_genes.tsv.gz"
    result = read_elution(path, id="hgnc_symbol", columns="Fraction*").value
    assert isinstance(result, ElutionProfiles)
    return result


@pytest.mark.parametrize(
    ("name", "validated", "assemblies"),
    [
        pytest.param("U2OS_map_May2023final", 85, 269, marks=pytest.mark.slow),
        pytest.param("U2OS_5183_MUSE.chi_5.maxres_20", 131, 278, marks=pytest.mark.slow),
        ("U2OS_5183_MUSE.chi_10.maxres_20", 89, 197),
    ],
)
def test_published_maps(
    real_data: Path, kirkwood: ElutionProfiles, name: str, validated: int, assemblies: int
) -> None:
    result = read_hierarchy(real_data / "hierarchies" / f"{name}.nodes.gz")
    table = RankSum.of(result, elution_similarity(kirkwood)).table()
    assert len(table) == assemblies
    assert table["validated"].sum() == pytest.approx(validated, abs=3)


def test_real_complexes_elute_together(real_data: Path, kirkwood: ElutionProfiles) -> None:
    corum = read_gmt(real_data / "corum" / "corum4_human.gmt.gz").value
    assert isinstance(corum, TermSet)
    assert complex_auroc(kirkwood, corum) == pytest.approx(0.671, abs=0.001)
