from pathlib import Path

import numpy as np
import pytest

from cytoweave.artifacts import Network, Reading
from cytoweave.data import IdentifierMap, read_network
from cytoweave.errors import ConfigError, DataError


def write(folder: Path, text: str) -> Path:
    path = folder / "edges.tsv"
    path.write_text(text)
    return path


def pairs(reading: Reading) -> dict[tuple[str, str], float]:
    """Return named pairs and their weights."""
    network = reading.value
    assert isinstance(network, Network)
    names = np.array(network.proteins)
    return {
        (str(a), str(b)): float(w)
        for (a, b), w in zip(names[network.edges], network.weights, strict=True)
    }


ONES = {("A", "B"): 1.0, ("B", "C"): 1.0}
WEIGHTED = {("A", "B"): 0.5, ("B", "C"): 0.25}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A\tB\nB\tC\n", ONES),
        ("geneA\tgeneB\nA\tB\nB\tC\n", ONES),
        ("a\tb\nA\tB\nB\tC\n", ONES),
        ("A B 0.5\nB C 0.25\n", WEIGHTED),
        ("A,B,0.5\nB,C,0.25\n", WEIGHTED),
        ("a\tb\t0.5\nb\tc\t0.25\n", {("a", "b"): 0.5, ("b", "c"): 0.25}),
        ("target\tprey\tpInt\nA\tB\t0.5\nB\tC\t0.25\n", WEIGHTED),
        ("SymbolA\tSymbolB\tpInt\nA\tB\t0.5\nB\tC\t0.25\n", WEIGHTED),
        ("protein1 protein2 combined_score\nA B 0.5\nB C 0.25\n", WEIGHTED),
        ("#node1\tnode2\tscore\nA\tB\t0.5\nB\tC\t0.25\n", WEIGHTED),
        ("first\tsecond\tweight\nA\tB\t0.5\nB\tC\t0.25\n", WEIGHTED),
        ("GeneID1\tSymbol1\tGeneID2\tSymbol2\n1\tA\t2\tB\n2\tB\t3\tC\n", ONES),
        ("A\tB\ttext\nB\tC\ttext\n", ONES),
        ("A\tB\n", {("A", "B"): 1.0}),
    ],
)
def test_forms_are_told_apart(
    tmp_path: Path, text: str, expected: dict[tuple[str, str], float]
) -> None:
    assert pairs(read_network(write(tmp_path, text))) == expected


@pytest.mark.parametrize("text", ["ID1\tID2\nID2\tA\n", "1\t2\n2\t9\n", "A1\tB2\nB2\tC\n"])
def test_genes_are_not_taken_for_a_header(tmp_path: Path, text: str) -> None:
    assert len(pairs(read_network(write(tmp_path, text)))) == 2


def test_a_guess_is_noted(tmp_path: Path) -> None:
    reading = read_network(write(tmp_path, "A\tB\t1\n"))
    assert reading.notes == ("edges.tsv: read 'column 1' and 'column 2', weight 'column 3'.",)


def test_chosen_columns_and_threshold(tmp_path: Path) -> None:
    text = "x\tfrom\tto\tp\n1\tA\tB\t0.5\n1\tB\tC\t0.25\n1\tC\tD\t-1\n"
    reading = read_network(
        write(tmp_path, text), columns=["from", "to"], weight="p", min_weight=0.5
    )
    assert pairs(reading) == {("A", "B"): 0.5}
    assert reading.notes == ("edges.tsv: 2 rows are below 0.5 and were left out (row 3, 4).",)


def test_columns_can_be_named_by_a_comment(tmp_path: Path) -> None:
    text = "# STRING\n#node1\tnode2\tscore\nA\tB\t900\n"
    reading = read_network(write(tmp_path, text), columns=["node1", "node2"], weight="score")
    assert pairs(reading) == {("A", "B"): 900.0}


