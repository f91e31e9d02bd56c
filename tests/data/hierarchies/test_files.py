"""Hierarchies in the file forms of others."""

import gzip
import json
import logging
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy
from cytoweave.errors import DataError
from cytoweave.maps import read_hierarchy, write_hierarchy, write_nodes_edges

NODES = "Top\t5\tA B C D E\t0\nLeft\t3\tA B C\t7\nRight\t3\tC D E\t5\nLow\t2\tA B\t3\n"
EDGES = "Top\tLeft\tdefault\nTop\tRight\tdefault\nLeft\tLow\tdefault\n"


@pytest.fixture
def nodes(tmp_path: Path) -> Path:
    (tmp_path / "map.edges").write_text(EDGES)
    (tmp_path / "map.nodes").write_text(NODES)
    return tmp_path / "map.nodes"


def links(hierarchy: Hierarchy) -> set[tuple[str, str]]:
    return {(hierarchy.names[p], hierarchy.names[c]) for p, c in hierarchy.edges.tolist()}


def test_nodes_with_edges(nodes: Path) -> None:
    result = read_hierarchy(nodes)
    assert result.proteins == ("A", "B", "C", "D", "E")
    assert result.names == ("Top", "Left", "Right", "Low")
    assert result.members_of(2) == ("C", "D", "E")
    assert result.persistence.tolist() == [0, 7, 5, 3]
    assert np.isnan(result.stability).all()
    assert links(result) == {("Top", "Left"), ("Top", "Right"), ("Left", "Low")}


def test_nodes_alone_are_ordered_by_containment(nodes: Path) -> None:
    nodes.with_suffix(".edges").unlink()
    nodes.write_text(NODES.replace("\t3\n", "\n") + "Twin\t2\tB A\t9\n")
    result = read_hierarchy(nodes)
    assert result.persistence.tolist() == [0, 7, 5, 1, 9]
    assert links(result) == {
        ("Top", "Left"),
        ("Top", "Right"),
        ("Left", "Low"),
        ("Low", "Twin"),
    }


def test_windows_line_ends_byte_order_mark_and_misnamed_gzip(nodes: Path) -> None:
    expected = read_hierarchy(nodes)
    content = b"\xef\xbb\xbf" + NODES.replace("\n", "\r\n").encode() + b"\r\n"
    nodes.write_bytes(gzip.compress(content))
    result = read_hierarchy(nodes)
    assert result.proteins == expected.proteins
    assert links(result) == links(expected)


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_round_trip_and_same_bytes(nodes: Path, tmp_path: Path, suffix: str) -> None:
    given = read_hierarchy(nodes)
    out = [tmp_path / f"again.{part}{suffix}" for part in ("nodes", "edges")]
    write_nodes_edges(given, *out)
    before = [path.read_bytes() for path in out]
    result = read_hierarchy(out[0])
    write_nodes_edges(result, *out)
    assert [path.read_bytes() for path in out] == before
    assert result.names == given.names
    assert result.edges.tolist() == given.edges.tolist()
    assert result.membership.toarray().tolist() == given.membership.toarray().tolist()
    if not suffix:
        assert before == [NODES.encode(), EDGES.encode()]


def test_a_missing_root_is_added(nodes: Path) -> None:
    nodes.write_text("".join(NODES.splitlines(keepends=True)[1:]))
    nodes.with_suffix(".edges").write_text("Left\tLow\tdefault\n")
    result = read_hierarchy(nodes)
    assert result.names == ("root", "Left", "Right", "Low")
    assert result.sizes.tolist() == [5, 3, 3, 2]
    assert links(result) == {("root", "Left"), ("root", "Right"), ("Left", "Low")}


def test_a_top_that_misses_proteins_is_no_root(nodes: Path) -> None:
    nodes.write_text(NODES.replace("5\tA B C D E", "4\tA B C D"))
    result = read_hierarchy(nodes)
    assert result.names == ("root", "Top", "Left", "Right", "Low")
    assert result.sizes.tolist() == [5, 4, 3, 3, 2]
    assert ("root", "Top") in links(result)


def test_an_assembly_of_everything_stays_beside_the_root(nodes: Path) -> None:
    nodes.write_text(NODES + "All\t5\tA B C D E\t2\n")
    nodes.with_suffix(".edges").write_text(EDGES + "Top\tAll\tdefault\n")
    result = read_hierarchy(nodes)
    assert result.sizes.tolist() == [5, 3, 3, 2, 5]
    assert ("Top", "All") in links(result)


