"""What passes between stages survives being written and read, and refuses contradictions."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from cytoweave.artifacts import (
    ElutionProfiles,
    Embedding,
    Findings,
    Hierarchy,
    ImageSet,
    Network,
    Reading,
    Scores,
    TermSet,
)
from cytoweave.data.hierarchies.files import read_hierarchy
from cytoweave.errors import DataError


def hierarchy() -> Hierarchy:
    members = sparse.csr_array(np.array([[1, 1, 1], [1, 0.5, 0]], np.float32))
    return Hierarchy(
        ("A", "B", "NA"),
        ("root", "pair"),
        members,
        np.array([[0, 1]], np.int32),
        np.array([0, 7], np.int32),
        np.array([np.nan, 0.5], np.float32),
    )


def test_network_unites_pairs_given_twice_by_their_largest_weight() -> None:
    network = Network.from_pairs(["B", "A", "C", "B"], ["A", "B", "C", "D"], [0.2, 0.9, 1.0, 0.5])
    assert network.proteins == ("A", "B", "C", "D")
    assert network.edges.tolist() == [[0, 1], [1, 3]]
    np.testing.assert_allclose(network.weights, [0.9, 0.5])
    assert network.adjacency()[[1], [0]] == pytest.approx(0.9)


def test_network_keeps_isolated_proteins() -> None:
    network = Network.from_pairs(["B"], ["A"], proteins=["Z", "A"])
    assert network.proteins == ("A", "B", "Z")


def test_an_empty_network_is_a_network() -> None:
    network = Network.from_pairs([], [])
    assert network.proteins == ()
    assert network.adjacency().shape == (0, 0)


def test_network_survives_a_folder(tmp_path: Path) -> None:
    network = Network.from_pairs(["B", "A"], ["A", "NA"], [0.2, 0.9])
    network.save(tmp_path)
    back = Network.load(tmp_path)
    assert back.proteins == network.proteins
    np.testing.assert_array_equal(back.edges, network.edges)
    np.testing.assert_array_equal(back.weights, network.weights)


def test_embedding_survives_a_folder_and_restricts_in_order(tmp_path: Path) -> None:
    embedding = Embedding(
        ("B", "A"),
        np.array([[1, 2], [3, 4]], np.float32),
        ("ppi", "image"),
        np.array([[1, 0], [1, 1]], bool),
        np.array([0.25, 0.5], np.float32),
    )
    embedding.save(tmp_path)
    back = Embedding.load(tmp_path).restrict(["A", "B"])
    assert back.uncertainty is not None
    assert back.uncertainty.tolist() == [0.5, 0.25]
    replace(embedding, uncertainty=None).save(tmp_path)
    assert Embedding.load(tmp_path).uncertainty is None
    with pytest.raises(DataError, match=r"one number for each of 2 proteins, got \(1,\)"):
        replace(embedding, uncertainty=np.zeros(1, np.float32))
    assert back.modalities == ("ppi", "image")
    assert back.vectors.tolist() == [[3, 4], [1, 2]]
    assert back.present.tolist() == [[True, True], [True, False]]


def test_hierarchy_survives_a_folder(tmp_path: Path) -> None:
    hierarchy().save(tmp_path)
    back = Hierarchy.load(tmp_path)
    assert back.names == ("root", "pair")
    assert repr(back) == "<Hierarchy: 3 proteins, 1 assemblies below the root>"
    assert back.sizes.tolist() == [3, 2]
    assert back.members("pair") == back.members_of(1) == ("A", "B")
    with pytest.raises(DataError, match=r"There is no assembly 'pear'; did you mean 'pair'\?"):
        back.members("pear")
    assert back.parents_of(1) == ("root",)
    np.testing.assert_array_equal(back.membership.toarray(), hierarchy().membership.toarray())
    np.testing.assert_array_equal(back.stability, hierarchy().stability)


def test_scores_survive_a_folder(tmp_path: Path) -> None:
    table = pd.DataFrame({"protein": ["NA", "A"], "p": [0.1, np.nan]})
    Scores({"corum.all.mmr": 0.1 + 0.2}, {"terms": table}).save(tmp_path)
    back = Scores.load(tmp_path)
    assert back.metrics == {"corum.all.mmr": 0.1 + 0.2}
    pd.testing.assert_frame_equal(back.tables["terms"], table)


@pytest.mark.parametrize(
    "value",
    [
        ImageSet(("i",), (("A", "B"),), ("",), np.zeros((1, 4, 2, 2), np.uint8)),
        TermSet.from_sets({"t": ("a term", {"B", "A"}), "u": ("", {"C"})}),
        ElutionProfiles(("A",), np.array([[[1, np.nan]]], np.float32)),
        hierarchy(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_reading_survives_a_folder(tmp_path: Path, value: object) -> None:
    names = pd.DataFrame({"given": ["x"], "symbol": ["NA"], "status": ["updated"]})
    Reading(value, names, ("one image left out",)).save(tmp_path)  # type: ignore[arg-type]
    back = Reading.load(tmp_path)
    assert type(back.value) is type(value)
    assert back.notes == ("one image left out",)
    pd.testing.assert_frame_equal(back.identifiers, names)
    repeated = tmp_path / "again"
    repeated.mkdir()
    back.save(repeated)
    written = sorted(path.relative_to(repeated) for path in repeated.rglob("*") if path.is_file())
    assert all((repeated / p).read_bytes() == (tmp_path / p).read_bytes() for p in written)


def test_repeated_proteins_are_refused() -> None:
    with pytest.raises(DataError, match="'A' occurs more than once"):
        Embedding.of_modality("ppi", ["A", "A"], np.zeros((2, 1)))


def test_vectors_must_be_finite() -> None:
    with pytest.raises(DataError, match="NaN or infinity"):
        Embedding.of_modality("ppi", ["A"], [[np.nan]])


def test_an_edge_needs_a_weight() -> None:
    with pytest.raises(DataError, match="one weight per edge"):
        Network(("A", "B"), np.array([[0, 1]], np.int32), np.array([], np.float32))


def nested() -> Hierarchy:
    """A map of four proteins: a trio, a pair inside it, and one protein that is in neither."""
    held = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 0.5, 0, 0]], np.float32)
    edges = np.array([[0, 1], [1, 2]], np.int32)
    persistence, stability = np.array([0, 3, 7], np.int32), np.array([np.nan, 0.5, 1], np.float32)
    return Hierarchy(
        ("A", "B", "C", "D"),
        ("root", "trio", "pair"),
        sparse.csr_array(held),
        edges,
        persistence,
        stability,
    )


def test_a_protein_has_assemblies_smallest_first() -> None:
    assert nested().assemblies_of("B") == ("pair", "trio", "root")
    assert nested().assemblies_of("D") == ("root",)
    with pytest.raises(DataError, match="There is no protein 'E'; the first is 'A'"):
        nested().assemblies_of("E")


def test_a_hierarchy_as_a_frame_and_as_a_graph_agree() -> None:
    table, graph = nested().to_frame(), nested().to_networkx()
    assert table.loc["pair"].to_dict() == {
        "size": 2, "persistence": 7, "stability": 1.0, "parents": "trio", "members": "A B",
    }  # fmt: skip
    assert sorted(graph.edges) == [("root", "trio"), ("trio", "pair")]
    for name, values in graph.nodes.items():
        assert values["members"] == nested().members(name)
        assert values["size"] == table.loc[name, "size"] == len(values["members"])


def test_a_hierarchy_as_cx2_reads_back(tmp_path: Path) -> None:
    (tmp_path / "map.cx2").write_text(json.dumps(nested().to_cx2()))
    back = read_hierarchy(tmp_path / "map.cx2")
    assert (back.names, back.proteins) == (nested().names, nested().proteins)
    assert [back.members_of(k) for k in range(3)] == [nested().members_of(k) for k in range(3)]
    assert back.edges.tolist() == nested().edges.tolist()
    assert back.persistence.tolist()[1:] == [3, 7]
    np.testing.assert_array_equal(back.stability, nested().stability)


def test_a_network_as_frame_graph_and_cx2_holds_the_same_pairs() -> None:
    network = Network.from_pairs(["B", "A"], ["A", "NA"], [0.25, 0.5], proteins=["Z"])
    expected = {("A", "B"): 0.25, ("A", "NA"): 0.5}
    table = network.to_frame()
    assert dict(
        zip(zip(table.protein_a, table.protein_b, strict=True), table.weight, strict=True)
    ) == (expected)
    graph = network.to_networkx()
    assert {(a, b): data["weight"] for a, b, data in graph.edges(data=True)} == expected
    assert set(graph) == set(network.proteins)
    nodes, edges = (
        next(part[k] for part in network.to_cx2() if k in part) for k in ("nodes", "edges")
    )
    assert isinstance(nodes, list)
    assert isinstance(edges, list)
    names = {node["id"]: node["v"]["name"] for node in nodes}
    assert {(names[e["s"]], names[e["t"]]): e["v"]["Weight"] for e in edges} == expected
    assert Network.from_pairs([], []).to_frame().shape == (0, 3)


def test_an_embedding_as_a_frame_and_as_anndata_agree() -> None:
    present = np.array([[1, 0], [1, 1]], bool)
    vectors, doubt = np.array([[1, 2], [3, 4]], np.float32), np.array([0.25, 0.5], np.float32)
    embedding = Embedding(("B", "A"), vectors, ("ppi", "image"), present, doubt)
    data, table = embedding.to_anndata(), embedding.to_frame()
    assert list(data.obs_names) == list(table.index) == ["B", "A"]
    np.testing.assert_array_equal(data.X, table.to_numpy())
    assert data.obs["has_image"].tolist() == [False, True]
    assert data.obs["uncertainty"].tolist() == [0.25, 0.5]


def test_scores_as_a_frame_have_a_row_per_metric() -> None:
    table = Scores({"corum.all.auroc.null_mean": 0.5, "map.all.robust": 3.0}).to_frame()
    assert table.to_dict("records") == [
        {"reference": "corum", "part": "all", "metric": "auroc.null_mean", "value": 0.5},
        {"reference": "map", "part": "all", "metric": "robust", "value": 3.0},
    ]


def test_findings_of_an_older_version_are_read(tmp_path: Path) -> None:
    table = pd.DataFrame({"assembly": ["A"], "p": [0.5]})
    Findings("Question", {"property": table}, {"tested": 3.0}).save(tmp_path)
    assert Findings.load(tmp_path).metrics == {"tested": 3.0}
    note = tmp_path / "findings.json"
    note.write_text(note.read_text().replace('"metrics"', '"figures"'))
    assert Findings.load(tmp_path).metrics == {"tested": 3.0}
