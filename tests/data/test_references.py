from pathlib import Path

import pytest

from cytoweave.artifacts import Reading, TermSet
from cytoweave.data import IdentifierMap, read_corum, read_gmt, read_go, read_hpa
from cytoweave.errors import ConfigError, DataError


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def sets(reading: Reading) -> dict[str, set[str]]:
    """Return the members of each term."""
    value = reading.value
    assert isinstance(value, TermSet)
    rows = value.members.toarray()
    return {
        term: {p for p, here in zip(value.proteins, row, strict=True) if here}
        for term, row in zip(value.terms, rows, strict=True)
    }


def test_gmt(tmp_path: Path) -> None:
    path = write(
        tmp_path, "x.gmt", "T2\tsecond\tB\tA\t\tB\r\n\r\nT1\tfirst\tC \r\nT2\tmore\tD\r\nT3\t\r\n"
    )
    reading = read_gmt(path)
    assert sets(reading) == {"T2": {"A", "B", "D"}, "T1": {"C"}}
    assert isinstance(reading.value, TermSet)
    assert reading.value.descriptions == ("second", "first")
    assert reading.notes == (
        "x.gmt: 1 lines repeat a term: 'T2'.",
        "x.gmt: terms without proteins were left out: 'T3'.",
    )


def test_members_are_translated(tmp_path: Path) -> None:
    identifiers = IdentifierMap(frozenset("AB"), {}, {"OLD": "A"})
    path = write(tmp_path, "x.gmt", "T\td\tOLD\tA\tX\n")
    reading = read_gmt(path, identifiers=identifiers)
    assert sets(reading) == {"T": {"A", "X"}}
    assert reading.identifiers["status"].tolist() == ["updated", "unknown"]
    assert reading.notes == (
        "x.gmt: 2 names were merged into 1 symbols, e.g. 'A', 'OLD' into 'A'.",
    )


def test_weights_behind_members_are_left_out(tmp_path: Path) -> None:
    reading = read_gmt(write(tmp_path, "x.gmt", "T\td\tA,1.0\tB,0.5\tC\n"))
    assert sets(reading) == {"T": {"A", "B", "C"}}
    assert reading.notes == ("x.gmt: 2 weights behind a protein were left out.",)


BARE = "P\tPSMA1\tPSMA2\tPSMB1\nM\tMCM2\tMCM3\nT\tTCP1\tCCT2\n"


def test_a_gmt_without_descriptions(tmp_path: Path) -> None:
    path = write(tmp_path, "x.gmt", BARE)
    with pytest.raises(DataError, match=r"hold proteins \('PSMA1'\), .* set description=false"):
        read_gmt(path)
    assert sets(read_gmt(path, description=False))["M"] == {"MCM2", "MCM3"}
    assert sets(read_gmt(path, description=True))["M"] == {"MCM3"}
    ids = write(tmp_path, "y.gmt", "P\tWP1\tPSMA2\nM\tWP2\tMCM3\nMCM\tMCM\tMCM2\n")
    assert sets(read_gmt(ids))["P"] == {"PSMA2"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("T\td\tA;B;C;D;E;F\n", r"x.gmt row 1: 'A;B;C;D;E;F' is a list .* kind is corum"),
        ("T d A\n", r"x.gmt row 1: a term, a description and proteins .* got 'T d A'"),
        ("T\td\tA\n\tdescription\tB\n", r"x.gmt row 2: a term"),
        ("", r"x.gmt: no term with a protein"),
    ],
)
def test_wrong_gmt_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_gmt(write(tmp_path, "x.gmt", text))


CORUM = """\
ComplexID\tComplexName\tOrganism\tsubunits(UniProt IDs)\tsubunits(Gene name)
1\tone "a" complex\tHuman\tP1;P2\tA; B ;None
2\ttwo\tMouse\tP3\tC
3\tthree\tHuman\tP3\tNone
"""


def test_corum(tmp_path: Path) -> None:
    path = write(tmp_path, "c.tsv", CORUM)
    reading = read_corum(path)
    assert sets(reading) == {"1": {"A", "B"}}
    assert reading.notes == (
        "c.tsv: 1 rows are not of organism 'Human' and were left out (row 3).",
        "c.tsv: terms without proteins were left out: '3'.",
    )
    everywhere = read_corum(path, subunits="subunits(UniProt IDs)", organism=None)
    assert sets(everywhere) == {"1": {"P1", "P2"}, "2": {"P3"}, "3": {"P3"}}