def test_a_universe_keeps_its_order_and_bridges_what_is_left_out(
    nodes: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nodes.write_text(NODES + "Deep\t1\tE\t2\n")
    nodes.with_suffix(".edges").write_text(EDGES + "Low\tDeep\tdefault\n")
    with caplog.at_level(logging.WARNING):
        result = read_hierarchy(nodes, ["Z", "E", "D"])
    assert "2 of 5 proteins" not in caplog.text
    assert "3 of 5 proteins are not among the proteins of this experiment" in caplog.text
    assert result.proteins == ("Z", "E", "D")
    assert result.names == ("Top", "Right", "Deep")
    assert result.sizes.tolist() == [3, 2, 1]
    assert links(result) == {("Top", "Right"), ("Top", "Deep")}


def cx2(**changes: object) -> str:
    rows = [
        {"name": "Top", "HCX::isRoot": True, "HCX::memberNames": ["A", "B", "C"]},
        {"n": "Left", "CD_MemberList": "A B", "CD_MemberList_Size": 2, "HiDeF_persistence": 4},
        {"n": "Old", "MemberList": "B C", "Size": 2, "Stability": 6},
    ]
    declared = {
        "nodes": {"name": {"a": "n", "d": "string"}, "stability": {"d": "double", "v": 0.5}}
    }
    aspects: dict[str, object] = {
        "attributeDeclarations": [declared],
        "nodes": [{"id": 10 + k, "v": row} for k, row in enumerate(rows)],
        "edges": [{"id": 0, "s": 10, "t": 11}, {"id": 1, "s": 10, "t": 12}],
    }
    aspects.update(changes)
    return json.dumps([{"CXVersion": "2.0"}, *({key: value} for key, value in aspects.items())])


def lone_node(values: object) -> str:
    """Return a CX2 document of one assembly, X of A and B unless `values` say otherwise."""
    assert isinstance(values, dict)
    node: dict[str, object] = {"name": "X", "genes": ["A", "B"]}
    return cx2(nodes=[{"id": 1, "v": node | values}], edges=[])


def test_cx2_with_aliases_defaults_and_older_attributes(tmp_path: Path) -> None:
    path = tmp_path / "map.cx2.gz"
    path.write_bytes(gzip.compress(cx2().encode()))
    result = read_hierarchy(path)
    assert result.names == ("Top", "Left", "Old")
    assert result.persistence.tolist() == [1, 4, 6]
    assert result.stability.tolist() == [0.5, 0.5, 0.5]
    assert links(result) == {("Top", "Left"), ("Top", "Old")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{", r"map\.cx2 line 1: not valid JSON"),
        ("[]", r"map\.cx2: no 'nodes' aspect"),
        (cx2(nodes=[{"id": 1, "v": {}}]), "node 1 has no 'name'"),
        (cx2(nodes=[{"id": 1, "v": {"name": "X"}}]), "node 'X' has no members; expected one of"),
        (
            cx2(nodes=[{"id": 1, "v": {"name": "X", "genes": "A B", "Size": 3}}]),
            "node 'X' says 3 members but lists 2",
        ),
        (
            cx2(nodes=[{"id": 1, "v": {"name": "X", "genes": "A", "persistence": "often"}}]),
            "node 'X' has persistence 'often', not a number",
        ),
        *(
            (lone_node(wrong), message)
            for wrong, message in [
                (
                    {"genes": {"A": 1}},
                    r"node 'X' has members \{'A': 1\}; a list of names",
                ),
                ({"genes": 3}, "node 'X' has members 3; a list of names"),
                ({"genes": ["A", None]}, r"members \['A', None\]; a list of names"),
                ({"Size": "two"}, "node 'X' has size 'two', not a number"),
                ({"Size": float("nan")}, "node 'X' has size nan, which is not in 0 to"),
                ({"Size": [2]}, r"size '\[2\]', not a number"),
                ({"persistence": -1}, "persistence -1, which is not in 0 to 2147483647"),
                ({"persistence": 10**12}, "persistence 1000000000000, which is not in 0 to"),
                ({"persistence": True}, "persistence 'True', not a number"),
                ({"stability": 1.5}, "stability 1.5, which is not in 0 to 1"),
                ({"stability": {}}, r"stability '\{\}', not a number"),
                ({"member_support": [1, 0]}, "support 0.0 of 'B', which is not above 0"),
                ({"member_support": [1, 2]}, "support 2, which is not in 0 to 1"),
                ({"member_support": [1]}, "lists 2 members but 1 numbers of support"),
                ({"member_support": 1}, "member_support 1; a list of numbers is needed"),
                ({"name": ["X"]}, "node 1 has no 'name'"),
            ]
        ),
        (cx2(nodes=["X"]), "an element of 'nodes' must be an object {..}, got X"),
        (cx2(nodes=[{"id": [1], "v": {}}]), r"a node has id \[1\]; a whole number is needed"),
        (cx2(nodes=[{"id": 1, "v": []}]), r"v of node 1 must be an object {..}, got \[\]"),
        (
            cx2(nodes=[{"id": 1, "v": {"name": n, "genes": "A"}} for n in "XY"]),
            "two nodes have id 1; every node needs its own",
        ),
        (
            cx2(nodes=[{"id": 1, "v": {"name": "X", "HCX::members": [0, 1]}}]),
            r"node 'X' lists its members as numbers .* export it with HCX::memberNames",
        ),
        (cx2(nodes=[{"@id": 1, "n": "X"}]), "map.cx2: CX version 1; save it as CX2"),
        (cx2(edges=[{"id": 9, "s": [10], "t": 11}]), r"edge 9 has s \[10\]; a whole number is"),
        (cx2(edges=[7]), "an element of 'edges' must be an object"),
        (cx2(attributeDeclarations=[{"nodes": []}]), "attributeDeclarations of nodes must be"),
        (cx2(attributeDeclarations=[{"nodes": {"a": 1}}]), "the declaration of 'a' must be an"),
        ("[" * 100_000, "map.cx2: not JSON that can be read"),
        (cx2(edges=[{"id": 9, "s": 10, "t": 99}]), "edge 9 leads to node 99, which is not listed"),
        (
            cx2(
                nodes=[
                    {"id": k, "v": {"name": name, "genes": "A", "HCX::isRoot": True}}
                    for k, name in enumerate("XY")
                ]
            ),
            "two roots, 'X' and 'Y'; mark one node HCX::isRoot",
        ),
    ],
)
def test_unusable_cx2(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "map.cx2"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_hierarchy(path)


def test_ddot_propagates_genes(tmp_path: Path) -> None:
    path = tmp_path / "map.ont"
    path.write_text(
        "parent\tchild\ttype\nTop\tLeft\tdefault\nTop\tRight\tdefault\nLeft\tLow\tdefault\n"
        "Low\tA\tgene\nLeft\tB\tgene\nRight\tB\tgene\nTop\tC\tgene\n"
    )
    result = read_hierarchy(path)
    assert result.members_of(0) == ("A", "B", "C")
    assert {name: result.members_of(k) for k, name in enumerate(result.names)} == {
        "Top": ("A", "B", "C"),
        "Left": ("A", "B"),
        "Right": ("B",),
        "Low": ("A",),
    }
    assert ("Left", "Low") in links(result)


DDOT_ROWS = "Top\tLow\t{term}\nTop\tC\t{gene}\nLow\tA\t{gene}\nLow\tB\t{gene}\n"


@pytest.mark.parametrize(
    "text",
    [
        "Parent\tChild\tType\n" + DDOT_ROWS.format(term="Child-Parent", gene="Gene-Term"),
        "Parent\tChild\tEdgeType\n" + DDOT_ROWS.format(term="Child-Parent", gene="Gene-Term"),
        DDOT_ROWS.format(term="Child-Parent", gene="Gene-Term"),
        "# Terminals: 3\n" + DDOT_ROWS.format(term="default\t0.5", gene="gene\t0.9"),
        "Top\t3\tA,B,C\t1\nLow\t2\tA,B\t1\n",
        "name\tsize\tmembers\tstability\nTop\t3\tA B C\t1\nLow\t2\tA B\t1.0\n",
    ],
    ids=["ddot", "ddot-table", "ddot-headless", "clixo", "commas", "header"],
)
def test_forms_of_other_programs(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.txt"
    path.write_text(text)
    result = read_hierarchy(path)
    assert result.names == ("Top", "Low")
    assert result.members_of(0) == ("A", "B", "C")
    assert result.members_of(1) == ("A", "B")
    assert links(result) == {("Top", "Low")}


def test_a_name_with_blanks_makes_no_file_that_is_refused(tmp_path: Path) -> None:
    nodes = [{"id": 1, "v": {"name": "Top\tof all", "genes": ["heat shock\u00a070", "A\u200b"]}}]
    path = tmp_path / "map.cx2"
    path.write_text(cx2(nodes=nodes, edges=[]))
    result = read_hierarchy(path)
    assert result.proteins == ("A", "heat_shock_70")
    assert result.names == ("Top of all",)
    for name in ("m.nodes", "m.gml"):
        write_hierarchy(tmp_path / name, result)
        same(read_hierarchy(tmp_path / name), result)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X\t3\tA B\t1\n", r"map\.nodes row 1: 'X' says 3 members but lists 2"),
        (NODES + "Y\t2\tA A\t1\n", "row 5: 'Y' says 2 members but lists 1"),
        (NODES + "\nY\tmany\tA B\t1\n", "row 6: size 'many' is not a whole number of 0 or more"),
        ("X\t2\tA B\tnan\n", "row 1: persistence 'nan' is not a whole number"),
        ("X 2 A B\n", "row 1: 1 columns; expected name, size, members"),
        ("X\t1\tA\t-1\n", "row 1: persistence '-1' is not a whole number of 0 or more"),
        ("X\t1\tA\t1e12\n", "row 1: persistence '1e12' is not a whole number"),
        (NODES + "Low\t1\tC\t1\n", "assembly 'Low' is listed more than once"),
        ("\n", "no assemblies; expected one on each line"),
    ],
)
def test_unusable_nodes(nodes: Path, text: str, message: str) -> None:
    nodes.write_text(text)
    nodes.with_suffix(".edges").write_text("")
    with pytest.raises(DataError, match=message):
        read_hierarchy(nodes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EDGES + "Low\tNone\tdefault\n", r"map\.edges row 4: unknown assembly 'None'"),
        (EDGES + "Low\n", r"map\.edges row 4: expected parent and child"),
        (EDGES + "Low\tLeft\tdefault\n", "the edges among Left, Low form a cycle"),
        (EDGES + "Low\tLow\tdefault\n", "the edges among Low form a cycle"),
        ("Top\tLeft\tdefault\nLeft\tLow\tdefault\n", "two roots, 'Top' and 'Right'"),
    ],
)
def test_unusable_edges(nodes: Path, text: str, message: str) -> None:
    nodes.with_suffix(".edges").write_text(text)
    with pytest.raises(DataError, match=message):
        read_hierarchy(nodes)


