# ruff: noqa: E501 - rows of tables and the messages about them, as they are
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
        ("A;B;0,5\nB;C;0,25\n", WEIGHTED),
        ("A pp B\nB pp C\n", ONES),
        ("A\tinteracts with\tB\nB\tinteracts with\tC\n", ONES),
        (",bait,prey,score\n0,A,B,0.5\n1,B,C,0.25\n", WEIGHTED),
        ("index\tbait\tprey\tscore\n0\tA\tB\t0.5\n1\tB\tC\t0.25\n", WEIGHTED),
        ('"bait" "prey" "score"\n"3" "A" "B" 0.5\n"7" "B" "C" 0.25\n', WEIGHTED),
        ("bait\tprey\tnote\tscore\nA\tB\tx\t0.5\nB\tC\ty\t0.25\n", WEIGHTED),
        ("% sym weighted\n% 2 3 3\nA B 0.5\nB C 0.25\n", WEIGHTED),
        ("bait\tprey\tscore\nA\tB\t0.5\nB\tC\t0.25\nC\tD\t0\n", WEIGHTED),
        ("source\ttarget\trole\nA\tB\ttarget\nB\tC\tsource\n", ONES),
        ("PARTICIPANT_A\tINTERACTION_TYPE\tPARTICIPANT_B\nA\tbinds\tB\nB\tbinds\tC\n", ONES),
        ("A\tB\n", {("A", "B"): 1.0}),
    ],
)
def test_forms_are_told_apart(
    tmp_path: Path, text: str, expected: dict[tuple[str, str], float]
) -> None:
    assert pairs(read_network(write(tmp_path, text))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ID1\tID2\nID2\tA\n",
        "protein1\tprotein7\nA\tB\n",
        "gene1\tgene2\ngene2\tgene3\n",
        "1\t2\n2\t9\n",
        "A1\tB2\nB2\tC\n",
    ],
)
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
            r"edges.tsv row 3: weight 'NA' is missing; drop the row, or set min_weight to leave such",
        ),
        ("A\tB\tNA\nA\tC\t1\n", {}, r"edges.tsv row 1: weight 'NA' is missing"),
        (
            "A\tB\t1\nA\tC\tinf\n",
            {},
            r"row 2: weight 'inf' is not a number; drop the row or the whole column if it contains no",
        ),
        ("A\tB\t1\nA\tC\t-1\n", {}, r"row 2: weight -1 is not above 0; drop the row, or set min"),
        (
            "a\tb\tp\nA\tC\t-1\n",
            {"columns": ["a", "b"], "weight": "p"},
            r"weight -1 is not above 0; drop the row, or set min_weight to leave such rows out\.",
        ),
        ("A\tB\t1e39\n", {}, r"edges.tsv row 1: weight 1e\+39 is beyond single precision"),
        ("A\tB\t1\nA\tC\t1e-60\n", {}, r"edges.tsv row 2: weight 1e-60 is beyond single precision"),
        ("A\tB\t#N/A\nA\tC\t1\n", {}, r"edges.tsv row 1: weight '#N/A' is missing"),
        (
            "A\tB\thigh\nA\tC\t1\n",
            {},
            r"edges.tsv row 1: weight 'high' is not a number; drop the row or the whole column",
        ),
        (
            "A\tB\t1,234\nA\tC\t2,345\n",
            {},
            r"row 1: weight '1,234' has a comma that may be decimal",
        ),
        ("bait\tpreys\nA\tB,C\n", {}, r"edges.tsv row 2: 'B,C' is a list of names; give each pair"),
        (
            "bait\tprey\tpvalue\nA\tB\t0.01\n",
            {},
            r"'pvalue' is small where a pair is sure, .* -log10",
        ),
        (
            "A\tbesides\tB\nB\tbesides\tC\n",
            {},
            r"edges.tsv: 3 columns, 'column 1', 'column 2', 'column 3': which two columns contain the "
            r"proteins is not clear in a file without a header \(first row 'A', 'besides', 'B'\); set "
            r"columns=\[A,B\] to those of the proteins and weight=NAME if one holds weights\.",
        ),
        (
            "bait\tprey\treads\tspectra\nA\tB\t1\t2\n",
            {},
            r"4 columns, .* 'bait' and 'prey' name proteins, but which is the weight is not clear; set",
        ),
        ("a\tb\nA\tB\na\tb\nB\tC\n", {}, r"edges.tsv row 3: repeats the header"),
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


def test_weights_of_zero_and_missing_ones_are_counted(tmp_path: Path) -> None:
    text = "bait\tprey\tscore\nA\tB\t0.5\nB\tC\t0\nC\tD\tNA\n"
    zeros = read_network(write(tmp_path, text.replace("NA", "1")))
    assert zeros.notes[1] == "edges.tsv: 1 rows are no interaction (weight 0), left out (row 3)."
    assert len(pairs(zeros)) == 2
    missing = read_network(write(tmp_path, text), weight="score", min_weight=0.1)
    assert pairs(missing) == {("A", "B"): 0.5}
    assert missing.notes[1:3] == (
        "edges.tsv: 1 rows lack a weight and were left out (row 4).",
        "edges.tsv: 1 rows are below 0.1 and were left out (row 3).",
    )


def test_wide_spread_weights_are_said(tmp_path: Path) -> None:
    reading = read_network(write(tmp_path, "bait\tprey\tintensity\nA\tB\t1e10\nB\tC\t12\n"))
    assert reading.notes[1] == (
        "edges.tsv: weights go from 12 to 1e+10, so that few pairs decide; consider their logarithm."
    )


