"""The default map from end to end, by its consequences."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cytoweave.artifacts import Embedding, Hierarchy, Network
from cytoweave.errors import ConfigError
from cytoweave.maps import (
    Communities,
    Multiresolution,
    NearestNeighbours,
    Partitions,
    Resolutions,
    compare,
    write_nodes_edges,
)

QUICK = Communities(
    cpm=Resolutions(low=None, high=0.9, count=24),
    modularity=Resolutions(low=0.05, high=5.0, count=12),
    resamples=2,
)
METHOD = Multiresolution(communities=QUICK)


def network(edges: list[tuple[int, int]], n: int, weights: list[float] | None = None) -> Network:
    names = [f"P{k:03d}" for k in range(n)]
    return Network.from_pairs(
        [names[a] for a, _ in edges], [names[b] for _, b in edges], weights, names
    )


def clique(first: int, size: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(first, first + size) for b in range(a + 1, first + size)]


def planted(seed: int = 0) -> tuple[Network, list[set[str]]]:
    """Six groups of 30, each of five complexes of 6, in two halves; denser within each."""
    rng = np.random.default_rng(seed)
    n = 180
    complex_, group, half = (np.arange(n) // size for size in (6, 30, 90))
    i, j = np.triu_indices(n, 1)
    rate = np.select(
        [complex_[i] == complex_[j], group[i] == group[j], half[i] == half[j]],
        [0.95, 0.2, 0.03],
        0.002,
    )
    kept = rng.random(len(i)) < rate
    edges = list(zip(i[kept].tolist(), j[kept].tolist(), strict=True))
    levels = [complex_, group, half]
    truth = [
        {f"P{k:03d}" for k in np.flatnonzero(level == value)}
        for level in levels
        for value in np.unique(level)
    ]
    return network(edges, n), truth


def sets(hierarchy: Hierarchy) -> list[set[str]]:
    return [set(hierarchy.members_of(k)) for k in range(1, len(hierarchy.names))]


def test_two_cliques_joined_by_one_edge() -> None:
    result = METHOD(network([*clique(0, 6), *clique(6, 6), (0, 6)], 12), seed=1)
    assert {frozenset(s) for s in sets(result)} == {
        frozenset(f"P{k:03d}" for k in range(6)),
        frozenset(f"P{k:03d}" for k in range(6, 12)),
    }
    assert result.stability[1:].min() > 0.8
    assert result.membership.data.min() > 0.5


def test_all_three_planted_levels_come_back() -> None:
    given, truth = planted()
    result = sets(METHOD(given, seed=3))
    best = [max(len(t & s) / len(t | s) for s in result) for t in truth]
    assert np.mean(best[:30]) > 0.9
    assert np.mean(best[30:36]) > 0.9
    assert np.mean(best[36:]) > 0.9


def test_weights_decide() -> None:
    """A clique of 16 whose heavy edges form two cliques of 8 splits in two."""
    edges = clique(0, 16)
    heavy = [1.0 if (a < 8) == (b < 8) else 0.2 for a, b in edges]
    halves = [{f"P{k:03d}" for k in part} for part in (range(8), range(8, 16))]
    result = sets(METHOD(network([*edges, (15, 16)], 17, [*heavy, 0.2]), seed=0))
    assert all(half in result for half in halves)
    assert not any(half in sets(METHOD(network([*edges, (15, 16)], 17), seed=0)) for half in halves)


def test_seeds_change_partitions_but_hardly_the_map() -> None:
    given, _ = planted(1)
    first, second = (METHOD.partitions(given, seed=seed) for seed in (1, 2))
    assert (first.labels != second.labels).any()
    there, back = compare(METHOD.weave(given, first), METHOD.weave(given, second)).mean_best
    assert min(there, back) > 0.9


def test_every_repeat_is_seeded_anew() -> None:
    given, _ = planted(2)
    result = METHOD.partitions(given, seed=1)
    whole = result.replicates == 0
    first, second = np.split(result.labels[whole], 2)
    assert (first != second).any()
    steps = np.split(result.resolutions[whole], 2)
    assert steps[0].tolist() == steps[1].tolist()


def test_workers_do_not_show() -> None:
    given, _ = planted()
    alone, shared = (METHOD.partitions(given, seed=5, workers=k) for k in (1, 2))
    assert alone.labels.tobytes() == shared.labels.tobytes()
    assert alone.qualities == shared.qualities


@pytest.mark.slow  # a process of its own, which compiles or loads everything anew
def test_the_hash_seed_does_not_show(tmp_path: Path) -> None:
    given, _ = planted()
    given.save(tmp_path)
    code = (
        "from pathlib import Path; from cytoweave.artifacts import Network\n"
        "from cytoweave.maps import Communities, Multiresolution, Resolutions, write_nodes_edges\n"
        "few = Communities(Resolutions(None, .9, 8), Resolutions(.05, 5., 4), resamples=1)\n"
        "found = Multiresolution(communities=few)(Network.load(Path('.')), seed=3)\n"
        "write_nodes_edges(found, Path('1.nodes'), Path('1.edges'))"
    )
    command = [sys.executable, "-c", code]
    subprocess.run(command, cwd=tmp_path, env={"PYTHONHASHSEED": "1"}, check=True)
    few = Communities(Resolutions(None, 0.9, 8), Resolutions(0.05, 5.0, 4), resamples=1)
    here = Multiresolution(communities=few)(given, seed=3)  # by the hash seed of this process
    write_nodes_edges(here, tmp_path / "0.nodes", tmp_path / "0.edges")
    for part in ("nodes", "edges"):
        first, second = ((tmp_path / f"{k}.{part}").read_bytes() for k in "01")
        assert first == second


def test_partitions_round_trip(tmp_path: Path) -> None:
    given, _ = planted()
    before = METHOD.partitions(given, seed=1)
    before.save(tmp_path)
    after = Partitions.load(tmp_path)
    assert after.qualities == before.qualities
    for name in ("labels", "resolutions", "replicates"):
        assert getattr(after, name).tobytes() == getattr(before, name).tobytes()
    assert compare(METHOD.weave(given, after), METHOD.weave(given, before)).mean_best == (1, 1)


def test_at_most_as_many_as_asked_for() -> None:
    given, _ = planted()
    few = Multiresolution(communities=QUICK, max_assemblies=5)(given, seed=0)
    assert 1 < len(few.names) <= 6
    assert len(few.proteins) == 180


def test_tiny_and_empty_networks() -> None:
    for edges, n in (([], 0), ([], 1), ([], 5), ([(0, 1)], 2), (clique(0, 5), 5)):
        result = METHOD(network(edges, n), seed=0)
        assert result.names == ("Cluster0-0",)
        assert result.sizes.tolist() == [n]


def test_disconnected_parts_and_isolated_proteins() -> None:
    result = METHOD(network([*clique(0, 5), *clique(5, 5), *clique(10, 7)], 20), seed=0)
    assert {len(s) for s in sets(result)} == {5, 7}
    assert result.sizes[0] == 20
    assert not any("P018" in s for s in sets(result))


def test_identical_vectors() -> None:
    vectors = np.repeat(np.eye(3), 8, axis=0)
    embedding = Embedding.of_modality("x", [f"P{k:03d}" for k in range(24)], vectors)
    method = Multiresolution(neighbours=NearestNeighbours(k=7), communities=QUICK)
    result = sets(method(method.neighbours(embedding), seed=0))
    assert {frozenset(s) for s in result} == {
        frozenset(f"P{k:03d}" for k in range(start, start + 8)) for start in (0, 8, 16)
    }


def test_without_resampling_stability_is_unknown() -> None:
    none = Communities(QUICK.cpm, QUICK.modularity, resamples=0)
    result = Multiresolution(communities=none)(planted()[0], seed=0)
    assert len(result.names) > 10
    assert np.isnan(result.stability[1:]).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((5.0, 0.1, 9), r"^low must be below high \(0\.1\), got 5\.0"),
        ((-1, 1, 9), "^low must be a number above 0 or null, got -1"),
        ((0.1, 1, 1), "^count must be at least 2, or 0 for none, got 1"),
    ],
)
def test_bounds_of_resolutions(settings: tuple[float, float, int], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Resolutions(*settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"cpm": Resolutions(0.1, 1, 0), "modularity": Resolutions(0.1, 1, 0)},
            "cpm and modularity both have count=0",
        ),
        ({"contrast": -1}, r"contrast must be a number of at least 0, got -1"),
        ({"repeats": 0}, r"repeats must be a whole number of at least 1, got 0"),
        ({"resamples": -1}, r"resamples must be a whole number of at least 0, got -1"),
        ({"thinning": 0}, r"thinning must be a whole number of at least 1, got 0"),
        ({"kept": 1}, r"kept must be a number above 0 and below 1, got 1"),
    ],
)
def test_bounds_of_communities(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Communities(**settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_assemblies": 0}, r"max_assemblies must be a whole number of at least 1, got 0"),
        ({"min_size": 1}, r"min_size must be a whole number of at least 2, got 1"),
        ({"alike": 0.5}, r"alike must be a number above 0\.5 and at most 1, got 0\.5"),
        ({"overlap": 0}, r"overlap must be a number above 0 and at most 1, got 0"),
        ({"containment": 1.1}, r"containment must be a number above 0\.5 and at most 1, got 1\.1"),
        ({"redundancy": 0}, r"redundancy must be a number above 0 and at most 1, got 0"),
    ],
)
def test_bounds_of_the_map(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Multiresolution(**settings)  # type: ignore[arg-type]


@pytest.mark.slow
def test_real_network(real_data: Path, tmp_path: Path) -> None:
    """Half a minute: scales from complexes to half the proteome, and steady over seeds."""
    import pandas as pd

    table = pd.read_csv(real_data / "embeddings/U2OS_5183_MUSE_top0.2pct_pairs.tsv.gz", sep="\t")
    first, second, cosine = (table[column].tolist() for column in table.columns)
    given = Network.from_pairs(first, second, cosine)
    maps = [Multiresolution()(given, seed=seed, workers=2) for seed in (0, 1)]
    assert min(compare(*maps).mean_best) >= 0.9
    for result in maps:
        assert len(result.names) <= 276
        assert result.sizes[1:].min() >= 4
        assert (result.sizes[1:] > 500).sum() >= 3
    write_nodes_edges(maps[0], tmp_path / "map.nodes", tmp_path / "map.edges")
    assert (tmp_path / "map.nodes").read_text().count("\n") == len(maps[0].names)
