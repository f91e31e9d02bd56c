"""What a portal holds is what the run's tables and measurements say."""

import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cytoweave.artifacts import ElutionProfiles, Network
from cytoweave.errors import DataError
from cytoweave.report import RunResult, read_run, write_run, write_run_portal
from cytoweave.report.measured import Measured, Thumbnails

from ..conftest import NASTY, PROTEINS, make_contrast, make_run
from .pieces import details, numbers, piece

ROOT = Path(__file__).resolve().parents[3]


def measured() -> Measured:
    pairs = Network.from_pairs(
        ["NA", "P02", "P03", NASTY], ["P02", "P03", "P04", "P23"], [1, 2, 4, 3]
    )
    amounts = np.arange(24, dtype=np.float32).reshape(1, 4, 6)
    names = pd.DataFrame(
        [("P02", "protein two", "TWO|ZWEI", "P25786", "ENSG00000129084", "HGNC:9530", "5682")],
        columns=["protein", "name", "aliases", "uniprot", "ensembl", "hgnc", "entrez"],
    )
    return Measured(
        {"ppi": pairs},
        {"sec": ElutionProfiles(("NA", "P02", "P03", NASTY), amounts)},
        {"image": Thumbnails(("NA", NASTY, "NA"), (b"\xff\xd8sheet",))},
        names,
    )


@pytest.fixture(scope="module")
def result() -> RunResult:
    return dataclasses.replace(make_run(), measured=measured())


