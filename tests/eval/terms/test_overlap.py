"""Sets are compared in the right universe."""

import numpy as np
import pytest

from cytoweave.artifacts import Hierarchy, TermSet
from cytoweave.errors import DataError
from cytoweave.eval import assemblies_of, compare, distinct_assemblies
from cytoweave.eval.terms.overlap import overlap

from ..conftest import MapBuilder, TermBuilder


def as_sets(hierarchy: Hierarchy, universe: set[str]) -> list[set[str]]:
    return [set(hierarchy.members_of(k)) & universe for k in range(1, len(hierarchy.names))]


def test_overlap_equals_set_arithmetic(random_map: Hierarchy, random_terms: TermSet) -> None:
    compared = compare(random_map, random_terms)
    universe = set(random_map.proteins) & set(random_terms.proteins)
    assert set(compared.proteins) == universe
    assemblies = as_sets(random_map, universe)
    offered = random_terms.members
    terms = [
        {random_terms.proteins[k] for k in offered[[t]].indices} & universe for t in compared.terms
    ]
    expected = {
        (a, t): (len(x & y), len(x & y) / len(x | y))
        for a, x in enumerate(assemblies)
        for t, y in enumerate(terms)
        if x & y
    }
    result = compared.overlap()
    got = zip(result.row, result.column, result.shared, result.jaccard, strict=True)
    assert {(a, t): (n, j) for a, t, n, j in got} == expected


def test_relabelling_keeps_sizes_and_moves_members(
    random_map: Hierarchy, random_terms: TermSet
) -> None:
    compared = compare(random_map, random_terms)
    labels = np.random.default_rng(0).permutation(compared.universe)
    moved = overlap(compared.relabelled(labels), compared.annotations)
    assert (moved.row_sizes == compared.overlap().row_sizes).all()
    dense = compared.members.toarray()[:, np.argsort(labels)] > 0
    expected = dense.astype(int) @ compared.annotations.toarray().astype(int)
    assert (expected[moved.row, moved.column] == moved.shared).all()
    assert len(moved.shared) == np.count_nonzero(expected)


def test_repeated_and_small_terms_are_left_out(
    build_map: MapBuilder, build_terms: TermBuilder
) -> None:
    terms = build_terms({"X": "a b c d", "Y": "a b c d z", "small": "o p", "Z": "a b c e"})
    compared = compare(build_map({"A": "a b c d", "B": "o k"}), terms)
    # Y is X among the offered proteins; small does not count, but its proteins are annotated.
    assert [terms.terms[t] for t in compared.terms] == ["X", "Z"]
    assert compared.proteins == ("a", "b", "c", "d", "e", "o", "p")


def test_root_and_all_that_hold_everything_are_no_assemblies(build_map: MapBuilder) -> None:
    result = build_map({"all": "a b c", "A": "a b", "B": "b"}, "abc")
    assert assemblies_of(result).tolist() == [2, 3]


def test_best_pairs_prefer_the_first_of_equals(
    build_map: MapBuilder, build_terms: TermBuilder
) -> None:
    terms = build_terms({"X": "a b c d", "Y": "a b e f"})
    result = compare(build_map({"A": "a b", "B": "g", "C": "a b e"}), terms).overlap()
    best = result.best_per_row()
    assert (result.column[best[0]], best[1], result.column[best[2]]) == (0, -1, 1)
    assert result.row[result.best_per_column()].tolist() == [0, 2]


def test_near_copies_are_not_distinct(build_map: MapBuilder) -> None:
    chain = {"small": "a b", "A": "a b c d e", "copy": "a b c d", "apart": "f g h", "tie": "f g h"}
    result = build_map(chain)
    assert [result.names[k] for k in distinct_assemblies(result)] == ["A", "apart", "small"]


def test_dropped_copies_do_not_drop_others(build_map: MapBuilder) -> None:
    # B is close to A and dropped; C is close to B only and stays.
    result = build_map({"A": "a b c d e f", "B": "a b c d", "C": "a b c"}, tuple("abcdefgh"))
    assert distinct_assemblies(result).tolist() == [1, 3]


def test_no_common_protein(build_map: MapBuilder, build_terms: TermBuilder) -> None:
    with pytest.raises(DataError, match=r"none of its 4 proteins \(such as 'W'\) is among the 16"):
        compare(build_map({"A": "a b"}), build_terms({"X": "W X Y Z"}))


def test_no_term_large_enough(build_map: MapBuilder, build_terms: TermBuilder) -> None:
    with pytest.raises(DataError, match=r"no term holds 4 or more .* \(the largest holds 3\)"):
        compare(build_map({"A": "a b"}), build_terms({"X": "a b c Z"}))


def test_a_map_of_one_root(build_map: MapBuilder, build_terms: TermBuilder) -> None:
    with pytest.raises(DataError, match="the map holds no assembly below its root"):
        compare(build_map({}), build_terms({"X": "a b c d"}))
