"""Average linkage of a sparse network, compiled by numba: dendrograms and best Jaccard indices.

Of all linked pairs of clusters, the pair a, b with the largest

    (sum of the similarities between them) / (m_a m_b)^power

is merged, until none is linked; m is the total mass of a cluster's nodes. Masses of 1 and a power
of 1 are average linkage (UPGMA), with similarity 0 for pairs without an edge; a power below 1
favours large clusters.

Source: Sokal & Michener, Univ. Kansas Sci. Bull. 38:1409 (1958).
Cost: .03 s for 27,000 edges, .1 s for 57,000; the first call on a machine compiles for seconds.
"""

from __future__ import annotations

import heapq

import numpy as np
from numpy.typing import NDArray

from ...similarity.compiled import compiled
from .compiled_leiden import Graph, Ints, Values

Marks = NDArray[np.uint64]
Longs = NDArray[np.int64]

TIE = 1e-9  # similarities that differ by less, relatively, are tied: more than rounding
LARGEST = 4  # times the size of a set: a cluster above has a Jaccard index below .25 with it


@compiled
def linkage(graph: Graph, power: float, marks: Marks) -> Ints:
    """Return ``(M,)`` the parent of each node, then of each merged cluster; -1 where none.

    Clusters are numbered in the order of their merging. Ties are broken by a hash of the members'
    marks, so that the result does not depend on the order of nodes or edges.

    Args:
        graph: The network; weights are similarities.
        power: Exponent of the masses, above 0 up to 1.
        marks: ``(N,)`` random numbers.
    """
    starts, neighbours, weights, masses = graph
    n, end = len(masses), np.int64(len(neighbours))
    parents, holder = np.full(2 * n, -1, np.int32), np.arange(2 * n).astype(np.int32)
    mass, mark = np.append(masses, np.zeros(n)), np.append(marks, np.zeros(n, np.uint64))
    first, last = np.zeros(2 * n, np.int64), np.zeros(2 * n, np.int64)
    first[:n], last[:n] = starts[:n], starts[1:]
    ends, sums = np.empty(4 * end, np.int32), np.empty(4 * end)  # each cluster's neighbours
    ends[:end], sums[:end] = neighbours, weights
    toward, near = np.zeros(2 * n), np.empty(2 * n, np.int32)
    nearest, count = np.full(2 * n, -1, np.int32), n
    queue = [(-np.inf, np.int64(c)) for c in range(n)]
    while queue:
        _, c = heapq.heappop(queue)
        other = np.int64(nearest[c])
        if holder[c] != c:
            continue
        if other >= 0 and holder[other] == other:  # still up to date, and so the maximum
            length = last[c] - first[c] + last[other] - first[other]
            if end + length > len(ends):
                ends, sums = np.append(ends, ends), np.append(sums, sums)
            new = np.int64(count)
            first[new] = end
            for old in (c, other):
                there = slice(end, end + last[old] - first[old])
                ends[there], sums[there] = (
                    ends[first[old] : last[old]],
                    sums[first[old] : last[old]],
                )
                end = there.stop
                holder[old] = parents[old] = new
            last[new], mass[new], mark[new] = end, mass[c] + mass[other], mark[c] ^ mark[other]
            c, count = new, count + 1
        row = slice(first[c], last[c])
        links = _summed(c, ends[row], sums[row], holder, toward, near)
        last[c] = first[c] + links
        best = 0.0
        for k in range(first[c], last[c]):
            pair = (mass[c] * mass[ends[k]]) ** power
            similarity = sums[k] / pair * (1 + TIE * _drawn(mark[c] ^ mark[ends[k]]))
            if similarity > best:
                best, nearest[c] = similarity, ends[k]
        if links:
            heapq.heappush(queue, (-best, c))
    return parents[:count]


