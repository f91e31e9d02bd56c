"""The verb ``structures read`` on every layout: golden metrics, renamed chains, damaged files."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cytoweave as cw
from cytoweave.applications.structures.manifest import sha256
from cytoweave.cli import main
from cytoweave.errors import DataError

from .conftest import Dimer

GOLDEN = {
    "af3server": {"ipsae_ab": 0.448952, "ipsae_ba": 0.866498, "pdockq": 0.5235,
                  "pdockq2_ab": 0.7120, "pdockq2_ba": 0.6278, "lis_ab": 0.6484, "lis_ba": 0.6635,
                  "ipsae_d0chn_ab": 0.826070, "ipsae_d0dom_ba": 0.877746},
    "af3": {"ipsae_ab": 0.823318, "ipsae_ba": 0.794142, "pdockq": 0.5466, "pdockq2_ab": 0.8412,
            "pdockq2_ba": 0.8323, "lis_ab": 0.7300, "lis_ba": 0.7250, "iptm": 0.9,
            "ipsae_d0chn_ab": 0.893813, "ipsae_d0dom_ba": 0.897693},
    "colabfold": {"ipsae_ab": 0.867983, "ipsae_ba": 0.842880, "pdockq": 0.5757,
                  "pdockq2_ab": 0.9032, "pdockq2_ba": 0.9059, "lis_ab": 0.7758, "lis_ba": 0.7482,
                  "iptm": 0.92, "ipsae_d0chn_ab": 0.922602, "ipsae_d0dom_ba": 0.924859},
    "boltz": {"ipsae_ab": 0.897489, "ipsae_ba": 0.895709, "pdockq": 0.5714, "pdockq2_ab": 0.8544,
              "pdockq2_ba": 0.8781, "lis_ab": 0.7823, "lis_ba": 0.7663, "iptm": 0.9426,
              "ipsae_d0chn_ab": 0.940661, "ipsae_d0dom_ba": 0.951482},
}  # fmt: skip
"""What the reference script gives, with as many digits as it prints."""

Writer = Callable[[Dimer, Path], Path]
WRITERS: dict[str, Writer] = {
    "colabfold": lambda dimer, folder: dimer.colabfold(folder),
    "af3": lambda dimer, folder: dimer.alphafold3(folder / "one" / "seed-1_sample-0"),
    "boltz": lambda dimer, folder: dimer.boltz(folder / "predictions" / "one"),
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


def jobs_file(dimer: Dimer, path: Path, *, swap: bool = False, hashed: bool = True) -> Path:
    first, second = dimer.sequences[::-1] if swap else dimer.sequences
    cells = {"job": "one", "kind": "candidate", "protein_a": "P1", "protein_b": "P2"}
    row: dict[str, object] = {**cells, "length_a": len(first), "length_b": len(second)}
    row |= {"sha256_a": sha256(first), "sha256_b": sha256(second)} if hashed else {}
    pd.DataFrame([row]).to_csv(path, sep="\t", index=False)
    return path


def test_real_outputs_have_the_metrics_of_the_reference(examples: Path) -> None:
    table = cw.structures_read(results=examples).answer.set_index("predictor")
    assert set(table.index) == set(GOLDEN)
    for predictor, metrics in GOLDEN.items():
        for name, value in metrics.items():
            assert table.loc[predictor, name] == pytest.approx(value, abs=1e-4), (predictor, name)


def test_a_sample_without_its_files_is_named(examples: Path) -> None:
    left_out = cw.structures_read(results=examples).tables["incomplete"]
    assert left_out["model"].tolist() == ["1"]
    assert left_out["job"].tolist() == ["pdl1_binder"]
    assert left_out["reason"].iloc[0] == "confidences.json, model.cif is missing beside it."


@pytest.mark.parametrize("layout", WRITERS)
def test_every_layout_gives_the_same_interface(layout: str, dimer: Dimer) -> None:
    WRITERS[layout](dimer, Path("results"))
    table = cw.structures_read(results="results").answer
    dimer.colabfold(Path("other"))
    other = cw.structures_read(results="other").answer
    same = ["pdockq", "pdockq2", "lis", "ipsae_ab", "ipsae_ba", "contacts", "clashes"]
    pd.testing.assert_frame_equal(table[same], other[same], check_dtype=False)
    assert table["job"].tolist() == ["one"]


def test_chai_has_no_pae_and_keeps_the_rest_blank(dimer: Dimer) -> None:
    dimer.chai(Path("results/one"))
    result = cw.structures_read(results="results")
    row = result.answer.iloc[0]
    assert (row["job"], row["model"], row["iptm"]) == ("one", "2", 0.55)
    assert np.isnan(row["ipsae_max"])
    assert row["pdockq"] > 0
    assert any("blank where the predictor left none" in note for note in result.notes)


def test_chains_in_another_order_are_told_by_their_sequence(dimer: Dimer) -> None:
    dimer.alphafold3(Path("plain/one/seed-1_sample-0"))
    dimer.alphafold3(Path("turned/one/seed-1_sample-0"), order=(1, 0))
    jobs = jobs_file(dimer, Path("jobs.tsv"))
    plain, turned = (cw.structures_read(results=p, jobs=jobs).answer for p in ("plain", "turned"))
    pd.testing.assert_frame_equal(plain, turned)
    swapped = cw.structures_read(results="plain", jobs=jobs_file(dimer, jobs, swap=True)).answer
    assert swapped["chain_a"].tolist() == ["B"]
    assert swapped["ipsae_ab"].tolist() == plain["ipsae_ba"].tolist()


@pytest.mark.parametrize("hashed", [True, False])
def test_other_proteins_than_the_jobs_are_refused(
    dimer: Dimer, hashed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    dimer.colabfold(Path("results"))
    other = Dimer(1) if hashed else Dimer(0, (12, 8))
    jobs_file(other, Path("jobs.tsv"), hashed=hashed)
    assert main(["structures", "read", "results=results", "jobs=jobs.tsv", "out=found"]) == 2
    assert "chains of 12 and 9 residues are not" in capsys.readouterr().err


def damaged(path: Path, how: str, dimer: Dimer) -> None:
    text = path.read_text()
    if how == "truncated":
        path.write_text(text[: len(text) // 2])
    elif how == "another size":
        path.write_text(json.dumps(json.loads(text) | {"pae": dimer.pae[:-1, :-1].tolist()}))
    elif how == "ragged":
        path.write_text(json.dumps(json.loads(text) | {"pae": [[1.0], [1.0, 2.0]]}))
    elif how == "no structure":
        next(path.parent.glob("*.pdb")).unlink()
    else:
        next(path.parent.glob("*.pdb")).write_text("ATOM\n")


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("truncated", "is truncated or no JSON"),
        ("another size", "the PAE is 20 x 20, the structure has 21 residues"),
        ("ragged", "'pae' is no table of numbers"),
        ("no structure", "is missing beside it"),
        ("no atoms", "is damaged (Problem in line 1"),
    ],
)
def test_a_damaged_model_is_listed_and_the_rest_is_read(
    dimer: Dimer, how: str, reason: str
) -> None:
    dimer.colabfold(Path("results"), "whole")
    damaged(dimer.colabfold(Path("results/bad"), "bad"), how, dimer)
    result = cw.structures_read(results="results")
    assert result.answer["job"].tolist() == ["whole"]
    left_out = result.tables["incomplete"]
    assert left_out["job"].tolist() == ["bad"]
    assert reason in left_out["reason"].iloc[0]


def test_two_results_of_one_name_are_both_left_out(dimer: Dimer) -> None:
    dimer.colabfold(Path("results"), "whole")
    for folder in ("first", "second"):
        dimer.colabfold(Path("results") / folder, "twice")
    result = cw.structures_read(results="results")
    assert result.answer["job"].tolist() == ["whole"]
    assert result.tables["incomplete"]["job"].tolist() == ["twice", "twice"]


def test_two_jobs_of_one_name_are_refused(dimer: Dimer) -> None:
    dimer.colabfold(Path("results"))
    path = jobs_file(dimer, Path("jobs.tsv"))
    table = pd.read_csv(path, sep="\t")
    pd.concat([table, table]).to_csv(path, sep="\t", index=False)
    with pytest.raises(DataError, match=r"jobs.tsv row 3: a second job 'one'"):
        cw.structures_read(results="results", jobs=path)


def test_a_zip_archive_and_packed_files_are_read(dimer: Dimer) -> None:
    dimer.colabfold(Path("results"))
    plain = cw.structures_read(results="results").answer
    with zipfile.ZipFile("one.result.zip", "w") as archive:
        for path in Path("results").iterdir():
            archive.write(path, path.name)
    pd.testing.assert_frame_equal(cw.structures_read(results="one.result.zip").answer, plain)
    shutil.move("one.result.zip", "results2.zip")
    Path("broken.zip").write_bytes(Path("results2.zip").read_bytes()[:50])
    with pytest.raises(DataError, match="is a damaged archive"):
        cw.structures_read(results="broken.zip")


def test_models_of_one_pair_are_compared(dimer: Dimer) -> None:
    for model in (1, 2, 3):
        dimer.colabfold(Path("results"), model=model)
    row = cw.structures_read(results="results").tables["pairs"].iloc[0]
    near = int((dimer.distances() <= 8).sum())
    assert (row["models"], row["agreeing"], row["shared_contacts"]) == (3, 3, near)
    assert row["ipsae_min"] == row["ipsae_min_best"]


def test_a_table_of_scores_takes_the_place_of_results(dimer: Dimer) -> None:
    jobs = jobs_file(dimer, Path("jobs.tsv"))
    Path("scores.tsv").write_text("job\tmodel\tiptm\tptm\none\t1\t0.5\t0.75\none\t2\t0.7\t0.75\n")
    result = cw.structures_read(results="scores.tsv", jobs=jobs)
    assert result.answer["confidence"].tolist() == pytest.approx([0.55, 0.71])
    scores = result.tables["scores"]
    assert scores["score"].tolist() == pytest.approx([0.63])
    assert scores["kind"].tolist() == ["candidate"]
    Path("scores.tsv").write_text("job\tiptm\tptm\nother\t0.5\t0.75\n")
    with pytest.raises(DataError, match=r"scores.tsv row 2: the list of jobs has no job 'other'"):
        cw.structures_read(results="scores.tsv", jobs=jobs)
    Path("scores.tsv").write_text("name\tiptm\nother\t0.5\n")
    with pytest.raises(DataError, match="needs a column job and one of iptm"):
        cw.structures_read(results="scores.tsv")


def test_a_folder_without_results_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    assert main(["structures", "read", "results=empty", "out=found"]) == 2
    assert "holds no whole model of ColabFold" in capsys.readouterr().err
    assert not (tmp_path / "found").exists()
    assert main(["structures"]) == 2
    assert "choose one of structures" in capsys.readouterr().err
