"""Soft membership in compartments: Shannon entropy and effective number, against permuted labels.

A compartment is a maximal assembly of limited size. A protein's membership in it is the share of
its similarity to nearest neighbours that goes to members of it; the exponential of the entropy of
these shares is the number of equal compartments that would be as uncertain.

Source of the effective number: Hill, Ecology 54:427 (1973), doi:10.2307/1934352.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ...artifacts import Hierarchy, Network
from ...eval.matched.strata import nested_quantiles
from ...eval.nulls import permuted_within
from ...eval.terms.overlap import Index, Values

DEGREES = 10
"""Groups of proteins of like degree, at most."""

MIN_GROUP_PROTEINS = 10
"""Proteins of a group, where there are so many."""


def compartments(hierarchy: Hierarchy, largest: float) -> Index:
    """Return the rows of the assemblies that are not too large and inside no other such one.

    Args:
        hierarchy: The map.
        largest: Share of the proteins that a compartment may contain, in 0 .. 1.
    """
    small = (hierarchy.sizes > 0) & (hierarchy.sizes <= largest * len(hierarchy.proteins))
    small[0] = False
    parents, children = hierarchy.edges.T
    top = small.copy()
    top[children[small[parents]]] = False
    return np.flatnonzero(top)


def memberships(hierarchy: Hierarchy, rows: Index, network: Network) -> sparse.csr_array:
    """Return ``(N, K)`` shares of the network's proteins in compartments, 1 in all or nothing.

    A protein in several compartments has an equal share in each.
    """
    column = {name: k for k, name in enumerate(hierarchy.proteins)}
    places = [column[name] for name in network.proteins]
    membership = sparse.csr_array((hierarchy.membership[rows] > 0).astype(float).T.tocsr()[places])
    counts = np.maximum(np.asarray(membership.sum(axis=1)).ravel(), 1)
    return sparse.csr_array(sparse.diags_array(1 / counts) @ membership)


def neighbour_shares(adjacency: sparse.csr_array, membership: sparse.csr_array) -> Values:
    """Return ``(N, K)`` share of each protein's similarity that goes to each compartment.

    Rows add up to 1; those of proteins without a neighbour in any compartment are 0.
    """
    sums = (adjacency @ membership).toarray()
    whole = sums.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(sums, whole, out=np.zeros_like(sums), where=whole > 0))


def effective_number(shares: Values) -> Values:
    """Return ``(N,)`` exponential of the entropy of shares: 1 for one, K for K equal ones.

    NaN where all shares are 0.
    """
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return np.where(shares.any(axis=1), np.exp(-(shares * logs).sum(axis=1)), np.nan)


def expected_number(
    adjacency: sparse.csr_array, membership: sparse.csr_array, draws: int, rng: np.random.Generator
) -> Values:
    """Return ``(N,)`` mean effective number of proteins of like degree on permuted labels.

    Compartments are permuted among proteins of like degree; who has more neighbours reaches more
    compartments by chance.

    Args:
        adjacency: ``(N, N)`` similarities.
        membership: ``(N, K)`` memberships.
        draws: Permutations, at least 1.
        rng: Source of chance.
    """
    degree = np.diff(adjacency.indptr).astype(float)
    groups = int(np.clip(len(degree) // MIN_GROUP_PROTEINS, 1, DEGREES))
    alike = nested_quantiles([degree], groups)
    drawn = [
        effective_number(neighbour_shares(adjacency, sparse.csr_array(membership[labels])))
        for labels in permuted_within(alike, draws, rng)
    ]
    values = np.array(drawn)
    known = np.isfinite(values)
    sums = np.bincount(alike, np.where(known, values, 0).sum(axis=0), minlength=groups)
    counts = np.bincount(alike, known.sum(axis=0), minlength=groups)
    means = np.divide(sums, counts, out=np.full(groups, np.nan), where=counts > 0)
    return np.asarray(means[alike])


def root_paths(hierarchy: Hierarchy) -> Values:
    """Return ``(N,)`` number of paths from the root to the terminal assemblies of each protein.

    An assembly is terminal for a member that none of its children has. Above 1 is the published
    rule for a protein in several places; it has no null, and grows with the depth of a map.

    Source: Schaffer et al., Nature 642:222 (2025), doi:10.1038/s41586-025-08878-3.
    """
    n = len(hierarchy.names)
    parents, children = hierarchy.edges.T
    arcs = sparse.csr_array((np.ones(len(parents)), (parents, children)), shape=(n, n))
    counts = reached = np.eye(1, n)[0]
    while reached.any():
        reached = np.asarray(arcs.T @ reached)
        counts = counts + reached
    membership = sparse.csr_array((hierarchy.membership > 0).astype(float))
    below = sparse.csr_array((arcs @ membership) > 0).astype(float)
    return np.asarray(counts @ (membership - membership.multiply(below)))
