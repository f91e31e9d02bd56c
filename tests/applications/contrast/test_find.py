"""The verb ``contrast``: what it leaves, what it finds, and what it refuses."""

import json
from pathlib import Path

import pandas as pd
import pytest

import cytoweave as cw
from cytoweave.cli import main

from .small import PROTEINS, SIZE, experiment, write_design, write_map


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CYTOWEAVE_CONF", raising=False)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


@pytest.fixture
def nodes(tmp_path: Path) -> str:
    return f"hierarchy={write_map(tmp_path / 'map.nodes')}"


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["contrast", *words]) == 2
    message = " ".join(capsys.readouterr().err.split())
    assert message.count("cytoweave: ") == 1
    assert "Traceback" not in message
    return message.partition("cytoweave: ")[2]


def test_dissolved_assemblies_and_movers_are_found(tmp_path: Path, nodes: str) -> None:
    measured = experiment(0, dissolved=[3, 17], moved=[200, 230])
    design = write_design(tmp_path, measured)
    assert main(["contrast", f"design={design}", nodes, "out=found"]) == 0
    table = pd.read_csv("found/contrast.tsv", sep="\t")
    assert list(table)[:5] == ["assembly", "class", "effect", "p", "fdr"]
    assert set(table["assembly"][:2]) == {"A03", "A17"}
    assert table["class"][:2].tolist() == ["changed", "changed"]
    assert (table["effect"][:2] < -0.2).all()
    assert (table["class"][2:] == "conserved").sum() > 20
    assert (table["class"][2:] == "changed").sum() <= 1
    assert set(table["members_behind"][0].split()) <= set(PROTEINS)
    movers = pd.read_csv("found/movers.tsv", sep="\t")
    assert list(movers)[:4] == ["protein", "score", "p", "fdr"]
    assert len(movers) == len(PROTEINS)
    assert movers.set_index("protein").loc[["P200", "P230"], "fdr"].max() < 0.05
    left = movers.set_index("protein")["leaves"].dropna()
    members = {name for k in (3, 17) for name in PROTEINS[k * SIZE : (k + 1) * SIZE]}
    assert set(left[left.isin(["A03", "A17"])].index) <= members
    assert movers.set_index("protein").loc[["P200", "P230"], "fdr_replicates"].max() < 0.1
    assert movers["fdr_replicates"].max() <= 1
    nulls = pd.read_csv("found/nulls.tsv", sep="\t")
    assert nulls["kind"].value_counts().to_dict() == {
        "conditions": 1,
        "replicates": 6,
        "exchanged": 9,
    }
    assert nulls["changed"][1:].mean() < 1


def test_tables_in_memory_give_the_same(tmp_path: Path, nodes: str) -> None:
    measured = experiment(1, dissolved=[5])
    assert main(["contrast", f"design={write_design(tmp_path, measured)}", nodes, "out=found"]) == 0
    result = cw.contrast(tmp_path / "map.nodes", design=measured)
    table = pd.read_csv("found/contrast.tsv", sep="\t")
    assert result.answer["assembly"].tolist() == table["assembly"].tolist()
    assert result.answer["p"].to_numpy() == pytest.approx(table["p"].to_numpy(), rel=1e-3)
    assert result.metrics["changed"] == 1
    card = result.cards["A05"]
    assert card["class"] == "changed"
    json.dumps(dict(card), default=float)


def test_more_conditions_a_trend_and_blocks(tmp_path: Path, nodes: str) -> None:
    measured = experiment(2, dissolved=[7], conditions=("none", "early", "late"))
    design = write_design(tmp_path, measured, blocks=True)
    hierarchy = tmp_path / "map.nodes"
    free = cw.contrast(hierarchy, design=design)
    trend = cw.contrast(hierarchy, design=design, contrast="trend")
    late = cw.contrast(hierarchy, design=design, contrast={"late": 1, "early": -1})
    assert free.answer["assembly"][0] == trend.answer["assembly"][0] == "A07"
    assert free.answer["class"][0] == trend.answer["class"][0] == "changed"
    assert {"cohesion_none", "cohesion_early", "cohesion_late"} <= set(free.answer)
    changed = late.answer.set_index("assembly").loc["A07"]
    assert abs(changed["effect"]) < 0.15
    assert changed["class"] != "changed"


