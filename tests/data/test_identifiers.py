from pathlib import Path

import pytest

from cytoweave.data.identifiers import IdentifierMap, merged_note, translate
from cytoweave.errors import DataError

HGNC = """\
hgnc_id\tsymbol\talias_symbol\tprev_symbol\tentrez_id\tensembl_gene_id\tuniprot_ids
HGNC:1\tAAA1\tOLDB|SHARED\t\t11\tENSG00000000001\tP00001|P00009
HGNC:2\tBBB1\tSHARED|AAA1\tOLDB|TWICE\t12\tENSG00000000002\tP00002|P00009
HGNC:3\tCCC1\t12|LATE\tTWICE\t13\tENSG00000000003\tP00003
"""
UNIPROT = """\
uniprot\tensembl_gene\tdb_name\thgnc_symbol
Q00001\tENSG00000000001\tUniprot/SPTREMBL\tAAA1
Q00002\tENSG00000000009\tUniprot/SPTREMBL\tLATE
P00001\tENSG00000000002\tUniprot/SPTREMBL\tBBB1
Q00003\tENSG00000000003\tUniprot/SPTREMBL\tCCC1
Q00003\tENSG00000000002\tUniprot/SPTREMBL\tBBB1
Q00004\tENSG00000000004\tUniprot/SPTREMBL\t
"""


@pytest.fixture
def identifiers(tmp_path: Path) -> IdentifierMap:
    symbols, uniprot = tmp_path / "hgnc.tsv", tmp_path / "uniprot.tsv"
    symbols.write_text(HGNC)
    uniprot.write_text(UNIPROT)
    return IdentifierMap.read(symbols, uniprot)


@pytest.mark.parametrize(
    ("given", "symbol", "status"),
    [
        ("OLDB", "BBB1", "updated"),  # previous symbol of one, alias of another: previous wins
        ("LATE", "CCC1", "updated"),
        ("SHARED", "", "ambiguous"),  # alias of two
        ("TWICE", "", "ambiguous"),  # previous symbol of two
        ("P00002", "BBB1", "translated"),
        ("P00002-3", "BBB1", "translated"),
        ("P00009", "", "ambiguous"),  # one accession of two genes
        ("P00001", "AAA1", "translated"),  # the symbol table wins over the accession table
        ("Q00001", "AAA1", "translated"),
        ("Q00002", "CCC1", "translated"),  # by an alias in the accession table
        ("Q00003", "", "ambiguous"),
        ("Q00004", "", "unknown"),  # its gene has no symbol
        ("ENSG00000000003", "CCC1", "translated"),
        ("ENSG00000000003.14", "CCC1", "translated"),
        ("ENSG00000000003.14_PAR_Y", "CCC1", "translated"),
        ("12", "BBB1", "translated"),  # an Entrez number wins over an alias
        ("HGNC:3", "CCC1", "translated"),
        ("aaa1", "", "unknown"),  # case counts
        ("AAA1-2", "", "unknown"),  # only accessions have isoforms
    ],
)
def test_every_kind_of_name(
    identifiers: IdentifierMap, given: str, symbol: str, status: str
) -> None:
    symbols, table = identifiers.translate([given])
    assert symbols == [symbol or given]
    assert table.to_numpy().tolist() == [[given, symbol, status]]


def test_a_current_symbol_is_never_taken_for_an_alias(identifiers: IdentifierMap) -> None:
    symbols, table = identifiers.translate(["AAA1", "BBB1", "AAA1"])
    assert symbols == ["AAA1", "BBB1", "AAA1"]
    assert table.empty
    assert list(table.columns) == ["given", "symbol", "status"]


def test_repeated_names_are_listed_once_in_order(identifiers: IdentifierMap) -> None:
    symbols, table = identifiers.translate(["X", "OLDB", "X", "OLDB", "A"])
    assert symbols == ["X", "BBB1", "X", "BBB1", "A"]
    assert table["given"].tolist() == ["A", "OLDB", "X"]


def test_without_a_map_names_stay() -> None:
    symbols, table = translate(["x", "y"], None)
    assert symbols == ["x", "y"]
    assert table.empty


def test_the_accession_table_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "hgnc.tsv").write_text(HGNC)
    identifiers = IdentifierMap.read(tmp_path / "hgnc.tsv")
    assert identifiers.translate(["Q00001", "P00002"])[0] == ["Q00001", "BBB1"]


def test_merged_names_are_told() -> None:
    assert merged_note("f", ["a", "b", "a"], ["a", "b", "a"]) == ()
    assert merged_note("f", ["a", "b", "c"], ["Z", "c", "Z"]) == (
        "f: 2 names were merged into 1 symbols, e.g. 'a', 'c' into 'Z'.",
    )


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hgnc.tsv").write_text("symbol\tprev_symbol\nA\tB\n")
    with pytest.raises(DataError, match=r"hgnc.tsv has no column 'alias_symbol'; it has 'symbol'"):
        IdentifierMap.read(tmp_path / "hgnc.tsv")


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hgnc.tsv").write_text(HGNC.splitlines()[0] + "\n")
    with pytest.raises(DataError, match=r"hgnc.tsv: holds a header and no identifier"):
        IdentifierMap.read(tmp_path / "hgnc.tsv")