def test_unreadable_files(nodes: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"absent\.nodes: no such file; a hierarchy is read from"):
        read_hierarchy(tmp_path / "absent.nodes")
    whole = gzip.compress(NODES.encode())
    for broken in (whole[:-12], whole[:20] + bytes([whole[20] ^ 255]) + whole[21:]):
        nodes.write_bytes(broken)
        with pytest.raises(DataError, match=r"map\.nodes: damaged gzip"):
            read_hierarchy(nodes)
    nodes.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"map\.nodes: not text in UTF-8"):
        read_hierarchy(nodes)
    with pytest.raises(DataError, match=r"no 'gene' rows.*name the \.nodes file beside it"):
        read_hierarchy(nodes.with_suffix(".edges"))
    nodes.write_text(NODES)
    with pytest.raises(DataError, match=r"share no identifier.*set data\.id_map to translate"):
        read_hierarchy(nodes, ["ENSG1"])


@pytest.mark.parametrize(
    ("name", "assemblies", "proteins", "edges"),
    [
        ("U2OS_5183_MUSE.chi_5.maxres_20.nodes.gz", 279, 4881, 336),
        ("U2OS_5183_MUSE.chi_10.maxres_20.nodes.gz", 198, 4881, 219),
        ("U2OS_map_May2023final.nodes.gz", 270, 5254, 292),
        ("U2OS_map_v1.1_Apr2023.cx2.gz", 224, 5183, 242),
    ],
)
def test_published_drafts(
    real_data: Path, name: str, assemblies: int, proteins: int, edges: int
) -> None:
    result = read_hierarchy(real_data / "hierarchies" / name)
    assert (len(result.names), len(result.proteins), len(result.edges)) == (
        assemblies,
        proteins,
        edges,
    )
    assert result.sizes[0] == proteins
    held = result.membership.toarray() > 0
    assert all((held[p] >= held[c]).all() for p, c in result.edges)