@pytest.mark.parametrize(
    "text",
    [
        "complex_id\tcomplex_name\torganism\tsubunits_uniprot_id\tsubunits_gene_name\n"
        "1\tone\tHuman\tP1;P2\tA;B\n",
        'ComplexID,ComplexName,Organism,subunits(Gene name)\n1,one,Human,"A, (B,None)"\n',
        "Complex id;Complex name;organism;subunits (Gene name)\n1;one;Human;A,B\n",
    ],
    ids=["release-5", "commas", "old"],
)
def test_corum_of_other_releases(tmp_path: Path, text: str) -> None:
    reading = read_corum(write(tmp_path, "c.tsv", text))
    assert sets(reading) == {"1": {"A", "B"}}
    assert isinstance(reading.value, TermSet)
    assert reading.value.descriptions == ("one",)


def test_corum_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"c.tsv has no column 'members'; it has 'ComplexID'"):
        read_corum(write(tmp_path, "c.tsv", CORUM), subunits="members")


HPA = """\
Gene\tGene name\tReliability\tMain location\tAdditional location
ENSG1\tA\tEnhanced\tNucleoplasm;Cytosol\tVesicles
ENSG2\tB\tUncertain\tCytosol\t
ENSG3\t\tApproved\tCytosol\t
"""


@pytest.mark.parametrize("text", [HPA, HPA.replace("e name", "e_name").replace(" loc", "_loc")])
def test_hpa(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, "h.tsv", text)
    reading = read_hpa(path)
    assert sets(reading) == {"Cytosol": {"A", "B"}, "Nucleoplasm": {"A"}, "Vesicles": {"A"}}
    assert "1 rows lack a name" in reading.notes[0]
    sure = read_hpa(path, id="Gene", reliability=["Enhanced", "Approved"])
    assert sets(sure)["Cytosol"] == {"ENSG1", "ENSG3"}


@pytest.mark.parametrize(
    "text",
    [
        "Gene,Gene name,Reliability,Main location,Additional location\n"
        'E1,A,Validated,"Nucleoplasm,Cytosol",Vesicles\nE2,B,Uncertain,Cytosol,\n',
        "Gene,Gene name,Reliability,Main location,Other location\n"
        "E1,A,Enhanced,Nucleoplasm;Cytosol,Vesicles\nE2,B,Uncertain,Cytosol,\n",
        "Gene,Gene name,Reliability,Enhanced,Supported,Approved,Uncertain\n"
        "E1,A,Enhanced,Nucleoplasm;Cytosol,Vesicles,,\nE2,B,Uncertain,,,,Cytosol\n",
    ],
    ids=["validated", "other", "by-reliability"],
)
def test_hpa_of_other_releases(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, "h.csv", text)
    every = {"Cytosol": {"A", "B"}, "Nucleoplasm": {"A"}, "Vesicles": {"A"}}
    assert sets(read_hpa(path)) == every
    sure = sets(read_hpa(path, reliability=["Enhanced", "Supported"]))
    assert sure == every | {"Cytosol": {"A"}}


def test_ratings_that_none_has_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "h.tsv", HPA.replace("Enhanced", "Certain"))
    with pytest.raises(DataError, match=r"no protein is rated 'Enhanced'; .* 'Certain'"):
        read_hpa(path, reliability=["Enhanced"])


def test_unknown_reliability_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"reliability must be a list .*'Enhanced', .* got \['Sure'\]"
    ):
        read_hpa(write(tmp_path, "h.tsv", HPA), reliability=["Sure"])  # type: ignore[list-item]


OBO = """\
format-version: 1.2

[Term]
id: GO:1
name: root
namespace: cellular_component

[Term]
id: GO:2
name: nucleus
namespace: cellular_component
alt_id: GO:22
is_a: GO:1

[Term]
id: GO:3
name: nucleolus
namespace: cellular_component
relationship: part_of GO:2
relationship: regulates GO:5

[Term]
id: GO:4
name: process
namespace: biological_process

[Term]
id: GO:5
name: other
namespace: cellular_component
is_a: GO:1

[Term]
id: GO:6
name: gone
namespace: cellular_component
is_obsolete: true
"""
DDOT = """\
parent\tchild\ttype
GO:3\tA\tgene
GO:22\tB\tgene
GO:5\tC\tgene
GO:4\tD\tgene
GO:6\tE\tgene
"""
GAF = "!gaf-version: 2.2\n" + "".join(
    f"UniProtKB\tP{k}\t{symbol}\t{qualifier}\t{term}\tREF\t{evidence}" + "\t" * 8 + "\n"
    for k, (symbol, qualifier, term, evidence) in enumerate(
        [
            ("A", "located_in", "GO:3", "IDA"),
            ("B", "part_of", "GO:22", "IEA"),
            ("C", "located_in", "GO:5", "IDA"),
            ("X", "NOT|located_in", "GO:3", "IDA"),
            ("Y", "located_in", "GO:1", "ND"),
            ("D", "involved_in", "GO:4", "IDA"),
            ("E", "located_in", "GO:6", "IDA"),
        ]
    )
)


