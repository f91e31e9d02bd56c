"""Bad input of the verbs ``structures ..``: one line or a listed row, never a wrong number."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cytoweave.applications.structures.jobs.rules import read_back
from cytoweave.applications.structures.jobs.sequences import Protein, Sequences
from cytoweave.applications.structures.jobs.writers import (
    FORMATS,
    Alignments,
    FoldingJob,
    written,
)
from cytoweave.applications.structures.known import KnownPairs, check_cutoff
from cytoweave.applications.structures.manifest import read_jobs
from cytoweave.applications.structures.read import Results, read_models
from cytoweave.applications.structures.scores.score_tables import read_score_table
from cytoweave.errors import ConfigError, DataError

from .conftest import Dimer

HEADER = "job\tkind\tprotein_a\tprotein_b\tlength_a\tlength_b"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def left_out(jobs: Path | None = None) -> pd.DataFrame:
    """Return what of ``results`` was not read; one whole model is."""
    result: Results = read_models(Path("results"), None if jobs is None else read_jobs(jobs))
    assert len(result.rows) == 1
    return pd.DataFrame(result.incomplete)


def shorter_pae(path: Path) -> None:
    text = json.loads(path.read_text())
    path.write_text(json.dumps(text | {"pae": [row[:-1] for row in text["pae"][:-1]]}))


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def fewer_residues(path: Path) -> None:
    """Cut a CIF at the end of a line, as a full disk does: what is left is a valid file."""
    lines = path.read_text().splitlines(keepends=True)
    atoms = [k for k, line in enumerate(lines) if line.startswith("ATOM")]
    path.write_text("".join(lines[: atoms[-12]]))


def words_for_numbers(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"iptm": "high"}))


def beyond_one(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"iptm": 62.0}))


def true_for_number(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | {"iptm": True}))


def nested(path: Path) -> None:
    path.write_text("[" * 200_000)


def three_dimensions(path: Path) -> None:
    np.savez(path, plddt=np.full((2, 21), 0.5))


def no_pairs(path: Path) -> None:
    with np.load(path) as result:
        arrays = dict(result)
    np.savez(path, **(arrays | {"iptm": np.array([0.6, 0.7])}))


AF3 = "results/bad/seed-1_sample-0"


@pytest.mark.parametrize(
    ("layout", "file", "damage", "reason"),
    [
        ("af3", f"{AF3}/confidences.json", half, "is truncated or no JSON"),
        ("af3", f"{AF3}/summary_confidences.json", half, "is truncated or no JSON"),
        ("af3", f"{AF3}/confidences.json", shorter_pae, "the PAE is 20 x 20, but there are 21"),
        ("af3", f"{AF3}/model.cif", fewer_residues, "one of the two is truncated"),
        ("af3", f"{AF3}/summary_confidences.json", beyond_one, "ipTM is 62, not within 0..1"),
        ("boltz", "results/bad/pae_bad_model_0.npz", half, "is damaged"),
        ("boltz", "results/bad/plddt_bad_model_0.npz", half, "is damaged"),
        ("boltz", "results/bad/bad_model_0.cif", fewer_residues, "the PAE is 21 x 21, but there"),
        ("boltz", "results/bad/confidence_bad_model_0.json", words_for_numbers, "must be a number"),
        ("boltz", "results/bad/confidence_bad_model_0.json", true_for_number, "must be a number"),
        ("boltz", "results/bad/confidence_bad_model_0.json", nested, "is truncated or no JSON"),
        ("boltz", "results/bad/plddt_bad_model_0.npz", three_dimensions, "must have 1 dimensions"),
        ("chai", "results/bad/scores.model_idx_2.npz", half, "is damaged"),
        ("chai", "results/bad/scores.model_idx_2.npz", no_pairs, "'iptm' must have 0 dimensions"),
    ],
)  # fmt: skip
def test_a_damaged_file_of_any_layout_is_listed_and_the_rest_is_read(
    dimer: Dimer, layout: str, file: str, damage: Callable[[Path], None], reason: str
) -> None:
    dimer.colabfold(Path("results"), "whole")
    if layout == "af3":
        dimer.alphafold3(Path(AF3))
    elif layout == "boltz":
        dimer.boltz(Path("results/bad"), "bad")
    else:
        dimer.chai(Path("results/bad"))
    damage(Path(file))
    rows = left_out()
    assert rows["job"].tolist() == ["bad"]
    assert reason in rows["reason"].iloc[0]


def test_an_archive_that_cannot_be_opened_is_listed(dimer: Dimer) -> None:
    dimer.colabfold(Path("results"), "whole")
    Path("results/more.zip").write_bytes(b"PK\x03\x04 and no more")
    rows = left_out()
    assert rows["source"].tolist() == ["more.zip"]
    assert "is a damaged archive" in rows["reason"].iloc[0]


def test_jobs_without_result_and_results_without_job_are_listed(dimer: Dimer) -> None:
    for job in ("one", "strange"):
        dimer.colabfold(Path("results"), job)
    Path("jobs.tsv").write_text(
        f"{HEADER}\none\tcandidate\tA\tB\t12\t9\nlost\tdecoy\tC\tD\t12\t9\n"
    )
    rows = left_out(Path("jobs.tsv")).set_index("job")["reason"]
    assert rows["strange"] == "is not in the list of jobs."
    assert rows["lost"] == "no result was found."


def test_a_job_of_three_chains_is_not_a_pair(dimer: Dimer) -> None:
    dimer.colabfold(Path("results"), "whole")
    path = dimer.boltz(Path("results/bad"), "bad")
    structure = dimer.structure()
    chain = structure[0]["B"].clone()
    chain.name = "C"
    structure[0].add_chain(chain)
    (path.parent / "bad_model_0.cif").write_text(structure.make_mmcif_document().as_string())
    Path("jobs.tsv").write_text(
        f"{HEADER}\nwhole\tcandidate\tA\tB\t12\t9\nbad\tdecoy\tC\tD\t12\t9\n"
    )
    assert "but there are 30 tokens" in left_out(Path("jobs.tsv"))["reason"].iloc[0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("one\tcandidate\tA\tB\t12.5\t9", "row 2: a length must be a whole number"),
        ("one\tcandidate\tA\tB\t0\t9", "row 2: a length must be a whole number"),
        ("one\tDecoy\tA\tB\t12\t9", "row 2: kind must be candidate, decoy or homodimer"),
        (
            "a-b\tdecoy\tA\tB\t12\t9\nA_b\tdecoy\tA\tC\t12\t9",
            "row 3: a second job 'A_b'; rename one",
        ),
    ],
)
def test_a_bad_row_of_the_list_of_jobs_is_named(rows: str, message: str) -> None:
    Path("jobs.tsv").write_text(f"{HEADER}\n{rows}\n")
    with pytest.raises(DataError, match=message):
        read_jobs(Path("jobs.tsv"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("one\t1\t62\t0.7", "row 2: iptm is 62, not within 0..1"),
        ("one\t1\t0.6\t-0.7", "row 2: ptm is -0.7, not within 0..1"),
        ("one\t1\t0.6\t0.7\nOne\t1\t0.5\t0.7", "row 3: a second row of job 'One'"),
        ("one\t1\thigh\t0.7", "row 2: iptm 'high' is not a finite number"),
    ],
)
def test_a_bad_row_of_a_table_of_scores_is_named(rows: str, message: str) -> None:
    Path("scores.tsv").write_text(f"job\tmodel\tiptm\tptm\n{rows}\n")
    with pytest.raises(DataError, match=message):
        read_score_table(Path("scores.tsv"), None)


def test_a_day_that_is_none_is_refused() -> None:
    check_cutoff("2021-09-30")
    for day in ("2021", "30.09.2021", "2021-13-01"):
        with pytest.raises(ConfigError, match="pdb_cutoff must be a day, YYYY-MM-DD, got"):
            check_cutoff(day)
    Path("pdb.tsv").write_text("first\tsecond\nA\tB\n")
    with pytest.raises(DataError, match=r"pdb: pdb\.tsv needs columns gene_a and gene_b"):
        KnownPairs.read(Path("pdb.tsv"), None)


def test_sequences_that_cannot_be_folded_say_why() -> None:
    Path("all.fasta").write_text(">A\nMKU\n>B\nMKXX\n>C\nMKV\n")
    result = Sequences.read(Path("all.fasta"), ["A", "B", "C", "D"], None).by_name
    faults = {name: one.fault for name, one in result.items()}
    assert faults == {
        "A": "U (selenocysteine) at position 3", "B": "X (unknown) at position 3", "C": "",
    }  # fmt: skip
    assert "D" not in result


def test_a_homodimer_and_two_proteins_of_one_sequence_are_one_entity_of_two_chains() -> None:
    twin = Protein("Q1", "MKV", ("Q1",)), Protein("Q2", "MKV", ("Q2",))
    for both in (twin, (twin[0], twin[0])):
        msas = Alignments({both[0].sha256: ">q\nMKV\n>h\nM-V\n"})
        files = written([FoldingJob("p1", both)], FORMATS, msas)
        for name in FORMATS:
            assert read_back(files, name) == [("p1", ("MKV", "MKV"))]
        assert files["colabfold/a3m/p1.a3m"].startswith("#3\t2\n")
        server = json.loads(files["af3server/jobs_001.json"])[0]["sequences"]
        assert [one["proteinChain"]["count"] for one in server] == [2]


def test_an_alignment_of_another_width_is_refused() -> None:
    job = FoldingJob("p1", (Protein("Q1", "MKV", ("Q1",)), Protein("Q2", "ACD", ("Q2",))))
    Path("msa").mkdir()
    Path("msa/Q1.a3m").write_text(">q\nMKV\n>h\nM-aV\n")
    assert len(Alignments.read("msa", [job]).texts) == 1
    Path("msa/Q2.a3m").write_text(">q\nACD\n>short\nAC\n")
    with pytest.raises(DataError, match="row 'short' has 2 columns, its protein has 3 residues"):
        Alignments.read("msa", [job])
    Path("msa/Q2.a3m").write_text(">q\nACC\n")
    with pytest.raises(DataError, match="begins with another sequence"):
        Alignments.read("msa", [job])
