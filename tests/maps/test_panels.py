"""Hierarchies cut to panels of genes, against sets worked out by hand and by networkx."""

import networkx as nx
import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy
from cytoweave.errors import DataError
from cytoweave.maps.panels import cut_to, depths, shuffled


def hierarchy_of(members: dict[str, str], edges: list[tuple[str, str]]) -> Hierarchy:
    names = tuple(members)
    proteins = tuple(sorted({p for row in members.values() for p in row}))
    rows = np.array([[p in row for p in proteins] for row in members.values()], np.float32)
    pairs = np.array([(names.index(a), names.index(b)) for a, b in edges], np.int32).reshape(-1, 2)
    n = len(names)
    stability = np.full(n, np.nan, np.float32)
    return Hierarchy(
        proteins, names, sparse.csr_array(rows), pairs, np.ones(n, np.int32), stability
    )


def sets_of(hierarchy: Hierarchy) -> dict[str, str]:
    return {name: "".join(hierarchy.members(name)) for name in hierarchy.names}


def edges_of(hierarchy: Hierarchy) -> set[tuple[str, str]]:
    return {(hierarchy.names[p], hierarchy.names[c]) for p, c in hierarchy.edges.tolist()}


NESTED = hierarchy_of(
    {
        "root": "ABCDEFGH",
        "left": "ABCD",
        "middle": "ABC",
        "pair": "AB",
        "right": "EFGH",
        "ef": "EF",
    },
    [("root", "left"), ("left", "middle"), ("middle", "pair"), ("root", "right"), ("right", "ef")],
)


def test_small_terms_go_and_their_children_hang_higher() -> None:
    result = cut_to(NESTED, ["A", "B", "E", "F", "G"], 2)
    assert sets_of(result) == {"root": "ABEFG", "pair": "AB", "right": "EFG", "ef": "EF"}
    assert edges_of(result) == {("root", "pair"), ("root", "right"), ("right", "ef")}
    assert result.proteins == ("A", "B", "E", "F", "G")


def test_order_of_the_panel_is_kept_and_strange_genes_are_left_out() -> None:
    assert cut_to(NESTED, ["G", "X", "A"], 1).proteins == ("G", "A")
    with pytest.raises(DataError, match="none of the genes is in the map"):
        cut_to(NESTED, ["X"], 1)


def test_terms_as_large_as_the_root_go_and_a_term_keeps_both_its_parents() -> None:
    given = hierarchy_of(
        {"root": "ABCDE", "same": "ABCDE", "left": "ABC", "right": "BCD", "both": "BC"},
        [
            ("root", "same"),
            ("same", "left"),
            ("same", "right"),
            ("left", "both"),
            ("right", "both"),
        ],
    )
    result = cut_to(given, None, 1)
    assert edges_of(result) == {
        ("root", "left"), ("root", "right"), ("left", "both"), ("right", "both"),
    }  # fmt: skip


def test_a_term_holds_the_genes_of_all_terms_below() -> None:
    given = hierarchy_of(
        {"root": "ABCD", "outer": "AC", "inner": "AB"}, [("root", "outer"), ("outer", "inner")]
    )
    assert sets_of(cut_to(given, None, 1))["outer"] == "ABC"


def random_hierarchy(rng: np.random.Generator) -> Hierarchy:
    """Return a graph of terms in which each hangs below one or two earlier, larger ones."""
    proteins, sets, edges = 60, [np.arange(60)], []
    for k in range(1, 40):
        for parent in rng.choice(k, min(k, int(rng.integers(1, 3))), replace=False).tolist():
            edges.append((parent, k))
        share = sets[edges[-1][0]]
        sets.append(rng.choice(share, max(1, int(0.6 * len(share))), replace=False))
    rows = np.zeros((40, proteins), np.float32)
    for k in reversed(range(40)):
        rows[k, sets[k]] = 1
        for parent, child in edges:
            if child == k:
                sets[parent] = np.union1d(sets[parent], sets[k])
    names = tuple(f"T{k}" for k in range(40))
    return Hierarchy(
        tuple(f"G{k:02d}" for k in range(proteins)), names, sparse.csr_array(rows),
        np.array(sorted(edges), np.int32), np.ones(40, np.int32), np.full(40, np.nan, np.float32),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_random_panels_leave_one_root_above_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    given = random_hierarchy(rng)
    panel = rng.choice(given.proteins, rng.integers(5, 50), replace=False).tolist()
    result = cut_to(given, panel, 3)
    graph = nx.DiGraph(edges_of(result))
    graph.add_nodes_from(result.names)
    assert [name for name in graph if graph.in_degree(name) == 0] == ["T0"]
    assert nx.is_directed_acyclic_graph(graph)
    assert nx.is_weakly_connected(graph)
    assert nx.transitive_reduction(graph).edges == graph.edges
    assert result.members("T0") == tuple(sorted(panel))
    inside = {name: set(result.members(name)) for name in result.names}
    assert all(inside[a] > inside[b] for a, b in graph.edges)
    assert all(len(genes) >= 3 for name, genes in inside.items() if name != "T0")
    before = nx.DiGraph(edges_of(given))
    above = {(a, b) for a in result.names for b in nx.descendants(before, a) if b in result.names}
    assert above == {(a, b) for a in graph for b in nx.descendants(graph, a)}


def test_shuffled_genes_keep_the_shape() -> None:
    first, repeated = shuffled(NESTED, 1), shuffled(NESTED, 1)
    assert sets_of(first) == sets_of(repeated) != sets_of(NESTED)
    assert edges_of(first) == edges_of(NESTED)
    assert first.sizes.tolist() == NESTED.sizes.tolist()
    assert first.proteins == NESTED.proteins
    inside = {name: set(first.members(name)) for name in first.names}
    assert all(inside[a] >= inside[b] for a, b in edges_of(first))


def test_depth_is_the_longest_way() -> None:
    given = hierarchy_of(
        {"root": "ABC", "one": "AB", "two": "A"}, [("root", "one"), ("root", "two"), ("one", "two")]
    )
    assert depths(given).tolist() == [0, 1, 2]