TERMS = DDOT.partition("\n")[2]
ROWS = [row.split("\t")[:2] for row in TERMS.splitlines()]
GPAD_1 = "!gpa-version: 1.1\n" + "".join(
    f"UniProtKB\t{name}\tpart_of\t{term}\tR\tECO:0000314\t\t\t2020\tX\t\t\n" for term, name in ROWS
) + "UniProtKB\tX\tNOT|part_of\tGO:3\tR\tECO:1\t\t\t2020\tX\t\t\n"  # fmt: skip
GPAD_2 = "!gpad-version: 2.0\n" + "".join(
    f"UniProtKB:{name}\t\tRO:1\t{term}\tR\tECO:0000314\t\t\t2020\tX\t\t\n" for term, name in ROWS
) + (
    "UniProtKB:X\tNOT\tRO:1\tGO:3\tR\tECO:1\t\t\t2020\tX\t\t\n"
    "UniProtKB:Y\t\tRO:1\tGO:3\tR\tECO:0000307\t\t\t2020\tX\t\t\n"
)  # fmt: skip
WORDED = "Parent\tChild\tType\n" + TERMS.replace("\tgene", "\tGene-Term")


@pytest.mark.parametrize("annotations", [DDOT, TERMS, WORDED, GAF, GPAD_1, GPAD_2])
def test_go_follows_the_true_path(tmp_path: Path, annotations: str) -> None:
    reading = read_go(
        write(tmp_path, "go.obo", OBO), annotations=write(tmp_path, "a.tsv", annotations)
    )
    assert sets(reading) == {
        "GO:1": {"A", "B", "C"},
        "GO:2": {"A", "B"},
        "GO:3": {"A"},
        "GO:5": {"C"},
    }
    assert isinstance(reading.value, TermSet)
    assert reading.value.descriptions == ("root", "nucleus", "nucleolus", "other")
    assert reading.notes == (
        "a.tsv: 2 annotations are to 2 terms outside cellular_component of go.obo and were left "
        "out: 'GO:4', 'GO:6'.",
    )


def test_go_relations_and_evidence_are_chosen(tmp_path: Path) -> None:
    obo, gaf = write(tmp_path, "go.obo", OBO), write(tmp_path, "a.gaf", GAF)
    reading = read_go(obo, annotations=gaf, relations=["is_a"], without_evidence=["IEA", "ND"])
    assert sets(reading) == {"GO:1": {"C"}, "GO:3": {"A"}, "GO:5": {"C"}}


def test_ddot_edges_add_to_the_ontology(tmp_path: Path) -> None:
    ddot = write(tmp_path, "a.tsv", "GO:5\tGO:3\tdefault\nGO:3\tA\tgene\nGO:9\tGO:3\tdefault\n")
    reading = read_go(write(tmp_path, "go.obo", OBO), annotations=ddot)
    assert sets(reading)["GO:5"] == {"A"}


@pytest.mark.parametrize(
    ("obo", "annotations", "message"),
    [
        (OBO, "GO:1\tA\n", r"a.tsv row 1: annotations are GAF .* or DDOT .*, got 2 columns"),
        (OBO, "GO:1\tA\tprotein\n", r"a.tsv row 1: type 'protein' is neither 'gene' nor"),
        (OBO, "GO:2\tGO:1\tdefault\nGO:1\tA\tgene\n", r"go.obo: terms are each other's ancestors"),
        (OBO, "GO:4\tA\tgene\n", r"a.tsv: no term with a protein"),
        ("format-version: 1.2\n", DDOT, r"go.obo: no term of namespace 'cellular_component'"),
        ("gene\tterm\n", DDOT, r"go.obo: not an OBO ontology"),
    ],
)
def test_wrong_ontologies_are_refused(
    tmp_path: Path, obo: str, annotations: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_go(write(tmp_path, "go.obo", obo), annotations=write(tmp_path, "a.tsv", annotations))


def test_a_default_namespace_counts(tmp_path: Path) -> None:
    obo = OBO.replace("namespace: cellular_component\n", "").replace(
        "format-version: 1.2\n", "format-version: 1.2\ndefault-namespace: cellular_component\n"
    )
    reading = read_go(write(tmp_path, "go.obo", obo), annotations=write(tmp_path, "a.tsv", DDOT))
    assert sets(reading)["GO:1"] == {"A", "B", "C"}
