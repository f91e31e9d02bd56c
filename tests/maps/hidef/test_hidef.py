"""HiDeF step by step against plain oracles, and as a whole by its consequences."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy, Network
from cytoweave.errors import ConfigError
from cytoweave.maps import Hidef, ResolutionRange
from cytoweave.maps.hidef.hidef_weaving import refined, woven
from cytoweave.maps.hidef.percolation import components, consensus, ensembles
from cytoweave.maps.persistence import occurrences, similar
from cytoweave.similarity.containment import set_sizes

Sets = list[set[int]]
FEW = ResolutionRange(low=0.01, high=50, spacing=0.2, neighbours=6)
METHOD = Hidef(range=FEW, persistence=4)


def matrix(sets: Sets, n: int) -> sparse.csr_array:
    dense = np.array([[k in s for k in range(n)] for s in sets], np.float32).reshape(-1, n)
    return sparse.csr_array(dense)


def rows(members: sparse.csr_array) -> list[frozenset[int]]:
    parts = np.split(members.indices, members.indptr[1:-1])
    return [frozenset(part.tolist()) for part in parts]


def jaccard(a: frozenset[int], b: frozenset[int]) -> float:
    return len(a & b) / len(a | b)


def planted(seed: int, n: int = 1000) -> tuple[Network, list[frozenset[str]]]:
    """Groups of 5 in groups of 25 in groups of 200, denser within each."""
    rng = np.random.default_rng(seed)
    names = np.array([f"P{k:04d}" for k in range(n)])
    i, j = np.triu_indices(n, 1)
    within = [i // size == j // size for size in (5, 25, 200)]
    kept = rng.random(len(i)) < np.select(within, [0.95, 0.3, 0.03], 0.001)
    truth = [
        frozenset(names[start : start + size].tolist())
        for size in (5, 25, 200)
        for start in range(0, n, size)
    ]
    return Network.from_pairs(
        names[i[kept]].tolist(), names[j[kept]].tolist(), proteins=names.tolist()
    ), truth


def assemblies(result: Hierarchy) -> list[frozenset[str]]:
    names = np.array(result.proteins)
    return [frozenset(names[list(row)].tolist()) for row in rows(result.membership)[1:]]


@pytest.mark.parametrize(
    ("high", "count"), [(10, 206), (25, 242), (50, 253), (80, 257), (100, 259)]
)
def test_the_published_number_of_resolutions(high: float, count: int) -> None:
    steps = ResolutionRange(high=high).resolutions()
    assert len(steps) == len(set(steps.tolist())) == count
    assert (steps.min(), steps.max()) == (0.001, high)


def drifting(seed: int, partitions: int = 9, n: int = 24) -> np.ndarray:
    """Partitions that change a little from one to the next."""
    rng = np.random.default_rng(seed)
    labels = [rng.integers(0, 4, n)]
    for _ in range(partitions - 1):
        step = labels[-1].copy()
        step[rng.integers(0, n, 2)] = rng.integers(0, 4, 2)
        labels.append(step)
    return np.array(labels, np.int32)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [3, 4])
def test_ensembles_against_networkx(seed: int, size: int) -> None:
    """Oracle: every occurrence a vertex of its own, and networkx' clique percolation."""
    labels = drifting(seed)
    result = occurrences(labels, 4)
    near = np.abs(np.subtract.outer(np.arange(9), np.arange(9)))
    nearby = sparse.csr_array((near > 0) & (near <= 2))
    part = components(result, nearby, 0.6)
    alike = similar(result.members, 0.6)
    got = sorted(sorted(np.repeat(c, t).tolist()) for c, t in ensembles(result, part, alike, size))
    sets = [rows(result.members)[c] for c in result.cluster]
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(sets)))
    for a, b in combinations(range(len(sets)), 2):
        apart = abs(int(result.partition[a]) - int(result.partition[b]))
        if 0 < apart <= 2 and jaccard(sets[a], sets[b]) > 0.6:
            graph.add_edge(a, b)
    expected = []
    for piece in nx.connected_components(graph):
        assert len({int(part[k]) for k in piece}) == 1
        dense = nx.Graph(
            (a, b) for a, b in combinations(piece, 2) if jaccard(sets[a], sets[b]) > 0.6
        )
        for group in nx.community.k_clique_communities(dense, size):
            expected.append(sorted(int(result.cluster[k]) for k in group))
    assert got == sorted(expected)
    assert len({int(p) for p in part}) == nx.number_connected_components(graph)