def made(support: float = 1.0) -> Hierarchy:
    """A map with two parents of one assembly, a stability that is unknown, and odd names."""
    held = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 1, support, 0, 0]])
    return Hierarchy(
        ("A", "B", "C", "HLA-A", "NA"),
        ("Top", "Left", "Rechte Hälfte", "Low"),
        sparse.csr_array(held.astype(np.float32)),
        np.array([[0, 1], [0, 2], [1, 3], [2, 3]], np.int32),
        np.array([0, 7, 5, 3], np.int32),
        np.array([1, 0.123456789, np.nan, 0.5], np.float32),
    )


def same(result: Hierarchy, given: Hierarchy) -> None:
    assert result.proteins == given.proteins
    assert result.names == given.names
    assert (result.membership > 0).toarray().tolist() == (given.membership > 0).toarray().tolist()
    assert result.edges.tolist() == given.edges.tolist()


@pytest.mark.parametrize("name", ["m.nodes", "m.nodes.gz", "m.gml", "m.gml.gz", "m.ont"])
def test_every_form_keeps_names_members_and_tree(tmp_path: Path, name: str) -> None:
    given = made()
    for path in write_hierarchy(tmp_path / name, given):
        assert path.is_file()
    result = read_hierarchy(tmp_path / name)
    same(result, given)
    if ".ont" not in name:
        assert result.persistence.tolist() == given.persistence.tolist()


