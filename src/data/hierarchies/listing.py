"""Construction of a hierarchy from the assemblies and edges listed in a file."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ...artifacts import Hierarchy
from ...errors import DataError
from ...similarity.containment import (
    Indices,
    boolean,
    bridged,
    overlaps,
    parent_child_pairs,
    set_sizes,
    without_shortcuts,
)

logger = logging.getLogger(__name__)

ROOT = "root"


@dataclass(frozen=True)
class Listing:
    """Content of a hierarchy file, before validation.

    Attributes:
        source: The file's name, for messages.
        names: ``A`` assembly names.
        members: The proteins of each assembly.
        persistence: ``A`` whole numbers, 1 if not in the file.
        edges: Parent and child names; None if not in the file, so that containment decides.
        stability: ``A`` numbers in 0..1, NaN if not in the file; None means all NaN.
        support: Support of each membership, in (0, 1]; 1 if not in the file.
    """

    source: str
    names: Sequence[str]
    members: Sequence[frozenset[str]]
    persistence: Sequence[int]
    edges: Sequence[tuple[str, str]] | None
    stability: Sequence[float] | None = None
    support: Sequence[Mapping[str, float]] | None = None


def hierarchy_of(listing: Listing, proteins: Sequence[str] | None = None) -> Hierarchy:
    """Build the hierarchy of a listing.

    Members are kept as listed: a parent need not contain all members of its children. If no
    assembly is above all others and contains every listed protein, a root is added. Without edges,
    the parents of an assembly are the smallest ones that contain all its members.

    Args:
        listing: Assemblies, each listed once.
        proteins: The universe, in output order: other proteins are left out, with a log message;
            assemblies without any protein of it are left out, and their children become those of
            their parents. By default the union of the assemblies, sorted.

    Raises:
        DataError: On assemblies listed twice, a cycle, two roots, or no protein of the universe.
    """
    if not listing.names:
        raise DataError(f"{listing.source}: no assemblies; expected one on each line.")
    _check_names(listing)
    placed = sorted(frozenset().union(*listing.members))
    universe = tuple(placed if proteins is None else proteins)
    members = _incidence(listing, universe)
    arcs = _contained(_incidence(listing, placed)) if listing.edges is None else _given(listing)
    root = _root(listing, arcs, len(placed))
    kept = _kept(listing, members, len(placed), universe)
    arcs = bridged(arcs, kept)
    return _rooted(listing, universe, members[kept], arcs, kept, root)


def _check_names(listing: Listing) -> None:
    seen: set[str] = set()
    for name in listing.names:
        if name in seen:
            raise DataError(
                f"{listing.source}: assembly '{name}' is listed more than once; names must differ."
            )
        seen.add(name)


def _incidence(listing: Listing, universe: Sequence[str]) -> sparse.csr_array:
    column = {name: k for k, name in enumerate(universe)}
    rows = [sorted(column[p] for p in row if p in column) for row in listing.members]
    indptr = np.cumsum([0, *map(len, rows)])
    indices = np.array([k for row in rows for k in row], np.int32)
    data = np.ones(len(indices), np.float32)
    if listing.support:
        pairs = zip(rows, listing.support, strict=True)
        data[:] = [known.get(universe[k], 1.0) for row, known in pairs for k in row]
    return sparse.csr_array((data, indices, indptr), shape=(len(rows), len(universe)))


def _contained(members: sparse.csr_array) -> sparse.csr_array:
    """Arcs by containment; of identical assemblies the first is the parent."""
    i, j, shared = overlaps(members, members)
    sizes = set_sizes(members)
    contains = (i != j) & (shared == sizes[j]) & ((sizes[i] > sizes[j]) | (i < j))
    return without_shortcuts(boolean((i[contains], j[contains]), len(sizes)))


def _given(listing: Listing) -> sparse.csr_array:
    row = {name: k for k, name in enumerate(listing.names)}
    pairs = np.array([(row[p], row[c]) for p, c in listing.edges or ()], np.int64).reshape(-1, 2)
    arcs = boolean((pairs[:, 0], pairs[:, 1]), len(row))
    _, part = connected_components(arcs, connection="strong")
    alone = np.bincount(part)[part] == 1
    looped = arcs.diagonal() | ~alone
    if looped.any():
        first = int(np.flatnonzero(looped)[0])
        ring = [listing.names[k] for k in np.flatnonzero(part == part[first]).tolist()]
        raise DataError(
            f"{listing.source}: the edges among {', '.join(ring[:5])} form a cycle; "
            "every edge must lead from a larger assembly to one it holds."
        )
    return arcs


def _root(listing: Listing, arcs: sparse.csr_array, n_placed: int) -> int | None:
    """Row of the assembly above all others with every listed protein, if any."""
    parentless = np.flatnonzero(_in_degrees(arcs) == 0).tolist()
    full = [k for k in parentless if len(listing.members[k]) == n_placed]
    if len(parentless) == 1:
        return full[0] if full else None
    if full:
        other = next(k for k in parentless if k != full[0])
        raise DataError(
            f"{listing.source}: two roots, '{listing.names[full[0]]}' and "
            f"'{listing.names[other]}'; every assembly but one needs a parent among the edges."
        )
    return None


def _in_degrees(arcs: sparse.csr_array) -> Indices:
    return np.bincount(arcs.indices, minlength=arcs.shape[0]).astype(np.int64)


def _kept(
    listing: Listing, members: sparse.csr_array, n_placed: int, universe: Sequence[str]
) -> Indices:
    shared = int(np.diff(members.tocsc().indptr).astype(bool).sum())
    if n_placed and not shared:
        example = min(frozenset().union(*listing.members))
        here = f"'{universe[0]}'" if universe else "none"
        raise DataError(
            f"{listing.source} and the proteins of this experiment share no identifier "
            f"(file: '{example}', experiment: {here}); set data.id_map to translate."
        )
    if shared < n_placed:
        logger.warning(
            "%s: %d of %d proteins are not among the proteins of this experiment and are left out",
            listing.source,
            n_placed - shared,
            n_placed,
        )
    return np.flatnonzero(set_sizes(members)).astype(np.int64)


def _rooted(
    listing: Listing,
    universe: tuple[str, ...],
    members: sparse.csr_array,
    arcs: sparse.csr_array,
    kept: Indices,
    root: int | None,
) -> Hierarchy:
    """Hierarchy with the root in row 0 and the other assemblies in the file's order."""
    given = int(np.searchsorted(kept, root)) if root is not None and root in kept else -1
    rest = np.array([k for k in range(len(kept)) if k != given], np.int64)
    stability = np.array(listing.stability or [np.nan] * len(listing.names), np.float32)[kept]
    persistence = np.array(listing.persistence, np.int32)[kept]
    names = [listing.names[k] for k in kept]
    place = np.empty(len(kept), np.int64)
    place[rest] = np.arange(1, len(rest) + 1)
    if given >= 0:
        place[given] = 0
    pairs = place[parent_child_pairs(arcs)].tolist()
    if given < 0:
        pairs += [[0, int(place[k])] for k in np.flatnonzero(_in_degrees(arcs) == 0)]
    edges = np.array(pairs, np.int32).reshape(-1, 2)
    everyone = sparse.csr_array(np.ones((1, len(universe)), np.float32))
    return Hierarchy(
        universe,
        (names[given] if given >= 0 else _unused(names), *(names[k] for k in rest)),
        sparse.csr_array(sparse.vstack([everyone, members[rest]]).tocsr()),
        edges[np.lexsort((edges[:, 1], edges[:, 0]))],
        np.array([persistence[given] if given >= 0 else 0, *persistence[rest]], np.int32),
        np.array([stability[given] if given >= 0 else np.nan, *stability[rest]], np.float32),
    )


def _unused(names: Sequence[str]) -> str:
    name = ROOT
    while name in names:
        name += "_"
    return name
