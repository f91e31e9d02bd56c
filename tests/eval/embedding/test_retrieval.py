"""Retrieval metrics against scikit-learn and a loop over all pairs."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import auc, average_precision_score, roc_auc_score, roc_curve

from cytoweave.artifacts import TermSet
from cytoweave.errors import DataError
from cytoweave.eval import cosine, retrieval_metrics
from cytoweave.eval.embedding.retrieval import (
    BLOCK,
    PairScores,
    bootstrap_interval,
    pair_sets,
    placements,
)
from cytoweave.eval.terms.overlap import Values

from ..conftest import TermBuilder


def by_loop(
    vectors: Values,
    names: tuple[str, ...],
    terms: TermSet,
    max_shared: int | None = None,
) -> dict[str, float]:
    """Score as the definition says, one pair after the other."""
    row = {name: k for k, name in enumerate(names)}
    sets = [
        frozenset(row[terms.proteins[p]] for p in inside if terms.proteins[p] in row)
        for inside in np.split(terms.members.indices, terms.members.indptr[1:-1])
    ]
    scored = sorted({s for s in sets if 3 <= len(s) <= 30}, key=sorted)
    limit = len(names) if max_shared is None else max_shared
    together = {pair for s in sets if len(s) <= limit for pair in combinations(sorted(s), 2)}
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    value = (unit @ unit.T).astype(np.float32)
    members = sorted(frozenset().union(*scored))
    negative = [value[pair] for pair in combinations(members, 2) if pair not in together]
    positive = [value[pair] for pair in {p for s in scored for p in combinations(sorted(s), 2)}]

    def auroc(high: list[float]) -> float:
        truth = np.r_[np.ones(len(high)), np.zeros(len(negative))]
        return float(roc_auc_score(truth, [*high, *negative]))

    weight = np.r_[
        np.ones(len(positive)), np.full(len(negative), 10 * len(positive) / len(negative))
    ]
    truth = np.r_[np.ones(len(positive)), np.zeros(len(negative))]
    every = [auroc([value[pair] for pair in combinations(sorted(s), 2)]) for s in scored]
    return {
        "auroc": auroc(positive),
        "cliffs_delta": 2 * auroc(positive) - 1,
        "ap_1to10": average_precision_score(truth, [*positive, *negative], sample_weight=weight),
        "macro_auroc": float(np.mean(every)),
        "pairs": len(positive),
        "sets": len(scored),
    }


@pytest.mark.parametrize("max_shared", [None, 40])
@pytest.mark.parametrize("levels", [2, 1000])
def test_metrics_equal_scikit_learn(
    random_terms: TermSet, levels: int, max_shared: int | None
) -> None:
    rng = np.random.default_rng(levels)
    names = tuple(f"p{k:03}" for k in range(20, 165))
    vectors = rng.integers(1, levels + 1, (len(names), 3)).astype(float)  # few levels: many ties
    got = retrieval_metrics(cosine(vectors), pair_sets(names, random_terms, max_shared=max_shared))
    expected = by_loop(vectors, names, random_terms, max_shared)
    assert {k: got[k] for k in expected} == pytest.approx(expected, abs=1e-6)
    assert got["macro_auroc.lo"] < got["macro_auroc"] < got["macro_auroc.hi"]


def test_more_proteins_than_a_block(build_terms: TermBuilder) -> None:
    rng = np.random.default_rng(0)
    names = tuple(f"p{k:04}" for k in range(BLOCK + 150))
    groups = np.split(rng.permutation(len(names))[:600], 100)
    vectors = rng.normal(size=(len(names), 8))
    for group in groups:
        vectors[group] += rng.normal(size=8)
    terms = build_terms({f"T{k}": " ".join(names[p] for p in g) for k, g in enumerate(groups)})
    got = retrieval_metrics(cosine(vectors), pair_sets(names, terms))
    scored = np.sort(np.concatenate(groups))
    group_of = np.zeros(len(names), int)
    for k, group in enumerate(groups):
        group_of[group] = k
    first, second = (scored[part] for part in np.triu_indices(600, 1))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    same, values = group_of[first] == group_of[second], (unit[first] * unit[second]).sum(axis=1)
    weight = np.where(same, 1, 10 * same.sum() / (~same).sum())
    assert got["auroc"] == pytest.approx(roc_auc_score(same, values), abs=1e-6)
    expected = average_precision_score(same, values, sample_weight=weight)
    assert got["ap_1to10"] == pytest.approx(expected, abs=1e-6)


def test_placements_count_ties_half() -> None:
    got = placements(np.array([0.0, 1, 2, 9]), np.array([1.0, 1, 2, 3]))
    assert got.tolist() == [0, 0.25, 0.625, 1]


def test_equal_vectors_are_at_chance(build_terms: TermBuilder) -> None:
    terms = build_terms({"X": "a b c", "Y": "d e f"})
    got = retrieval_metrics(cosine(np.ones((6, 2))), pair_sets("abcdef", terms))
    assert (got["auroc"], got["cliffs_delta"], got["macro_auroc"]) == (0.5, 0, 0.5)
    assert got["ap_1to10"] == pytest.approx(1 / 11)


def test_zero_vectors_are_similar_to_nothing() -> None:
    similarity = cosine(np.array([[0.0, 0], [3, 4]]))
    rows = np.arange(2)
    np.testing.assert_allclose(similarity(rows, rows), [[0, 0], [0, 1]])


def test_a_set_of_all_leaves_no_negatives(build_terms: TermBuilder) -> None:
    terms = build_terms({"X": "a b c", "Y": "d e f", "root": "a b c d e f"})
    vectors = np.random.default_rng(0).normal(size=(6, 3))
    assert retrieval_metrics(cosine(vectors), pair_sets("abcdef", terms, max_size=5)) == {}
    got = retrieval_metrics(cosine(vectors), pair_sets("abcdef", terms, max_size=5, max_shared=5))
    assert (got["pairs"], got["sets"]) == (6, 2)


def test_no_set_of_the_size(build_terms: TermBuilder) -> None:
    assert pair_sets("ab", build_terms({"X": "a b c"})) is None


def test_no_common_protein(build_terms: TermBuilder) -> None:
    with pytest.raises(DataError, match="none of its 3 proteins"):
        pair_sets("xyz", build_terms({"X": "a b c"}))


def test_interval_covers_the_mean() -> None:
    values = np.random.default_rng(0).normal(2, 1, 400)
    low, high = bootstrap_interval(values, 2000, seed=1)
    assert (low, high) == pytest.approx(
        (values.mean() - 1.96 / 20, values.mean() + 1.96 / 20), abs=0.02
    )
    assert bootstrap_interval(values, 2000, seed=1) == (low, high)


def test_groups_are_resampled_whole() -> None:
    values = np.random.default_rng(0).random(40)
    single = bootstrap_interval(values, 500, 1)
    assert bootstrap_interval(values, 500, 1, np.arange(40)) == single
    copies = np.repeat(values, 5)
    low, high = bootstrap_interval(copies, 500, 1, np.repeat(np.arange(40), 5))
    assert (low, high) == pytest.approx(single)
    narrow = bootstrap_interval(copies, 500, 1)
    assert narrow[1] - narrow[0] < 0.6 * (high - low)
    assert bootstrap_interval(values, 50, 1, np.zeros(40, int)) == pytest.approx(
        (values.mean(),) * 2
    )


@pytest.mark.parametrize("levels", [3, 10_000])
def test_roc_lies_on_that_of_scikit_learn(levels: int) -> None:
    rng = np.random.default_rng(0)
    positives = (rng.integers(0, levels, 200) + levels // 4).astype(np.float32)
    negatives = np.sort(rng.integers(0, levels, 3000).astype(np.float32))
    nothing = np.empty(0)
    table = PairScores(positives, negatives, nothing, nothing.astype(np.intp)).roc()
    truth = np.r_[np.ones(200), np.zeros(3000)]
    false, true, _ = roc_curve(truth, np.r_[positives, negatives], drop_intermediate=False)
    x, y = (table[name].to_numpy() for name in ("false_positive_rate", "true_positive_rate"))
    assert (x[0], x[-1], y[-1]) == (0, 1, 1)
    assert (np.diff(y) >= 0).all()
    if levels > 3:  # without ties each rank is a corner of the curve
        for a, b in zip(x, y, strict=True):
            assert b == pytest.approx(true[false <= a + 1e-12].max(), abs=0.02)
        assert auc(x, y) == pytest.approx(auc(false, true), abs=0.01)