def test_gml_keeps_everything(tmp_path: Path) -> None:
    given = made(support=0.7)
    write_hierarchy(tmp_path / "m.gml", given)
    result = read_hierarchy(tmp_path / "m.gml")
    same(result, given)
    np.testing.assert_array_equal(result.stability, given.stability)
    np.testing.assert_array_equal(result.membership.toarray(), given.membership.toarray())


def test_gml_of_hidef_itself(tmp_path: Path) -> None:
    """Oracle: the attributes that HiDeF gives its networkx graph."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("Cluster0-0", Size=3, MemberList="A B C", Stability=0, LogSize=1.58)
    graph.add_node("Cluster1-0", Size=2, MemberList="A B", Stability=12, LogSize=1.0)
    graph.add_edge("Cluster0-0", "Cluster1-0")
    nx.write_gml(graph, tmp_path / "m.gml")
    result = read_hierarchy(tmp_path / "m.gml")
    assert result.members_of(1) == ("A", "B")
    assert result.persistence.tolist() == [0, 12]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("graph [\n node [\n", "m.gml: not valid GML"),
        *(
            (f'graph [\n node [\n id 0\n label "a"\n MemberList {held}\n {more}\n ]\n]\n', message)
            for held, more, message in [
                ('"A"', "Stability -1", "node 'a' has Stability -1, which is not in 0 to"),
                ('"A"', 'Stability "much"', "node 'a' has Stability 'much', not a number"),
                ('"A"', "Stability [\n x 1\n ]", r"Stability '\{'x': 1\}', not a number"),
                ('"A"', "ResampledStability 2", "ResampledStability 2, which is not in 0 to 1"),
                ('"A"', 'MemberSupport "0"', "support 0.0 of 'A', which is not above 0"),
                ("[\n x 1\n ]", "", r"MemberList \{'x': 1\}; a list of names is needed"),
            ]
        ),
        ('graph [\n node [\n id 0\n label "a"\n ]\n]\n', "m.gml: node 'a' has no MemberList"),
        (
            'graph [\n node [\n id 0\n label "a"\n MemberList "A B"\n MemberSupport "1"\n ]\n]\n',
            "node 'a' lists 2 members but 1 numbers of support",
        ),
    ],
)
def test_gml_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "m.gml").write_text(text)
    with pytest.raises(DataError, match=message):
        read_hierarchy(tmp_path / "m.gml")


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"m.txt: a hierarchy is written as .nodes, .ont, .gml"):
        write_hierarchy(tmp_path / "m.txt", made())
