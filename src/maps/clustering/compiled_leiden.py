"""Leiden community detection in a weighted network, compiled by numba.

Maximises, over all partitions, the sum over communities C of

    w(C) - sum of m_i m_j over the pairs {i, j} of nodes in C

where w(C) is the weight of the edges inside and m_i the mass of node i. Masses of sqrt(gamma) are
the constant Potts model at resolution gamma; strengths times sqrt(gamma / 2W), W the weight of all
edges, are modularity. Every community is connected.

Source: Traag, Waltman & van Eck, Sci. Rep. 9:5233 (2019), doi:10.1038/s41598-019-41695-z.
Cost: less than half of igraph's; the first call on a machine compiles for some seconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...similarity.compiled import compiled

Ints = NDArray[np.int32]
Values = NDArray[np.float64]
Graph = tuple[Ints, Ints, Values, Values]
"""CSR ``(N + 1,)`` starts, ``(2E,)`` neighbours and weights > 0, no loops; ``(N,)`` masses."""

RANDOMNESS = 0.01  # of refinement, in units of quality; the published constant
LEAST_GAIN = 1e-10  # below, a difference is rounding


@compiled
def leiden(graph: Graph, seed: int, iterations: int) -> Ints:
    """Return ``(N,)`` communities, numbered from 0.

    Args:
        graph: The network.
        seed: Seed of the node order and of the refinement, below 2^32.
        iterations: Number of passes, each starting from the previous partition.
    """
    np.random.seed(seed)  # noqa: NPY002  (a state of its own in each thread)
    labels = np.arange(len(graph[3])).astype(np.int32)
    for _ in range(iterations):
        labels = _improved(graph, labels)
    return labels


@compiled
def _improved(graph: Graph, labels: Ints) -> Ints:
    """One pass of Leiden: move nodes, refine, aggregate, repeated until convergence."""
    holder = np.arange(len(labels)).astype(np.int32)  # the aggregated node of each node
    new = np.ones(len(labels), np.bool_)
    while True:
        _move(graph, labels, new)
        parts, count = _numbered(_refined(graph, labels))
        if count == len(parts):
            break
        coarse, _ = _numbered(labels)
        graph = _joined(graph, parts, count)
        labels = np.empty(count, np.int32)
        labels[parts] = coarse
        new = np.bincount(parts, minlength=count) > 1  # the others are in their best community
        holder = parts[holder]
    return _numbered(_connected(graph, labels)[holder])[0]


@compiled
def _move(graph: Graph, labels: Ints, new: NDArray[np.bool_]) -> None:
    """Local moving: move single nodes while that raises the quality, `new` nodes first.

    A queue contains the nodes that may have a better community: first all new ones in random order,
    later the neighbours of each moved node (the fast local moving of the paper). The queue is a
    ring buffer, as no node is in it twice.

    Moving node v from its community into C changes the quality by w(v, C) - m_v M_C, less the same
    expression for the community it leaves, where w(v, C) is the weight of its edges to C and M_C
    the mass of C without v. `toward` contains w(v, C) for the communities of its neighbours only:
    no other one can gain, except an empty one, whose value is 0.
    """
    starts, neighbours, weights, masses = graph
    n = len(masses)
    total, size = np.bincount(labels, masses, n), np.bincount(labels, minlength=n)
    free, unused = np.argsort(size), n - np.count_nonzero(size)
    order, waits = np.random.permutation(n), new.copy()  # noqa: NPY002
    queue = np.append(order[new[order]], order[~new[order]])
    head, length = 0, new.sum()
    toward, near = np.zeros(n), np.empty(n + 1, np.int32)
    while length:
        v = queue[head]
        head = (head + 1) % n
        length -= 1
        waits[v] = False
        own, mass = labels[v], masses[v]
        size[own] -= 1
        # v is taken out first; an emptied community has mass 0 exactly, not a rounding error.
        total[own] = total[own] - mass if size[own] else 0.0
        edges = slice(starts[v], starts[v + 1])
        count = _gathered(neighbours[edges], weights[edges], labels, toward, near, 0)
        best, gain = own, toward[own] - mass * total[own]
        for c in near[:count]:
            other = toward[c] - mass * total[c]
            toward[c] = 0.0
            if other > gain + LEAST_GAIN:
                best, gain = c, other
        if gain < -LEAST_GAIN:  # every community repels v: it becomes one of its own
            unused -= 1
            best = free[unused]
        size[best] += 1
        total[best] += mass
        if best == own:
            continue
        if size[own] == 0:
            free[unused] = own
            unused += 1
        labels[v] = best
        for u in neighbours[edges]:
            if not waits[u] and labels[u] != best:
                waits[u] = True
                queue[(head + length) % n] = u
                length += 1


@compiled
def _gathered(
    neighbours: Ints, weights: Values, labels: Ints, toward: Values, near: Ints, count: int
) -> int:
    """Sum edge weights by the label of the other end; append new labels to `near`."""
    for e in range(len(neighbours)):
        label = labels[neighbours[e]]
        near[count] = label
        count += toward[label] == 0  # branchless: overwritten unless new
        toward[label] += weights[e]
    return count


@compiled
def _refined(graph: Graph, labels: Ints) -> Ints:
    """Refinement: split communities into well-connected parts by random merges.

    Each node starts as a part of its own. A node, or part, P of community C is well connected if
    w(P, C - P) >= m_P (M_C - m_P), that is, if it would not gain by leaving. Only single nodes are
    merged, into parts with a gain >= 0, drawn in proportion to exp(gain / RANDOMNESS): the maximum
    of gain + Gumbel noise is such a draw, without summing the exponentials.
    """
    n = len(labels)
    starts, neighbours, weights, outward = _inside(graph, labels)
    parts, alone = np.arange(n).astype(np.int32), np.ones(n, np.bool_)
    mass, whole = graph[3].copy(), np.bincount(labels, graph[3], n)
    toward, near = np.zeros(n), np.empty(n + 1, np.int32)
    for v in np.random.permutation(n):  # noqa: NPY002
        community = whole[labels[v]]
        edges = slice(starts[v], starts[v + 1])
        tied = outward[v] >= mass[v] * (community - mass[v]) - LEAST_GAIN
        if not (alone[v] and tied and edges.start < edges.stop):
            continue
        count = _gathered(neighbours[edges], weights[edges], parts, toward, near, 0)
        best, highest = v, _noise()
        for p in near[:count]:
            gain = toward[p] - mass[v] * mass[p]
            if gain >= 0 and outward[p] >= mass[p] * (community - mass[p]) - LEAST_GAIN:
                score = gain + _noise()
                if score > highest:
                    best, highest = p, score
        if best != v:
            parts[v] = best
            alone[v] = alone[best] = False
            mass[best] += mass[v]
            # edges between v and the part were counted in both and are inside now
            outward[best] += outward[v] - 2 * toward[best]
        for p in near[:count]:
            toward[p] = 0.0
    return parts


@compiled
def _inside(graph: Graph, labels: Ints) -> Graph:
    """The edges within communities, and the ``(N,)`` sum of their weights at each node."""
    starts, neighbours, weights = graph[0], graph[1], graph[2]
    kept, inner_weights = np.empty(len(neighbours) + 1, np.int32), np.empty(len(neighbours) + 1)
    first, outward = np.zeros(len(starts), np.int32), np.zeros(len(labels))
    end = 0
    for v in range(len(labels)):
        for e in range(starts[v], starts[v + 1]):
            inside = labels[neighbours[e]] == labels[v]
            kept[end], inner_weights[end] = neighbours[e], weights[e]
            outward[v] += weights[e] * inside
            end += inside
        first[v + 1] = end
    return first, kept, inner_weights, outward


@compiled
def _noise() -> float:
    """Gumbel noise: the argmax of gain + noise is a draw in proportion to exp(gain / scale)."""
    return float(-RANDOMNESS * np.log(-np.log(np.random.random())))  # noqa: NPY002


@compiled
def _connected(graph: Graph, labels: Ints) -> Ints:
    """Connected components of communities: splitting a disconnected one raises the quality."""
    starts, neighbours = graph[0], graph[1]
    component = np.full(len(labels), -1, np.int32)
    stack = np.empty(len(labels), np.int32)
    for root in range(len(labels)):
        if component[root] >= 0:
            continue
        component[root] = root
        stack[0], height = root, 1
        while height:
            height -= 1
            v = stack[height]
            for u in neighbours[starts[v] : starts[v + 1]]:
                if component[u] < 0 and labels[u] == labels[v]:
                    component[u] = root
                    stack[height] = u
                    height += 1
    return component


@compiled
def _numbered(labels: Ints) -> tuple[Ints, int]:
    """Labels from 0 in order of appearance, and their number."""
    place = np.full(len(labels), -1, np.int32)
    numbers, count = np.empty(len(labels), np.int32), 0
    for v in range(len(labels)):
        if place[labels[v]] < 0:
            place[labels[v]] = count
            count += 1
        numbers[v] = place[labels[v]]
    return numbers, count


@compiled
def _joined(graph: Graph, parts: Ints, count: int) -> Graph:
    """Aggregate network: one node per part, with summed weights and masses."""
    starts, neighbours, weights, masses = graph
    last, before = np.full(count, -1, np.int32), np.empty(len(parts), np.int32)
    for v in range(len(parts)):  # linked lists of the members of each part
        before[v], last[parts[v]] = last[parts[v]], v
    toward, near = np.zeros(count), np.empty(count + 1, np.int32)
    new_starts = np.zeros(count + 1, np.int32)
    new_neighbours, new_weights = np.empty_like(neighbours), np.empty_like(weights)
    end = 0
    for p in range(count):
        v, touched = last[p], 0
        while v >= 0:
            edges = slice(starts[v], starts[v + 1])
            touched = _gathered(neighbours[edges], weights[edges], parts, toward, near, touched)
            v = before[v]
        for q in near[:touched]:
            if q != p:
                new_neighbours[end], new_weights[end] = q, toward[q]
                end += 1
            toward[q] = 0.0
        new_starts[p + 1] = end
    mass = np.bincount(parts, masses, count).astype(np.float64)
    return new_starts, new_neighbours[:end].copy(), new_weights[:end].copy(), mass
