from pathlib import Path

import numpy as np
import pytest

from cytoweave.artifacts import Embedding, Network
from cytoweave.data import IdentifierMap, read_elution, read_embedding, read_gmt, read_network
from cytoweave.data.names import NamePolicy
from cytoweave.errors import ConfigError

KEEP = NamePolicy(contaminants="keep")
SPLIT = NamePolicy(groups="split")
DROP = NamePolicy(groups="drop")


def write(folder: Path, text: str, name: str = "t.tsv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("given", "policy", "meant"),
    [
        ("TP53", NamePolicy(), ("TP53",)),
        ("HLA-A", NamePolicy(), ("HLA-A",)),
        ("P04637-2", NamePolicy(), ("P04637-2",)),
        ("A;B", NamePolicy(), ("A",)),
        ("A;B", SPLIT, ("A", "B")),
        ("A;B", DROP, ()),
        ("A;A", SPLIT, ("A",)),
        ("A;", DROP, ("A",)),
        (" A ;; ", NamePolicy(), ("A",)),
        ("CON__P00761", NamePolicy(), ()),
        ("CON__P00761", KEEP, ("CON__P00761",)),
        ("REV__Q9Y6K9", NamePolicy(), ()),
        ("rev_sp|P12345|X_HUMAN", NamePolicy(), ()),
        ("CON__P1;A", NamePolicy(), ()),
        ("A;CON__P1", SPLIT, ("A",)),
        ("A;CON__P1", DROP, ("A",)),
        ("sp|P04264|K2C1_HUMAN", NamePolicy(), ("P04264",)),
        ("sp|P1|A;tr|Q2|B", SPLIT, ("P1", "Q2")),
        ("EXOSC3\u200b", NamePolicy(), ("EXOSC3",)),
        ("\u00a0TP53\u00a0", NamePolicy(), ("TP53",)),
        ("heat shock\u00a0protein", NamePolicy(), ("heat_shock_protein",)),
        ("REV1", NamePolicy(), ("REV1",)),
        ("CONT1", NamePolicy(), ("CONT1",)),
    ],
)
def test_what_a_name_stands_for(given: str, policy: NamePolicy, meant: tuple[str, ...]) -> None:
    assert policy.account([given]).meaning == {given: meant}


@pytest.mark.parametrize(
    ("name", "is_date"),
    [
        ("2-Sep", True), ("Mar-01", True), ("2019-09-11", True), ("1.3.2019", True),
        ("44805", True),
        ("SEPTIN2", False), ("MARCHF1", False), ("12345", False), ("Dec1", False), ("7-A", False),
    ],
)  # fmt: skip
def test_dates_of_spreadsheets(name: str, is_date: bool) -> None:
    account = NamePolicy().account([name, "TP53", "MDM2"])
    assert account.meaning[name] == (name,)
    assert account.status == ({name: "date"} if is_date else {})


def test_entrez_genes_are_no_dates() -> None:
    assert NamePolicy().account(["44805", "7157", "4193"]).status == {}


PAIRS = "bait\tprey\nA;B\tC\nCON__X\tC\nsp|P1|A_HUMAN\tA\n1-Mar\tc\n"


def pairs(path: Path, policy: NamePolicy) -> set[tuple[str, str]]:
    value = read_network(path, names=policy).value
    assert isinstance(value, Network)
    return {(value.proteins[a], value.proteins[b]) for a, b in value.edges.tolist()}


def test_pairs_of_groups_and_contaminants(tmp_path: Path) -> None:
    path = write(tmp_path, PAIRS)
    rest = {("A", "P1"), ("1-Mar", "c")}
    assert pairs(path, NamePolicy()) == {("A", "C")} | rest
    assert pairs(path, SPLIT) == {("A", "C"), ("B", "C")} | rest
    assert pairs(path, DROP) == rest
    assert pairs(path, KEEP) == {("A", "C"), ("C", "CON__X")} | rest


def test_all_that_was_done_is_counted_listed_and_said(tmp_path: Path) -> None:
    reading = read_network(write(tmp_path, PAIRS))
    assert reading.identifiers.to_numpy().tolist() == [
        ["1-Mar", "1-Mar", "date"],
        ["A;B", "A", "group"],
        ["CON__X", "", "contaminant"],
        ["sp|P1|A_HUMAN", "P1", "cleaned"],
    ]
    assert reading.notes[1:] == (
        "t.tsv: 1 pairs with a name that is left out are left out, too.",
        "t.tsv: 1 contaminants and decoys were left out: 'CON__X'.",
        "t.tsv: 1 groups of proteins (the first was taken as 'A'): 'A;B'.",
        "t.tsv: 1 names with an accession in bars, blanks or invisible characters (the first was "
        "taken as 'P1'): 'sp|P1|A_HUMAN'.",
        "t.tsv: 1 names that a spreadsheet made dates of stay as they are; restore the symbols: "
        "'1-Mar'.",
        "t.tsv: 1 names occur in small and large letters and count as different proteins, e.g. "
        "'C', 'c'.",
        "t.tsv: 2 names were merged into 1 symbols, e.g. 'A', 'A;B' into 'A'.",
    )


def test_names_are_resolved_before_they_are_translated(tmp_path: Path) -> None:
    identifiers = IdentifierMap(frozenset("AC"), {"P1": "A"}, {})
    reading = read_network(write(tmp_path, "sp|P1|X\tC\n"), identifiers=identifiers)
    assert reading.value.proteins == ("A", "C")
    assert reading.identifiers.to_numpy().tolist() == [
        ["sp|P1|X", "A", "cleaned"],
        ["P1", "A", "translated"],
    ]


MAXQUANT = (
    "Gene names\tLFQ intensity 1\tLFQ intensity 2\tReverse\tPotential contaminant\n"
    "A;B\t1\t2\t\t\nC\t3\t4\t\t\nK\t5\t6\t\t+\nR\t7\t8\t+\t\n"
)


@pytest.mark.parametrize(
    ("policy", "proteins"),
    [(NamePolicy(), ("A", "C")), (SPLIT, ("A", "B", "C")), (KEEP, ("A", "C", "K", "R"))],
)
def test_rows_that_maxquant_marks(
    tmp_path: Path, policy: NamePolicy, proteins: tuple[str, ...]
) -> None:
    path = write(tmp_path, MAXQUANT)
    reading = read_elution(path, id="Gene names", columns="LFQ*", names=policy)
    assert reading.value.proteins == proteins
    message = "t.tsv: 2 rows with + in 'Reverse', 'Potential contaminant' were left out."
    assert (message in reading.notes) == (policy.contaminants == "drop")


def test_vectors_of_a_split_group_are_of_each(tmp_path: Path) -> None:
    path = write(tmp_path, "id\t0\t1\nA;B\t1\t3\nC\t5\t4\n")
    value = read_embedding(path, names=SPLIT).value
    assert isinstance(value, Embedding)
    assert value.proteins == ("A", "B", "C")
    np.testing.assert_array_equal(value.vectors, [[1, 3], [1, 3], [5, 4]])


def test_members_of_references_are_resolved(tmp_path: Path) -> None:
    path = write(tmp_path, "T\td\tA;B\tCON__X\tsp|P1|C\n", "x.gmt")
    assert read_gmt(path, names=SPLIT).value.proteins == ("A", "B", "P1")


def test_unknown_policies_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"groups must be one of 'first', 'split', 'drop'"):
        NamePolicy(groups="all")  # type: ignore[arg-type]
