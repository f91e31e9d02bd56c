"""Difference map: births, deaths, splits and merges of assemblies between two maps.

Assemblies are matched one to one (assignment on Jaccard). What finds no partner is split where
several assemblies of the other map are made of it, merged where several make it up, else it died
or was born.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from ..artifacts import Hierarchy
from ..errors import DataError
from ..similarity.containment import jaccards
from .comparison import RECOVERED

KEPT, SPLIT, MERGED, DIED, BORN = "kept", "split", "merged", "died", "born"

MIN_CONTAINMENT = 0.75
"""Share of a part's members that the whole must hold: what weaving asks of a child."""

MIN_COVERAGE = 0.5
"""Share of the whole that its parts must make up together."""

MIN_SHARED_MEMBERS = 3
"""Members that both maps could have placed, without which an assembly cannot be compared."""


@dataclass(frozen=True)
class Events:
    """What became of the assemblies of a map in another, seen from the first.

    Attributes:
        rows: ``(A,)`` rows of the assemblies below the root with enough shared proteins.
        kinds: ``A`` of `KEPT`, `SPLIT` or `MERGED` (into a larger one), `DIED`.
        partners: ``A`` rows of the other map: the match, the parts, or the whole.
        jaccard: ``(A,)`` with the match, or the best there is.
    """

    rows: NDArray[np.intp]
    kinds: tuple[str, ...]
    partners: tuple[tuple[int, ...], ...]
    jaccard: NDArray[np.float64]

    @property
    def by_row(self) -> dict[int, str]:
        """Row -> kind."""
        return dict(zip(self.rows.tolist(), self.kinds, strict=True))


def events(first: Hierarchy, second: Hierarchy) -> Events:
    """Return what became of the first map's assemblies in the second, over shared proteins.

    An assembly is `KEPT` where its partner in the best one-to-one assignment has a Jaccard of .4 or
    more; `SPLIT` where two or more assemblies of the second map, none inside another, are in it
    and cover half of it; `MERGED` where it is one of two or more parts of a single assembly of the
    second map; else it `DIED`, which seen from the second map is a birth.

    Raises:
        DataError: If the maps share no protein.
    """
    mine, theirs = _placed(first, second), _placed(second, first)
    rows, others = _large(mine), _large(theirs)
    mine, theirs = mine[rows], theirs[others]
    table = jaccards(mine, theirs).toarray()
    partner = np.full(len(rows), -1)
    i, j = linear_sum_assignment(-table)
    sure = table[i, j] >= RECOVERED
    partner[i[sure]] = j[sure]
    parts, wholes = _parts(mine, theirs), _parts(theirs, mine)
    kinds: list[str] = []
    partners: list[tuple[int, ...]] = []
    for k in range(len(rows)):
        counterparts: tuple[int, ...]
        if partner[k] >= 0:
            kind, counterparts = KEPT, (int(partner[k]),)
        elif len(parts[k]) > 1:
            kind, counterparts = SPLIT, parts[k]
        else:
            counterparts = tuple(whole for whole, inside in enumerate(wholes) if k in inside)
            merged = [whole for whole in counterparts if len(wholes[whole]) > 1]
            kind, counterparts = (MERGED, tuple(merged[:1])) if merged else (DIED, ())
        kinds.append(kind)
        partners.append(tuple(int(others[one]) for one in counterparts))
    best = table.max(axis=1, initial=0.0)
    return Events(rows, tuple(kinds), tuple(partners), best)


def _parts(whole: sparse.csr_array, parts: sparse.csr_array) -> list[tuple[int, ...]]:
    """Return for each whole the largest parts inside it, if these cover enough; else nothing."""
    shared = (whole @ parts.T).toarray()
    sizes, own = np.asarray(parts.sum(axis=1)).ravel(), np.asarray(whole.sum(axis=1)).ravel()
    groups: list[tuple[int, ...]] = []
    for k, counts in enumerate(shared):
        inside = np.flatnonzero((counts >= MIN_CONTAINMENT * sizes) & (counts > 0))
        kept: list[int] = []
        covered = np.zeros(parts.shape[1], bool)
        for one in inside[np.argsort(-sizes[inside], kind="stable")]:
            members = parts.indices[parts.indptr[one] : parts.indptr[one + 1]]
            if covered[members].mean() < MIN_COVERAGE:
                kept.append(int(one))
                covered[members] = True
        mine = whole.indices[whole.indptr[k] : whole.indptr[k + 1]]
        enough = covered[mine].sum() >= MIN_COVERAGE * own[k]
        groups.append(tuple(kept) if enough else ())
    return groups


def _placed(hierarchy: Hierarchy, other: Hierarchy) -> sparse.csr_array:
    """Return ``(A, S)`` members among the proteins that both maps could have placed, sorted."""
    shared = sorted(set(hierarchy.proteins) & set(other.proteins))
    if not shared:
        raise DataError("The maps share no protein; translate one of them.")
    column = {name: k for k, name in enumerate(hierarchy.proteins)}
    inside = hierarchy.membership[:, [column[name] for name in shared]]
    return sparse.csr_array((sparse.csr_array(inside) > 0).astype(float))


def _large(members: sparse.csr_array) -> NDArray[np.intp]:
    sizes = np.asarray(members.sum(axis=1)).ravel()
    large = sizes >= MIN_SHARED_MEMBERS
    large[0] = False
    return np.flatnonzero(large & (sizes < members.shape[1]))
