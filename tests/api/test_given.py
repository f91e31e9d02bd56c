"""Data in memory makes the same map as the same data from a file, byte for byte."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import igraph
import networkx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import cytoweave as cw
from cytoweave.store import Store

FORMS = ("hierarchy.nodes", "hierarchy.edges", "assemblies.tsv")


def as_matrix(pairs: pd.DataFrame) -> tuple[sparse.csr_matrix, list[str]]:
    names = sorted({*pairs["bait"], *pairs["prey"]}, reverse=True)
    i, j = ([names.index(name) for name in pairs[column]] for column in ("bait", "prey"))
    shape = (len(names), len(names))
    return sparse.csr_matrix((pairs["score"].to_numpy(), (i, j)), shape=shape), names


def as_graph(pairs: pd.DataFrame) -> "networkx.Graph[str]":
    graph: networkx.Graph[str] = networkx.Graph()
    graph.add_weighted_edges_from(pairs.itertuples(index=False, name=None))
    return graph


def half_weighted() -> "networkx.Graph[str]":
    graph: networkx.Graph[str] = networkx.Graph()
    graph.add_edge("a", "b", weight=1)
    graph.add_edge("b", "c")
    return graph


NETWORKS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "a table": lambda pairs: pairs,
    "a table of other column names": lambda pairs: pairs.set_axis(["von", "nach", "wie"], axis=1),
    "a sparse matrix": as_matrix,
    "a networkx graph": as_graph,
    "an igraph graph": lambda pairs: igraph.Graph.TupleList(
        pairs.itertuples(index=False), weights=True
    ),
    "a Network": lambda pairs: cw.Network.from_pairs(
        pairs["bait"].tolist(), pairs["prey"].tolist(), pairs["score"]
    ),
}


@pytest.fixture(scope="module")
def of_a_file(pairs: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return the map of `pairs` from a file, in a store of its own."""
    folder = tmp_path_factory.mktemp("of_a_file")
    pairs.to_csv(folder / "pairs.tsv", sep="\t", index=False)
    cw.map(folder / "pairs.tsv", out=folder / "map", store=str(folder / "store"), workers=1)
    return files(folder / "map")


def files(folder: str | Path) -> list[bytes]:
    return [(Path(folder) / name).read_bytes() for name in FORMS]


def entries() -> dict[str, int]:
    """Return how many results of each stage the store holds."""
    result = [entry.stage for entry in Store(Path("store")).entries()]
    return {stage: result.count(stage) for stage in result}


@pytest.mark.parametrize(
    ("form", "settings"),
    [
        (lambda pairs: pairs.assign(note="x"), {}),
        (lambda pairs: pairs.reset_index(), {}),
        (
            lambda pairs: pairs.set_axis(["x", "y", "w"], axis=1).assign(more=1.0),
            {"columns": ["x", "y"], "weight": "w"},
        ),
    ],
    ids=["note", "row-numbers", "named"],
)
def test_columns_of_a_table_are_chosen_as_those_of_a_file(
    pairs: pd.DataFrame,
    form: Callable[[pd.DataFrame], pd.DataFrame],
    settings: dict[str, Any],
    of_a_file: list[bytes],
) -> None:
    cw.map(form(pairs), **settings, out="memory", workers=1)
    assert files("memory") == of_a_file


def test_a_table_whose_columns_are_not_clear_is_refused(pairs: pd.DataFrame) -> None:
    table = pairs.set_axis(["x", "y", "w"], axis=1).assign(more=1.0)
    with pytest.raises(cw.DataError, match=r"network: 4 columns, 'x', 'y', 'w', 'more': which two"):
        cw.map(table)
    with pytest.raises(cw.DataError, match=r"network: the table has no column 'z'; it has"):
        cw.map(table, columns=["x", "z"])


@pytest.mark.parametrize("form", NETWORKS)
def test_a_network_in_memory_is_that_of_the_file(
    pairs: pd.DataFrame, form: str, of_a_file: list[bytes]
) -> None:
    result = cw.map(NETWORKS[form](pairs), out="memory", workers=1)
    assert files("memory") == of_a_file
    assert {frozenset(f"P{k}_{i}" for i in range(8)) for k in range(4)} <= {
        frozenset(result.members(name)) for name in result.names
    }


