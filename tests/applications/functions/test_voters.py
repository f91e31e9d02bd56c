"""Votes of assemblies, neighbours and propagated labels, against loops and a dense solution."""

import numpy as np
import pytest
from scipy import sparse

from cytoweave.applications.functions.consistency import Consistency
from cytoweave.applications.functions.features import PairFeatures
from cytoweave.applications.functions.voters import (
    RESTART,
    assembly_voters,
    embedding_voters,
    network_voters,
)
from cytoweave.artifacts import Embedding, Hierarchy, Network

from .small import knowledge, ontology

ORDER = ontology([(1, 0), (2, 0), (3, 1)])
KNOWN = {"A": ["t1"], "B": ["t1"], "C": ["t2"], "D": ["t3"], "F": ["t2"]}


def tree(sets: list[set[str]], proteins: str) -> Hierarchy:
    """Return a hierarchy of a root and the given sets, all below it."""
    members = np.array([[p in one for p in proteins] for one in [set(proteins), *sets]])
    n = len(sets)
    return Hierarchy(
        tuple(proteins),
        ("root", *(f"S{k}" for k in range(1, n + 1))),
        sparse.csr_array(members.astype(np.float32)),
        np.array([(0, k) for k in range(1, n + 1)], np.int32),
        np.zeros(n + 1, np.int32),
        np.full(n + 1, np.nan, np.float32),
    )


def test_an_assembly_votes_without_the_protein_itself_and_without_the_unknown() -> None:
    """Of E's assembly ABCE three are known: two of A, B, C have t1. A itself: one of B, C."""
    known = knowledge(KNOWN | {"E": ["t0"]}, ORDER)
    hierarchy = tree([set("ABCE"), set("CD")], "ABCDE")
    rows = known.rows(hierarchy.proteins)
    (votes,) = assembly_voters(hierarchy, known, rows, sizes=(4,))
    assert votes.totals(known)[:, 0].tolist() == [2, 2, pytest.approx(1.5), 1, 3]
    requested = PairFeatures.of(known, [votes], [0.0 + 1e-9], Consistency.of(known.ontology))
    pairs = next(iter(requested.pairs(np.arange(5))))
    t1 = known.ontology.terms.index("t1")
    share = {
        int(p): float(s)
        for p, t, s in zip(pairs.protein, pairs.term, pairs.shares[:, 0], strict=True)
        if t == t1
    }
    assert share[4] == pytest.approx(2 / 3)
    # C is in ABCE (A, B of A, B) and CD (D of D): (2 + 1)/2 of (2 + 1)/2
    assert share[2] == pytest.approx(1.0)
    assert set(share) == {2, 4}  # A, B and D have it


def test_shares_are_shrunk_to_the_frequency() -> None:
    known = knowledge(KNOWN | {"E": ["t0"]}, ORDER)
    hierarchy = tree([set("ABCE")], "ABCDE")
    (votes,) = assembly_voters(hierarchy, known, known.rows(hierarchy.proteins), sizes=(4,))
    requested = PairFeatures.of(known, [votes], [2.0], Consistency.of(known.ontology))
    pairs = next(iter(requested.pairs(np.array([4]))))
    shares = dict(zip(pairs.term.tolist(), pairs.shares[:, 0].tolist(), strict=True))
    t1 = known.ontology.terms.index("t1")
    f = 3 / 5  # A, B, D of the five that are known
    assert shares[t1] == pytest.approx((2 + 2 * f) / (3 + 2))


def test_the_nearest_by_cosine_vote_as_many_as_they_are_worth() -> None:
    known = knowledge(KNOWN, ORDER)
    rng = np.random.default_rng(0)
    vectors = rng.random((6, 3))
    embedding = Embedding.of_modality("x", list("ABCDFG"), vectors)
    rows = known.rows(list("ABCD"))
    (votes,) = embedding_voters(embedding, known, rows, nearest=(2,))
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for k, name in enumerate("ABCD"):
        near = {o: unit[k] @ unit["ABCDFG".index(o)] for o in "ABCDF" if o != name}
        best = sorted(near, key=near.__getitem__, reverse=True)[:2]
        w = np.array([near[o] for o in best if near[o] > 0])
        result = votes.weights()[[k]].toarray()[0]
        expected = {known.proteins.index(o) for o in best if near[o] > 0}
        assert set(np.flatnonzero(result).tolist()) == expected
        assert result.sum() == pytest.approx(w.sum() ** 2 / (w**2).sum(), rel=1e-4)


def test_propagation_is_the_inverse_of_the_regularised_laplacian() -> None:
    known = knowledge(KNOWN, ORDER)
    network = Network.from_pairs(list("ABBCDX"), list("BCDDFA"), [1.0, 2.0, 1.0, 3.0, 1.0, 1.0])
    rows = known.rows(list("ABCDF"))
    near, far = network_voters(network, known, rows, "n")
    a = network.adjacency().toarray()
    d = 1 / np.sqrt(a.sum(axis=1))
    exact = RESTART * np.linalg.inv(np.eye(len(a)) - (1 - RESTART) * d[:, None] * a * d[None, :])
    place = [network.proteins.index(p) for p in "ABCDF"]
    wanted = exact[np.ix_(place, place)]
    np.fill_diagonal(wanted, 0)
    wanted /= wanted.sum(axis=1, keepdims=True)
    result = far.weights()[:, known.rows(list("ABCDF"))].toarray()
    result /= result.sum(axis=1, keepdims=True)
    assert np.abs(result - wanted).max() < 0.02  # eight steps: .6^8
    direct = near.weights()[:, known.rows(list("ABCDF"))].toarray()
    assert np.array_equal(direct > 0, a[np.ix_(place, place)] > 0)


def test_hidden_proteins_do_not_vote() -> None:
    known = knowledge(KNOWN, ORDER)
    network = Network.from_pairs(["A", "A"], ["B", "C"])
    near, _ = network_voters(network, known, known.rows(["A"]), "n")
    assert near.totals(known)[0, 0] == 2
    hidden = np.isin(known.proteins, ["B"])
    assert near.totals(known.without(hidden))[0, 0] == 1
