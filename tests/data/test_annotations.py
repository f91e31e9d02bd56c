# ruff: noqa: E501 - rows of files, as they are
"""Annotations in every form that is read; evidence classes and dates."""

from pathlib import Path

import pytest

from cytoweave.artifacts import Annotations
from cytoweave.data.annotations import (
    evidence_class,
    read_annotations,
    split_by_date,
    with_evidence,
)
from cytoweave.data.identifiers import IdentifierMap
from cytoweave.errors import ConfigError, DataError

GAF = (
    "!gaf-version: 2.2\n"
    "UniProtKB\tP1\tAAA1\tenables\tGO:1\tPMID:1\tIDA\t\tF\t\t\tprotein\ttaxon:9606\t20150102\tHPA\t\t\n"
    "UniProtKB\tP1\tAAA1\tNOT|enables\tGO:2\tPMID:1\tIDA\t\tF\t\t\tprotein\ttaxon:9606\t20150102\tHPA\t\t\n"
    "UniProtKB\tP2\tBBB2\tinvolved_in\tGO:2\tPMID:1\tIEA\t\tP\t\t\tprotein\ttaxon:9606\t20190102\tInterPro\t\t\n"
    "UniProtKB\tP2\tBBB2\tenables\tGO:3\tPMID:1\tND\t\tP\t\t\tprotein\ttaxon:9606\t20190102\tX\t\t\n"
)


def read(folder: Path, name: str, text: str, **given: object) -> Annotations:
    path = folder / name
    path.write_text(text)
    return read_annotations(path, **given)[0]  # type: ignore[arg-type]


def rows(result: Annotations) -> list[tuple[object, ...]]:
    return list(result.table.itertuples(index=False, name=None))


def test_gaf_without_what_is_denied_or_unknown(tmp_path: Path) -> None:
    assert rows(read(tmp_path, "a.gaf", GAF)) == [
        ("AAA1", "GO:1", "IDA", 20150102, "HPA"),
        ("BBB2", "GO:2", "IEA", 20190102, "InterPro"),
    ]


def test_the_column_of_proteins_is_the_one_that_names_those_asked_about(tmp_path: Path) -> None:
    result = read(tmp_path, "a.gaf", GAF, among={"P1", "P2"})
    assert set(result.table["protein"]) == {"P1", "P2"}
    assert set(read(tmp_path, "a.gaf", GAF, among={"AAA1"}).table["protein"]) == {"AAA1", "BBB2"}


GPAD_1 = (
    "!gpa-version: 1.1\n"
    "UniProtKB\tP1\tenables\tGO:1\tPMID:1\tECO:0000314\t\t\t20150102\tHPA\t\t\n"
    "UniProtKB\tP1\tNOT|enables\tGO:2\tPMID:1\tECO:0000314\t\t\t20150102\tHPA\t\t\n"
)
GPAD_2 = (
    "!gpad-version: 2.0\n"
    "UniProtKB:P1\t\tRO:0002327\tGO:1\tPMID:1\tECO:0000314\t\t\t2015-01-02\tHPA\t\t\n"
    "UniProtKB:P1\tNOT\tRO:0002327\tGO:2\tPMID:1\tECO:0000314\t\t\t2015-01-02\tHPA\t\t\n"
)


@pytest.mark.parametrize("text", [GPAD_1, GPAD_2])
def test_gpad_of_both_versions(tmp_path: Path, text: str) -> None:
    assert rows(read(tmp_path, "a.gpad", text)) == [("P1", "GO:1", "IDA", 20150102, "HPA")]