def test_the_same_table_is_remembered_and_another_is_not(pairs: pd.DataFrame) -> None:
    cw.map(pairs, workers=1)
    before = entries()
    cw.map(pairs.copy(), workers=1)
    assert entries() == before
    assert before["given"] == before["cluster"] == 1
    other = pairs.assign(score=pairs["score"] * 0.5)
    cw.map(other, workers=1)
    assert entries()["given"] == entries()["cluster"] == 2


def test_proteins_without_pairs_are_offered_too(pairs: pd.DataFrame) -> None:
    graph = as_graph(pairs)
    graph.add_node("lonely")
    matrix, names = as_matrix(pairs)
    wider = sparse.block_diag([matrix, sparse.csr_matrix((1, 1))], format="csr")
    for given in (graph, (wider, [*names, "lonely"]), igraph.Graph.from_networkx(graph)):
        if isinstance(given, igraph.Graph):
            given.vs["name"] = given.vs["_nx_name"]
        result = cw.map(given, workers=1)
        assert result.assemblies_of("lonely") == (result.names[0],)


@pytest.fixture
def vectors() -> pd.DataFrame:
    """Return 40 proteins in four clouds of four dimensions."""
    rng = np.random.default_rng(0)
    centres = np.repeat(np.eye(4), 10, axis=0)
    names = [f"Q{k:02d}" for k in rng.permutation(40)]
    return pd.DataFrame(centres + 0.2 * rng.normal(size=(40, 4)), index=names)


def as_anndata(vectors: pd.DataFrame, *, packed: bool) -> anndata.AnnData:
    values = vectors.to_numpy()
    obs = pd.DataFrame(index=vectors.index)
    return anndata.AnnData(sparse.csr_matrix(values) if packed else values, obs=obs)


EMBEDDINGS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "a table": lambda vectors: vectors,
    "a table with a column of names": lambda vectors: vectors.reset_index(),
    "an array": lambda vectors: (vectors.to_numpy(), list(vectors.index)),
    "AnnData": lambda vectors: as_anndata(vectors, packed=False),
    "sparse AnnData": lambda vectors: as_anndata(vectors, packed=True),
}


def test_an_embedding_in_memory_is_that_of_the_file(vectors: pd.DataFrame) -> None:
    vectors.to_csv("vectors.tsv", sep="\t", index_label="id")
    settings: dict[str, Any] = {"map__neighbours__k": 5, "workers": 1}
    cw.map(embedding="vectors.tsv", out="file", **settings)
    for name, form in EMBEDDINGS.items():
        cw.map(embedding=form(vectors), out=name, **settings)
        assert files(name) == files("file"), name
    assert entries()["given"] == 1
    assert len(cw.read("file").hierarchy.names) > 4


def test_an_embedding_of_a_run_is_taken_as_it_is(vectors: pd.DataFrame) -> None:
    values = vectors.to_numpy(np.float32)
    given = cw.Embedding.of_modality("image", list(vectors.index), values)
    cw.map(embedding=given, out="first", map__neighbours__k=5, workers=1)
    result = cw.read("first").embedding
    assert result is not None
    assert result.restrict(given.proteins).vectors.tobytes() == values.tobytes()


def test_scores_of_a_map_in_memory_are_those_of_its_file(pairs: pd.DataFrame) -> None:
    result = cw.map(pairs, out="map", workers=1)
    sets = {f"C{k}": [f"P{k}_{i}" for i in range(7)] for k in (0, 1)}
    Path("sets.gmt").write_text(
        "".join(f"{name}\t{name}\t" + "\t".join(sets[name]) + "\n" for name in sets)
    )
    here = cw.evaluate(result, references={"corum": sets}, eval__nulls=20)
    nodes, gmt = "map/hierarchy.nodes", {"corum": "sets.gmt"}
    there = cw.evaluate(nodes, references=gmt, eval__nulls=20, out="scores")
    assert here.metrics == there.metrics
    assert here.metrics["corum.all.recovered"] == 2
    written = json.loads(Path("scores/scores.json").read_text())
    assert written.keys() == there.metrics.keys()
    truth = cw.evaluate(result, references={"truth": result}, eval__nulls=20)
    assert truth.metrics["truth.all.mean_best_jaccard"] == 1


