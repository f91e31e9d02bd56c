"""The verb ``mutations`` on simulated tumours: what it finds, leaves and refuses."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import cytoweave as cw
from cytoweave.artifacts import Findings
from cytoweave.cli import main
from cytoweave.terminal.console import console

GENES, SETS, SIZE = 1200, 60, 10
COLUMNS = ["assembly", "cohort", "observed", "expected", "p", "fdr", "class"]


def members(row: int) -> list[str]:
    return [f"G{k:04d}" for k in range(row * SIZE, (row + 1) * SIZE)]


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    """Two cohorts; every gene of S3 has more in one, one gene of S5 has many in both."""
    rng = np.random.default_rng(2)
    rates = rng.gamma(8, 0.4, GENES) * np.exp(rng.normal(0, 0.7, GENES))
    lengths = pd.DataFrame({"gene": [f"G{k:04d}" for k in range(GENES)], "length": 100 * rates})
    lengths.to_csv("lengths.tsv", sep="\t", index=False)
    more = np.zeros((GENES, 2))
    more[3 * SIZE : 4 * SIZE, 0] = 14
    more[5 * SIZE] = 150
    result: dict[str, object] = {"gene": lengths["gene"]}
    for k, cohort in enumerate("AB"):
        result[f"nonsilent_patients_{cohort}"] = rng.poisson(rates * 2 + more[:, k])
        result[f"silent_mutations_{cohort}"] = rng.poisson(rates * 0.7)
    made = pd.DataFrame(result)
    made.to_csv("counts.tsv", sep="\t", index=False)
    whole = " ".join(name for row in range(GENES // SIZE) for name in members(row))
    lines = [f"root\t{GENES}\t{whole}\t1"]
    lines += [f"S{k}\t{SIZE}\t{' '.join(members(k))}\t1" for k in range(SETS)]
    lines.append(f"above\t{2 * SIZE}\t{' '.join([*members(3), *members(4)])}\t1")
    Path("map.nodes").write_text("\n".join(lines) + "\n")
    tree = [f"root\tS{k}" for k in range(SETS) if k not in (3, 4)]
    tree += ["root\tabove", "above\tS3", "above\tS4"]
    Path("map.edges").write_text("".join(f"{one}\tdefault\n" for one in tree))
    return made


OVERRIDES = ["hierarchy=map.nodes", "counts=counts.tsv", "controls=2"]


def test_planted_assemblies_are_found_and_told_apart(table: pd.DataFrame) -> None:
    assert main(["mutations", *OVERRIDES, "lengths=lengths.tsv", "out=found"]) == 0
    result = pd.read_csv("found/mutations.tsv", sep="\t")
    assert list(result)[:7] == COLUMNS
    assert set(result["cohort"]) == {"pan", "A", "B"}
    assert len(result) == 3 * (SETS + 1)
    cell = result.set_index(["assembly", "cohort"])
    assert cell.loc[("S3", "A"), "class"] == "convergent"
    assert cell.loc[("S3", "B"), "class"] == "not significant"
    assert cell.loc[("S5", "pan"), "top_gene"] == "G0050"
    assert cell.loc[("S5", "pan"), "class"] != "convergent"
    assert cell.loc[("above", "A"), "explained_by"] == "S3"
    assert cell["p"]["above", "A"] > 0.01 > cell["p_alone"]["above", "A"]
    passed = result[result["fdr"] <= 0.1]
    assert set(passed["assembly"]) <= {"S3", "S5", "above"}
    observed = table[[c for c in table if str(c).startswith("nonsilent")]].sum(axis=1)
    assert cell.loc[("S3", "pan"), "observed"] == observed[30:40].sum()
    genes = pd.read_csv("found/genes.tsv", sep="\t")
    assert genes["gene"].iloc[0] == "G0050"
    metrics = json.loads(Path("found/findings.json").read_text())["metrics"]
    assert metrics["significant_pan.null_mean"] <= 1
    assert metrics["silent_pan"] <= 1


def test_patients_drivers_and_the_metric(table: pd.DataFrame) -> None:
    """Each patient of A has one of the genes of S3 and some others; three of these are listed."""
    rng = np.random.default_rng(3)
    rows = [
        f"A\tp{k}\t{members(3)[k % SIZE]} "
        + " ".join(f"G{g:04d}" for g in rng.integers(100, 900, 20))
        for k in range(80)
    ]
    Path("lists.tsv").write_text("\n".join(["cohort\tpatient\tgenes", *rows]) + "\n")
    Path("listed.txt").write_text("\n".join([*members(3)[:3], "G0900", "G0901"]) + "\n")
    words = ["patients=lists.tsv", "drivers=listed.txt", "patient_draws=100", "controls=0"]
    assert main(["mutations", *OVERRIDES[:2], *words, "lengths=lengths.tsv", "out=found"]) == 0
    patients = pd.read_csv("found/patients.tsv", sep="\t").set_index(["assembly", "cohort"])
    assert patients["covered"]["S3", "A"] == 80 > patients["expected"]["S3", "A"]
    assert patients["p_exclusive"]["S3", "A"] == pytest.approx(1 / 101)
    assert patients["fdr"]["S3", "A"] == pytest.approx(1 / 101)
    hits = pd.read_csv("found/hits.tsv", sep="\t")
    assert set(hits.loc[hits["assembly"] == "S3", "gene"]) <= set(members(3))
    assert hits["patient"].str.startswith("p").all()
    drivers = pd.read_csv("found/drivers.tsv", sep="\t").set_index("assembly")
    assert drivers["left"]["S3"] + len(drivers["drove"]["S3"].split()) == SIZE
    drawn = ElementTree.fromstring(Path("found/mutations.svg").read_text())
    message = " ".join(drawn.itertext())
    assert "Mutated assemblies in the map" in message
    assert "patients with a mutation in one of these genes" in message
    assert "S3" in message
    card = json.loads(Path("found/cards.json").read_text())["S3"]
    assert card["patients"][0]["covered"] == 80
    assert card["drivers"][0]["left"] == drivers.loc["S3", "left"]


def test_silent_mutations_hold_nothing(table: pd.DataFrame) -> None:
    result = cw.mutations("map.nodes", counts=table, test_on="silent", controls=0, seed=4)
    assert (result.answer["fdr"] <= 0.1).sum() == 0
    silent = table[[c for c in table if str(c).startswith("silent")]].to_numpy().sum()
    pan = result.tables["genes"]
    assert pan["observed"].sum() == pytest.approx(silent / 2, rel=0.05)
    repeated = cw.mutations("map.nodes", counts=table, test_on="silent", controls=0, seed=5)
    assert (repeated.answer["p"] != result.answer["p"]).any()


def test_one_cohort_stands_alone(table: pd.DataFrame) -> None:
    result = cw.mutations("map.nodes", counts=table, cohorts=["A"], controls=0).answer
    assert set(result["cohort"]) == {"A"}
    assert result.iloc[0]["assembly"] == "S3"


@pytest.mark.parametrize("rule", ["parser", "package"])
def test_the_published_method_has_the_same_columns(table: pd.DataFrame, rule: str) -> None:
    result = cw.mutations(
        "map.nodes",
        counts=table,
        lengths="lengths.tsv",
        method="hisig",
        permutations=100,
        p_rule=rule,
        by_cohort=rule == "parser",
    ).answer
    assert list(result)[:7] == COLUMNS
    assert set(result["cohort"]) == ({"pan", "A", "B"} if rule == "parser" else {"pan"})
    cell = result.set_index(["assembly", "cohort"])
    assert cell["p"]["S3", "pan"] <= 0.02
    assert cell["selection"]["S3", "pan"] > 0


def test_without_silent_mutations_lengths_are_the_background(table: pd.DataFrame) -> None:
    counts = table[["gene", "nonsilent_patients_A", "nonsilent_patients_B"]]
    result = cw.mutations("map.nodes", counts=counts, lengths="lengths.tsv", controls=0)
    assert result.answer.iloc[0]["assembly"] == "S3"
    assert "covariates alone" in " ".join(result.notes)


def test_a_warning_comes_before_the_table(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "width", 200)
    table[:500].to_csv("few.tsv", sep="\t", index=False)
    words = ["hierarchy=map.nodes", "counts=few.tsv", "controls=0", "out=found"]
    assert main(["mutations", *words]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith("Demonstration only: the file holds 500 genes")
    notes = json.loads(Path("found/findings.json").read_text())["notes"]
    assert "Demonstration only" in notes[0]
    assert [text.index(note) < text.index("┃ assembly") for note in notes] == [True] * len(notes)


def test_a_run_gets_section_and_cards(tmp_path: Path, table: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    pairs = [(a, b) for row in range(6) for a in members(row) for b in members(row) if a < b]
    pairs += [(f"G{a:04d}", f"G{b:04d}") for a, b in rng.integers(60, size=(30, 2)) if a != b]
    cw.map(pd.DataFrame(pairs, columns=["a", "b"]), out=tmp_path / "run")
    result = cw.mutations(run=tmp_path / "run", counts=table, controls=0)
    place = tmp_path / "run" / "uses" / "mutations"
    pd.testing.assert_frame_equal(Findings.load(place).answer, result.answer)
    assert "Recurrently mutated assemblies" in (tmp_path / "run" / "report.html").read_text()
    name = result.answer.iloc[0]["assembly"]
    card = json.loads((tmp_path / "run" / "cards" / f"{name}.json").read_text())
    assert card["uses"]["mutations"]["cohorts"][0]["observed"] > 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["counts=bare.tsv"], "holds no silent mutation, so there is no background"),
        (["counts=bare.tsv", "test_on=silent"], "test_on=silent needs silent mutations"),
        (["counts=zero.tsv"], "holds no silent mutation, so there is no background"),
        (["counts=single.tsv"], "no gene is mutated in more than one patient"),
        (["counts=entrez.tsv"], "genes are Entrez numbers such as '7157'"),
        (["counts=negative.tsv"], "row 2: nonsilent_patients_A, -3, is below 0"),
        (["counts=other.tsv"], "none of its 2 proteins (such as 'X1') is among the 1200"),
        (["counts=counts.tsv", "cohorts=[C]"], "'C' is not in counts.tsv; it holds A, B"),
        (["counts=counts.tsv", "lengths=other.tsv"], "other.tsv names no gene of the counts"),
        (["counts=counts.tsv", "min_size=700", "max_size=800"], "no assembly has 700 to 800"),
        (["counts=nowhere.tsv"], "nowhere.tsv does not exist"),
        (["counts=counts.tsv", "patients=bare.tsv"], "bare.tsv has counts alone; give rows"),
        (["counts=counts.tsv", "drivers=other.tsv"], "drivers: other.tsv names no gene of the"),
    ],
)
def test_what_is_refused(
    table: pd.DataFrame, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    one, both = "gene\tnonsilent_patients_A", "gene\tnonsilent_patients_A\tsilent_mutations_A"
    Path("bare.tsv").write_text(f"{one}\nG0001\t3\nG0002\t1\n")
    Path("zero.tsv").write_text(f"{both}\nG0001\t3\t0\nG0002\t1\t0\n")
    Path("single.tsv").write_text(f"{both}\nG0001\t1\t1\nG0002\t1\t0\n")
    Path("entrez.tsv").write_text(f"{both}\n7157\t3\t1\n7158\t1\t0\n")
    Path("negative.tsv").write_text(f"{both}\nG0001\t-3\t1\nG0002\t1\t0\n")
    Path("other.tsv").write_text(f"{both}\nX1\t3\t1\nX2\t1\t2\n")
    capsys.readouterr()
    assert main(["mutations", "hierarchy=map.nodes", *words]) == 2
    text = " ".join(capsys.readouterr().err.split())
    assert message in text
    assert "Traceback" not in text
