import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ndex2.cx2 import CX2Network, RawCX2NetworkFactory

from cytoweave.artifacts import Hierarchy, Network
from cytoweave.data.hierarchies.files import read_hierarchy
from cytoweave.errors import DataError
from cytoweave.report import RunResult, write_map, write_run
from cytoweave.report.exchange import cx2_attributes
from cytoweave.report.exchange.cx2_network import (
    FEWEST_EDGES,
    MAX_EDGES,
    MAX_ELEMENTS,
    Edges,
    chosen,
    places_of,
    similarity_edges,
)
from cytoweave.report.exchange.hcx import read_hcx

ORDER = [
    "CXVersion",
    "metaData",
    "attributeDeclarations",
    "networkAttributes",
    "nodes",
    "edges",
    "visualProperties",
    "visualEditorProperties",
    "status",
]
FIELDS = {
    "name": str,
    "CD_MemberList": str,
    "CD_MemberList_Size": int,
    "CD_MemberList_LogSize": float,
    "HiDeF_persistence": int,
    "HCX::isRoot": bool,
    "HCX::members": list,
    "HCX::memberNames": list,
    "CD_CommunityName": str,
    "CD_Labeled": bool,
    "CD_AnnotatedMembers": str,
    "CD_AnnotatedMembers_Size": int,
    "CD_AnnotatedMembers_Overlap": float,
    "CD_AnnotatedMembers_Pvalue": float,
}
LISTS = ("terms", "descriptions", "FDRs", "jaccard_indexes", "overlap_genes")


