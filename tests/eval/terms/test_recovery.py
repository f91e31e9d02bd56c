"""Recovered terms, groups and matchings against brute force."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy, TermSet
from cytoweave.eval import (
    MatchingScores,
    Nulls,
    TermScoring,
    compare,
    group_terms,
    matching_f1,
    maximum_matching_ratio,
    term_table,
)
from cytoweave.eval.terms.overlap import Index, overlap
from cytoweave.eval.terms.recovery import recovered_terms, recovery_curve

from ..conftest import MapBuilder, TermBuilder


def test_a_map_of_the_terms_themselves_is_perfect(
    build_map: MapBuilder, build_terms: TermBuilder
) -> None:
    sets = {"X": "a b c d", "Y": "e f g h i", "Z": "k l m n"}
    metrics = TermScoring().scores(build_map(sets), build_terms(sets)).metrics()
    assert (metrics["mmr"], metrics["recovered"], metrics["enriched"]) == (1, 3, 1)
    assert (metrics["j50"], metrics["j20"]) == (3, 0)


def test_half_a_jaccard_is_enough(build_map: MapBuilder, build_terms: TermBuilder) -> None:
    terms = build_terms({"X": "a b c d", "Y": "e f g h i"})
    result = compare(build_map({"A": "a b", "B": "e f"}), terms).overlap()
    assert recovered_terms(result).tolist() == [True, False]


def test_groups_chain_near_copies(build_map: MapBuilder, build_terms: TermBuilder) -> None:
    terms = build_terms(
        {"X": "a b c d", "apart": "k l m n", "Y": "b c d e f g", "Z": "e f g h b c", "W": "h i j k"}
    )
    sets = sparse.csr_array(compare(build_map({"A": "a b"}), terms).annotations.T.tocsr())
    groups = group_terms(sets)
    assert groups.tolist() == [0, 1, 2, 2, 3]
    groups = group_terms(sets, 3 / 7)
    assert groups.tolist() == [0, 1, 0, 0, 2]


@pytest.mark.parametrize("seed", range(4))
def test_matching_equals_trying_all(
    build_map: MapBuilder, build_terms: TermBuilder, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    names = list("abcdefghijkl")
    terms = {f"T{k}": set(rng.choice(names, 4 + k % 3, replace=False)) for k in range(5)}
    annotated = sorted(set().union(*terms.values()))
    sets = {f"A{k}": set(rng.choice(annotated, 2 + k, replace=False)) for k in range(4)}
    scores = np.array(
        [[len(a & t) ** 2 / (len(a) * len(t)) for t in terms.values()] for a in sets.values()]
    )
    best = max(scores[range(4), list(p)].sum() for p in permutations(range(5), 4))
    result = compare(
        build_map({k: " ".join(s) for k, s in sets.items()}, names),
        build_terms({k: " ".join(s) for k, s in terms.items()}),
    )
    kept = len(result.terms)
    assert maximum_matching_ratio(MatchingScores.of(result.overlap())) == pytest.approx(best / kept)


def test_large_terms_are_not_matched(build_map: MapBuilder, build_terms: TermBuilder) -> None:
    result = compare(build_map({"A": "a b c d e"}), build_terms({"X": "a b c d e", "Y": "a b c f"}))
    assert maximum_matching_ratio(MatchingScores.of(result.overlap(), max_size=4)) == pytest.approx(
        9 / 20
    )
    assert np.isnan(
        maximum_matching_ratio(MatchingScores.of(result.overlap(), max_size=3, min_size=2))
    )


def test_table_of_terms(build_map: MapBuilder, build_terms: TermBuilder) -> None:
    result = build_map({"A": "a b c d", "B": "a b c", "C": "n o"})
    terms = build_terms({"X": "a b c", "Y": "a b c e", "Z": "f g h i", "few": "d k"})
    table = term_table(TermScoring(min_size=3).scores(result, terms), result, terms)
    assert table["term"].tolist() == ["X", "Y", "Z"]
    assert table["description"].tolist() == ["X!", "Y!", "Z!"]
    assert table["size"].tolist() == [3, 4, 4]
    assert table["assembly"].tolist() == ["B", "B", ""]
    assert table["jaccard"].tolist() == [1, 0.75, 0]
    assert table["recovered"].tolist() == [True, True, False]
    assert table["group"].tolist() == [0, 0, 1]


def test_nulls_repeat_with_their_seed(random_map: Hierarchy, random_terms: TermSet) -> None:
    scores = TermScoring().scores(random_map, random_terms)
    assert scores.summary(scores.nulls(5, 3)) == scores.summary(scores.nulls(5, 3))
    assert scores.summary(scores.nulls(5, 3)) != scores.summary(scores.nulls(5, 4))


def test_permuted_maps_look_like_their_nulls(random_map: Hierarchy, random_terms: TermSet) -> None:
    scores = TermScoring().scores(random_map, random_terms)
    summary = scores.summary(scores.nulls(200, 0))
    # The map is itself random, so that no metric may stand out.
    assert all(abs(value) < 4 for name, value in summary.items() if name.endswith(".z"))
    assert all(value > 0.005 for name, value in summary.items() if name.endswith(".p"))


def test_null_summary_in_closed_form() -> None:
    draws = iter([1.0, 2.0, 3.0, 6.0])
    got = Nulls.of(lambda labels: {"x": next(draws)}, np.zeros(7, int), 4, seed=0)
    assert got.table()["value"].tolist() == [1, 2, 3, 6]
    assert got.statistics({"x": 3.0}) == {
        "x.null_mean": 3.0,
        "x.p": pytest.approx(3 / 5),
        "x.null_sd": pytest.approx(np.std([1, 2, 3, 6], ddof=1)),
        "x.z": 0.0,
    }


def test_equal_nulls_have_no_z() -> None:
    got = Nulls.of(lambda labels: {"x": 0.0}, np.zeros(7, int), 2, seed=0)
    assert got.statistics({"x": 3.0}) == {
        "x.null_mean": 0.0,
        "x.p": pytest.approx(1 / 3),
        "x.null_sd": 0.0,
    }


def test_each_null_is_a_permutation() -> None:
    seen: list[list[int]] = []

    def measure(labels: Index) -> dict[str, float]:
        seen.append(sorted(labels.tolist()))
        return {}

    assert Nulls.of(measure, np.zeros(6, int), 3, seed=1).statistics({}) == {}
    assert seen == [list(range(6))] * 3


def test_matching_f1_by_brute_force() -> None:
    """Oracle: every way to give three assemblies to the groups of four terms."""
    rng = np.random.default_rng(0)
    members = sparse.csr_array(rng.random((3, 40)) < 0.3)
    terms = sparse.csr_array(rng.random((40, 4)) < 0.3)
    result = overlap(members, terms)
    groups = np.array([0, 1, 1, 2])
    table = np.zeros((3, 3))
    for a, t, shared in zip(result.row, result.column, result.shared, strict=True):
        score = shared**2 / (result.row_sizes[a] * result.column_sizes[t])
        table[a, groups[t]] = max(table[a, groups[t]], score)
    best = max(sum(table[a, g] for a, g in enumerate(order)) for order in permutations(range(3)))
    # Two assemblies more have no annotated member at all.
    assert matching_f1(MatchingScores.of(result), 5, groups) == pytest.approx(2 * best / (5 + 3))
    assert np.isnan(matching_f1(MatchingScores.of(result, 4), 5, groups))


def test_copies_match_once() -> None:
    sets = sparse.csr_array(np.kron(np.eye(2), np.ones(5)) > 0)
    terms = sparse.csr_array(sets.T)
    result = overlap(sets, terms)
    assert matching_f1(MatchingScores.of(result), 2, np.array([0, 1])) == 1
    copied = overlap(sparse.csr_array(sparse.vstack([sets, sets]).tocsr()), terms)
    assert matching_f1(MatchingScores.of(copied), 4, np.array([0, 1])) == pytest.approx(
        2 * 2 / (4 + 2)
    )
    # Two near-copies of one term are one thing to find.
    near = overlap(sets, sparse.csr_array(sparse.hstack([terms, terms]).tocsr()))
    assert matching_f1(MatchingScores.of(near), 2, np.array([0, 1, 0, 1])) == 1


def test_curve_by_hand() -> None:
    members = sparse.csr_array(np.array([[1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]], bool))
    terms = sparse.csr_array(np.array([[1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1]], bool).T)
    curve = recovery_curve(overlap(members, terms), 3, np.array([0, 1])).to_numpy()
    assert curve[4].tolist() == pytest.approx([0.5, 2 / 3, 1, 0.8])
    assert curve[5].tolist() == pytest.approx([0.6, 1 / 3, 1 / 2, 0.4])


def test_sizes_add_up(random_map: Hierarchy, random_terms: TermSet) -> None:
    metrics = TermScoring(recovered_at=0.2).scores(random_map, random_terms).metrics()
    sized = sum(metrics[f"recovered_{low}_{high}"] for low, high in ((4, 10), (10, 50), (50, 500)))
    assert sized == metrics["recovered"] > 0


def test_matched_nulls_move_proteins_among_their_like(
    random_map: Hierarchy, random_terms: TermSet
) -> None:
    scores = TermScoring(null="matched").scores(random_map, random_terms)
    occurs = np.diff(scores.comparison.annotations.indptr)
    tenths = [occurs[scores.strata == k] for k in range(10)]
    assert all(low.max() <= high.min() for low, high in pairwise(tenths))
    assert len(set(TermScoring().scores(random_map, random_terms).strata.tolist())) == 1
