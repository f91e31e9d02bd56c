"""The verb ``functions`` on a map whose cliques share terms: what it leaves and refuses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cytoweave as cw
from cytoweave.artifacts import Findings
from cytoweave.cli import main

CLIQUES, SIZE = 30, 8
COLUMNS = ["protein", "term", "probability", "evidence"]


def names(clique: int) -> list[str]:
    return [f"P{clique:02d}{k}" for k in range(SIZE)]


def edges() -> pd.DataFrame:
    rows = []
    for clique in range(CLIQUES):
        inside = names(clique)
        rows += [(a, b, 1.0) for k, a in enumerate(inside) for b in inside[:k]]
        rows.append((inside[0], names((clique + 1) % CLIQUES)[1], 0.05))
    return pd.DataFrame(rows, columns=["a", "b", "weight"])


@pytest.fixture
def nodes(tmp_path: Path) -> str:
    """A map of 30 cliques; members of clique k have term k, but for the unknown last one."""
    lines = [f"root\t{CLIQUES * SIZE}\t{' '.join(n for k in range(CLIQUES) for n in names(k))}\t1"]
    lines += [f"C{k}\t{SIZE}\t{' '.join(names(k))}\t1" for k in range(CLIQUES)]
    Path("map.nodes").write_text("\n".join(lines) + "\n")
    Path("map.edges").write_text("".join(f"root\tC{k}\tdefault\n" for k in range(CLIQUES)))
    rng = np.random.default_rng(0)
    rows = [
        (name, f"GO:{k}", "IDA", 20150101)
        for k in range(CLIQUES)
        for name in names(k)[:-1]
        if rng.random() < 0.9
    ]
    rows += [(name, f"GO:{rng.integers(CLIQUES)}", "IDA", 20150101) for name in names(3)[:3]]
    rows += [(names(k)[-1], f"GO:{k}", "IEA", 20190101) for k in range(10)]
    table = pd.DataFrame(rows, columns=["protein", "term", "evidence", "date"])
    table.to_csv("known.tsv", sep="\t", index=False)
    tree = [("GO:all", f"GO:up{k % 3}") for k in range(3)]
    tree += [(f"GO:up{k % 3}", f"GO:{k}") for k in range(CLIQUES)]
    pd.DataFrame(tree, columns=["parent", "child"]).to_csv("go.tsv", sep="\t", index=False)
    edges().to_csv("net.tsv", sep="\t", index=False)
    return str(tmp_path / "map.nodes")


def test_unknown_members_get_the_term_of_their_assembly(nodes: str) -> None:
    words = [f"hierarchy={nodes}", "annotations=known.tsv", "ontology=go.tsv", "out=found"]
    assert main(["functions", *words]) == 0
    table = pd.read_csv("found/functions.tsv", sep="\t")
    assert list(table)[:4] == COLUMNS
    sure = table.sort_values("probability", ascending=False).groupby("protein").head(2)
    printed = set(zip(sure["protein"], sure["term"], strict=True))
    right = [(names(k)[-1], f"GO:{k}") in printed for k in range(CLIQUES)]
    assert np.mean(right) > 0.8
    one = table[(table["protein"] == names(12)[-1]) & (table["term"] == "GO:12")].iloc[0]
    assert "assemblies C12 (" in one["evidence"]
    assert one["unknown"] == "no annotation is known"
    parents = table.set_index(["protein", "term"])["probability"]
    assert parents[names(12)[-1], "GO:up0"] >= parents[names(12)[-1], "GO:12"]
    assert table["probability"].between(0, 1).all()
    known = pd.read_csv("known.tsv", sep="\t")
    pairs = set(zip(known["protein"], known["term"], strict=True))
    used = set(
        known.loc[known["evidence"] == "IDA", ["protein", "term"]].itertuples(
            index=False, name=None
        )
    )
    assert not used & set(zip(table["protein"], table["term"], strict=True))
    other = table[table["other_evidence"] == "IEA"]
    assert set(zip(other["protein"], other["term"], strict=True)) & (pairs - used)
    lists = pd.read_csv("found/functions_50.tsv", sep="\t")
    assert (lists["probability"] >= 0.5).all()
    gmt = {
        line.split("\t")[0]: line for line in Path("found/functions_50.gmt").read_text().split("\n")
    }
    assert names(12)[-1] in gmt["GO:12"]
    cafa = [line.split("\t") for line in Path("found/functions_cafa.tsv").read_text().splitlines()]
    assert {len(row) for row in cafa} == {3}
    scores = pd.read_csv("found/scores.tsv", sep="\t")
    new = scores[scores["situation"] == "new"].set_index("predictor")["fmax"]
    assert new["stack"] > new["naive"] + 0.2


def test_network_embedding_and_tables_in_memory(nodes: str) -> None:
    rng = np.random.default_rng(1)
    proteins = [n for k in range(CLIQUES) for n in names(k)]
    vectors = np.repeat(rng.normal(size=(CLIQUES, 8)), SIZE, axis=0)
    vectors += rng.normal(size=vectors.shape) * 0.1
    result = cw.functions(
        nodes,
        annotations=pd.read_csv("known.tsv", sep="\t", dtype=str),
        ontology="go.tsv",
        network=edges(),
        embedding=(vectors, proteins),
    )
    message = " ".join(result.answer["evidence"])
    assert "nearest in the embedding" in message
    assert "neighbours in the network" in message
    repeated = cw.functions(
        nodes,
        annotations=pd.read_csv("known.tsv", sep="\t", dtype=str),
        ontology="go.tsv",
        network=edges(),
        embedding=(vectors, proteins),
    )
    pd.testing.assert_frame_equal(result.answer, repeated.answer)


def test_the_published_rule_has_the_same_columns(nodes: str) -> None:
    result = cw.functions(nodes, annotations="known.tsv", ontology="go.tsv", rule="unexpected")
    assert list(result.answer)[:4] == COLUMNS
    claimed = set(zip(result.answer["protein"], result.answer["term"], strict=True))
    assert (names(12)[-1], "GO:12") in claimed
    flat = cw.functions(nodes, annotations="known.tsv", rule="unexpected")
    assert not flat.answer["term"].str.startswith("GO:up").any()


def test_predictions_are_judged_by_what_came_later(nodes: str) -> None:
    result = cw.functions(
        nodes,
        annotations="known.tsv",
        ontology="go.tsv",
        evidence=["experimental", "electronic"],
        before="2016-01-01",
        after="2018-01-01",
    )
    later = result.answer[result.answer["annotated_later"] == 1]
    assert {(names(k)[-1], f"GO:{k}") for k in range(8)} <= set(
        zip(later["protein"], later["term"], strict=True)
    )
    assert result.metrics["gained"] == 20  # ten terms, and what lies above them


def test_a_run_lends_its_embedding_and_networks(tmp_path: Path, nodes: str) -> None:
    cw.map(edges(), out=tmp_path / "run")
    result = cw.functions(run=tmp_path / "run", annotations="known.tsv", ontology="go.tsv")
    assert "the map's network" in " ".join(result.notes)
    assert (tmp_path / "run" / "uses" / "functions" / "functions.tsv").exists()
    assert "Functions that proteins may have" in (tmp_path / "run" / "report.html").read_text()
    name, table = Findings.load(tmp_path / "run" / "uses" / "functions").first_look
    assert name == result.first_look[0] == "functions_50"
    assert table["probability"].min() >= 0.5
    assert table["term_size"].max() <= 300  # not what every protein is likely to have


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["annotations=known.tsv", "before=2010-01-01"], "none is dated before 2010-01-01"),
        (["annotations=undated.tsv", "before=2016-01-01"], "no date in this file"),
        (
            ["annotations=known.tsv", "before=2017-01-01", "after=2016-01-01"],
            "before=2017-01-01 and after=2016-01-01 overlap",
        ),
        (["annotations=other.tsv"], "none of its 2 proteins (such as 'X1') is among the 240"),
        (["annotations=known.tsv", "ontology=other_go.tsv"], "none of the 30 terms of known.tsv"),
        (["annotations=known.tsv", "evidence=[guess]"], "'guess' is neither a class"),
        (["annotations=known.tsv", "evidence=[author]"], "none has evidence 'author'"),
        (["annotations=known.tsv", "network=other_net.tsv"], "none of its 2 proteins"),
        (["annotations=few.tsv", "min_term=1"], "only 3 proteins of the map have one"),
        (["annotations=few.tsv"], "no term has 3 proteins"),
        (["annotations=known.tsv", "rule=guess"], "rule"),
        (["annotations=nowhere.tsv"], "nowhere.tsv does not exist"),
    ],
)
def test_what_is_refused(
    nodes: str, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    Path("undated.tsv").write_text("P000\tGO:1\nP001\tGO:1\nP002\tGO:1\n")
    Path("other.tsv").write_text("X1\tGO:1\nX2\tGO:1\n")
    Path("other_go.tsv").write_text("parent\tchild\nMP:1\tMP:2\n")
    Path("other_net.tsv").write_text("a\tb\nX1\tX2\n")
    Path("few.tsv").write_text("P000\tGO:1\nP001\tGO:2\nP002\tGO:3\n")
    capsys.readouterr()
    assert main(["functions", f"hierarchy={nodes}", *words]) == 2
    text = " ".join(capsys.readouterr().err.split())
    assert message in text
    assert "Traceback" not in text