@pytest.fixture(scope="module")
def folder(result: RunResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("run")
    (place / "config.yaml").write_text(json.dumps(result.config))
    write_run(place, result, portal=True)
    return place


def test_columns_are_those_of_the_tables(folder: Path) -> None:
    columns = piece(folder / "portal", "core")["cols"]
    table = pd.read_csv(folder / "assemblies.tsv", sep="\t", keep_default_na=False)
    assert columns["id"][1:] == table["id"].tolist()
    assert columns["size"][1:] == table["size"].tolist()
    assert columns["kind"][1:] == table["class"].tolist()
    written = {"nm": "diameter_nm", "lo": "diameter_low_nm", "hi": "diameter_high_nm"}
    written |= {"pers": "persistence", "stab": "stability", "sec": "sec_fdr"}
    for ours, theirs in written.items():
        actual = ["" if value is None else f"{value:.6g}" for value in columns[ours][1:]]
        expected = ["" if v == "" else f"{float(v):.6g}" for v in table[theirs]]
        assert actual == expected, ours


def test_members_and_marks_follow_from_the_map(folder: Path, result: RunResult) -> None:
    core = piece(folder / "portal", "core")
    ptr, idx = numbers(core["ptr"], "<u4"), numbers(core["idx"], "<u2")
    hierarchy = result.hierarchy
    for row in range(len(hierarchy.names)):
        members = {core["sym"][k] for k in idx[ptr[row] : ptr[row + 1]]}
        assert members == set(hierarchy.members_of(row))
        joined = "\n".join(sorted(members)).encode()
        assert core["cols"]["uid"][row] == hashlib.sha256(joined).hexdigest()[:10]
    assert numbers(core["sup"], "<f4").tolist() == hierarchy.membership.data.tolist()


def test_edges_are_the_measured_ones_among_members(folder: Path, result: RunResult) -> None:
    core = piece(folder / "portal", "core")
    pairs = result.measured.networks["ppi"].to_frame()
    given = {frozenset(pair) for pair in zip(pairs["protein_a"], pairs["protein_b"], strict=True)}
    for row, detail in details(folder / "portal", "a").items():
        net, members = detail["net"], set(result.hierarchy.members_of(row))
        nodes = [core["sym"][k] for k in numbers(net["nodes"], "<u2")]
        ends = numbers(net["edges"]["ppi"]["pairs"], "<u2").reshape(-1, 2)
        drawn = {frozenset((nodes[a], nodes[b])) for a, b in ends}
        assert set(nodes) == members
        assert drawn == {pair for pair in given if pair <= members}
        assert len(drawn) == len(ends) == net["edges"]["ppi"]["total"]


def test_terms_profiles_and_neighbours_are_there(folder: Path, result: RunResult) -> None:
    core = piece(folder / "portal", "core")
    row = core["cols"]["id"].index("A1")
    detail = details(folder / "portal", "a")[row]
    assert [term["term"] for term in detail["terms"]] == ["12", "13"]
    assert [core["sym"][k] for k in detail["terms"][0]["genes"]] == ["NA", NASTY]
    profile = detail["prof"][0]
    assert {core["sym"][k] for k in profile["rows"]} == {"NA", NASTY, "P02", "P03"}
    assert profile["fractions"] == 6
    near = details(folder / "portal", "p")[core["sym"].index("P02")]["near"]
    assert {core["sym"][k] for k, _ in near["ppi"]} == {"NA", "P03"}
    vectors = result.embedding
    assert vectors is not None
    unit = vectors.vectors / np.linalg.norm(vectors.vectors, axis=1, keepdims=True)
    alike = unit @ unit[vectors.proteins.index("P02")]
    best = np.argsort(-alike)[1:13]
    assert [core["sym"][k] for k, _ in near["fused"]] == [vectors.proteins[k] for k in best]


@pytest.mark.parametrize("tested", [True, False])
def test_contrasts_are_those_of_their_tables(
    result: RunResult, tmp_path: Path, tested: bool
) -> None:
    given = make_contrast(tested=tested)
    for name in ("contrast", "contrast.second"):
        (tmp_path / "uses" / name).mkdir(parents=True)
        given.save(tmp_path / "uses" / name)
    (tmp_path / "config.yaml").write_text(json.dumps(result.config))
    write_run(tmp_path, result, portal=True)
    core = piece(tmp_path / "portal", "core")
    assert [one["use"] for one in core["contrasts"]] == ["contrast", "contrast.second"]
    actual = piece(tmp_path / "portal", "contrast/1")
    table = given.tables["contrast"]
    assert [core["cols"]["id"][row] for row in actual["rows"]] == table["assembly"].tolist()
    assert actual["kind"] == table["class"].tolist()
    for name in ("effect", "effect_lo", "p", "fdr_equivalent"):
        expected = [None if np.isnan(v) else v for v in table[name]]
        assert actual[name] == expected, name
    assert actual["means"] == [[0.9, 0.6, 0.5], [0.5, 0.61, 0.6]]
    assert actual["movers"][0] == ["P02"]
    leaves, enters = actual["proteins"]["leaves"], actual["proteins"]["enters"]
    assert [core["cols"]["id"][row] if row >= 0 else "" for row in leaves] == ["A1", "", ""]
    assert [core["cols"]["id"][row] if row >= 0 else "" for row in enters] == ["B", "A", ""]
    assert len(actual["nulls"]) == 3 * tested
    answers = details(tmp_path / "portal", "p")[core["sym"].index("P02")]["answers"]
    assert answers[0]["columns"][-2:] == ["leaves", "enters"]
    assert answers[0]["rows"][0][-2:] == ["A1", "B"]


def test_names_are_text_and_end_no_script(folder: Path) -> None:
    shell = (folder / "portal" / "index.html").read_text()
    assert NASTY not in shell
    for path in (folder / "portal" / "data").rglob("*.js"):
        assert "<" not in path.read_text()
    assert NASTY in piece(folder / "portal", "core")["sym"]
    assert "default-src 'none'" in shell
    assert "unsafe" not in shell


def test_what_was_measured_is_read_back_and_the_portal_is_the_same(
    folder: Path, tmp_path: Path
) -> None:
    repeated = read_run(folder)
    pairs = repeated.measured.networks["ppi"].to_frame()
    pd.testing.assert_frame_equal(pairs, measured().networks["ppi"].to_frame())
    np.testing.assert_array_equal(
        repeated.measured.profiles["sec"].amounts, measured().profiles["sec"].amounts
    )
    assert repeated.measured.cells == measured().cells
    assert repeated.measured.names.to_dict() == measured().names.to_dict()
    before = {p: p.read_bytes() for p in (folder / "portal").rglob("*") if p.is_file()}
    write_run_portal(folder)
    assert before == {p: p.read_bytes() for p in (folder / "portal").rglob("*") if p.is_file()}


def test_two_maps(folder: Path, tmp_path: Path) -> None:
    other = make_run()
    (tmp_path / "config.yaml").write_text(json.dumps(other.config))
    write_run(tmp_path, other)
    write_run_portal(tmp_path, folder)
    actual = piece(tmp_path / "portal", "compare")
    assert actual["shared"] == len(PROTEINS)
    assert [row[:2] for row in actual["there"]] == [[k, 1.0] for k in range(len(actual["there"]))]
    assert {row[3] for row in actual["moved"]} == {0.0}


def test_maps_without_a_common_protein_are_refused(folder: Path, tmp_path: Path) -> None:
    run = make_run(embedded=False)
    names = tuple(f"Q{k}" for k in range(len(PROTEINS)))
    renamed = dataclasses.replace(
        run,
        hierarchy=dataclasses.replace(run.hierarchy, proteins=names),
        similarity=dataclasses.replace(run.similarity, proteins=names),
    )
    (tmp_path / "config.yaml").write_text(json.dumps(run.config))
    write_run(tmp_path, renamed)
    with pytest.raises(DataError, match="share no protein"):
        write_run_portal(folder, tmp_path)


def test_the_program_is_what_its_sources_build() -> None:
    """Hold the built files to the record of their build: a forgotten build fails without node."""
    web, built = ROOT / "web", json.loads((ROOT / "web" / "BUILD.json").read_text())
    names = ["package-lock.json", "build.mjs"]
    names += [f"src/{path.name}" for path in sorted((web / "src").iterdir())]
    text = "\n".join(f"{name}\n{(web / name).read_text()}" for name in names)
    message = "run: cd web && npm ci --ignore-scripts && npm run build"
    assert hashlib.sha256(text.encode()).hexdigest() == built["sources"], message
    for name, digest in built["files"].items():
        content = (ROOT / "src" / "report" / "atlas" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest, message
