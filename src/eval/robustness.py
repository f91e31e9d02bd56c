"""Robustness: recovery of a map's assemblies in a map of perturbed data."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Hierarchy
from .terms.enrichment import benjamini_hochberg, hypergeometric_tails, tests_made
from .terms.overlap import assemblies_of, common_columns, overlap


def recovered_assemblies(
    hierarchy: Hierarchy, other: Hierarchy, *, jaccard: float = 0.4, fdr: float = 0.001
) -> NDArray[np.bool_]:
    """Return ``(A,)`` whether each assembly of a map is recovered in another map of the same cell.

    It is when some assembly of the other map has at least this Jaccard with it and their overlap,
    hypergeometric among the proteins of the other map, a false discovery rate below `fdr` over
    all pairs of assemblies. Chance level: near 0, by label permutation; best: all.

    Args:
        hierarchy: The map; its assemblies are those of `assemblies_of`.
        other: The other map, of some of its proteins; the others do not count.
        jaccard: In (0, 1].
        fdr: In (0, 1].

    Raises:
        DataError: If a map has no assembly, or they share no protein.

    Source: Schaffer et al., Nature 642:222 (2025), doi:10.1038/s41586-025-08878-3.
    Cost: one sparse product; .05 s for 275 assemblies each.
    """
    column = common_columns(other.proteins, hierarchy.proteins)
    shared = np.flatnonzero(column >= 0)
    mine = hierarchy.membership[assemblies_of(hierarchy)][:, column[shared]]
    theirs = other.membership[assemblies_of(other)][:, shared]
    common = overlap(sparse.csr_array(mine), sparse.csr_array(theirs.T.tocsr()))
    tails = hypergeometric_tails(common.row_sizes, common.column_sizes, len(shared))
    p = tails(common)
    rates = benjamini_hochberg(p, tests_made(common.row_sizes, common.column_sizes))
    back = np.zeros(len(common.row_sizes), bool)
    back[common.row[(common.jaccard >= jaccard) & (rates < fdr)]] = True
    return back
