"""Locations named by neighbours, against a loop and by hand."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import roc_auc_score

from cytoweave.artifacts import Embedding, TermSet
from cytoweave.errors import DataError
from cytoweave.eval import image_retrieval, location_hits, location_metrics

TERMS = TermSet.from_sets(
    {"nuc": ("", {"A", "B", "C"}), "mito": ("", {"D", "E", "C"}), "er": ("", {"Q"})}
)


def _embedding(vectors: dict[str, list[float]]) -> Embedding:
    return Embedding.of_modality("image", list(vectors), np.array([*vectors.values()]))


PLACED = _embedding(
    {"A": [1, 0], "B": [1, 0.1], "C": [1, 0.2], "D": [0, 1], "E": [0.1, 1], "X": [1, 1]}
)


def test_neighbours_name_the_location() -> None:
    assert location_hits(PLACED, TERMS, {"A"}, neighbours=2).tolist() == [1]
    # The nearest of C are B and A, of the nucleus, which it has; of D it is E.
    assert location_hits(PLACED, TERMS, {"C", "D"}, neighbours=1).tolist() == [1, 1]
    moved = _embedding({"A": [0, 1], "B": [1, 0], "D": [0, 1], "E": [0.1, 1]})
    assert location_hits(moved, TERMS, {"A"}, neighbours=2).tolist() == [0]


def test_ties_count_in_part() -> None:
    tied = _embedding({"A": [1, 1], "B": [1, 0], "D": [0, 1]})
    assert location_hits(tied, TERMS, {"A"}, neighbours=2).tolist() == [0.5]


def test_hits_equal_a_loop() -> None:
    random = np.random.default_rng(0)
    names = [f"P{k}" for k in range(60)]
    held = random.random((60, 5)) < 0.3
    sets = {
        f"t{t}": ("", {n for n, h in zip(names, held[:, t], strict=True) if h}) for t in range(5)
    }
    vectors = random.normal(size=(60, 4)).astype(np.float32)
    requested = set(names[:20])
    expected = []
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for q in range(20):
        if not held[q].any():
            continue
        others = [k for k in range(20, 60) if held[k].any()]
        near = sorted(others, key=lambda k: -float(unit[q] @ unit[k]))[:7]
        tally = sum(held[k] / held[k].sum() for k in near)
        best = np.flatnonzero(np.isclose(tally, np.max(tally)))
        expected.append(held[q][best].mean())
    embedding = Embedding.of_modality("image", names, vectors)
    result = location_hits(embedding, TermSet.from_sets(sets), requested, neighbours=7)
    np.testing.assert_allclose(result, expected)


def test_metrics_compare_embeddings_protein_by_protein() -> None:
    moved = _embedding(
        {"A": [0, 1], "B": [1, 0.1], "C": [1, 0.2], "D": [0, 1], "E": [0.1, 1], "X": [1, 1]}
    )
    result = location_metrics({"ours": PLACED, "other": moved}, TERMS, {"A", "D"}, neighbours=1)
    assert result["knn_accuracy"] == 1
    assert result["knn_accuracy_other"] == 0.5
    assert result["knn_gain_other"] == 0.5
    assert (result["knn_gain_other.lo"], result["knn_gain_other.hi"]) == (0, 1)
    assert result["knn_accuracy.null_mean"] == 0.5
    assert result["knn_proteins"] == 2


def test_nobody_to_ask_or_to_answer_is_said() -> None:
    with pytest.raises(DataError, match="no protein with a location is asked about"):
        location_hits(PLACED, TERMS, {"X"})
    with pytest.raises(DataError, match="left to answer"):
        location_hits(PLACED, TERMS, {"A", "B", "C", "D", "E"})


def test_retrieval_of_images_is_the_auroc_of_their_cosines() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(12, 5)).astype(np.float32)
    protein = np.arange(12) // 3
    shows = sparse.csr_array(np.eye(4, dtype=bool)[protein])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    i, j = np.triu_indices(12, 1)
    expected = roc_auc_score(protein[i] == protein[j], (unit @ unit.T)[i, j])
    assert image_retrieval(vectors, shows) == pytest.approx(expected)
    assert image_retrieval(np.eye(4, dtype=np.float32)[protein], shows) == 1
    assert np.isnan(image_retrieval(vectors[::3], sparse.csr_array(np.eye(4, dtype=bool))))
