"""Comparison of two maps for the portal: best matches, and proteins that changed assembly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Hierarchy
from ...errors import DataError
from ...maps.comparison import RECOVERED, SAME_JACCARD
from ...similarity.containment import jaccard_index
from ..tree import smallest_assemblies
from .script import Json, number

MAX_MOVED_PROTEINS = 500
"""Maximum number of listed proteins, those with most changes first."""


def comparison(first: Hierarchy, second: Hierarchy) -> Json:
    """Return the comparison of two maps; rows are those of their hierarchies.

    ``there`` and ``back`` (the keys of the two directions) have each assembly's best match in the
    other map, its Jaccard index over the common proteins, and the number of members that only one
    of the two has; ``moved`` lists proteins by 1 less the Jaccard index of their smallest
    assemblies in each map.

    Raises:
        DataError: If the maps share no protein.
    """
    shared = sorted(set(first.proteins) & set(second.proteins))
    if not shared:
        raise DataError(
            f"The maps share no protein (this map: '{first.proteins[0]}', the other: "
            f"'{second.proteins[0]}'); translate the names of one of them."
        )
    a, b = _held(first, shared), _held(second, shared)
    both = np.asarray((a @ b.T).todense(), float)
    return {
        "shared": len(shared),
        "bars": {"same": SAME_JACCARD, "changed": RECOVERED},
        "there": _matches(both, a, b),
        "back": _matches(both.T, b, a),
        "moved": _moved(shared, (first, second), (a, b), both),
    }


def _held(hierarchy: Hierarchy, shared: Sequence[str]) -> sparse.csr_array:
    """``(A, shared)`` memberships over the proteins of both maps."""
    row = {name: k for k, name in enumerate(hierarchy.proteins)}
    columns = hierarchy.membership.astype(bool).astype(np.float32).tocsc()
    return sparse.csr_array(columns[:, [row[name] for name in shared]])


def _matches(
    both: NDArray[np.float64], own: sparse.csr_array, other: sparse.csr_array
) -> list[list[float | None]]:
    """Return for each assembly: row of its best match or -1, Jaccard, members kept, lost, gained.

    Roots match roots, and nothing else matches a root.
    """
    n, m = (np.asarray(membership.sum(axis=1), float).ravel() for membership in (own, other))
    with np.errstate(invalid="ignore"):
        alike = np.nan_to_num(jaccard_index(both, n[:, None], m[None, :]))
    matches: list[list[float | None]] = [[0, number(alike[0, 0]), *_parts(both, n, m, 0, 0)]]
    for k in range(1, len(n)):
        best = int(alike[k, 1:].argmax()) + 1 if len(m) > 1 else -1
        if best < 0 or alike[k, best] == 0:
            matches.append([-1, 0, 0, int(n[k]), 0])
        else:
            matches.append([best, number(alike[k, best]), *_parts(both, n, m, k, best)])
    return matches


def _parts(
    both: NDArray[np.float64], n: NDArray[np.float64], m: NDArray[np.float64], k: int, j: int
) -> tuple[int, int, int]:
    kept = int(both[k, j])
    return kept, int(n[k]) - kept, int(m[j]) - kept


def _moved(
    shared: Sequence[str],
    maps: tuple[Hierarchy, Hierarchy],
    memberships: tuple[sparse.csr_array, sparse.csr_array],
    both: NDArray[np.float64],
) -> list[list[object]]:
    """Return protein, its smallest assembly in each map, and the share of changed members."""
    rows = [smallest_assemblies(m, h) for m, h in zip(maps, memberships, strict=True)]
    sizes = [np.asarray(h.sum(axis=1), float)[r] for h, r in zip(memberships, rows, strict=True)]
    kept = both[rows[0], rows[1]]
    changed = 1 - jaccard_index(kept, sizes[0], sizes[1])
    placed = np.flatnonzero((rows[0] > 0) | (rows[1] > 0))
    order = placed[np.argsort(-changed[placed], kind="stable")][:MAX_MOVED_PROTEINS]
    return [
        [shared[k], int(rows[0][k]), int(rows[1][k]), number(float(changed[k]))]
        for k in order.tolist()
    ]
