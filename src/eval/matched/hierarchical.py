"""Hierarchical test of nested sets (elim): parents without their significant children."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Hierarchy
from ..terms.enrichment import benjamini_hochberg
from ..terms.overlap import Index, Values
from .sets import inside_of

Test = Callable[[Index, NDArray[np.bool_]], float]
"""``(members, explained) -> p``: tests the rest of a set, without the explained proteins."""


@dataclass(frozen=True)
class Lineage:
    """The tested assemblies of a map in bottom-up order.

    Attributes:
        order: Positions among the tested, children first.
        children: Tested children of each; an untested child is replaced by its tested descendants.
    """

    order: tuple[int, ...]
    children: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, hierarchy: Hierarchy, rows: Index) -> Lineage:
        """Read the relations from a map.

        Args:
            hierarchy: The map.
            rows: ``(A,)`` rows of the tested assemblies.
        """
        below: dict[int, list[int]] = {row: [] for row in range(len(hierarchy.names))}
        for parent, child in hierarchy.edges.tolist():
            below[parent].append(child)
        place = {int(row): k for k, row in enumerate(rows)}
        near: dict[int, set[int]] = {}
        order = []
        for row in TopologicalSorter(below).static_order():
            tested = [{child} if child in place else near[child] for child in below[row]]
            near[row] = set().union(*tested)
            if row in place:
                order.append(place[row])
        children = [tuple(sorted(place[c] for c in near[int(row)])) for row in rows]
        return cls(tuple(order), tuple(children))


def beyond_children(
    lineage: Lineage, members: sparse.csr_array, p: Values, test: Test, fdr: float
) -> tuple[Values, list[list[int]]]:
    """Return p values of assemblies without the members of significant descendants.

    Bottom up: an assembly is significant if its p value is at most the largest that passes
    Benjamini-Hochberg among the p values of whole assemblies. Its members are then removed from all
    ancestors, and from the background of their tests. Where nothing is left, or nothing can be
    compared, p is 1.

    Args:
        lineage: The tested assemblies.
        members: ``(A, n)`` assemblies x proteins; stored entries count.
        p: ``(A,)`` p values of the whole assemblies.
        test: Returns the p value of the remaining members.
        fdr: False discovery rate of the test of whole assemblies, in (0, 1].

    Returns:
        ``(A,)`` p values, and for each assembly its significant descendants.

    Source: the elim algorithm of Alexa et al., Bioinformatics 22:1600 (2006),
    doi:10.1093/bioinformatics/btl140.
    """
    bar = float(p[benjamini_hochberg(p) <= fdr].max(initial=-1.0))
    return beyond_passing(lineage, members, p, test, bar)


def beyond_passing(
    lineage: Lineage, members: sparse.csr_array, p: Values, test: Test, bar: float
) -> tuple[Values, list[list[int]]]:
    """Return the same for a fixed significance threshold `bar` of p values."""
    adjusted = p.copy()
    explaining: list[list[int]] = [[] for _ in p]
    if p.min(initial=1.0) > bar:
        return adjusted, explaining
    for k in lineage.order:
        known: set[int] = set()
        for child in lineage.children[k]:
            known.update(explaining[child])
            if adjusted[child] <= bar:
                known.add(child)
        explaining[k] = sorted(known)
        if known:
            gone = np.zeros(members.shape[1], bool)
            gone[members[explaining[k]].indices] = True
            inside = inside_of(members, k)
            rest = inside[~gone[inside]]
            adjusted[k] = test(rest, gone) if len(rest) else 1.0
    return adjusted, explaining