@pytest.fixture(scope="module")
def paths(run: RunResult, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("cx2")
    write_run(folder, run)
    return folder / "hierarchy.cx2", folder / "hierarchy_parent.cx2"


def opened(path: Path) -> CX2Network:
    return RawCX2NetworkFactory().get_cx2network(json.loads(path.read_text()))


def by_name(path: Path) -> dict[str, dict[str, Any]]:
    return {node["v"]["name"]: node["v"] for node in opened(path).get_nodes().values()}


def test_aspects_stand_in_the_order_of_the_format(paths: tuple[Path, Path]) -> None:
    for path in paths:
        document = json.loads(path.read_text())
        names = [next(iter(aspect)) for aspect in document]
        assert [name for name in names if name != "filterWidgets"] == ORDER
        assert document[0]["CXVersion"] == "2.0"
        counts = {entry["name"]: entry["elementCount"] for entry in document[1]["metaData"]}
        aspects = {name: rows for aspect in document[2:-1] for name, rows in aspect.items()}
        aspects.pop("filterWidgets", None)  # opaque to the server
        assert counts == {name: len(rows) for name, rows in aspects.items()}


def test_ndex_reads_one_root_and_every_field(paths: tuple[Path, Path]) -> None:
    nodes = by_name(paths[0])
    assert [name for name, node in nodes.items() if node["HCX::isRoot"]] == ["root"]
    for node in nodes.values():
        for field, kind in FIELDS.items():
            assert isinstance(node[field], kind), field
        for family in ("CORUM", "GO_CC", "HPA"):
            assert all(isinstance(node[f"{family}_{key}"], str) for key in LISTS)
            assert isinstance(node[f"{family}_max_jaccard_index"], float)


def test_declared_types_are_those_of_the_format(paths: tuple[Path, Path]) -> None:
    declared = opened(paths[0]).get_attribute_declarations()["nodes"]
    types = {name: entry["d"] for name, entry in declared.items()}
    assert types["HCX::members"] == "list_of_long"
    assert types["HCX::memberNames"] == "list_of_string"
    assert types["CD_MemberList_LogSize"] == "double"
    assert types["HiDeF_persistence"] == "integer"


def test_network_attributes_name_the_parent(paths: tuple[Path, Path], run: RunResult) -> None:
    attributes = opened(paths[0]).get_network_attributes()
    assert attributes["ndexSchema"] == "hierarchy_v0.1"
    assert attributes["HCX::modelFileCount"] == 2
    assert attributes["HCX::interactionNetworkName"] == paths[1].name
    assert attributes["name"] == run.title


def test_member_ids_are_nodes_of_the_parent(paths: tuple[Path, Path], run: RunResult) -> None:
    parent = opened(paths[1]).get_nodes()
    for name, node in by_name(paths[0]).items():
        assert [parent[k]["v"]["name"] for k in node["HCX::members"]] == node["HCX::memberNames"]
        k = run.hierarchy.names.index(name)
        assert tuple(sorted(node["CD_MemberList"].split(" "))) == run.hierarchy.members_of(k)
        assert 2 ** node["CD_MemberList_LogSize"] == pytest.approx(node["CD_MemberList_Size"])


def test_edges_run_from_parent_to_child(paths: tuple[Path, Path], run: RunResult) -> None:
    edges = opened(paths[0]).get_edges().values()
    assert sorted((e["s"], e["t"]) for e in edges) == sorted(
        map(tuple, run.hierarchy.edges.tolist())
    )


def test_enrichment_lists_terms_best_first(paths: tuple[Path, Path]) -> None:
    node = by_name(paths[0])["A1"]
    assert node["CORUM_terms"] == "12|13"
    assert node["CORUM_jaccard_indexes"] == "1|0.4"
    assert node["CORUM_FDRs"] == "1e-08|0.0001"
    assert node["CORUM_overlap_genes"].split("|")[1] == "NA P02 P03 P04"
    assert node["CORUM_max_jaccard_index"] == 1
    assert (node["HPA_terms"], node["HPA_max_jaccard_index"]) == ("", 0)


def test_a_bar_in_a_description_does_not_split_it(paths: tuple[Path, Path]) -> None:
    assert by_name(paths[0])["A"]["CORUM_descriptions"] == "small / complex"


def test_the_name_is_that_of_the_best_term(paths: tuple[Path, Path]) -> None:
    nodes = by_name(paths[0])
    assert (nodes["A"]["CD_CommunityName"], nodes["A"]["CD_Labeled"]) == ("Nucleus", True)
    assert nodes["A"]["CD_AnnotatedMembers"] == "NA P02"
    assert (nodes["AB"]["CD_CommunityName"], nodes["AB"]["CD_Labeled"]) == ("(none)", False)
    assert nodes["AB"]["CD_AnnotatedMembers_Pvalue"] == 1


def test_everything_comes_back(paths: tuple[Path, Path], run: RunResult) -> None:
    hierarchy, network = read_hcx(*paths)
    assert (hierarchy.names, hierarchy.proteins) == (run.hierarchy.names, run.hierarchy.proteins)
    np.testing.assert_array_equal(
        hierarchy.membership.toarray(), run.hierarchy.membership.toarray()
    )
    np.testing.assert_array_equal(hierarchy.edges, run.hierarchy.edges)
    np.testing.assert_array_equal(hierarchy.persistence, run.hierarchy.persistence)
    np.testing.assert_array_equal(hierarchy.stability, run.hierarchy.stability)
    np.testing.assert_array_equal(network.edges, run.similarity.edges)
    assert network.weights.tobytes() == run.similarity.weights.tobytes()


def test_the_reader_of_other_peoples_maps_agrees(paths: tuple[Path, Path], run: RunResult) -> None:
    result = read_hierarchy(paths[0], run.hierarchy.proteins)
    assert set(result.names) == set(run.hierarchy.names)
    for k, name in enumerate(result.names):
        assert result.members_of(k) == run.hierarchy.members_of(run.hierarchy.names.index(name))


def test_similarity_pairs_come_back_among_those_of_other_evidence(
    paths: tuple[Path, Path], run: RunResult
) -> None:
    edges = [e["v"] for e in opened(paths[1]).get_edges().values()]
    kinds = {e["evidence"] for e in edges}
    assert "similarity" in kinds
    assert len(kinds) > 1
    weights = [e["Weight"] for e in edges if e["evidence"] == "similarity"]
    assert sorted(weights) == pytest.approx(sorted(run.similarity.weights.tolist()))


def aspects_of(document: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: rows for part in document for name, rows in part.items()}


def drawn(n: int, count: int, key: str = "similarity", seed: int = 0) -> Edges:
    rng = np.random.default_rng(seed)
    pairs = np.sort(rng.integers(0, n, (count, 2)), axis=1)
    return Edges(key, key, "#000000", pairs, rng.permutation(count).astype(np.float32) + 1)


def test_only_the_strongest_edges_are_kept() -> None:
    result = chosen(202, drawn(202, 30_000), [])
    assert [len(one.weights) for one in result] == [MAX_ELEMENTS - 202]
    assert result[0].weights.min() == 30_000 - len(result[0].weights) + 1


@pytest.mark.parametrize(
    ("proteins", "limit"),
    [(6_239, MAX_ELEMENTS - 6_239), (20_000, FEWEST_EDGES), (16_000, FEWEST_EDGES)],
)
def test_similarities_have_half_of_the_edges_and_what_is_left(proteins: int, limit: int) -> None:
    many, few = drawn(proteins, 30_000, "ppi", 1), drawn(proteins, 40, "lopit", 2)
    result = chosen(proteins, drawn(proteins, 30_000), [many, few])
    assert sum(len(one.weights) for one in result) == limit <= MAX_EDGES
    assert [one.key for one in result] == ["similarity", "ppi", "lopit"]
    assert len(result[2].weights) == 40
    assert abs(len(result[0].weights) - limit / 2) <= 1


def test_a_network_with_other_proteins_is_refused(hierarchy: Hierarchy) -> None:
    other = Network.from_pairs(["P02"], ["Q9"])
    with pytest.raises(
        DataError, match=r"holds 1 proteins that the hierarchy does not, e\.g\. 'Q9'"
    ):
        similarity_edges(hierarchy.proteins, other)


def test_proteins_lie_apart_with_and_without_a_drawing(hierarchy: Hierarchy) -> None:
    plane = np.random.default_rng(0).normal(size=(len(hierarchy.proteins), 2)).astype(np.float32)
    for layout in (None, plane):
        places = places_of(hierarchy, layout)
        assert len({tuple(place) for place in places.tolist()}) == len(hierarchy.proteins)


def test_proteins_without_a_drawing_lie_by_their_smallest_assembly(hierarchy: Hierarchy) -> None:
    places = places_of(hierarchy, None)
    inside = [hierarchy.proteins.index(name) for name in ("NA", "P02", "P03", "P04")]  # of A1
    outside = hierarchy.proteins.index("P21")
    middle = places[inside].mean(axis=0)
    assert np.linalg.norm(places[inside] - middle, axis=1).max() < np.linalg.norm(
        places[outside] - middle
    )


def test_names_of_members_stand_once_in_a_file_that_would_be_too_large(
    hierarchy: Hierarchy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cx2_attributes, "LISTED_TWICE", 10)
    write_map(tmp_path / "x.cx2", hierarchy)
    nodes = aspects_of(json.loads((tmp_path / "x.cx2").read_text()))["nodes"]
    assert not any("CD_MemberList" in node["v"] for node in nodes)
    repeated = read_hierarchy(tmp_path / "x.cx2", hierarchy.proteins)
    assert {repeated.members_of(k) for k in range(len(repeated.names))} == {
        hierarchy.members_of(k) for k in range(len(hierarchy.names))
    }


def test_files_whose_ids_begin_at_zero_are_still_read(
    paths: tuple[Path, Path], run: RunResult, tmp_path: Path
) -> None:
    older = tmp_path / "hierarchy.cx2", tmp_path / "hierarchy_parent.cx2"
    document = json.loads(paths[0].read_text())
    for node in aspects_of(document)["nodes"]:
        node["v"]["HCX::members"] = [k - 1 for k in node["v"]["HCX::members"]]
    older[0].write_text(json.dumps(document))
    parent = json.loads(paths[1].read_text())
    parts = aspects_of(parent)
    for node in parts["nodes"]:
        node["id"] -= 1
    parts["edges"][:] = [e for e in parts["edges"] if e["v"].pop("evidence") == "similarity"]
    for edge in parts["edges"]:
        edge["s"], edge["t"] = edge["s"] - 1, edge["t"] - 1
    older[1].write_text(json.dumps(parent))
    hierarchy, network = read_hcx(*older)
    assert hierarchy.members_of(3) == run.hierarchy.members_of(3)
    np.testing.assert_array_equal(network.edges, run.similarity.edges)
