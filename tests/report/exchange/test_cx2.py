import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ndex2.cx2 import CX2Network, RawCX2NetworkFactory

from cytoweave.artifacts import Hierarchy, Network
from cytoweave.data.hierarchies.files import read_hierarchy
from cytoweave.errors import DataError
from cytoweave.report import RunResult
from cytoweave.report.annotations import annotate
from cytoweave.report.exchange.cx2 import MAX_EDGES, network_cx2, read_hcx, write_hcx

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
    found = folder / "hierarchy.cx2", folder / "hierarchy_parent.cx2"
    notes = annotate(run.hierarchy, run.scores)
    write_hcx(*found, run.hierarchy, run.similarity, notes, "A map")
    return found


def opened(path: Path) -> CX2Network:
    return RawCX2NetworkFactory().get_cx2network(json.loads(path.read_text()))


def by_name(path: Path) -> dict[str, dict[str, Any]]:
    return {node["v"]["name"]: node["v"] for node in opened(path).get_nodes().values()}


def test_aspects_stand_in_the_order_of_the_format(paths: tuple[Path, Path]) -> None:
    for path in paths:
        document = json.loads(path.read_text())
        assert [next(iter(aspect)) for aspect in document] == ORDER
        assert document[0]["CXVersion"] == "2.0"
        counts = {entry["name"]: entry["elementCount"] for entry in document[1]["metaData"]}
        aspects = {name: rows for aspect in document[2:-1] for name, rows in aspect.items()}
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


def test_network_attributes_name_the_parent(paths: tuple[Path, Path]) -> None:
    attributes = opened(paths[0]).get_network_attributes()
    assert attributes["ndexSchema"] == "hierarchy_v0.1"
    assert attributes["HCX::modelFileCount"] == 2
    assert attributes["HCX::interactionNetworkName"] == paths[1].name
    assert attributes["name"] == "A map"


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
    found = read_hierarchy(paths[0], run.hierarchy.proteins)
    assert set(found.names) == set(run.hierarchy.names)
    for k, name in enumerate(found.names):
        assert found.members_of(k) == run.hierarchy.members_of(run.hierarchy.names.index(name))


def test_only_the_strongest_edges_are_kept() -> None:
    n = 202
    edges = np.array(np.triu_indices(n, 1), np.int32).T
    weights = np.random.default_rng(0).permutation(len(edges)).astype(np.float32) + 1
    proteins = tuple(f"P{k}" for k in range(n))
    aspects = {
        k: v
        for part in network_cx2(proteins, Network(proteins, edges, weights), "x")
        for k, v in part.items()
    }
    kept = [edge["v"]["Weight"] for edge in aspects["edges"]]
    assert len(kept) == MAX_EDGES < len(edges)
    assert min(kept) == len(edges) - MAX_EDGES + 1
    assert len(aspects["nodes"]) == n
    assert set(aspects["nodes"][0]["v"]) == {"name", "represents"}


def test_a_network_with_other_proteins_is_refused(hierarchy: Hierarchy) -> None:
    other = Network.from_pairs(["P02"], ["Q9"])
    with pytest.raises(
        DataError, match=r"holds 1 proteins that the hierarchy does not, e\.g\. 'Q9'"
    ):
        network_cx2(hierarchy.proteins, other, "x")
