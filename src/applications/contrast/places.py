"""Source and target assemblies of moving proteins, by similarity to their members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from ...artifacts import Hierarchy
from ...eval.terms.overlap import Index, Values
from .cohesion import strata_of_length
from .context import Contexts
from .model import Model

MAX_LOOKED_UP = 200
"""Proteins of the highest scores whose places are looked up."""

UNCHANGED = 1e-9
"""Change of a mean rank that is rounding error: one rank is 1 over the number of proteins."""


def leaves_and_enters(
    hierarchy: Hierarchy,
    contexts: Contexts,
    model: Model,
    rows: Index,
    proteins: Sequence[str],
) -> tuple[list[str], list[str]]:
    """Return the assemblies whose members become less, and more, like each protein.

    Similarities are ranked among those of the protein itself, within each replicate. A protein
    leaves an assembly that it is a member of, and may enter any.

    Args:
        hierarchy: The map.
        contexts: Proteins in all replicates.
        model: Whose differences count.
        rows: Assemblies that come into question.
        proteins: By falling score; the first `MAX_LOOKED_UP` of those that every replicate has.

    Returns:
        Names of assemblies, "" where nothing is left or entered, or a protein was not looked up.
    """
    known = {contexts.proteins[k]: c for c, k in enumerate(contexts.complete)}
    places = [k for k, name in enumerate(proteins[:MAX_LOOKED_UP]) if name in known]
    leaves, enters = [""] * len(proteins), [""] * len(proteins)
    if not places:
        return leaves, enters
    chosen = np.array([known[proteins[k]] for k in places], np.intp)
    members = _members(hierarchy, rows, known)
    change = _change(contexts, model, chosen, members)
    inside = members.toarray()[:, chosen].T > 0
    for k, mine, own in zip(places, change, inside, strict=True):
        lost = np.where(own, mine, np.inf)
        if lost.min() < -UNCHANGED:
            leaves[k] = hierarchy.names[rows[int(lost.argmin())]]
        gained = np.where(own, -np.inf, mine)
        if gained.max() > UNCHANGED:
            enters[k] = hierarchy.names[rows[int(gained.argmax())]]
    return leaves, enters


def _members(hierarchy: Hierarchy, rows: Index, known: dict[str, int]) -> sparse.csr_array:
    """Return ``(A, C)`` shares, those of an assembly adding up to 1."""
    part = hierarchy.membership[rows].tocoo()
    place = np.array([known.get(name, -1) for name in hierarchy.proteins], np.intp)
    kept = place[part.col] >= 0
    members = sparse.csr_array(
        (np.ones(int(kept.sum())), (part.row[kept], place[part.col[kept]])),
        shape=(len(rows), len(known)),
    )
    sizes = np.maximum(members.sum(axis=1), 1)
    return sparse.csr_array(sparse.diags_array(1 / sizes) @ members)


def _change(contexts: Contexts, model: Model, chosen: Index, members: sparse.csr_array) -> Values:
    """Return ``(m, A)`` how the mean rank of an assembly's members changes for each protein."""
    strata = strata_of_length(contexts.length)
    means = np.array([_mean_ranks(u, strata, chosen, members) for u in contexts.units])
    shown = model.differences(means)
    largest = np.abs(shown).argmax(axis=0)
    return np.asarray(np.take_along_axis(shown, largest[None], axis=0)[0])


def _mean_ranks(units: Values, strata: Index, chosen: Index, members: sparse.csr_array) -> Values:
    similar = units[chosen] @ units.T
    ranks = np.empty_like(similar)
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        order = similar[:, inside].argsort(axis=1).argsort(axis=1)
        ranks[:, inside] = (order + 0.5) / len(inside)
    return np.asarray((members @ ranks.T).T)