def test_gmt_with_the_id_first(tmp_path: Path) -> None:
    result = read(tmp_path, "a.gmt", "GO:1\tone term\tA\tB\nGO:2\tanother\tA\n")
    assert sorted(rows(result)) == [
        ("A", "GO:1", "", 0, ""), ("A", "GO:2", "", 0, ""), ("B", "GO:1", "", 0, ""),
    ]  # fmt: skip
    assert result.titles == {"GO:1": "one term", "GO:2": "another"}
    assert not result.dated


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("A\tGO:1\n", ("A", "GO:1", "", 0, "")),
        ("A\tGO:1\tIDA\n", ("A", "GO:1", "IDA", 0, "")),
        ("A\tGO:1\t2016-09-01\n", ("A", "GO:1", "", 20160901, "")),
        ("A\tGO:1\tIDA\t20160901\n", ("A", "GO:1", "IDA", 20160901, "")),
        ("protein\tterm\tevidence\tdate\nA\tGO:1\tIDA\t2016-09-01\n", ("A", "GO:1", "IDA", 20160901, "")),
        ("term\tprotein\nGO:1\tA\n", ("A", "GO:1", "", 0, "")),
        ("entry_name\tuniprot\tsymbol\tgo\tevidence\nA_HUMAN\tP1\tA\tGO:1\tTAS\n", ("A", "GO:1", "TAS", 0, "")),
    ],
)  # fmt: skip
def test_tables_with_and_without_a_header(
    tmp_path: Path, text: str, row: tuple[object, ...]
) -> None:
    assert rows(read(tmp_path, "a.tsv", text, among={"A"})) == [row]


def test_names_are_brought_to_current_symbols(tmp_path: Path) -> None:
    identifiers = IdentifierMap(frozenset("AB"), {"P1": "A"}, {"OLD": "B"})
    result = read(tmp_path, "a.tsv", "OLD\tGO:1\nP1\tGO:1\n", identifiers=identifiers)
    assert sorted(result.table["protein"]) == ["A", "B"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A\tGO:1\tIDA\t2016-13-01\n", "a.tsv row 1: date '2016-13-01' is not written YYYYMMDD"),
        ("A\tGO:1\tIDA\t20160901\tx\n", "a table of more columns needs a header that names 'term'"),
        ("A\tGO:1\tND\n", "a.tsv: no annotation is left to read."),
        ("term\tdate\nGO:1\t20150101\n", "a.tsv: names no column of proteins"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, "a.tsv", text)


def test_evidence_by_class_and_by_code(tmp_path: Path) -> None:
    result = read(tmp_path, "a.tsv", "A\tT\tIDA\nB\tT\tIEA\nC\tT\tIBA\n")
    assert with_evidence(result, ["experimental"]).table["protein"].tolist() == ["A"]
    assert with_evidence(result, ["IEA", "phylogenetic"]).table["protein"].tolist() == ["B", "C"]
    assert [evidence_class(code) for code in ("TAS", "HDA", "IEA", "XYZ")] == [
        "experimental", "high_throughput", "electronic", "other",
    ]  # fmt: skip
    with pytest.raises(ConfigError, match="'guess' is neither a class"):
        with_evidence(result, ["guess"])
    with pytest.raises(DataError, match="none has evidence 'author'; the file has 'IBA', 'IDA'"):
        with_evidence(result, ["author"])


DATED = "A\tT\tIDA\t20100101\nB\tT\tIDA\t20160930\nC\tT\tIDA\t20170101\nD\tT\tIDA\n"


def test_before_and_after_a_day(tmp_path: Path) -> None:
    result = read(tmp_path, "a.tsv", DATED)
    used, judged = split_by_date(result, "2016-09-30", "2017-01-01")
    assert used.table["protein"].tolist() == ["A"]
    assert judged is not None
    assert judged.table["protein"].tolist() == ["C"]
    used, judged = split_by_date(result, None, "2016-09-30")
    assert used.table["protein"].tolist() == ["A"]
    assert judged is not None
    assert judged.table["protein"].tolist() == ["B", "C"]
    assert split_by_date(result, None, None) == (result, None)


def test_dates_that_overlap_or_are_not_there(tmp_path: Path) -> None:
    result = read(tmp_path, "a.tsv", DATED)
    with pytest.raises(ConfigError, match="before=2017-01-01 and after=2016-01-01 overlap"):
        split_by_date(result, "2017-01-01", "2016-01-01")
    with pytest.raises(ConfigError, match="before: a day is written 2016-09-30, got 'soon'"):
        split_by_date(result, "soon", None)
    with pytest.raises(DataError, match="none is dated before 2000-01-01; the dates go from 2010"):
        split_by_date(result, "2000-01-01", None)
    undated = read(tmp_path, "b.tsv", "A\tT\n")
    with pytest.raises(DataError, match="no date in this file, which before= and after= need"):
        split_by_date(undated, "2016-01-01", None)
