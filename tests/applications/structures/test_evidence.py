"""Evidence of folded pairs: cards, contact pictures, ChimeraX commands, dates in the PDB."""

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

import cytoweave as cw
from cytoweave.applications.structures.manifest import sha256
from cytoweave.applications.structures.scores.chimerax import ranges
from cytoweave.applications.structures.scores.pictures import Chord, contact_picture
from cytoweave.artifacts import Findings
from cytoweave.report.page.uses import use_sections

from .conftest import LETTERS, Dimer

LENGTHS = {"P1": 12, "P2": 9, "P3": 9, "P4": 9}
PAIRS = {"one": ("P1", "P2"), "two": ("P1", "P3"), "three": ("P1", "P4")}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


@pytest.fixture
def dimers() -> dict[str, Dimer]:
    """Three pairs of one assembly, two candidates and a decoy; results and list of jobs."""
    rng = np.random.default_rng(5)
    sequences = {name: "".join(rng.choice(list(LETTERS), n)) for name, n in LENGTHS.items()}
    result, rows = {}, []
    for k, (job, (a, b)) in enumerate(PAIRS.items()):
        dimer = Dimer(k)
        dimer.sequences = [sequences[a], sequences[b]]
        for model in (1, 2):
            dimer.colabfold(Path("results"), job, model)
        kind = "decoy" if job == "three" else "candidate"
        row: dict[str, object] = {"job": job, "kind": kind, "protein_a": a, "protein_b": b}
        row |= {"length_a": LENGTHS[a], "length_b": LENGTHS[b], "assembly": "C/1 <b>"}
        row |= {"sha256_a": sha256(sequences[a]), "sha256_b": sha256(sequences[b])}
        rows.append(
            row
            | {"stratum": "2-5 ordered", "interactions": "ppi 0.9", "pdb": "new", "disorder": 0.1}
        )
        result[job] = dimer
    pd.DataFrame(rows).to_csv("jobs.tsv", sep="\t", index=False)
    return result


def read(**settings: object) -> Findings:
    return cw.structures_read(results="results", jobs="jobs.tsv", **settings)  # type: ignore[arg-type]


def certain(dimer: Dimer) -> int:
    n = dimer.lengths[0]
    pae = (dimer.pae[:n, n:] + dimer.pae[n:, :n].T) / 2
    return int(((dimer.distances() <= 8) & (pae <= 10)).sum())


def test_the_card_of_an_assembly_tells_of_its_folded_pairs(dimers: dict[str, Dimer]) -> None:
    result = read(out="found")
    assert list(result.cards) == ["C/1 <b>"]
    pairs = {one["job"]: one for one in result.cards["C/1 <b>"]["pairs"]}  # type: ignore[attr-defined]
    assert set(pairs) == {"one", "two"}
    table = result.tables["pairs"].set_index("job")
    residues = result.tables["interface_residues"]
    for job, card in pairs.items():
        assert card["ipsae_min"] == table.loc[job, "ipsae_min"]
        assert card["certain_contacts"] == certain(dimers[job])
        assert (card["models"], card["agreeing"], card["pdb"]) == (2, 2, "new")
        assert (card["interactions"], card["stratum"]) == ("ppi 0.9", "2-5 ordered")
        assert (card["disorder"], "probability" in card) == (0.1, False)
        mine = residues[(residues["job"] == job) & (residues["protein"] == "P1")]
        numbers = [int(str(word)[1:]) for word in mine["residue"]]
        assert card["interface_residues"]["P1"] == ranges(numbers)
    assert json.loads(Path("found/cards.json").read_text())["C/1 <b>"]["picture"].startswith(
        "contacts.html#"
    )