def test_consensus_counts_every_occurrence() -> None:
    clusters = matrix([{0, 1, 2, 3}, {0, 1, 2, 4}], 6)
    groups = [(np.array([0, 1]), np.array([3, 1]))]
    support, persistence = consensus(clusters, groups, 0.7)
    assert persistence.tolist() == [4]
    assert dict(zip(support.indices.tolist(), support.data.tolist(), strict=True)) == {
        0: 1, 1: 1, 2: 1, 3: 0.75,
    }  # fmt: skip
    assert consensus(clusters, groups, 0.75)[0].indices.tolist() == [0, 1, 2]


def test_mutual_containment_adds_up_and_keeps_the_largest() -> None:
    sets: Sets = [set(range(10)), set(range(9)), set(range(4)), {20, 21, 22, 23}]
    result = woven(matrix(sets, 40), np.array([3, 4, 5, 6]), 0.75)
    assert result.persistence.tolist() == [7, 5, 6]
    assert [len(s) for s in rows(result.members)] == [10, 4, 4]
    assert np.argwhere(result.arcs.toarray()).tolist() == [[0, 1]]


def test_parents_receive_what_is_below() -> None:
    sets: Sets = [set(range(12)), {8, 9, 10, 11, 12}]
    result = woven(matrix(sets, 40), np.array([1, 1]), 0.75)
    assert [sorted(s) for s in rows(result.members)] == [list(range(13)), [8, 9, 10, 11, 12]]


def test_what_nearly_is_everything_is_the_root() -> None:
    result = woven(matrix([set(range(8)), {0, 1, 2}], 10), np.array([9, 2]), 0.75)
    assert [len(s) for s in rows(result.members)] == [3]


def test_a_ring_of_mutual_containments_is_one() -> None:
    """Hundreds of cycles; their enumeration would take minutes."""
    sets: Sets = [set(range(40)) - {k} for k in range(10)]
    result = woven(matrix(sets, 100), np.arange(10), 0.75)
    assert result.persistence.tolist() == [45]


def test_refinement_merges_near_copies_and_adds_parents() -> None:
    """The near copy goes and its child moves up; growth makes a parent of another."""
    sets: Sets = [set(range(20)), set(range(19)), set(range(5)), {30, 31, 32}]
    start = woven(matrix(sets, 60), np.array([1, 1, 1, 1]), 0.96)
    assert len(start.persistence) == 4
    result = refined(start, 0.75, 0.9, 4)
    assert [len(s) for s in rows(result.members)] == [20, 5]
    assert np.argwhere(result.arcs.toarray()).tolist() == [[0, 1]]


