"""Repeated measurements of one protein against those of different ones."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cytoweave.eval.agreement import agreement, repeats

N = 40
PROTEINS = [frozenset({f"P{k // 3}"}) for k in range(3 * N)]
FIELDS = [k % 3 for k in range(3 * N)]


def test_pairs_are_all_pairs_of_one_protein_that_differ() -> None:
    antibodies = ["A", "A", "B", "A", "", "B"]
    proteins = [frozenset("x")] * 3 + [frozenset("y")] * 3
    known = [name or None for name in antibodies]
    result = repeats(proteins, [0] * 6, known, 0)
    assert {frozenset(pair) for pair in result.rows.tolist()} == {
        frozenset({0, 2}), frozenset({1, 2}), frozenset({3, 5}),
    }  # fmt: skip
    fields = repeats(proteins, antibodies, [0, 1, 2, 3, 4, 5], 0)
    assert {frozenset(pair) for pair in fields.rows.tolist()} == {frozenset({0, 1})}


def test_the_area_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    own = np.repeat(rng.standard_normal((N, 8)), 3, axis=0)
    vectors = own + 1.5 * rng.standard_normal(own.shape)
    pairs = repeats(PROTEINS, [0] * len(PROTEINS), FIELDS, 0)
    result = agreement(vectors, PROTEINS, pairs, FIELDS, 0)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    every = [(a, b) for a, b in combinations(range(3 * N), 2) if FIELDS[a] != FIELDS[b]]
    scores = [unit[a] @ unit[b] for a, b in every]
    same = [a // 3 == b // 3 for a, b in every]
    assert result["auroc"] == pytest.approx(roc_auc_score(same, scores), abs=0.02)
    assert result["lo"] < result["auroc"] < result["hi"]
    assert (result["pairs"], result["proteins"]) == (3 * N, N)


def test_noise_is_at_chance_and_copies_are_at_one() -> None:
    rng = np.random.default_rng(1)
    pairs = repeats(PROTEINS, [0] * len(PROTEINS), FIELDS, 0)
    noise = rng.standard_normal((3 * N, 16))
    result = agreement(noise, PROTEINS, pairs, FIELDS, 0)
    assert result["lo"] < 0.5 < result["hi"]
    copies = np.repeat(noise[:N], 3, axis=0)
    assert agreement(copies, PROTEINS, pairs, FIELDS, 0)["auroc"] == 1
