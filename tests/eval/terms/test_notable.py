"""Pairs that metrics depend on, against all pairs; matchings among them, against all scores."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from cytoweave.artifacts import Hierarchy, TermSet
from cytoweave.eval import (
    MatchingScores,
    TermScoring,
    benjamini_hochberg,
    compare,
    group_terms,
    hypergeometric_tails,
    maximum_matching_ratio,
)
from cytoweave.eval.terms import scores as scores_module
from cytoweave.eval.terms.matching import PairsLeftOutError
from cytoweave.eval.terms.notable import Least, notable_pairs, tail_counts
from cytoweave.eval.terms.overlap import overlap

UNIVERSE = 60

Families = tuple[sparse.csr_array, sparse.csr_array]


@pytest.fixture(params=range(3))
def families(request: pytest.FixtureRequest) -> Families:
    """Assemblies x proteins and proteins x terms, some of them empty."""
    rng = np.random.default_rng(request.param)

    def drawn(count: int) -> sparse.csr_array:
        share = rng.choice([0.0, 0.05, 0.1, 0.4], count)[:, None]
        return sparse.csr_array(rng.random((count, UNIVERSE)) < share)

    return drawn(30), sparse.csr_array(drawn(45).T.tocsr())


@pytest.mark.parametrize("jaccard", [0.05, 0.2, 1 / 3, 0.5, 1.0, 2.0])
def test_alike_and_best_pairs_are_kept(families: Families, jaccard: float) -> None:
    result = overlap(*families)
    kept = notable_pairs(
        *families, Least.at_jaccard(result.row_sizes, result.column_sizes, jaccard)
    ).overlap
    pairs = list(zip(kept.row, kept.column, strict=True))
    assert len(set(pairs)) == len(pairs)
    requested = set(np.flatnonzero(result.jaccard >= jaccard))
    requested |= {*result.best_per_row(), *result.best_per_column()} - {-1}
    assert set(pairs) == {(result.row[k], result.column[k]) for k in requested}
    shared = {(a, b): n for a, b, n in zip(result.row, result.column, result.shared, strict=True)}
    assert [shared[pair] for pair in pairs] == kept.shared.tolist()
    for mine, all_of_them in (
        (kept.best_per_row(), result.best_per_row()),
        (kept.best_per_column(), result.best_per_column()),
    ):
        assert (mine < 0).tolist() == (all_of_them < 0).tolist()
        here, there = mine[mine >= 0], all_of_them[all_of_them >= 0]
        assert kept.row[here].tolist() == result.row[there].tolist()
        assert kept.column[here].tolist() == result.column[there].tolist()


@pytest.mark.parametrize("level", [0.5, 0.01, 1e-30])
def test_significant_pairs_are_kept(families: Families, level: float) -> None:
    result = overlap(*families)
    tails = hypergeometric_tails(result.row_sizes, result.column_sizes, UNIVERSE)
    least = Least.at_jaccard(result.row_sizes, result.column_sizes, 2).or_below(tails, level)
    kept = notable_pairs(*families, least).overlap
    best = {*result.best_per_row(), *result.best_per_column()} - {-1}
    low = best | set(np.flatnonzero(tails(result) < level))
    assert len(kept.row) == len(low)
    assert sorted(tails(kept)) == sorted(tails(result)[list(low)])


def test_rates_of_counted_tests_are_those_of_all(families: Families) -> None:
    result = overlap(*families)
    tails = hypergeometric_tails(result.row_sizes, result.column_sizes, UNIVERSE)
    counts = tail_counts(*families, tails)
    occur = np.flatnonzero(counts)
    rates = benjamini_hochberg(tails.values[occur], 5000, counts[occur])
    mine = rates[np.searchsorted(occur, tails.entries(result))]
    np.testing.assert_array_equal(mine, benjamini_hochberg(tails(result), 5000))


@pytest.mark.parametrize("top", [1, 2, 4, 16, 60])
def test_matchings_among_the_top_are_exact_or_refused(families: Families, top: int) -> None:
    members, by_protein = families
    result = overlap(members, by_protein)
    matched = (result.column_sizes >= 2) & (result.column_sizes <= 8)
    scores = np.zeros((30, 45))
    scores[result.row, result.column] = result.shared**2 / (
        result.row_sizes[result.row] * result.column_sizes[result.column]
    )
    scores[:, ~matched] = 0
    least = Least.at_jaccard(result.row_sizes, result.column_sizes, 2)
    among = MatchingScores.among(notable_pairs(*families, least, matched, top), matched)
    groups = group_terms(sparse.csr_array(by_protein.T.tocsr()), 0.3)
    grouped = np.zeros((30, int(groups.max()) + 1))
    for term, group in enumerate(groups):
        grouped[:, group] = np.maximum(grouped[:, group], scores[:, term])
    for table, columns in ((scores, among.column), (grouped, groups[among.column])):
        try:
            best = among.best_sum(columns)
        except PairsLeftOutError:
            assert top < 60  # with 45 terms nothing is left out
        else:
            assert best == pytest.approx(table[linear_sum_assignment(table, maximize=True)].sum())


def test_one_pair_each_is_not_enough_where_two_want_the_same() -> None:
    first, second = [1, 1, 1, 1, 0, 0], [0, 0, 1, 1, 1, 1]
    members = sparse.csr_array(np.array([first, first, second], bool))
    by_protein = sparse.csr_array(np.array([first, second], bool).T)
    least = Least.at_jaccard(np.array([4, 4, 4]), np.array([4, 4]), 2)
    everything = np.ones(2, bool)
    one = MatchingScores.among(notable_pairs(members, by_protein, least, everything, 1), everything)
    assert one.left_out.tolist() == [4 / 16] * 3
    with pytest.raises(PairsLeftOutError):
        maximum_matching_ratio(one)
    two = MatchingScores.among(notable_pairs(members, by_protein, least, everything, 2), everything)
    assert maximum_matching_ratio(two) == 1


def test_metrics_do_not_depend_on_how_many_pairs_are_kept(
    random_map: Hierarchy, random_terms: TermSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = TermScoring(min_size=2).scores(random_map, random_terms)
    labels = np.random.default_rng(1).permutation(scores.comparison.universe)
    whole = scores.metrics(labels)
    for top in (1, 2, 1000):
        monkeypatch.setattr(scores_module, "TOP", top)
        assert scores.metrics(labels) == pytest.approx(whole)
    assert compare(random_map, random_terms, 2).term_sizes.tolist() == [
        int(n) for n in scores.comparison.annotations.sum(axis=0)
    ]
