"""Summary statistics of a map: numbers of proteins, assemblies and parents."""

from __future__ import annotations

import numpy as np

from ..artifacts import Hierarchy
from .nulls import Metrics
from .terms.overlap import assemblies_of, distinct_assemblies


def map_metrics(hierarchy: Hierarchy) -> Metrics:
    """Return summary statistics of a map, all counts.

    ``proteins`` offered; ``assemblies`` below the root; ``distinct`` of them, see
    `distinct_assemblies`; ``missing`` proteins in no assembly below the root; ``several_parents``
    assemblies with more than one.

    Raises:
        DataError: If there is no assembly below the root.
    """
    rows = assemblies_of(hierarchy)
    placed = np.unique(hierarchy.membership[rows].indices)
    parents = np.bincount(hierarchy.edges[:, 1], minlength=len(hierarchy.names))
    return {
        "proteins": len(hierarchy.proteins),
        "assemblies": len(rows),
        "distinct": len(distinct_assemblies(hierarchy)),
        "missing": len(hierarchy.proteins) - len(placed),
        "several_parents": int((parents[rows] > 1).sum()),
    }
