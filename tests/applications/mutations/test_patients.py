"""Mutual exclusivity with both margins kept: against enumeration, planted exclusive genes."""

import itertools
from collections import Counter

import numpy as np
import pytest
from scipy import sparse

from cytoweave.applications.mutations.patients import TRADES, coverage, traded
from cytoweave.artifacts.mutations import Patients
from cytoweave.eval.terms.overlap import Index


def patients_of(table: Index, cohort: Index) -> Patients:
    names = tuple(f"p{k}" for k in range(len(table)))
    return Patients(names, cohort.astype(np.int32), sparse.csr_array(table > 0))


def members_of(sets: list[list[int]], genes: int) -> sparse.csr_array:
    table = np.zeros((len(sets), genes))
    for row, inside in enumerate(sets):
        table[row, inside] = 1
    return sparse.csr_array(table)


def test_tables_with_the_same_margins_are_equally_likely() -> None:
    """All tables of 4 patients x 4 genes with given margins, by enumeration."""
    start = np.array([[1, 1, 0, 0], [0, 1, 0, 1], [1, 0, 0, 0], [0, 1, 1, 0]])
    rows = [
        [one for one in itertools.product((0, 1), repeat=4) if sum(one) == total]
        for total in start.sum(axis=1)
    ]
    every = [t for t in itertools.product(*rows) if (np.sum(t, axis=0) == start.sum(axis=0)).all()]
    hits = sparse.csr_array(start)
    starts, genes = hits.indptr.astype(np.int64), hits.indices.astype(np.int64)
    cohort, bounds = np.zeros(4, np.int64), np.array([0, 4])
    rng, seen = np.random.default_rng(0), Counter[tuple[tuple[int, ...], ...]]()
    for _ in range(6000):
        drawn = traded(genes, starts, cohort, bounds, 4, TRADES * 4, rng)
        table = np.zeros((4, 4), int)
        table[np.repeat(np.arange(4), np.diff(starts)), drawn] = 1
        seen[tuple(tuple(int(cell) for cell in row) for row in table)] += 1
    assert set(seen) == set(every)
    wanted = 6000 / len(every)
    squares = sum((count - wanted) ** 2 / wanted for count in seen.values())
    assert squares < len(every) + 4 * np.sqrt(2 * len(every))


def test_exclusive_genes_are_told_from_those_that_meet() -> None:
    """Genes 0 and 1 share no patient, 2 and 3 all of theirs, 4 and 5 go by chance."""
    rng = np.random.default_rng(1)
    table = (rng.random((120, 40)) < 0.2).astype(int)
    table[:, :4] = 0
    table[:30, 0] = table[30:60, 1] = 1
    table[:40, 2] = table[:40, 3] = 1
    cohort = np.repeat([0, 1], 60)
    result = coverage(
        patients_of(table, cohort), 2, members_of([[0, 1], [2, 3], [4, 5]], 40), 300, 2
    )
    np.testing.assert_array_equal(result.observed[0], [60, 0, 60])
    assert result.p_exclusive[0, 2] <= 1 / 100
    assert result.p_together[1, 2] <= 1 / 100
    assert 0.01 < result.p_exclusive[2, 2] < 1
    assert result.expected[0, 2] == pytest.approx(60 - 15, abs=3)
    repeated = coverage(patients_of(table, cohort), 2, members_of([[0, 1]], 40), 50, 2)
    np.testing.assert_array_equal(repeated.observed[0], result.observed[0])


def test_totals_of_cohorts_stay() -> None:
    """A gene of one cohort alone cannot appear in the other, so that its coverage is given."""
    table = np.zeros((20, 6), int)
    table[:10, 0] = table[10:, 1] = 1
    table[::2, 2:] = 1
    result = coverage(patients_of(table, np.repeat([0, 1], 10)), 2, members_of([[0, 1]], 6), 40, 3)
    np.testing.assert_array_equal(result.expected[0], [10, 10, 20])
    assert (result.p_exclusive == 1).all()


def test_p_values_without_exclusivity_are_uniform() -> None:
    rng = np.random.default_rng(4)
    table = (rng.random((80, 200)) < rng.uniform(0.05, 0.3, (80, 1))).astype(int)
    sets = [list(range(k, k + 4)) for k in range(0, 200, 4)]
    result = coverage(patients_of(table, np.zeros(80, int)), 1, members_of(sets, 200), 200, 5)
    p = result.p_exclusive[:, -1]
    for level in (0.05, 0.2, 0.5):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level / len(sets))