@compiled
def _summed(c: np.int64, ends: Ints, sums: Values, holder: Ints, toward: Values, near: Ints) -> int:
    """Sum edges to the same current cluster in place, without `c`; return their number."""
    count = 0
    for k in range(len(ends)):
        top = ends[k]
        while holder[top] != top:
            holder[top] = holder[holder[top]]
            top = holder[top]
        if top != c:
            near[count] = top
            count += toward[top] == 0
            toward[top] += sums[k]
    for k in range(count):
        ends[k], sums[k] = near[k], toward[near[k]]
        toward[near[k]] = 0.0
    return count


@compiled
def _drawn(mark: np.uint64) -> float:
    """A pseudo-random number in 0..1 from `mark` (the finaliser of SplitMix64)."""
    mark = (mark ^ (mark >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mark = (mark ^ (mark >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return float((mark ^ (mark >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


@compiled
def laid_out(parents: Ints, n: int) -> tuple[Ints, Longs, Longs]:
    """Return the nodes in an order in which clusters are intervals; starts and sizes of those.

    Args:
        parents: ``(M,)`` as `linkage` returns them.
        n: Number of nodes.
    """
    sizes = np.zeros(len(parents), np.int64)
    sizes[:n] = 1
    for c in range(len(parents)):
        if parents[c] >= 0:
            sizes[parents[c]] += sizes[c]
    starts, free, end = np.zeros_like(sizes), np.zeros_like(sizes), 0
    for c in range(len(parents) - 1, -1, -1):
        if parents[c] < 0:
            starts[c], end = end, end + sizes[c]
        else:
            starts[c] = free[parents[c]]
            free[parents[c]] += sizes[c]
        free[c] = starts[c]
    order = np.empty(n, np.int32)
    order[starts[:n]] = np.arange(n)
    return order, starts, sizes


@compiled
def best_jaccards(starts: Longs, members: Ints, parents: Ints, sizes: Longs) -> Values:
    """Return ``(A,)`` the largest Jaccard index of each set with a cluster of a dendrogram.

    Clusters larger than `LARGEST` times the set are skipped: 0 if all are.

    Args:
        starts: ``(A + 1,)`` of the sets in `members`.
        members: Nodes of one set after the other.
        parents: ``(M,)`` of the dendrogram.
        sizes: ``(M,)`` of its clusters.
    """
    count, seen = np.zeros(len(parents), np.int32), np.empty(len(parents) + 1, np.int32)
    best = np.zeros(len(starts) - 1)
    for a in range(len(best)):
        size, touched = starts[a + 1] - starts[a], 0
        for c in members[starts[a] : starts[a + 1]]:
            while c >= 0 and sizes[c] <= LARGEST * size:
                seen[touched] = c
                touched += count[c] == 0
                count[c] += 1
                c = parents[c]
        for c in seen[:touched]:
            best[a] = max(best[a], count[c] / (size + sizes[c] - count[c]))
            count[c] = 0
    return best


@compiled
def tanimoto(starts: Ints, neighbours: Ints, weights: Values) -> Values:
    """Return ``(2E,)`` the Tanimoto index of the neighbourhoods of an edge's ends, in 0..1.

    That of the rows x, y of the table of weights plus the identity: xy / (xx + yy - xy).

    Args:
        starts: ``(N + 1,)`` CSR starts.
        neighbours: ``(2E,)`` other ends of the edges.
        weights: ``(2E,)`` > 0.
    """
    n = len(starts) - 1
    square, row, similarity = np.ones(n), np.zeros(n), np.empty(len(weights))
    for v in range(n):
        for e in range(starts[v], starts[v + 1]):
            square[v] += weights[e] ** 2
    for v in range(n):
        edges = slice(starts[v], starts[v + 1])
        row[neighbours[edges]], row[v] = weights[edges], 1.0
        for e in range(starts[v], starts[v + 1]):
            u = neighbours[e]
            shared = row[u]
            for f in range(starts[u], starts[u + 1]):
                shared += weights[f] * row[neighbours[f]]
            similarity[e] = shared / (square[v] + square[u] - shared)
        row[neighbours[edges]], row[v] = 0.0, 0.0
    return similarity