def test_without_replicates_it_says_that_it_cannot_test(
    tmp_path: Path, nodes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    design = write_design(tmp_path, experiment(3, replicates=1, dissolved=[4]))
    assert main(["contrast", f"design={design}", nodes, "out=found"]) == 0
    message = " ".join(capsys.readouterr().out.split())
    assert "No replicates are left" in message
    assert "control, treated: one replicate each): effect sizes only" in message
    table = pd.read_csv("found/contrast.tsv", sep="\t")
    assert table["assembly"][0] == "A04"
    assert table["p"].isna().all()
    assert set(table["class"]) == {"undecided"}
    assert pd.read_csv("found/movers.tsv", sep="\t")["score"].is_monotonic_decreasing
    assert not Path("found/nulls.tsv").exists()


def test_one_condition_without_replicates_is_named(tmp_path: Path, nodes: str) -> None:
    measured = experiment(4)
    measured["treated"] = measured["treated"][:1]
    result = cw.contrast(tmp_path / "map.nodes", design=measured)
    assert any(note.startswith("treated: one replicate") for note in result.notes)
    assert result.answer["p"].notna().all()


def test_a_replicate_that_the_map_was_made_from_is_left_out(tmp_path: Path, nodes: str) -> None:
    design = write_design(tmp_path, experiment(5))
    result = cw.contrast(tmp_path / "map.nodes", design=design, leave_out=["control/1"])
    assert result.notes[0].startswith("control (2), treated (3) replicates")


def test_a_run_keeps_the_answer(tmp_path: Path) -> None:
    measured = experiment(6, dissolved=[2])
    cw.map(embedding=measured["control"][0], out=tmp_path / "run")
    result = cw.contrast(run=tmp_path / "run", design=measured)
    place = tmp_path / "run" / "uses" / "contrast"
    assert sorted(p.name for p in place.glob("*.tsv")) == [
        "consensus.tsv",
        "contrast.tsv",
        "movers.tsv",
        "nulls.tsv",
    ]
    assert "Conditions compared" in (tmp_path / "run" / "report.html").read_text()
    name = result.answer["assembly"][0]
    card = json.loads((tmp_path / "run" / "cards" / f"{name}.json").read_text())
    assert card["uses"]["contrast"]["class"] == result.answer["class"][0]


def test_what_does_not_fit_is_refused_in_one_line(
    tmp_path: Path, nodes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = experiment(7)
    path = write_design(tmp_path, measured)
    whole = path.read_text()
    design = f"design={path}"

    def message(old: str, new: str, *words: str) -> str:
        path.write_text(whole.replace(old, new))
        return refused(capsys, design, nodes, *words)

    assert "replicate control/1 is named twice" in message("control\t2", "control\t1")
    assert "control/1 and control/2 are one table" in message("control2.tsv", "control1.tsv")
    Path("copy.tsv").write_text(Path("control1.tsv").read_text())
    assert "control/1 and control/2 hold the same numbers" in message("control2.tsv", "copy.tsv")
    assert "gone.tsv is no file" in message("control2.tsv", "gone.tsv")
    assert "path is blank" in message("control2.tsv", "")
    assert "column 'replicate'" in message("replicate", "repeat")
    assert "one condition, 'control'" in message("treated\t", "control\t1")
    renamed = measured["treated"][2].rename(index=lambda name: f"ENSG{name}")
    renamed.to_csv("ids.tsv", sep="\t")
    assert "set data.id_map to translate names" in message("treated3.tsv", "ids.tsv")
    measured["treated"][2].iloc[:1].to_csv("one.tsv", sep="\t")
    assert "holds 1 proteins x 12 features" in message("treated3.tsv", "one.tsv")
    assert "no assembly has 9 of them" in message("", "", "min_measured=9")
    assert "no condition 'late'" in message("", "", "contrast={late: 1, control: -1}")
    assert "no replicate 'control/9'" in message("", "", "leave_out=[control/9]")
    assert "leaves 1 conditions" in message("", "", "leave_out=[treated/1,treated/2,treated/3]")
    assert "design must be given" in refused(capsys, nodes)
