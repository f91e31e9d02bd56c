"""A hierarchy cut to a panel of genes: small terms contracted, one root kept; shuffled labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Hierarchy
from ..errors import DataError
from ..similarity.containment import boolean, bridged, descendants, parent_child_pairs


def cut_to(hierarchy: Hierarchy, genes: Sequence[str] | None, min_genes: int) -> Hierarchy:
    """Return the hierarchy over a panel of genes, without the terms that say nothing of it.

    A term contains all genes of the terms below it. Left out are terms of fewer than `min_genes`
    genes of the panel, terms equal to a term directly below them, and terms that contain
    as much as the root; what hung below them hangs below their parents. So there is one root, and
    every other term can be reached from it. A term may keep several parents.

    Args:
        hierarchy: The map.
        genes: The panel, in the order to keep; those that the map lacks are left out. None: all.
        min_genes: Of the panel, in each term but the root.

    Raises:
        DataError: If the map has none of the genes.
    """
    column = {name: k for k, name in enumerate(hierarchy.proteins)}
    panel = tuple(name for name in genes or hierarchy.proteins if name in column)
    if not panel:
        raise DataError("none of the genes is in the map; bring both to the same identifiers.")
    arcs = boolean((hierarchy.edges[:, 0], hierarchy.edges[:, 1]), len(hierarchy.names))
    given = hierarchy.membership[:, [column[name] for name in panel]].astype(bool)
    below = descendants(arcs).astype(np.float32) + sparse.eye_array(len(hierarchy.names))
    members = sparse.csr_array((below @ given.astype(np.float32)) > 0)
    kept = np.flatnonzero(_informative(members, arcs, min_genes))
    return Hierarchy(
        panel,
        tuple(hierarchy.names[k] for k in kept.tolist()),
        sparse.csr_array(members[kept].astype(np.float32)),
        parent_child_pairs(bridged(arcs, kept)),
        hierarchy.persistence[kept],
        hierarchy.stability[kept],
    )


def shuffled(hierarchy: Hierarchy, seed: int) -> Hierarchy:
    """Return a hierarchy of the same shape whose genes have changed places at random."""
    order = np.random.default_rng(seed).permutation(len(hierarchy.proteins))
    members = sparse.csr_array(hierarchy.membership[:, order])
    members.sort_indices()
    return replace(hierarchy, membership=members)


def depths(hierarchy: Hierarchy) -> NDArray[np.int64]:
    """Return ``(A,)`` the longest way from the root to each assembly, in steps."""
    depth = np.zeros(len(hierarchy.names), np.int64)
    while True:
        deeper = depth.copy()
        np.maximum.at(deeper, hierarchy.edges[:, 1], depth[hierarchy.edges[:, 0]] + 1)
        if (deeper == depth).all():
            return depth
        depth = deeper


def _informative(
    members: sparse.csr_array, arcs: sparse.csr_array, min_genes: int
) -> NDArray[np.bool_]:
    """Return which terms are large enough and differ from the root and each term below them."""
    sizes = np.diff(members.indptr)
    kept: NDArray[np.bool_] = (sizes >= min_genes) & (sizes < sizes[0])
    parents, children = arcs.nonzero()
    kept[parents[sizes[parents] == sizes[children]]] = False
    kept[0] = True
    return kept
