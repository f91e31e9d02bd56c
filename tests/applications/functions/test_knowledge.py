"""Propagation, information content, hiding and folds, by hand and by loops."""

import numpy as np
import pytest

from cytoweave.applications.functions.knowledge import folds_of, groups_by_sets
from cytoweave.errors import DataError

from .small import annotations, knowledge, ontology, terms_of

# t0 is the root; t1 and t2 below it; t3 below both; t4 below t3
ORDER = ontology([(1, 0), (2, 0), (3, 1), (3, 2), (4, 3)])


def test_annotations_carry_to_all_ancestors_and_the_root_is_not_predicted() -> None:
    known = knowledge({"A": ["t4"], "B": ["t1"], "C": ["t0"]}, ORDER)
    assert terms_of(known, "A") == {"t1", "t2", "t3", "t4"}
    assert terms_of(known, "B") == {"t1"}
    assert terms_of(known, "C") == set()
    assert known.known[:, 0].tolist() == [True, True, False]
    assert known.frequency.tolist() == [1.0, 0.5, 0.5, 0.5]


def test_terms_of_few_proteins_are_left_out_but_count_above() -> None:
    known = knowledge({"A": ["t4"], "B": ["t3"], "C": ["t1"]}, ORDER, least=2)
    assert known.ontology.terms == ("t1", "t2", "t3")
    assert terms_of(known, "A") == {"t1", "t2", "t3"}
    with pytest.raises(DataError, match="no term has 9 proteins"):
        knowledge({"A": ["t4"]}, ORDER, least=9)


def test_information_is_of_a_term_given_all_its_parents() -> None:
    """t1: 3 of 4 proteins; t2: 2 of 4; t3: 1 of the 2 that have t1 and t2."""
    known = knowledge({"A": ["t3"], "B": ["t1", "t2"], "C": ["t1"], "D": ["t4"]}, ORDER)
    counts = dict(zip(known.ontology.terms, known.counts.tolist(), strict=True))
    assert counts == {"t1": 4, "t2": 3, "t3": 2, "t4": 1}
    bits = dict(zip(known.ontology.terms, known.information.tolist(), strict=True))
    assert bits == pytest.approx(
        {"t1": 0.0, "t2": np.log2(4 / 3), "t3": np.log2(3 / 2), "t4": np.log2(2 / 1)}
    )


def test_hidden_proteins_have_nothing() -> None:
    known = knowledge({"A": ["t4"], "B": ["t1"]}, ORDER)
    less = known.without(np.array([True, False]))
    assert terms_of(less, "A") == set()
    assert terms_of(less, "B") == {"t1"}
    assert less.known[:, 0].tolist() == [False, True]


def test_most_specific_terms_are_hidden_with_what_follows_from_them_alone() -> None:
    known = knowledge({"A": ["t4"], "B": ["t3"], "C": ["t1", "t2"]}, ORDER)
    leaves = known.most_specific()
    assert [set(leaves[[k]].indices.tolist()) for k in range(3)] == [{3}, {2}, {0, 1}]
    less = known.with_less(np.array([True, False, True]), 1.0, seed=0)
    assert terms_of(less, "A") == set()
    assert terms_of(less, "B") == {"t1", "t2", "t3"}
    assert less.known.all()
    half = knowledge({f"P{k}": ["t1", "t2"] for k in range(400)}, ORDER)
    left = half.with_less(np.ones(400, bool), 0.2, seed=1).has.nnz
    assert 800 * 0.75 < left < 800 * 0.85


def test_what_stays_is_closed_upward() -> None:
    rng = np.random.default_rng(0)
    order = ontology([(k, int(p)) for k in range(1, 30) for p in {*rng.integers(0, k, 2).tolist()}])
    pairs = {f"P{k}": [f"t{t}" for t in rng.integers(1, 30, 4)] for k in range(50)}
    known = knowledge(pairs, order)
    less = known.with_less(np.ones(50, bool), 0.5, seed=3)
    has, above = less.has.toarray(), less.ontology.ancestors.toarray()
    assert ((has.astype(int) @ above.astype(int) > 0) == has).all()
    assert not (has & ~known.has.toarray()).any()


def test_folds_share_no_protein_and_no_complex() -> None:
    proteins = [f"P{k}" for k in range(40)]
    complexes = {f"c{k}": [f"P{k}", f"P{k + 1}", "elsewhere"] for k in range(0, 40, 4)}
    groups = groups_by_sets(proteins, complexes)
    assert groups[0] == groups[1]
    assert groups[1] != groups[2]
    fold = folds_of(groups, 5, seed=0)
    for members in complexes.values():
        assert len({fold[proteins.index(name)] for name in members if name in proteins}) == 1
    assert np.bincount(fold).tolist() == [8] * 5
    alone = folds_of(np.arange(13), 5, seed=0)
    assert sorted(np.bincount(alone).tolist()) == [2, 2, 3, 3, 3]


def test_annotations_helper_has_the_columns_of_the_artifact() -> None:
    assert not annotations({"A": ["t1"]}).dated
