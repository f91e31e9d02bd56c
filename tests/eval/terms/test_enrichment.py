"""Enrichment agrees with scipy and with a loop over all cells."""

import numpy as np
import pytest
from scipy import stats

from cytoweave.artifacts import Hierarchy, TermSet
from cytoweave.eval import (
    TermScoring,
    assembly_table,
    benjamini_hochberg,
    compare,
    hypergeometric_tails,
)
from cytoweave.eval.terms.enrichment import classes, enriched
from cytoweave.eval.terms.overlap import Overlap

from ..conftest import MapBuilder, TermBuilder


@pytest.mark.parametrize("universe", [1, 7, 40, 900])
def test_tails_equal_scipy(universe: int) -> None:
    rng = np.random.default_rng(universe)
    rows, columns = rng.integers(1, universe + 1, (2, 12))
    row, column, shared = (
        part.ravel() for part in np.meshgrid(np.arange(12), np.arange(12), np.arange(universe + 1))
    )
    fits = shared <= np.minimum(rows[row], columns[column])
    result = Overlap(row[fits], column[fits], shared[fits], rows, columns)
    tails = hypergeometric_tails(rows, columns, universe)(result)
    expected = stats.hypergeom.sf(
        result.shared - 1, universe, columns[result.column], rows[result.row]
    )
    np.testing.assert_allclose(tails, expected, rtol=1e-9, atol=1e-290)
    assert tails.max() == 1


@pytest.mark.parametrize("p", [[0.2], [0.01, 0.04, 0.03, 0.03, 1.0], [0.5, 0.5], [0.0, 1e-300]])
def test_rates_equal_scipy(p: list[float]) -> None:
    assert (benjamini_hochberg(np.array(p)) == stats.false_discovery_control(p)).all()


def test_tests_not_listed_have_p_one() -> None:
    p = np.random.default_rng(0).random(30) ** 4
    full = stats.false_discovery_control(np.append(p, np.ones(70)))
    np.testing.assert_array_equal(benjamini_hochberg(p, 100), full[:30])


def test_no_p_values() -> None:
    assert benjamini_hochberg(np.empty(0), 5).shape == (0,)


def test_enrichment_equals_a_loop_over_all_cells(
    random_map: Hierarchy, random_terms: TermSet
) -> None:
    compared = compare(random_map, random_terms)
    assemblies, terms = compared.members.toarray() > 0, compared.annotations.toarray().T
    p, jaccard = np.ones((2, len(assemblies), len(terms)))
    for a, inside in enumerate(assemblies):
        for t, annotated in enumerate(terms):
            both, sizes = (inside & annotated).sum(), (annotated.sum(), inside.sum())
            p[a, t] = stats.hypergeom.sf(both - 1, compared.universe, *sizes)
            jaccard[a, t] = both / (inside | annotated).sum()
    p = np.clip(p, 0, 1)
    rates = stats.false_discovery_control(p.ravel()).reshape(p.shape)
    result = compared.overlap()
    tails = hypergeometric_tails(result.row_sizes, result.column_sizes, compared.universe)(result)
    for low in (0.05, 0.1, 0.3):
        for fdr in (0.5, 0.9, 1.0):
            expected = np.flatnonzero(((jaccard >= low) & (rates < fdr)).any(axis=1))
            assert enriched(result, tails, low, fdr).tolist() == expected.tolist()
    table = assembly_table(TermScoring().scores(random_map, random_terms), random_map, random_terms)
    best = np.arange(len(assemblies)), jaccard.argmax(axis=1)
    np.testing.assert_allclose(table["jaccard"], jaccard[best], rtol=1e-12)
    np.testing.assert_allclose(table["p"], p[best], rtol=1e-9)
    np.testing.assert_allclose(table["fdr"], rates[best], rtol=1e-9)


def test_assemblies_without_annotation_make_no_tests(
    build_map: MapBuilder, build_terms: TermBuilder
) -> None:
    result = build_map({"A": "a b c d", "bare": "n o p"})
    terms = build_terms({"X": "a b c d", "Y": "d e f g h"})
    table = assembly_table(TermScoring().scores(result, terms), result, terms)
    first, second = table.itertuples(index=False)
    assert first.fdr == pytest.approx(2 * stats.hypergeom.sf(3, 8, 4, 4))
    assert (first.term, first.genes) == ("X", "a b c d")
    assert tuple(second) == ("bare", "", "", 0, 0.0, 1.0, 1.0, "undocumented", "")


def test_classes_begin_at_their_bounds() -> None:
    got = classes(np.array([0, 0.199, 0.2, 0.499, 0.5, 1])).tolist()
    assert got == ["undocumented"] * 2 + ["variant"] * 2 + ["documented"] * 2
