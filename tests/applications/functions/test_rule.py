"""The published rule by hand: who is claimed, and against SciPy's hypergeometric test."""

import numpy as np
import pytest
from scipy import stats

from cytoweave.applications.functions.rule import unexpected_members

from .small import knowledge, ontology
from .test_voters import tree

ORDER = ontology([(1, 0), (2, 0), (3, 1)])


def test_members_that_lack_the_term_of_their_assembly_are_claimed_once() -> None:
    """Ten of 60 have t1; five of them and X, unknown, and Y, which has t2, are one assembly."""
    letters = [chr(k) for k in range(33, 33 + 62)]
    carriers, others = letters[:10], letters[10:60]
    x, y = letters[60:]
    pairs = {p: ["t1"] for p in carriers} | {p: ["t2"] for p in [*others, y]}
    known = knowledge(pairs | {x: ["t0"]}, ORDER)
    inside = {*carriers[:5], x, y}
    hierarchy = tree([inside, inside - {carriers[0]}], "".join(letters))
    claims = unexpected_members(hierarchy, known)
    t1 = known.ontology.terms.index("t1")
    assert {(known.proteins[p], t) for p, t in zip(claims.protein, claims.term, strict=True)} == {
        (x, t1), (y, t1),
    }  # fmt: skip
    assert claims.share.tolist() == pytest.approx([5 / 6, 5 / 6])
    assert claims.assembly.tolist() == [1, 1]
    assert stats.hypergeom.sf(4, 61, 10, 6) * 4 < 0.01  # 2 assemblies x 2 terms


def test_who_has_a_term_below_it_is_not_claimed() -> None:
    letters = [chr(k) for k in range(33, 33 + 62)]
    pairs = {p: ["t1"] for p in letters[:10]} | {p: ["t2"] for p in letters[10:61]}
    known = knowledge(pairs | {letters[61]: ["t3"]}, ORDER)
    hierarchy = tree([{*letters[:5], letters[61]}], "".join(letters))
    assert not len(unexpected_members(hierarchy, known).protein)


def test_a_map_of_large_assemblies_or_terms_of_few_proteins_claims_nothing() -> None:
    letters = "".join(chr(k) for k in range(33, 33 + 60))
    known = knowledge({p: ["t1"] for p in letters}, ORDER)
    assert not len(unexpected_members(tree([set(letters[:40])], letters), known).protein)
    few = knowledge({p: ["t0"] for p in letters} | {p: ["t1"] for p in letters[:3]}, ORDER)
    assert not len(unexpected_members(tree([set(letters[:6])], letters), few).protein)


def test_a_map_of_permuted_labels_claims_nothing() -> None:
    rng = np.random.default_rng(0)
    letters = "".join(chr(k) for k in range(33, 33 + 90))
    known = knowledge({p: [f"t{rng.integers(1, 4)}"] for p in letters}, ORDER)
    sets = [set(rng.choice(list(letters), 8, replace=False)) for _ in range(10)]
    assert not len(unexpected_members(tree(sets, letters), known).protein)
