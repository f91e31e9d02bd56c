"""Compartments, soft memberships and their effective number, against brute force and SciPy."""

import numpy as np
import pytest
from scipy import sparse, stats

from cytoweave.applications.places.compartments import (
    compartments,
    effective_number,
    expected_number,
    memberships,
    neighbour_shares,
    root_paths,
)
from cytoweave.artifacts import Hierarchy, Network

SETS = {
    "root": range(12),
    "A": range(8),
    "B": range(6, 12),
    "C": range(4),
    "D": range(6, 8),  # in A and in B
}
EDGES = [(0, 1), (0, 2), (1, 3), (1, 4), (2, 4)]
NAMES = tuple(f"P{k:02}" for k in range(12))


@pytest.fixture
def hierarchy() -> Hierarchy:
    members = np.array([[k in inside for k in range(12)] for inside in SETS.values()])
    held = sparse.csr_array(members.astype(np.float32))
    unknown = np.full(5, np.nan, np.float32)
    return Hierarchy(NAMES, tuple(SETS), held, np.array(EDGES), np.ones(5, int), unknown)


def test_root_paths_are_those_of_a_walk(hierarchy: Hierarchy) -> None:
    children = {k: [c for p, c in EDGES if p == k] for k in range(5)}
    sets = list(SETS.values())

    def walks(row: int, protein: int) -> int:
        inside = [c for c in children[row] if protein in sets[c]]
        own = not inside
        return own + sum(walks(child, protein) for child in inside)

    assert root_paths(hierarchy).tolist() == [walks(0, k) for k in range(12)]
    assert root_paths(hierarchy)[6] == 2  # by A and by B


def test_compartments_are_the_largest_that_are_small_enough(hierarchy: Hierarchy) -> None:
    assert compartments(hierarchy, 0.9).tolist() == [1, 2]
    assert compartments(hierarchy, 0.5).tolist() == [2, 3]
    assert compartments(hierarchy, 0.1).tolist() == []


def test_shares_are_those_of_neighbours(hierarchy: Hierarchy) -> None:
    network = Network.from_pairs(
        ["P00", "P00", "P00", "P05"], ["P01", "P06", "P11", "P04"], [1.0, 2.0, 1.0, 3.0], NAMES
    )
    held = memberships(hierarchy, compartments(hierarchy, 0.9), network)
    assert held.toarray()[[0, 6, 11]].tolist() == [[1, 0], [0.5, 0.5], [0, 1]]
    shares = neighbour_shares(network.adjacency(), held)
    assert shares[0] == pytest.approx([0.5, 0.5])
    assert not shares[2].any()
    result = effective_number(shares)
    assert result[0] == pytest.approx(2)
    assert result[5] == pytest.approx(1)
    assert np.isnan(result[2])


def test_the_effective_number_is_scipys_entropy() -> None:
    shares = np.random.default_rng(0).dirichlet(np.ones(6), size=40)
    assert effective_number(shares) == pytest.approx(np.exp(stats.entropy(shares, axis=1)))


def test_what_is_expected_is_what_a_network_without_structure_has() -> None:
    rng = np.random.default_rng(1)
    ends = rng.integers(400, size=(2, 4000))
    names = [f"P{k:03}" for k in range(400)]
    network = Network.from_pairs(
        [names[k] for k in ends[0]], [names[k] for k in ends[1]], proteins=names
    )
    held = sparse.csr_array(np.eye(8)[rng.integers(8, size=400)])
    adjacency = network.adjacency()
    result = effective_number(neighbour_shares(adjacency, held))
    expected = expected_number(adjacency, held, 5, rng)
    assert (result - expected).mean() == pytest.approx(0, abs=0.05)
    degree = np.diff(adjacency.indptr)
    assert stats.spearmanr(degree, expected).statistic > 0.95