def test_the_universe_may_be_named(pairs: pd.DataFrame) -> None:
    result = cw.map(pairs, workers=1)
    sets = {"C0": [f"P0_{i}" for i in range(7)] + ["elsewhere"]}
    given: dict[str, Any] = {"references": {"mine": sets}, "eval__nulls": 20}
    known = cw.evaluate(result, **given)
    wider = cw.evaluate(result, universe=[*result.proteins, "elsewhere"], **given)
    assert wider.metrics["map.all.proteins"] == known.metrics["map.all.proteins"] + 1 == 33
    Path("universe.txt").write_text("\n".join([*result.proteins, "elsewhere"]))
    assert cw.evaluate(result, universe="universe.txt", **given).metrics == wider.metrics


def test_a_run_takes_modalities_from_memory(pairs: pd.DataFrame, vectors: pd.DataFrame) -> None:
    shared = vectors.set_axis(
        sorted({*pairs["bait"], *pairs["prey"]}) + [f"R{k}" for k in range(8)]
    )
    result = cw.run(
        modalities={"ppi": pairs, "image": shared},
        references={"mine": {"C0": [f"P0_{i}" for i in range(7)]}},
        fusion="concat", map__neighbours__k=5, eval__nulls=10, workers=1,
    )  # fmt: skip
    assert set(result.modalities) == {"ppi", "image"}
    assert result.embedding is not None
    assert len(result.embedding.proteins) == 40
    assert "mine.all.recovered" in result.scores.metrics


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([("a", "b")], "network: a path, a DataFrame, .* is needed, got list"),
        (pd.DataFrame({"a": ["x"]}), "a table of pairs needs two columns of names, got"),
        (pd.DataFrame({"a": ["x"], "b": ["y"], "w": [-1.0]}), "weight -1 of pair 0 .* 0 or more"),
        (pd.DataFrame({"a": ["x"], "b": ["y"], "w": [np.nan]}), "weight nan of pair 0"),
        (pd.DataFrame({"a": ["#x"], "b": ["y"]}), "'#x' is no name of a protein"),
        ((sparse.csr_array((2, 3)), ["a", "b"]), r"2 names need a square matrix .* got \(2, 3\)"),
        (igraph.Graph([(0, 1)]), "vertices of the graph have no attribute 'name'"),
        (half_weighted(), "1 of 2 edges have no weight"),
    ],
)
def test_what_holds_no_pairs_is_refused(given: Any, message: str) -> None:
    with pytest.raises(cw.DataError, match=message):
        cw.map(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("no object", "embedding: no object does not exist"),
        (3, "embedding: a path, a DataFrame, .* is needed, got int"),
        ((np.zeros((2, 3)), ["a"]), r"one vector for each of 1 names, got \(2, 3\)"),
        (pd.DataFrame({"a": [1.0], "b": ["x"]}), "embedding: vectors must be numbers"),
    ],
)
def test_what_holds_no_vectors_is_refused(given: Any, message: str) -> None:
    with pytest.raises(cw.DataError, match=message):
        cw.map(embedding=given)


def test_other_misfits_are_named(pairs: pd.DataFrame) -> None:
    result = cw.map(pairs, workers=1)
    with pytest.raises(cw.DataError, match="'C0' must be a list of proteins, got str"):
        cw.evaluate(result, references={"mine": {"C0": "P0_1"}})
    with pytest.raises(cw.ConfigError, match=r"references: a name is letters, .* got 'my sets'"):
        cw.evaluate(result, references={"my sets": {"C0": ["P0_1"]}})
    with pytest.raises(cw.DataError, match=r"modalities\.ppi: say what the file holds"):
        cw.run(modalities={"ppi": "pairs.tsv"})
    with pytest.raises(cw.DataError, match="universe: everything does not exist"):
        cw.evaluate(result, references={"mine": {"C0": ["P0_1"]}}, universe="everything")
    with pytest.raises(cw.ConfigError, match="universe=data: the data set measures no protein"):
        cw.evaluate(result, references={"mine": {"C0": ["P0_1"]}}, universe="data")
    with pytest.raises(cw.ConfigError, match="either network=FILE or embedding=FILE"):
        cw.map()