def test_the_picture_has_an_arc_a_protein_and_a_line_a_contact(dimers: dict[str, Dimer]) -> None:
    result = read()
    assert 'href="uses/read/contacts.html"' in use_sections({"read": result}, {})[0].html
    page = result.files["contacts.html"]
    assert "<b>" not in page
    start, end = page.index("<svg"), page.index("</svg>") + 6
    picture = ElementTree.fromstring(page[start:end])
    paths = picture.findall(f"{SVG}path")
    arcs = [one for one in paths if one.get("stroke-width") == "12"]
    lines = [one for one in paths if one.get("stroke-width") == "1.2"]
    assert len(arcs) == 3
    assert len(lines) == certain(dimers["one"]) + certain(dimers["two"])
    assert {one.text for one in picture.findall(f"{SVG}text")} == {"P1", "P2", "P3"}
    assert "P4" not in page


def test_commands_open_each_pair_and_join_those_of_an_assembly(dimers: dict[str, Dimer]) -> None:
    result = read(out="found")
    alone = Path("found/chimerax/pairs/one.cxc").read_text().splitlines()
    assert alone[0].startswith("# one: P1 and P2, ipsae_min 0.")
    assert f'cd "{Path("results").absolute()}"' in alone
    opened = next(line for line in alone if line.startswith("open "))
    assert (Path("results") / opened.split('"')[1]).is_file()
    assert sum(line.startswith("pbond #1/A:") for line in alone) == certain(dimers["one"])
    rows = result.tables["interface_residues"]
    for chain, protein in (("A", "P1"), ("B", "P2")):
        mine = rows[(rows["job"] == "one") & (rows["protein"] == protein)]["residue"]
        named = next(line for line in alone if line.startswith("name interface1 "))
        assert f"/{chain}:{ranges(int(str(word)[1:]) for word in mine)}" in named
    together = Path("found/chimerax/assemblies/C%2F1%20%3Cb%3E.cxc").read_text()
    assert together.count("\nopen ") == 2
    assert "\nmatchmaker #2/A to #1/A pairing ss\n" in together


def test_chains_that_one_model_names_otherwise_are_the_same(dimers: dict[str, Dimer]) -> None:
    plain = read()
    path = next(Path("results").glob("one_unrelaxed_*model_2*"))
    path.write_text(dimers["one"].structure("XY").make_pdb_string())
    result = read()
    renamed = result.answer[result.answer["job"] == "one"]
    assert sorted(renamed["chain_a"]) == ["A", "X"]
    pd.testing.assert_frame_equal(result.tables["pairs"], plain.tables["pairs"])
    pd.testing.assert_frame_equal(result.tables["contacts"], plain.tables["contacts"])


def test_the_pdb_is_asked_with_dates(dimers: dict[str, Dimer]) -> None:
    Path("pdb.tsv").write_text("gene_a\tgene_b\tdate\nP2\tP1\t2020-05-05\n")
    result = read(pdb="pdb.tsv", pdb_cutoff="2021-09-30")
    message = result.tables["pairs"].set_index("job")["pdb"]
    assert message["one"] == "in PDB before the cut-off (2020-05-05)"
    assert message["two"] == "new"


def test_scores_carry_what_error_rates_are_stratified_by(dimers: dict[str, Dimer]) -> None:
    scores = read().tables["scores"]
    assert scores["kind"].value_counts().to_dict() == {"candidate": 2, "decoy": 1}
    assert scores["length"].tolist() == [21] * 3
    assert set(scores["stratum"]) == {"2-5 ordered"}
    assert scores["disorder"].tolist() == [0.1] * 3
    assert set(scores["assembly"]) == {"C/1 <b>"}


def test_without_a_list_of_jobs_each_job_has_its_own_picture(dimers: dict[str, Dimer]) -> None:
    result = cw.structures_read(results="results")
    assert set(result.cards) == set(PAIRS)
    assert result.files["contacts.html"].count("<svg") == 3


def test_a_homodimer_is_drawn_within_one_arc() -> None:
    chord = Chord(("A", 1), ("A", 90), 1.0, float("nan"))
    picture = ElementTree.fromstring(contact_picture("x & y", {"A": 250}, [chord]))
    assert len(picture.findall(f"{SVG}path")) == 1 + 1 + 2
    assert picture.findtext(f"{SVG}title") == "x & y"
    assert ranges([]) == ""
