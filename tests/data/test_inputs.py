"""Small files as labs bring them: what is read of each, and what is refused in which words.

They lie beside the project, in ``../shared/inputs``; where they do not, these tests are skipped.
Each kind has a test of its own beside its reader.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cytoweave.artifacts import ElutionProfiles, Embedding, Hierarchy, Network, Reading, TermSet
from cytoweave.data import (
    read_corum,
    read_elution,
    read_embedding,
    read_gmt,
    read_go,
    read_hpa,
    read_network,
    read_table,
)
from cytoweave.data.reading import read_hierarchy
from cytoweave.errors import DataError

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "inputs"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the small files are not here")

BASE = (46, 173)
"""Proteins and pairs of the network that most edge lists hold."""
TREE = {"root": 38, "PSM": 14, "MCM": 6, "CCT": 8, "EXO": 10}
"""Assemblies and sizes of the hierarchy that most files hold."""
SETS = {"PSM": 14, "MCM": 6, "CCT": 8, "EXO": 10}
"""Terms and sizes of the reference that most files hold."""

WEIGHED = [
    "base.tsv", "comppass.csv", "decimal_comma.tsv", "excel_dates.tsv", "mid_comment.tsv",
    "pandas_index.csv", "pandas_index.tsv", "percent_comment.txt", "pipe.txt", "quoted_all.tsv",
    "r_writetable.tsv", "saint_list.txt", "semicolon.csv", "semicolon_decimal_comma.csv",
    "sep_line.csv", "string_export.tsv", "title_line.tsv", "title_line_csv.csv", "utf16.txt",
]  # fmt: skip

NETWORKS = {
    "biogrid.tab3.txt": BASE,
    "contaminants.tsv": (48, 179),
    "directed.tsv": (14, 60),
    "groups.tsv": (48, 173),
    "intensity.tsv": BASE,
    "one_edge.tsv": (2, 1),
    "same_weight_huge.tsv": BASE,
    "sif.sif": BASE,
    "star.tsv": (901, 900),
    "string_full.txt": BASE,
}
"""What is read with other weights or names than `WEIGHED`: proteins and pairs."""

REFUSED_NETWORKS = {
    "baitprey_list.tsv": r"row 2: 'PSMA2,PSMA3,.*' is a list of names; give each pair a row of",
    "empty.tsv": r"empty.tsv: holds no row",
    "header_only.tsv": r"no pair of proteins is left to read",
    "huge_weight.tsv": r"row 5: weight 1e\+39 is beyond single precision .* scale the weights",
    "inf.tsv": r"row 5: weight 'inf' is not a number; drop the row",
    "latin1.tsv": r"not UTF-8 text .* if it is Latin-1 or Windows-1252, save it as UTF-8",
    "na_weight.tsv": r"row 9: weight '#N/A' is missing; drop the row, or set min_weight to leave",
    "neg.tsv": r"row 153: weight -0.247 is not above 0; drop the row, or set min_weight",
    "pvalues.tsv": r"'pvalue' is small where a pair is sure, .* give -log10 of it or another",
    "xlsx_renamed.tsv": r"is a zip archive, as every .xlsx is; save the table as tab-sep",
}

EMBEDDINGS = {
    "emb.tsv": (46, 8), "emb_decimal_comma.tsv": (46, 6), "emb_dup.tsv": (46, 6),
    "emb_meta.tsv": (46, 6), "emb_pandas_index.csv": (46, 6), "emb_semicolon.csv": (46, 6),
    "emb_thousands.tsv": (46, 6), "emb_w2v.txt": (46, 6), "emb_zero.tsv": (42, 6),
}  # fmt: skip

HIERARCHIES = [
    "alias.cx2", "cdaps.cx2", "clixo.txt", "ddot.ont", "ddot2.ont", "float.nodes", "fragments.cx2",
    "header.nodes", "members_comma.nodes", "nan.cx2", "ok.nodes",
]  # fmt: skip

REFUSED_HIERARCHIES = {
    "badedge.nodes": r"badedge.edges row 5: unknown assembly 'GONE'",
    "cdaps_v1.cx": r"CX version 1; save it as CX2",
    "clusters_per_line.txt": r"38 columns; .* sets without a tree .* are references",
    "cycle.nodes": r"the edges among root, MCM form a cycle",
    "gmt_hier.gmt": r"40 columns; .* sets without a tree \(GMT, .* are references",
    "hcx_members_only.cx2": r"numbers of nodes of another network .* HCX::memberNames",
    "ok.edges": r"no 'gene' rows, .* name the .nodes file beside it",
    "wrongsize.nodes": r"row 1: 'root' says 39 members but lists 38",
}

REFERENCES: dict[str, tuple[Callable[..., Reading], dict[str, Any], dict[str, int]]] = {
    "corum5.txt": (read_corum, {}, {str(k): size for k, size in enumerate(SETS.values())}),
    "corum_core.csv": (read_corum, {}, {str(k): size for k, size in enumerate(SETS.values())}),
    "gmt_nodesc.gmt": (read_gmt, {"description": False}, SETS),
    "gmt_hier.gmt": (read_gmt, {}, TREE),
    "hpa_old.csv": (read_hpa, {}, {"Cytosol": 38, "Nucleoplasm": 38}),
    "hpa_v16.csv": (read_hpa, {}, {"Cytosol": 38, "Nucleoplasm": 38}),
    "hpa_v16b.csv": (read_hpa, {}, {"Cytosol": 38, "Nucleoplasm": 38}),
}

REFUSED_REFERENCES = {
    "gmt_csv.gmt": r"row 1: a term, a description and proteins belong here, separated by tabs",
    "gmt_nodesc.gmt": r"hold proteins \('PSMA1'\), not descriptions; set description=false",
    "gmt_spaces.gmt": r"row 1: a term, a description and proteins belong here, separated by tabs",
    "corum5.txt": r"row 2: '.*' is a list of names; .* kind is corum",
}


def network(name: str) -> Network:
    value = read_network(FOLDER / name).value
    assert isinstance(value, Network)
    return value


@pytest.mark.parametrize("name", WEIGHED)
def test_edge_lists_of_one_network(name: str) -> None:
    result, base = network(name), network("base.tsv")
    assert (len(result.proteins), len(result.edges)) == BASE
    np.testing.assert_array_equal(np.sort(result.weights), np.sort(base.weights))
    if name != "excel_dates.tsv":
        assert result.proteins == base.proteins
        np.testing.assert_array_equal(result.weights, base.weights)


@pytest.mark.parametrize("name", NETWORKS)
def test_other_edge_lists(name: str) -> None:
    result = network(name)
    assert (len(result.proteins), len(result.edges)) == NETWORKS[name]
    if name in ("biogrid.tab3.txt", "sif.sif"):
        base = network("base.tsv")
        assert result.proteins == base.proteins
        np.testing.assert_array_equal(result.edges, base.edges)


@pytest.mark.parametrize("name", REFUSED_NETWORKS)
def test_refused_edge_lists(name: str) -> None:
    with pytest.raises(DataError, match=REFUSED_NETWORKS[name]):
        read_network(FOLDER / name)


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_embeddings(name: str) -> None:
    value = read_embedding(FOLDER / name).value
    assert isinstance(value, Embedding)
    assert value.vectors.shape == EMBEDDINGS[name]


@pytest.mark.parametrize("name", ["meta.tsv", "pandas_index.csv", "semicolon.csv", "w2v.txt"])
def test_embeddings_of_the_same_numbers(name: str) -> None:
    result, base = (read_embedding(FOLDER / f"emb_{n}").value for n in (name, "decimal_comma.tsv"))
    assert isinstance(result, Embedding)
    assert isinstance(base, Embedding)
    assert result.proteins == base.proteins
    np.testing.assert_array_equal(result.vectors, base.vectors)


def test_vectors_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(DataError, match="all 46 vectors are the same"):
        read_embedding(FOLDER / "emb_allsame.tsv")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("prof_*.tsv")), ids=lambda path: path.name)
def test_words_of_missing_values(path: Path) -> None:
    profiles = read_elution(path, id="gene").value
    assert isinstance(profiles, ElutionProfiles)
    assert profiles.amounts.shape == (1, 46, 6)
    assert np.isnan(profiles.amounts).sum() == 31
    table = read_table(path, id="gene", scale="none").value
    assert isinstance(table, Embedding)
    assert table.vectors.shape == (46, 6)


def test_protein_groups_of_maxquant() -> None:
    reading = read_elution(FOLDER / "proteinGroups.txt", id="Gene names", columns="LFQ*")
    assert isinstance(reading.value, ElutionProfiles)
    assert reading.value.amounts.shape == (1, 43, 6)
    assert "CCT2" in reading.value.proteins
    assert any("rows with + in 'Reverse'" in note for note in reading.notes)


@pytest.mark.parametrize("name", HIERARCHIES)
def test_hierarchies(name: str) -> None:
    value = read_hierarchy(FOLDER / name).value
    assert isinstance(value, Hierarchy)
    assert dict(zip(value.names, value.sizes.tolist(), strict=True)) == TREE
    assert sorted(value.edges.tolist()) == [[0, k] for k in range(1, 5)]


@pytest.mark.parametrize("name", REFUSED_HIERARCHIES)
def test_refused_hierarchies(name: str) -> None:
    with pytest.raises(DataError, match=REFUSED_HIERARCHIES[name]):
        read_hierarchy(FOLDER / name)


def sizes(reading: Reading) -> dict[str, int]:
    assert isinstance(reading.value, TermSet)
    counts = np.diff(reading.value.members.indptr).tolist()
    return dict(zip(reading.value.terms, counts, strict=True))


@pytest.mark.parametrize("name", REFERENCES)
def test_references(name: str) -> None:
    reader, settings, expected = REFERENCES[name]
    assert sizes(reader(FOLDER / name, **settings)) == expected


@pytest.mark.parametrize("name", REFUSED_REFERENCES)
def test_refused_references(name: str) -> None:
    with pytest.raises(DataError, match=REFUSED_REFERENCES[name]):
        read_gmt(FOLDER / name)


@pytest.mark.parametrize("ontology", ["mini.obo", "mini_defaultns.obo"])
@pytest.mark.parametrize(("annotations", "root"), [("mini.gaf", 37), ("mini_gpad.gpad", 38)])
def test_annotations(ontology: str, annotations: str, root: int) -> None:
    reading = read_go(FOLDER / ontology, annotations=FOLDER / annotations)
    assert sizes(reading)["GO:0005000"] == root
