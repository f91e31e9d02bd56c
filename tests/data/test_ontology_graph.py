"""Ontologies as graphs: OBO and tables of edges, the order against a walk to the roots."""

from pathlib import Path

import numpy as np
import pytest

from cytoweave.artifacts import Ontology
from cytoweave.data.ontology_graph import flat_ontology, read_ontology
from cytoweave.errors import DataError

OBO = """format-version: 1.2

[Term]
id: GO:1
name: root
namespace: p

[Term]
id: GO:2
name: middle
namespace: p
alt_id: GO:22
is_a: GO:1 ! root

[Term]
id: GO:3
name: low
namespace: p
relationship: part_of GO:2 ! middle

[Term]
id: GO:4
name: by regulation only
namespace: p
is_a: GO:1 ! root
relationship: regulates GO:3 ! low

[Term]
id: GO:5
name: of another aspect
namespace: f
relationship: part_of GO:3 ! low

[Term]
id: GO:6
name: gone
namespace: p
is_obsolete: true
"""


def ancestors(ontology: Ontology, term: str) -> set[str]:
    row = ontology.ancestors[[ontology.row[term]]].toarray()[0]
    return {name for name, above in zip(ontology.terms, row, strict=True) if above}


def read(folder: Path, text: str) -> Ontology:
    path = folder / "o"
    path.write_text(text)
    return read_ontology(path)


def test_obo_with_is_a_and_part_of_within_an_aspect(tmp_path: Path) -> None:
    result = read(tmp_path, OBO)
    assert result.terms == ("GO:1", "GO:2", "GO:3", "GO:4", "GO:5")
    assert ancestors(result, "GO:3") == {"GO:1", "GO:2", "GO:3"}
    assert ancestors(result, "GO:4") == {"GO:1", "GO:4"}
    assert ancestors(result, "GO:5") == {"GO:5"}
    assert result.row["GO:22"] == result.row["GO:2"]
    assert result.aspects == ("p", "p", "p", "p", "f")
    assert result.titles[1] == "middle"
    assert [t for t, root in zip(result.terms, result.roots, strict=True) if root] == ["GO:1"]


def test_a_table_of_edges_whose_header_names_parent_and_child(tmp_path: Path) -> None:
    result = read(tmp_path, "child\tparent\nb\ta\nc\tb\nd\tb\nd\tc\n")
    assert ancestors(result, "d") == {"a", "b", "c", "d"}
    by_go = read(tmp_path, "parent_go_acc\tgo_id\nGO:0005575\tGO:2\nGO:2\tGO:3\n")
    assert ancestors(by_go, "GO:3") == {"GO:0005575", "GO:2", "GO:3"}
    assert set(by_go.aspects) == {"cellular_component"}


def test_the_order_is_that_of_a_walk_on_a_random_graph(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    edges = [(k, int(p)) for k in range(1, 40) for p in set(rng.integers(0, k, 2).tolist())]
    text = "parent\tchild\n" + "".join(f"t{b:02d}\tt{a:02d}\n" for a, b in edges)
    result = read(tmp_path, text)
    for k in range(40):
        reached, front = {k}, {k}
        while front:
            front = {b for a, b in edges if a in front} - reached
            reached |= front
        assert ancestors(result, f"t{k:02d}") == {f"t{r:02d}" for r in reached}


def test_the_ontology_of_some_terms_keeps_their_order(tmp_path: Path) -> None:
    result = read(tmp_path, "parent\tchild\na\tb\nb\tc\nc\td\na\te\n").only(np.array([0, 3, 4]))
    assert result.terms == ("a", "d", "e")
    assert result.parents.toarray().tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert result.ancestors.toarray().tolist() == [[1, 0, 0], [1, 1, 0], [1, 0, 1]]


def test_further_terms_have_nothing_above(tmp_path: Path) -> None:
    result = read(tmp_path, "parent\tchild\na\tb\n").with_terms(["z", "a"], {"z": "last", "a": "A"})
    assert result.terms == ("a", "b", "z")
    assert result.titles == ("A", "", "last")
    assert ancestors(result, "z") == {"z"}
    assert result.with_terms(["y"], {}, "p").aspects == ("", "", "", "p")
    assert flat_ontology({"x": "X"}).terms == ("x",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("parent\tchild\na\tb\nb\ta\n", "terms are each other's ancestors: 'a', 'b'"),
        ("term\tname\na\tb\n", "an ontology is OBO, or a table whose header names a column"),
        ("parent\tchild\n", "holds a header and no pair of terms"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)
