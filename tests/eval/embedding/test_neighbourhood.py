"""Shared terms of near neighbours, by brute force."""

import numpy as np
import pytest

from cytoweave.artifacts import Embedding, TermSet
from cytoweave.errors import DataError
from cytoweave.eval import neighbour_metrics

from ..conftest import TermBuilder


def test_precision_by_brute_force(random_terms: TermSet) -> None:
    names = [f"p{k:03}" for k in range(150)]
    vectors = np.random.default_rng(2).normal(size=(150, 5)).astype(np.float32)
    got = neighbour_metrics(Embedding.of_modality("x", names, vectors), random_terms, neighbours=3)
    terms = random_terms.members.toarray()
    of = {name: set(np.flatnonzero(terms[:, k])) for k, name in enumerate(random_terms.proteins)}
    known = [k for k, name in enumerate(names) if of.get(name)]
    unit = vectors[known] / np.linalg.norm(vectors[known], axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    near = np.argsort(-cosines, axis=1)[:, :3]
    shared = [
        bool(of[names[known[i]]] & of[names[known[j]]]) for i in range(len(known)) for j in near[i]
    ]
    assert got["knn_precision"] == pytest.approx(np.mean(shared))
    assert abs(got["knn_precision"] - got["knn_precision.null_mean"]) < 0.1


def test_locations_apart_are_told_apart(build_terms: TermBuilder) -> None:
    names = [f"p{k}" for k in range(40)]
    terms = build_terms({"nucleus": " ".join(names[:20]), "cytosol": " ".join(names[20:])})
    vectors = np.repeat(np.eye(2), 20, axis=0) + 0.01
    result = Embedding.of_modality("x", names, vectors)
    got = neighbour_metrics(result, terms, nulls=50)
    assert got["knn_precision"] == 1
    assert got["knn_precision.null_mean"] == pytest.approx(19 / 39, abs=0.05)
    everything = build_terms({"cell": " ".join(names)})
    assert neighbour_metrics(result, everything, max_size=30) == {}
    with pytest.raises(DataError, match="none of its 1 proteins"):
        neighbour_metrics(result, build_terms({"other": "q"}))
