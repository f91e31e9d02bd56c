"""Maps for visible neural networks, read as these read them, and their published example."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from cytoweave.artifacts import Hierarchy
from cytoweave.data.hierarchies.files import read_hierarchy
from cytoweave.data.mutations.cells import read_matrices, read_panel
from cytoweave.errors import ConfigError, DataError
from cytoweave.maps.panels import cut_to
from cytoweave.report import write_map
from cytoweave.report.exchange.rlipp import read_rlipp
from cytoweave.report.exchange.vnn import count_weights, layers_of, write_vnn


def small() -> Hierarchy:
    members = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]])
    edges = np.array([[0, 1], [0, 3], [1, 2]], np.int32)
    names = ("root", "left", "inner", "right")
    genes = ("A", "B", "C", "D", "E")
    rows = sparse.csr_array(members.astype(np.float32))
    unknown = np.full(4, np.nan, np.float32)
    return Hierarchy(genes, names, rows, edges, np.ones(4, np.int32), unknown)


def test_the_files_are_what_each_program_reads(tmp_path: Path) -> None:
    write_vnn(tmp_path, small(), None, 0, 0)
    assert (tmp_path / "gene2ind.txt").read_text() == "0\tA\n1\tB\n2\tC\n3\tD\n4\tE\n"
    assert (tmp_path / "ontology.txt").read_text().splitlines() == [
        "root\tleft\tdefault",
        "root\tright\tdefault",
        "left\tinner\tdefault",
        "left\tA\tgene",
        "inner\tB\tgene",
        "inner\tC\tgene",
        "right\tD\tgene",
        "right\tE\tgene",
    ]
    aspects = {
        k: v
        for part in json.loads((tmp_path / "hierarchy.cx2").read_text())
        for k, v in part.items()
    }
    assert [node["v"]["CD_MemberList"] for node in aspects["nodes"]] == [
        "A B C D E",
        "A B C",
        "B C",
        "D E",
    ]
    assert [(edge["s"], edge["t"]) for edge in aspects["edges"]] == [(0, 1), (0, 3), (1, 2)]


def test_layers_are_those_of_a_network_of_four_neurons_a_term() -> None:
    layers = layers_of(small()).set_index("assembly")
    assert layers["own_genes"].tolist() == [0, 1, 2, 2]
    assert layers["inputs"].tolist() == [8, 5, 2, 2]
    assert layers["depth"].tolist() == [0, 1, 2, 1]
    weights = 0
    for own, inputs in zip([0, 1, 2, 2], [8, 5, 2, 2], strict=True):
        weights += own * 5 + own  # all genes to the own ones
        weights += inputs * 4 + 4 + 2 * 4 + 4 + 1 + 1 + 1  # layer, normalisation, two outputs
    weights += 5 * (3 + 1 + 2)  # of each gene: three kinds of alteration, normalisation
    weights += 4 + 1 + 1 + 1  # of the prediction
    assert count_weights(small()) == weights


def test_controls_have_the_shape_and_other_genes(tmp_path: Path) -> None:
    write_vnn(tmp_path, small(), None, 2, 7)
    own = read_hierarchy(tmp_path)
    for k in (1, 2):
        control = read_hierarchy(tmp_path / f"shuffled_{k}" / "hierarchy.cx2")
        assert control.names == own.names
        assert control.edges.tolist() == own.edges.tolist()
        assert control.sizes.tolist() == own.sizes.tolist()
    texts = {
        (tmp_path / f"{place}ontology.txt").read_text()
        for place in ("", "shuffled_1/", "shuffled_2/")
    }
    assert len(texts) == 3


@pytest.fixture
def example(real_data: Path, tmp_path: Path) -> Path:
    """Unpack the example that cellmaps_vnn and NeST-VNN ship."""
    folder = tmp_path / "golden"
    folder.mkdir()
    for path in (real_data / "vnn").glob("cellmaps_vnn__*.gz"):
        name = path.name.removeprefix("cellmaps_vnn__").removesuffix(".gz")
        (folder / name).write_bytes(gzip.decompress(path.read_bytes()))
    return folder


def test_the_example_of_nest_comes_back(example: Path, real_data: Path, tmp_path: Path) -> None:
    given = real_data / "vnn" / "nest_vnn__ontology.txt.gz"
    panel = read_panel(example / "gene2ind.txt")
    cut = cut_to(read_hierarchy(given), panel, 5)
    write_vnn(tmp_path / "out", cut, read_matrices(example, cut.proteins), 0, 0)
    rows = gzip.decompress(given.read_bytes()).decode().splitlines()
    assert sorted((tmp_path / "out" / "ontology.txt").read_text().splitlines()) == sorted(rows)
    for name in (
        "gene2ind.txt",
        "cell2ind.txt",
        "cell2mutation.txt",
        "cell2cndeletion.txt",
        "cell2cnamplification.txt",
    ):
        written = (tmp_path / "out" / name).read_text().split()
        assert written == (example / name).read_text().split(), name
    assert count_weights(cut) == 996_822  # as torch counts them in cellmaps_vnn 0.3.0


RLIPP = "Term\tP_rho\tP_pval\tC_rho\tC_pval\tRLIPP\n"


def test_rlipp_comes_back_by_number_and_by_name(tmp_path: Path) -> None:
    write_vnn(tmp_path / "vnn", small(), None, 0, 0)
    hierarchy = read_hierarchy(tmp_path / "vnn")
    rlipp = tmp_path / "rlipp.out"
    row = "8.000e-01\t1.000e-05\t4.000e-01\t1.000e-02\t2.000e+00\n"
    for term in ("2", "inner"):
        rlipp.write_text(f"{RLIPP}{term}\t{row}")
        write_map(tmp_path / "found.cx2", hierarchy, rlipp)
        parts = json.loads((tmp_path / "found.cx2").read_text())
        aspects = {name: rows for part in parts for name, rows in part.items()}
        values = {node["v"]["name"]: node["v"] for node in aspects["nodes"]}
        assert values["inner"]["vnn_rlipp"] == 2
        assert values["inner"]["vnn_children_rho"] == 0.4
        assert "vnn_rlipp" not in values["left"]
        assert aspects["attributeDeclarations"][0]["nodes"]["vnn_rlipp"] == {"d": "double"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{RLIPP}7\t1\t1\t1\t1\t1\n", "no term of it is in the map"),
        (f"{RLIPP}1\t1\t1\t1\t1\t1\nleft\t1\t1\t1\t1\t1\n", "term 'left' occurs twice"),
        (f"{RLIPP}1\tx\t1\t1\t1\t1\n", "P_rho 'x' is not a number"),
        ("Term\tRLIPP\n1\t1\n", "P_rho"),
    ],
)
def test_rlipp_that_does_not_fit_is_refused(text: str, wanted: str, tmp_path: Path) -> None:
    path = tmp_path / "rlipp.out"
    path.write_text(text)
    with pytest.raises(DataError, match=wanted):
        read_rlipp(path, small())


def test_rlipp_has_no_place_in_other_forms(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"vnn.rlipp: only .cx2 has a place for it"):
        write_map(tmp_path / "a.gml", small(), tmp_path / "rlipp.out")
