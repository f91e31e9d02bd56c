"""Halves of a reference: no near-copy on both sides, no pair that both sides know."""

from pathlib import Path

import numpy as np
import pytest

from cytoweave.artifacts import TermSet
from cytoweave.data import read_gmt
from cytoweave.eval import Split, cosine
from cytoweave.eval.embedding.retrieval import pair_sets, retrieval_metrics

from ..conftest import TermBuilder


def test_similar_terms_stay_together_and_halves_are_even(build_terms: TermBuilder) -> None:
    copies = {f"X{k}": "a b c d e" for k in range(3)} | {"Y": "a b c d e f"}
    others = {f"Z{k}": " ".join(f"g{k}_{i}" for i in range(4)) for k in range(6)}
    split = Split.of(build_terms(copies | others))
    side = dict(zip(split.terms.terms, split.tune.tolist(), strict=True))
    assert len({side[name] for name in copies}) == 1
    assert split.tune.sum() == 5
    assert split.largest_group == pytest.approx(0.4)
    parts = [set(split.part(name).terms) for name in ("tune", "held_out")]
    assert parts[0] | parts[1] == set(split.part("all").terms)
    assert not parts[0] & parts[1]
    assert split.table()["part"].tolist() == ["tune" if k else "held_out" for k in split.tune]


def test_the_seed_decides_and_the_map_does_not(random_terms: TermSet) -> None:
    first, repeated, other = (Split.of(random_terms, seed) for seed in (0, 0, 1))
    assert first.tune.tolist() == repeated.tune.tolist() != other.tune.tolist()


def test_a_part_holds_its_own_proteins_only(build_terms: TermBuilder) -> None:
    split = Split.of(build_terms({"A": "a b c", "B": "x y z"}))
    tune = split.part("tune")
    assert len(tune.terms) == 1
    assert set(tune.proteins) == set("abc" if tune.terms[0] == "A" else "xyz")
    assert split.other("all") is None


def test_pairs_of_both_halves_count_on_neither(build_terms: TermBuilder) -> None:
    mine, theirs = build_terms({"A": "a b c", "B": "d e f"}), build_terms({"X": "a b d"})
    alone = pair_sets("abcdef", mine)
    halved = pair_sets("abcdef", mine, other=theirs)
    assert alone is not None
    assert halved is not None
    assert alone.positives()[0].shape[1] == 6
    pairs = {tuple(pair) for pair in halved.positives()[0].T.tolist()}
    assert pairs == {(0, 2), (1, 2), (3, 4), (3, 5), (4, 5)}
    vectors = np.random.default_rng(0).normal(size=(6, 3))
    counted = [
        retrieval_metrics(cosine(vectors), pair_sets("abcdef", mine, other=other))["pairs"]
        for other in (None, theirs)
    ]
    assert counted == [6, 5]


def test_one_term(build_terms: TermBuilder) -> None:
    split = Split.of(build_terms({"A": "a b c"}))
    assert sorted(len(split.part(name).terms) for name in ("tune", "held_out")) == [0, 1]


def test_the_largest_group_of_corum_is_small(real_data: Path) -> None:
    corum = read_gmt(real_data / "corum/corum4_human.gmt.gz").value
    assert isinstance(corum, TermSet)
    split = Split.of(corum)
    assert split.largest_group < 0.1
    assert abs(split.tune.mean() - 0.5) < 0.001
    assert Split.of(corum, at=0.2).largest_group > 0.3  # why the bar is not lower