def test_chosen_columns_without_weight_are_unweighted(tmp_path: Path) -> None:
    path = write(tmp_path, "a\tb\tp\nA\tB\tNA\n")
    assert pairs(read_network(path, columns=["a", "b"])) == {("A", "B"): 1.0}


def test_repeats_loops_and_blanks_are_left_out_and_noted(tmp_path: Path) -> None:
    text = "A\tB\t1\nB\tA\t3\nA\tB\t2\nA\tA\t1\n\nC\t\t1\n"
    reading = read_network(write(tmp_path, text))
    assert pairs(reading) == {("A", "B"): 3.0}
    assert reading.notes[1:] == (
        "edges.tsv: 1 rows lack a name and were left out (row 6).",
        "edges.tsv: of 4 pairs 1 join a protein to itself and 2 repeat another; they were left "
        "out (the largest weight counts).",
    )


def test_translated_pairs_are_united(tmp_path: Path) -> None:
    identifiers = IdentifierMap(frozenset("AB"), {}, {"OLD": "A", "BOTH": ""})
    text = "A\tB\t1\nOLD\tB\t4\nA\tOLD\t1\nBOTH\tX\t1\n"
    reading = read_network(write(tmp_path, text), identifiers=identifiers)
    assert pairs(reading) == {("A", "B"): 4.0, ("BOTH", "X"): 1.0}
    assert reading.identifiers.to_numpy().tolist() == [
        ["BOTH", "", "ambiguous"],
        ["OLD", "A", "updated"],
        ["X", "", "unknown"],
    ]
    assert reading.notes[-1] == (
        "edges.tsv: 2 names were merged into 1 symbols, e.g. 'A', 'OLD' into 'A'."
    )


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        (
            "a\tb\tp\nA\tB\t1\nA\tC\tNA\n",
            {"columns": ["a", "b"], "weight": "p"},
            r"edges.tsv row 3: weight 'NA' is not a number; drop the row or set weight=null\.",
        ),
        ("A\tB\tNA\nA\tC\t1\n", {}, r"edges.tsv row 1: .* 'NA' is not a number"),
        (
            "A\tB\t1\nA\tC\tinf\n",
            {},
            r"row 2: weight 'inf' is not a number; drop the row or the whole column if it holds no",
        ),
        ("A\tB\t1\nA\tC\t0\n", {}, r"edges.tsv row 2: weight 0 is not above 0; drop the row\."),
        (
            "a\tb\tp\nA\tC\t0\n",
            {"columns": ["a", "b"], "weight": "p"},
            r"weight 0 is not above 0; drop the row, or set min_weight to leave such rows out\.",
        ),
        (
            "a\tb\nA\tB\n",
            {"columns": ["a", "c"]},
            r"edges.tsv has no column 'c'; it has 'a', 'b'\.",
        ),
        ("a\tb\nA\tB\n", {"weight": "p"}, r"edges.tsv has no column 'p'; it has 'a', 'b'\."),
        ("A\nB\n", {}, r"edges.tsv row 1: an edge list needs two columns, got 'A' alone"),
        ("geneA\tgeneB\n", {}, r"edges.tsv: no pair of proteins is left to read"),
        ("A\tB\t1\n", {"min_weight": 2.0}, r"edges.tsv: no pair of proteins is left to read"),
        ("A\tB\t1\nA\tB\t1\t1\n", {}, r"edges.tsv row 2: more than the 3 cells"),
    ],
)
def test_wrong_files_are_refused(
    tmp_path: Path, text: str, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_network(write(tmp_path, text), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": ["a"]}, r"columns must be a list of 2 \(each text\) or null, got \['a'\]"),
        ({"min_weight": 0.5}, r"min_weight=0.5 needs a weight column; set weight=NAME"),
    ],
)
def test_wrong_settings_are_refused(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read_network(write(tmp_path, "A\tB\n"), **settings)  # type: ignore[arg-type]