@pytest.mark.parametrize("seed", range(4))
def test_refined_hierarchies_keep_their_promises(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sets: Sets = sorted(
        (set(rng.choice(30, rng.integers(2, 20), replace=False).tolist()) for _ in range(25)),
        key=len,
        reverse=True,
    )
    result = refined(woven(matrix(sets, 60), np.ones(25, np.int64), 0.75), 0.75, 0.9, 4)
    members, arcs = rows(result.members), np.argwhere(result.arcs.toarray())
    assert set_sizes(result.members).min() >= 4
    below: nx.DiGraph[int] = nx.DiGraph()
    below.add_edges_from((int(a), int(b)) for a, b in arcs)
    below.add_nodes_from(range(len(members)))
    assert nx.is_directed_acyclic_graph(below)
    assert set(nx.transitive_reduction(below).edges) == set(below.edges)
    for a, b in arcs:
        assert members[a] >= members[b]
        assert jaccard(members[a], members[b]) < 0.9
    for a, b in combinations(range(len(members)), 2):
        if len(members[a]) != len(members[b]):
            large, small = (a, b) if len(members[a]) > len(members[b]) else (b, a)
            held = len(members[large] & members[small]) / len(members[small])
            assert held < 0.75 or nx.has_path(below, large, small)


def test_all_levels_of_a_planted_hierarchy_come_back() -> None:
    given, truth = planted(0)
    result = assemblies(Hidef(persistence=5)(given, seed=0, workers=2))
    best = [max(len(t & s) / len(t | s) for s in result) for t in truth]
    for size, share in ((5, 0.8), (25, 0.9), (200, 1.0)):
        level = [b for t, b in zip(truth, best, strict=True) if len(t) == size]
        assert np.mean(np.array(level) >= 0.8) >= share


def test_the_seed_decides_and_nothing_else() -> None:
    given, _ = planted(1, 200)
    one, same = (METHOD(given, seed=3, workers=k) for k in (1, 2))
    assert assemblies(one) == assemblies(same)
    assert one.edges.tolist() == same.edges.tolist()
    labels = [METHOD.partitions(given, seed=k).labels for k in (3, 4)]
    assert (labels[0] != labels[1]).any()


def test_weights_are_not_used() -> None:
    given, _ = planted(1, 200)
    heavy = Network(given.proteins, given.edges, given.weights + 7)
    assert assemblies(METHOD(given, seed=0)) == assemblies(METHOD(heavy, seed=0))


def test_layers_are_clustered_jointly() -> None:
    """Two layers: the strong edges make groups of five, the weak ones join them in pairs."""
    names = [f"P{k:02d}" for k in range(40)]
    pairs = [(i, j) for i, j in combinations(range(40), 2) if i // 10 == j // 10]
    weights = [2.0 if i // 5 == j // 5 else 1.0 for i, j in pairs]
    given = Network.from_pairs([names[i] for i, _ in pairs], [names[j] for _, j in pairs], weights)
    strong = sum(w == 2 for w in weights) / len(weights)
    one = Hidef(range=FEW, persistence=4)(given, seed=0)
    two = Hidef(range=FEW, persistence=4, layers=(strong, 1.0))(given, seed=0)
    assert {len(s) for s in assemblies(one)} == {10}
    assert {len(s) for s in assemblies(two)} == {5, 10}


def test_the_most_persistent_are_kept() -> None:
    given, _ = planted(1, 200)
    every, few = (
        Hidef(range=FEW, persistence=4, max_assemblies=k)(given, seed=0) for k in (None, 7)
    )
    assert len(few.names) == 8
    assert min(few.persistence[1:]) >= sorted(every.persistence[1:])[-7]


def test_tiny_and_empty_networks() -> None:
    for n, pairs in ((0, []), (1, []), (6, []), (2, [(0, 1)])):
        names = [f"P{k}" for k in range(n)]
        given = Network.from_pairs(
            [names[a] for a, _ in pairs], [names[b] for _, b in pairs], proteins=names
        )
        result = METHOD(given, seed=0)
        assert result.names == ("Cluster0-0",)
        assert result.sizes.tolist() == [n]


def test_disconnected_parts_and_isolated_proteins() -> None:
    names = [f"P{k:02d}" for k in range(30)]
    pairs = [(i, j) for i, j in combinations(range(20), 2) if i // 10 == j // 10]
    given = Network.from_pairs(
        [names[i] for i, _ in pairs], [names[j] for _, j in pairs], proteins=names
    )
    result = METHOD(given, seed=0)
    assert sorted(map(sorted, assemblies(result))) == [names[:10], names[10:20]]
    assert result.sizes[0] == 30


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"similarity": 0.0}, r"similarity must be a number above 0 and at most 1, got 0\.0"),
        ({"persistence": 1}, r"persistence must be a whole number of at least 2, got 1"),
        (
            {"max_assemblies": 0},
            r"max_assemblies must be a whole number of at least 1 or null, got 0",
        ),
        (
            {"layers": (0.5, 1.5)},
            r"layers must be a list \(each a number above 0 and at most 1\), got \(0\.5, 1\.5\)",
        ),
    ],
)
def test_settings_out_of_range(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Hidef(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"low": 2.0, "high": 1.0}, r"low must be below high \(1\.0\), got 2\.0"),
        ({"spacing": 0.0}, r"spacing must be a number above 0, got 0\.0"),
        ({"neighbours": 0}, r"neighbours must be a whole number of at least 1, got 0"),
    ],
)
def test_ranges_out_of_range(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ResolutionRange(**settings)  # type: ignore[arg-type]
