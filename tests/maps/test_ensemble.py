"""The cluster ensemble from end to end: planted levels, names, ties, tiny networks."""

from collections.abc import Iterable

import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy, Network
from cytoweave.errors import ConfigError
from cytoweave.maps import ClusterEnsemble, Communities, Dendrograms, Partitions, Resolutions
from cytoweave.maps.ensemble import agreements, candidates
from cytoweave.maps.ranking import significance, weights_inside

METHOD = ClusterEnsemble(
    communities=Communities(
        cpm=Resolutions(low=None, high=0.9, count=24),
        modularity=Resolutions(low=0.05, high=5.0, count=12),
        repeats=1,
        resamples=0,
    )
)
Family = set[frozenset[str]]


def named(rows: Iterable[int]) -> list[str]:
    return [f"P{k:03d}" for k in rows]


def network(edges: list[tuple[int, int]], n: int, weights: list[float] | None = None) -> Network:
    return Network.from_pairs(
        named([a for a, _ in edges]), named([b for _, b in edges]), weights, named(list(range(n)))
    )


def clique(first: int, size: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(first, first + size) for b in range(a + 1, first + size)]


def planted(*, weighted: bool, seed: int = 0) -> tuple[Network, list[list[frozenset[str]]]]:
    """Six groups of 30, each of five complexes of 6, in two halves; denser within each."""
    rng, n = np.random.default_rng(seed), 180
    levels = [np.arange(n) // size for size in (6, 30, 90)]
    i, j = np.triu_indices(n, 1)
    same = [level[i] == level[j] for level in levels]
    kept = rng.random(len(i)) < np.select(same, [0.95, 0.2, 0.03], 0.002)
    level = np.select(same, [1.0, 0.6, 0.4], 0.2)[kept] + rng.uniform(0, 0.3, kept.sum())
    weights = level.tolist() if weighted else None
    truth = [
        [frozenset(named(np.flatnonzero(level == k))) for k in np.unique(level)] for level in levels
    ]
    return network(list(zip(i[kept].tolist(), j[kept].tolist(), strict=True)), n, weights), truth


def family(hierarchy: Hierarchy, new: dict[str, str] | None = None) -> Family:
    """The assemblies below the root, by other names if given."""
    sets = (hierarchy.members_of(k) for k in range(1, len(hierarchy.names)))
    return {frozenset(new[name] if new else name for name in members) for members in sets}


def renamed(given: Network, seed: int) -> tuple[Network, dict[str, str]]:
    """The same network under permuted names; new names by old ones."""
    order = np.random.default_rng(seed).permutation(len(given.proteins)).tolist()
    new = {old: given.proteins[k] for old, k in zip(given.proteins, order, strict=True)}
    table = given.to_frame()
    first, second = (table[column].map(new).tolist() for column in ("protein_a", "protein_b"))
    return Network.from_pairs(first, second, table["weight"].to_numpy(), given.proteins), new


@pytest.mark.parametrize("weighted", [False, True])
def test_all_three_planted_levels_come_back(weighted: bool) -> None:
    given, truth = planted(weighted=weighted)
    result = family(METHOD(given, seed=3))
    for level in truth:
        assert np.mean([max(len(t & s) / len(t | s) for s in result) for t in level]) > 0.9


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_names_do_not_show(weighted: bool, seed: int) -> None:
    given, _ = planted(weighted=weighted, seed=seed)
    other, new = renamed(given, seed)
    assert family(METHOD(given, seed=1), new) == family(METHOD(other, seed=1))


def test_names_do_not_show_where_proteins_are_alike() -> None:
    """Cliques whose members only differ by name, a hub with leaves, all weights equal."""
    edges = [*clique(0, 6), *clique(6, 5), (0, 6), *((11, k) for k in range(12, 18)), (11, 0)]
    given = network([*edges, *clique(18, 7)], 25)
    maps = [family(METHOD(given, seed=0))]
    for seed in range(5):
        other, new = renamed(given, seed)
        old = {b: a for a, b in new.items()}
        maps.append(family(METHOD(other, seed=0), old))
    assert all(result == maps[0] for result in maps)
    assert frozenset(named(range(18, 25))) in maps[0]
    assert not any(0 < len(s & set(named(range(12, 18)))) < 6 for s in maps[0])


def test_two_cliques_joined_by_one_edge() -> None:
    result = METHOD(network([*clique(0, 6), *clique(6, 6), (0, 6)], 12), seed=1)
    assert family(result) == {frozenset(named(range(6))), frozenset(named(range(6, 12)))}
    assert result.stability[1:].min() > 0.8
    assert result.persistence[1:].min() > 12


def test_parents_contain_their_children_and_the_root_all() -> None:
    given, _ = planted(weighted=True)
    result = METHOD(given, seed=0)
    members = [set(result.members_of(k)) for k in range(len(result.names))]
    assert members[0] == set(given.proteins)
    assert all(members[child] <= members[parent] for parent, child in result.edges.tolist())


@pytest.mark.parametrize("edges", [[], [(0, 1)], [(0, 1), (1, 2), (0, 2)], clique(0, 4)])
def test_tiny_networks(edges: list[tuple[int, int]]) -> None:
    """Fewer than four linked proteins hold no assembly, nor does a clique that is the root."""
    assert family(METHOD(network(edges, 4), seed=0)) == set()


def test_parts_that_are_not_linked_stay_apart() -> None:
    result = METHOD(network([*clique(0, 5), *clique(5, 5), *clique(10, 5)], 20), seed=0)
    assert family(result) == {frozenset(named(range(k, k + 5))) for k in (0, 5, 10)}


def test_seeds_repeat_and_workers_do_not_show() -> None:
    given, _ = planted(weighted=False)
    first, second = (METHOD.partitions(given, seed=4, workers=k) for k in (1, 2))
    assert np.array_equal(first.labels, second.labels)
    assert np.array_equal(first.dendrograms, second.dendrograms)
    assert first.dendrograms.shape == (44, 360)


def test_candidates_are_different_clusters_of_all_methods() -> None:
    given = network([*clique(0, 5), *clique(5, 4), (0, 5)], 18)
    partitions = METHOD.partitions(given, seed=0)
    rows = candidates(given, partitions, 4).toarray().astype(int).tolist()
    assert len({tuple(row) for row in rows}) == len(rows)
    assert all(4 <= sum(row) <= 9 for row in rows)


def test_agreement_is_one_with_a_dendrograms_own_clusters() -> None:
    given, _ = planted(weighted=True)
    partitions = METHOD.partitions(given, seed=0)
    alone = Partitions(
        partitions.labels[:0], (), partitions.resolutions[:0], partitions.replicates[:0],
        partitions.dendrograms[:1],
    )  # fmt: skip
    near = agreements(candidates(given, alone, 4), partitions.dendrograms)
    assert near[:, 0] == pytest.approx(1)
    assert 0.2 < near[:, 1:].mean() < 1


def test_dendrograms_of_resampled_edges_differ_and_of_the_seed_alone() -> None:
    given, _ = planted(weighted=True)
    first, repeated, other = (Dendrograms(resamples=2)(given, seed=k) for k in (1, 1, 2))
    assert np.array_equal(first, repeated)
    assert np.array_equal(first[:4], other[:4])  # weights without ties: no choice is left
    assert not np.array_equal(first[4:], other[4:])


def test_significance_is_a_log_likelihood_ratio() -> None:
    """By hand: a triangle with one edge outwards in a network of two of them."""
    given = Network.from_pairs(list("aabcdde"), list("bccdeff"))
    sets = sparse.csr_array(np.array([[1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 1.0]]))
    expected = 7**2 / 14
    by_hand = (6 * np.log(6 / expected) - (6 - expected)) / 3
    inside = weights_inside(sets, given, np.ones(7))
    assert significance(inside, sets, given, np.ones(7)) == pytest.approx([by_hand, 0])


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(ConfigError, match="agreement"):
        ClusterEnsemble(agreement=-1)
    with pytest.raises(ConfigError, match="containment"):
        ClusterEnsemble(containment=0.4)
