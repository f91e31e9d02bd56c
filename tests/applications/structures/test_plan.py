"""The verb ``structures plan`` on a map of cliques: jobs, decoys, sequences, what is refused."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from numpy.typing import NDArray

import cytoweave as cw
from cytoweave.applications.structures.fdr.error_rates import spread_alike
from cytoweave.applications.structures.jobs.decoys import (
    Proteins,
    alike_in,
    apart_in,
    decoys_of,
    rewired,
)
from cytoweave.applications.structures.jobs.planned import strata_of
from cytoweave.applications.structures.jobs.ranking import (
    Cost,
    area,
    cost_of_share,
    protein_disjoint,
    spread,
)
from cytoweave.applications.structures.jobs.rules import read_back
from cytoweave.applications.structures.jobs.sequences import Protein, Sequences, read_fasta
from cytoweave.applications.structures.jobs.writers import FORMATS, Alignments, FoldingJob, written
from cytoweave.applications.structures.known import KnownPairs, family
from cytoweave.applications.structures.manifest import sha256
from cytoweave.artifacts import Findings, TermSet
from cytoweave.cli import main
from cytoweave.data.hierarchies.files import read_hierarchy
from cytoweave.errors import DataError

from .conftest import LETTERS

CLIQUES, SIZE = 12, 6
NEEDED = ["job", "kind", "protein_a", "protein_b", "length_a", "length_b"]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


def members(clique: int) -> list[str]:
    return [f"P{clique:02d}{k}" for k in range(SIZE)]


@pytest.fixture
def fasta() -> dict[str, str]:
    """A map of cliques; sequences of all its proteins."""
    everyone = [name for k in range(CLIQUES) for name in members(k)]
    lines = [f"root\t{len(everyone)}\t{' '.join(everyone)}\t1"]
    lines += [f"C{k}\t{SIZE}\t{' '.join(members(k))}\t1" for k in range(CLIQUES)]
    Path("map.nodes").write_text("\n".join(lines) + "\n")
    Path("map.edges").write_text("".join(f"root\tC{k}\tdefault\n" for k in range(CLIQUES)))
    rng = np.random.default_rng(0)
    result = {n: "".join(rng.choice(list(LETTERS), rng.integers(50, 300))) for n in everyone}
    write_fasta(result)
    return result


def write_fasta(sequences: dict[str, str]) -> None:
    lines = [f">sp|Q{k:05d}|X_HUMAN X GN={n}\n{s}" for k, (n, s) in enumerate(sequences.items())]
    Path("all.fasta").write_text("\n".join(lines) + "\n")


def plan(**settings: object) -> Findings:
    return cw.structures_plan("map.nodes", sequences="all.fasta", **settings)  # type: ignore[arg-type]


def test_candidates_share_an_assembly_and_decoys_share_none(fasta: dict[str, str]) -> None:
    table = plan().answer
    assert list(table)[:6] == NEEDED
    assert table["kind"].value_counts().to_dict() == {"candidate": 180, "decoy": 180}
    together = table["protein_a"].str[:3] == table["protein_b"].str[:3]
    assert together.tolist() == (table["kind"] == "candidate").tolist()
    assert table["job"].is_unique
    assert table["length_a"].tolist() == [len(fasta[name]) for name in table["protein_a"]]
    kinds = [table[table["kind"] == k] for k in ("candidate", "decoy")]
    for kind, ends in zip(("candidate", "decoy"), kinds, strict=True):
        both = pd.concat([ends["protein_a"], ends["protein_b"]])
        assert set(both.value_counts()) == {5}, kind
    lengths = [(one["length_a"] + one["length_b"]).to_numpy(float) for one in kinds]
    assert spread_alike(*lengths) < 0.1


def test_a_second_decoy_is_of_other_proteins(fasta: dict[str, str]) -> None:
    table = plan(pairs=8, decoys=2).answer
    used = table[table["kind"] == "candidate"]
    matched = table[table["decoy"] == "matched"]
    assert len(matched) >= 6
    ends = [set(one["protein_a"]) | set(one["protein_b"]) for one in (used, matched)]
    assert not ends[0] & ends[1]


def proteins_of(count: int, rng: np.random.Generator) -> Proteins:
    place = rng.integers(0, 4, count)
    alike = place[:, None] == place
    apart = np.arange(count)[:, None] // 8 != np.arange(count) // 8
    return Proteins(rng.integers(50, 900, count).astype(float), rng.random(count), alike, apart)


def test_rewired_pairs_keep_degrees_and_come_near_in_length_disorder_and_compartment() -> None:
    rng = np.random.default_rng(3)
    proteins = proteins_of(240, rng)
    inside = [[k, j] for k in range(240) for j in range(k + 1, 240) if k // 8 == j // 8]
    ends = np.array(inside)[rng.permutation(len(inside))[:400]]
    result = rewired(ends, proteins, rng)
    assert result.is_free.all()
    assert proteins.apart[result.ends[:, 0], result.ends[:, 1]].all()
    assert len({frozenset(pair) for pair in result.ends.tolist()}) == len(ends)
    assert (np.bincount(result.ends.ravel()) == np.bincount(ends.ravel())).all()

    def looks(pairs: NDArray[np.intp]) -> list[NDArray[np.float64]]:
        a, b = pairs.T
        length, disorder = proteins.length, proteins.disorder
        alike = proteins.alike[a, b].astype(float)
        return [length[a] + length[b], disorder[a] + disorder[b], alike]

    for own, other in zip(looks(ends), looks(result.ends), strict=True):
        assert spread_alike(own, other) < 0.1
    matched = decoys_of(ends[:20], proteins, range(240), rng)
    used = set(np.unique(ends[:20]))
    assert not used & set(matched.ends[matched.is_free].ravel())


def test_who_may_be_a_decoy_is_read_from_map_edges_and_compartments(fasta: dict[str, str]) -> None:
    hierarchy = read_hierarchy(Path("map.nodes"))
    rows = [hierarchy.proteins.index(name) for name in ("P000", "P001", "P010", "P020")]
    apart = apart_in(hierarchy, [("P000", "P020"), ("P000", "ELSE")])
    expected = [[0, 0, 1, 0], [0, 0, 1, 1], [1, 1, 0, 1], [0, 1, 1, 0]]
    assert apart[np.ix_(rows, rows)].astype(int).tolist() == expected
    places = TermSet.from_sets(
        {"nucleus": ("", {"P000", "P010"}), "cytosol": ("", {"P010", "P020"})}
    )
    alike = alike_in(hierarchy, places)[np.ix_(rows, rows)].astype(int).tolist()
    assert alike == [[1, 0, 1, 0], [0, 0, 0, 0], [1, 0, 1, 1], [0, 0, 1, 1]]
    assert not alike_in(hierarchy, None).any()


def test_strata_are_sizes_of_assemblies_and_tertiles_of_disorder() -> None:
    table = pd.DataFrame(
        {
            "kind": ["candidate"] * 3 + ["decoy", "homodimer"],
            "size": [4, 8, 12, 5, 0],
            "disorder": [0.1, 0.2, 0.3, 0.29, 0.1],
        }
    )
    assert strata_of(table) == [
        "2-5 ordered",
        "6-10 middle",
        "11+ disordered",
        "2-5 disordered",
        "",
    ]


def test_interactions_are_told_of_candidates_and_make_no_decoys(fasta: dict[str, str]) -> None:
    names = list(fasta)
    within = {(names[k], names[k + 1]) for k in range(0, len(names), SIZE)}
    across = {(names[k], names[-k - 1]) for k in range(0, len(names) // 2, 2)}
    lines = [f"{a}\t{b}\t0.75" for a, b in sorted(within | across)]
    Path("edges.tsv").write_text("\n".join(["a\tb\tw", *lines]) + "\n")
    table = plan(network="edges.tsv", columns=["a", "b"], weight="w").answer
    pairs = [tuple(sorted(pair)) for pair in table[["protein_a", "protein_b"]].to_numpy(str)]
    decoys = {p for p, kind in zip(pairs, table["kind"], strict=True) if kind == "decoy"}
    assert not decoys & {tuple(sorted(pair)) for pair in within | across}
    printed = {p for p, message in zip(pairs, table["interactions"], strict=True) if message}
    assert printed == {tuple(sorted(pair)) for pair in within}
    assert set(table["interactions"]) == {"", "the network 0.75"}


def test_names_of_jobs_say_nothing_and_the_same_seed_gives_the_same(fasta: dict[str, str]) -> None:
    first, repeated = plan(pairs=40), plan(pairs=40)
    pd.testing.assert_frame_equal(first.answer, repeated.answer)
    assert first.written == repeated.written
    kinds = first.answer["kind"].to_numpy().reshape(-1, 2)
    assert (np.sort(kinds, axis=1) == ["candidate", "decoy"]).all()
    assert 5 < (kinds[:, 0] == "decoy").sum() < 35
    files = "".join(text for path, text in first.written.items() if path != "proteins.fasta")
    assert not any(name in files for name in fasta)
    assert "decoy" not in files


def test_every_assembly_gets_a_pair_before_any_gets_its_second(fasta: dict[str, str]) -> None:
    table = plan(pairs=CLIQUES, decoys=0).answer
    assert table["assembly"].nunique() > CLIQUES // 2
    assert plan(gpu_hours=0.2, decoys=1).answer["gpu_hours"].sum() <= 0.25


def test_what_cannot_be_folded_is_listed_with_its_reason(
    fasta: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    fasta["P000"] = "MKU" + fasta["P000"]
    fasta["P001"] = "A" * 2000
    del fasta["P002"]
    write_fasta(fasta)
    Path("pdb.tsv").write_text("gene_a\tgene_b\tdate\nP003\tP004\t2020-01-01\n")
    result = plan(max_residues=2000, pdb="pdb.tsv", pdb_cutoff="2021-09-30")
    reasons = {
        frozenset((a, b)): reason
        for a, b, _, reason in result.tables["left_out"].itertuples(index=False)
    }
    assert reasons[frozenset(("P000", "P003"))] == "P000 has U (selenocysteine) at position 3"
    assert reasons[frozenset(("P002", "P003"))] == "P002 has no sequence"
    assert "more than max_residues=2,000" in reasons[frozenset(("P001", "P003"))]
    assert reasons[frozenset(("P003", "P004"))] == "in PDB before the cut-off"
    assert len(reasons) == 5 + 4 + 3 + 1
    few = plan(max_residues=2000, pairs=10).tables["left_out"]
    later = few["reason"] == "others come first within pairs= and gpu_hours="
    assert later.sum() == 180 - 12 - 10
    words = ["structures", "plan", "hierarchy=map.nodes", "sequences=all.fasta", "out=found"]
    assert main([*words, "max_residues=10"]) == 2
    assert "none of 180 pairs can be folded" in capsys.readouterr().err


def test_the_files_of_every_format_are_written(fasta: dict[str, str]) -> None:
    words = ["hierarchy=map.nodes", "sequences=all.fasta", "out=found", "pairs=20"]
    assert main(["structures", "plan", *words, "homodimers=true", "decoys=0"]) == 0
    table = pd.read_csv("found/jobs.tsv", sep="\t")
    homodimers = table[table["kind"] == "homodimer"]
    assert (homodimers["protein_a"] == homodimers["protein_b"]).all()
    name = homodimers["job"].iloc[0]
    assert json.loads(Path(f"found/af3/json/{name}.json").read_text())["sequences"][0]["protein"][
        "id"
    ] == ["A", "B"]
    server = json.loads(Path("found/af3server/jobs_001.json").read_text())
    assert {one["dialect"] for one in server} == {"alphafoldserver"}
    boltz = yaml.safe_load(Path(f"found/boltz/yaml/{name}.yaml").read_text())
    assert boltz["sequences"][0]["protein"]["id"] == ["A", "B"]
    once = Path("found/proteins.fasta").read_text().count(">")
    assert once == len(set(table["protein_a"]) | set(table["protein_b"]))
    assert "#SBATCH --array=1-" in Path("found/boltz/run.slurm").read_text()


def protein(letters: str, name: str = "Q1") -> Protein:
    return Protein(name, letters, (name,))


def test_alignments_are_padded_to_both_chains_and_checked() -> None:
    job = FoldingJob("p1", (protein("MKV", "Q1"), protein("ACDE", "Q2")))
    msas = {sha256("MKV"): ">q\nMKV\n>h1\nM-aV\n", sha256("ACDE"): ">q\nACDE\n>h2\nAC-E\n"}
    files = written([job], FORMATS, Alignments(msas))
    expected = ["#3,4\t1,1", ">101\t102", "MKVACDE", ">101", "MKV----", ">h1", "M-aV----"]
    expected += [">102", "---ACDE", ">h2", "---AC-E"]
    assert files["colabfold/a3m/p1.a3m"].splitlines() == expected
    assert files[f"boltz/msa/{sha256('MKV')}.csv"] == "key,sequence\n-1,MKV\n-1,M-aV\n"
    for name in FORMATS:
        assert read_back(files, name) == [("p1", ("MKV", "ACDE"))]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("colabfold", ("MKV", "MKU"), "has other letters than the 20 amino acids"),
        ("af3", ('"id": "B"', '"id": "A"'), "chains are called A, A"),
        ("af3", ('"version": 2', '"version": 9'), "another dialect or version"),
        ("af3server", ('"modelSeeds": []', '"modelSeeds": [1]'), "needs seeds as text"),
        ("boltz", ("version: 1", "version: 2"), "another version"),
        ("chai", ("p1_B", "p1_A"), "that differ"),
    ],
)
def test_what_a_predictor_would_not_take_is_refused(
    name: str, change: tuple[str, str], message: str
) -> None:
    job = FoldingJob("p1", (protein("MKV", "Q1"), protein("ACDE", "Q2")))
    files = {p: t.replace(*change) for p, t in written([job], [name], Alignments({})).items()}
    with pytest.raises(DataError, match=message):
        read_back(files, name)


def test_what_a_server_does_not_take_and_a_lost_alignment_are_refused() -> None:
    job = FoldingJob("p1", (protein("M" * 3000, "Q1"), protein("A" * 2001, "Q2")))
    with pytest.raises(DataError, match="p1 has more than 5,000 residues"):
        read_back(written([job], ["af3server"], Alignments({})), "af3server")
    job = FoldingJob("p1", (protein("MKV", "Q1"), protein("ACDE", "Q2")))
    files = written([job], ["af3"], Alignments({sha256("MKV"): ">q\nMKV\n"}))
    assert read_back(files, "af3") == [("p1", ("MKV", "ACDE"))]
    del files[f"af3/msa/{sha256('MKV')}.a3m"]
    with pytest.raises(DataError, match="needs both MSAs of a protein"):
        read_back(files, "af3")


def test_two_jobs_of_one_name_are_refused() -> None:
    job = FoldingJob("p1", (protein("MKV"), protein("ACDE", "Q2")))
    files = written([job, job], ["colabfold"], Alignments({}))
    with pytest.raises(DataError, match="two jobs are called 'p1'"):
        read_back(files, "colabfold")


def test_headers_of_every_kind_are_understood() -> None:
    Path("some.fasta").write_text(
        ">sp|P1-2|A_HUMAN x GN=TP53 PE=1\nMK\nVV\n>tr|A9|B_HUMAN GN=TP53\nMKVVV\n"
        ">sp|P1|A_HUMAN GN=TP53\nMKV*\n>ENSP1.1 pep gene:ENSG00000000001.2 gene_symbol:RAN\nMM\n"
        ">O9\nACD\n"
    )
    records = list(read_fasta(Path("some.fasta")))
    assert [one.names for one in records] == [
        ("P1-2", "TP53"), ("A9", "TP53"), ("P1", "TP53"),
        ("ENSP1.1", "RAN", "ENSG00000000001"), ("O9",),
    ]  # fmt: skip
    result = Sequences.read(Path("some.fasta"), ["TP53", "RAN", "O9", "X"], None)
    assert {name: one.letters for name, one in result.by_name.items()} == {
        "TP53": "MKV", "RAN": "MM", "O9": "ACD",
    }  # fmt: skip
    assert result.several == ("TP53",)
    with pytest.raises(DataError, match=r"none of the 5 of some.fasta .* set data.id_map"):
        Sequences.read(Path("some.fasta"), ["Y"], None)
    for text, message in (
        (">a\n\n", "is empty"),
        (">a\nM1\n", "letters alone"),
        ("MK", "no FASTA"),
    ):
        Path("bad.fasta").write_text(text)
        with pytest.raises(DataError, match=message):
            list(read_fasta(Path("bad.fasta")))


def test_pairs_in_the_pdb_are_found_by_name_family_and_entry() -> None:
    assert [family(name) for name in ("LAMTOR2", "GNB2", "RAN", "TP53")] == [
        "LAMTOR", "GNB", "RAN", "TP53",
    ]  # fmt: skip
    Path("pairs.tsv").write_text(
        "gene_a\tgene_b\tdate\nGNB1\tGNG2\t2022-01-01\nGNG2\tGNB1\t2019-05-05\n"
    )
    known = KnownPairs.read(Path("pairs.tsv"), None)
    assert known.since == {("GNB1", "GNG2"): "2019-05-05"}
    assert [known.novelty(*p) for p in (("GNG2", "GNB1"), ("GNB4", "GNG7"), ("RAN", "GNB1"))] == [
        0, 0.5, 1,
    ]  # fmt: skip
    assert known.evidence_for("GNB1", "GNG2", "2019-01-01") == "in PDB after the cut-off"
    Path("sifts.tsv").write_text("PDB\tCHAIN\tSP_PRIMARY\n1abc\tA\tQ2\n1abc\tB\tQ1\n2abc\tA\tQ3\n")
    assert list(KnownPairs.read(Path("sifts.tsv"), None).since) == [("Q1", "Q2")]
    Path("bad.tsv").write_text("gene_a\tgene_b\tdate\nA\tB\t2020\n")
    with pytest.raises(DataError, match=r"bad.tsv row 2: date '2020' is not YYYY-MM-DD"):
        KnownPairs.read(Path("bad.tsv"), None)


def test_a_pair_is_judged_by_models_of_other_proteins() -> None:
    rng = np.random.default_rng(1)
    ends = rng.integers(0, 120, (1500, 2))
    ends = ends[ends[:, 0] != ends[:, 1]]
    hidden = rng.normal(size=120)
    features = hidden[ends].sum(axis=1)[:, None] + rng.normal(size=(len(ends), 1))
    known = hidden[ends].sum(axis=1) > 1
    result = protein_disjoint(features, known, ends, rng)
    assert result is not None
    assert np.isfinite(result).all()
    assert area(known, np.ones(len(ends)), np.argsort(-result)) > 0.7
    assert protein_disjoint(features, np.zeros(len(ends), bool), ends, rng) is None


def test_gain_cost_and_area_agree_with_their_definitions() -> None:
    assert spread(np.array([4.0, 3.0, 2.0]), np.array([0, 0, 1])).tolist() == [4, 1.5, 2]
    cost = Cost.through(((100, 2.0), (200, 5.0)))
    assert (cost.hours(np.array([100.0, 200.0])) * 3600).tolist() == pytest.approx([2, 5])
    hits, ones = np.array([True, False, True, False]), np.ones(4)
    assert area(hits, ones, np.arange(4)) == pytest.approx(0.625)
    assert area(hits, ones, np.array([0, 2, 1, 3])) == pytest.approx(0.75)
    assert area(hits, ones, np.array([1, 3, 0, 2])) == pytest.approx(0.25)
    assert cost_of_share(hits, ones, np.arange(4), 1.0) == 0.75


SLURM = {
    "colabfold": ("colabfold_batch", "job_2.csv results"),
    "af3": ("python", "json/p2.json"),
    "boltz": ("boltz", "predict yaml/p2.yaml --write_full_pae"),
    "chai": ("chai-lab", "fold fasta/p2.fasta results/p2"),
}
"""The program that a task of the array starts, and what it is told."""


@pytest.mark.parametrize("name", SLURM)
def test_a_task_of_the_slurm_array_folds_its_own_job(name: str, tmp_path: Path) -> None:
    jobs = [FoldingJob(f"p{k}", (protein("MKV", "Q1"), protein("ACDE", "Q2"))) for k in (1, 2, 3)]
    for path, text in written(jobs, [name], Alignments({})).items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)
    assert "#SBATCH --array=1-3%20" in Path(name, "run.slurm").read_text()
    program, printed = SLURM[name]
    stub = tmp_path / "bin" / program
    stub.parent.mkdir()
    stub.write_text('#!/bin/sh\necho "$@"\n')
    stub.chmod(0o755)
    place = {"PATH": f"{stub.parent}:/usr/bin:/bin", "SLURM_SUBMIT_DIR": name}
    place |= {"SLURM_ARRAY_TASK_ID": "2", "AF3_WEIGHTS": "w", "AF3_DB": "d"}
    done = subprocess.run(
        ["bash", f"{name}/run.slurm"], env=place, capture_output=True, text=True, check=True
    )
    assert printed in done.stdout
    if name == "colabfold":
        assert Path("colabfold/job_2.csv").read_text() == "id,sequence\np2,MKV:ACDE\n"


def test_a_protein_of_several_jobs_has_one_sequence_to_align(fasta: dict[str, str]) -> None:
    fasta["P001"] = fasta["P000"]  # two proteins of one sequence need one MSA
    write_fasta(fasta)
    text = plan().written["proteins.fasta"]
    records = text.split(">")[1:]
    assert len(records) == len(set(fasta.values())) == len(fasta) - 1
    assert all(sha256(one.split("\n")[1]) == one.split()[0] for one in records)
