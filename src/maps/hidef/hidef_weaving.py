"""HiDeF's hierarchy of communities, and the refinement of the published cell maps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from ...similarity.containment import (
    Indices,
    boolean,
    containments,
    descendants,
    set_sizes,
    without_shortcuts,
)
from ..weaving import grown, redundant


@dataclass(frozen=True)
class Draft:
    """A hierarchy below its root.

    Attributes:
        members: ``(A, N)`` support of each membership.
        arcs: ``(A, A)`` bool parent -> child, without shortcuts.
        persistence: ``(A,)`` number of clusters behind each.
    """

    members: sparse.csr_array
    arcs: sparse.csr_array
    persistence: Indices

    def kept(self, rows: Indices) -> Draft:
        """Return the draft of some assemblies; paths through removed ones become edges."""
        below = descendants(self.arcs)[rows][:, rows]
        return Draft(self.members[rows], without_shortcuts(below), self.persistence[rows])


def woven(members: sparse.csr_array, persistence: Indices, containment: float) -> Draft:
    """Order communities by containment.

    Communities that contain each other, also in longer cycles, are merged into the largest, with
    the persistence of all; cycles are found as strongly connected components, in linear time.
    Communities nearly equal to the network become the root. Parents receive the members of all
    descendants.

    Args:
        members: ``(A, N)`` support, largest community first.
        persistence: ``(A,)``.
        containment: Share of a child that its parent must contain, in (0, 1].
    """
    everyone = sparse.csr_array(np.ones((1, members.shape[1])))
    members = sparse.csr_array(sparse.vstack([everyone, members]).tocsr())
    arcs = containments(members, containment)
    count, part = connected_components(arcs, connection="strong")
    first = np.unique(part, return_index=True)[1]
    rank = np.argsort(np.argsort(first))[part]
    gather = sparse.csr_array(
        (np.ones(len(part), np.int32), (rank, np.arange(len(part)))), shape=(count, len(part))
    )
    i, j = (gather @ arcs.astype(np.int32) @ gather.T).nonzero()
    below = (i != j) & (i > 0)
    arcs = boolean((i[below] - 1, j[below] - 1), count - 1)
    summed = (gather @ np.append(0, persistence))[1:]
    members = members[np.sort(first)[1:]]
    return Draft(grown(members, arcs), without_shortcuts(arcs), summed.astype(np.int64))


def refined(draft: Draft, containment: float, redundancy: float, min_size: int) -> Draft:
    """Add missing parents and merge redundant children until nothing changes.

    A larger assembly that contains a share `containment` of another becomes its ancestor; a child
    with a Jaccard of `redundancy` or more to a parent, or to the whole network, is removed, and its
    children move up.
    """
    draft = draft.kept(np.flatnonzero(set_sizes(draft.members) >= min_size))
    while True:
        size = set_sizes(draft.members)
        i, j = containments(draft.members, containment).nonzero()
        larger = size[i] > size[j]
        above, below = descendants(draft.arcs).nonzero()
        arcs = without_shortcuts(
            boolean((np.r_[i[larger], above], np.r_[j[larger], below]), len(size))
        )
        members = grown(draft.members, arcs)
        same = members.nnz == draft.members.nnz and arcs.nnz == draft.arcs.nnz
        draft = Draft(members, arcs, draft.persistence)
        going = _redundant_children(draft, redundancy)
        if going.any():
            draft = draft.kept(np.flatnonzero(~going))
        elif same:
            return draft


def most_persistent(draft: Draft, most: int | None) -> Draft:
    """Return the draft of the `most` most persistent assemblies, ties by order."""
    if most is None or most >= len(draft.persistence):
        return draft
    return draft.kept(np.sort(np.argsort(-draft.persistence, kind="stable")[:most]))


def _redundant_children(draft: Draft, redundancy: float) -> NDArray[np.bool_]:
    """``(A,)``: which are nearly equal to a parent that is kept, or to the network."""
    parents, children = redundant(draft.members, draft.arcs, redundancy).nonzero()
    going = np.zeros(len(draft.persistence), bool)
    going[children] = True
    staying = np.zeros(len(going), bool)
    staying[children[~going[parents]]] = True
    return staying | (set_sizes(draft.members) >= redundancy * draft.members.shape[1])