def test_columns_of_a_file_without_header_are_named_by_position(tmp_path: Path) -> None:
    path = write(tmp_path, "A\tbinds\tB\t0.5\nB\tbinds\tC\t0.25\n")
    reading = read_network(path, columns=["column 1", "column 3"], weight="column 4")
    assert pairs(reading) == WEIGHTED


def test_sif_may_name_several_and_lone_proteins(tmp_path: Path) -> None:
    path = tmp_path / "a.sif"
    path.write_text("D\nA pd B C\nB pd C\n")
    reading = read_network(path)
    assert pairs(reading) == {("A", "B"): 1.0, ("A", "C"): 1.0, ("B", "C"): 1.0}
    assert reading.value.proteins == ("A", "B", "C", "D")
    path.write_bytes(b"A pd B\n" * 30 + b"A pd \xff\n")
    with pytest.raises(DataError, match=r"a.sif: not UTF-8 text"):
        read_network(path)
    path.write_text("A pd\n")
    with pytest.raises(DataError, match=r"a.sif row 1: 'A pd' lacks the second of two proteins"):
        read_network(path)


BIOGRID = "#BioGRID Interaction ID\tEntrez Gene Interactor A\tEntrez Gene Interactor B\tOfficial Symbol Interactor A\tOfficial Symbol Interactor B\tScore\n103\t6416\t2318\tA\tB\t-\n104\t2318\t90\tB\tC\t-\n"
STRING = "protein1 protein2 neighborhood combined_score\nA B 0 500\nB C 0 250\n"
SAINT = "Bait\tPrey\tPreyGene\tSpec\tAvgP\tMaxP\tBFDR\nA_HEK\tP1\tB\t3|4\t0.5\t0.9\t0\nB_HEK\tP2\tC\t3|4\t0.25\t1\t0\nC_HEK\tP3\tA\t0|0\t0\t0\t0.7\n"
COMPPASS = (
    '"Experiment.ID","Bait","Prey","AvePSM","Z","WD"\n"e1","A","B",9,2,0.5\n"e2","B","C",8,1,0.25\n'
)
BIOPLEX = "GeneA\tGeneB\tUniprotA\tUniprotB\tSymbolA\tSymbolB\tpW\tpNI\tpInt\n1\t2\tP1\tP2\tA\tB\t0\t0\t0.5\n2\t3\tP2\tP3\tB\tC\t0\t0\t0.25\n"
CYTOSCAPE = '"SUID","interaction","name","score","shared name"\n"1","pp","A (pp) B","0.5","A (pp) B"\n"2","pp","B (pp) C","0.25","B (pp) C"\n'


def mitab(header: bool, width: int) -> str:
    """Return two interactions in PSI-MI TAB, the third protein without a gene name."""
    names = ["ID(s) interactor", "Alt. ID(s) interactor", "Alias(es) interactor"]
    columns = [f"{name} {side}" for name in names for side in "AB"]
    top = "#" + "\t".join([*columns, *(f"c{k}" for k in range(width - 6))])
    cell = {
        "A": ("uniprotkb:P1", "-", "psi-mi:a_human(display_long)|uniprotkb:A(gene name)"),
        "B": ("uniprotkb:P2", "entrez gene/locuslink:B", "-"),
        "C": ("uniprotkb:C", "-", "-"),
    }
    rows = [
        "\t".join(
            [x for pair in zip(cell[a], cell[b], strict=True) for x in pair] + ["-"] * (width - 6)
        )
        for a, b in ("AB", "BC")
    ]
    return "\n".join([*([top] if header else []), *rows]) + "\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BIOGRID, ONES),
        (STRING, {("A", "B"): 500.0, ("B", "C"): 250.0}),
        ("#node1\tnode2\tnode1_string_id\tcombined_score\nA\tB\t9606.E1\t0.5\nB\tC\t9606.E2\t0.25\n", WEIGHTED),
        (SAINT, WEIGHTED),
        (COMPPASS, WEIGHTED),
        (BIOPLEX, WEIGHTED),
        (CYTOSCAPE, WEIGHTED),
        (mitab(header=True, width=15), ONES),
        (mitab(header=False, width=15), ONES),
        (mitab(header=True, width=42), ONES),
        (mitab(header=False, width=42), ONES),
    ],
    ids=["biogrid", "string", "string-export", "saint", "comppass", "bioplex", "cytoscape",
         "mitab25", "mitab25-headless", "mitab27", "mitab27-headless"],
)  # fmt: skip
def test_known_forms(tmp_path: Path, text: str, expected: dict[tuple[str, str], float]) -> None:
    assert pairs(read_network(write(tmp_path, text))) == expected


def test_labels_of_baits_are_cut_and_said(tmp_path: Path) -> None:
    notes = read_network(write(tmp_path, SAINT)).notes
    assert "edges.tsv: names were taken from cells: 'A_HEK' is 'A'." in notes


def test_a_first_row_that_may_be_a_header_is_said(tmp_path: Path) -> None:
    rows = "".join(f"P{k}\tP{k + 1}\n" for k in range(30))
    notes = read_network(write(tmp_path, f"foo\tbar\n{rows}")).notes
    message = (
        "edges.tsv: the first row, 'foo' and 'bar', was read as a pair; if these are column names, "
        "set columns=[foo,bar]."
    )
    assert message in notes
    assert message not in read_network(write(tmp_path, rows)).notes
