"""The command line: what it refuses, in one line and without leaving anything behind."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cytoweave.cli import VERBS, main

PAIRS = "a\tb\t0.9\nb\tc\t0.8\na\tc\t0.7\n"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CYTOWEAVE_DATA", raising=False)
    monkeypatch.delenv("CYTOWEAVE_CONF", raising=False)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command that must be refused; return its one line."""
    assert main(words) == 2
    lines = [x for x in capsys.readouterr().err.splitlines() if x.startswith("cytoweave: ")]
    assert len(lines) == 1
    return lines[0].removeprefix("cytoweave: ")


def cliques(path: Path, n_cliques: int = 4, size: int = 8) -> None:
    """Write an edge list of cliques in a ring, each joined to the next by one weak pair."""
    rows = []
    for k in range(n_cliques):
        names = [f"P{k}_{i}" for i in range(size)]
        rows += [f"{a}\t{b}\t0.9" for i, a in enumerate(names) for b in names[:i]]
        rows.append(f"P{k}_0\tP{(k + 1) % n_cliques}_1\t0.2")
    path.write_text("\n".join(rows) + "\n")


def test_no_verb_shows_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "evaluate" in capsys.readouterr().out


def test_an_unknown_verb_names_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no verb 'walk'; choose one of run, " in refused(capsys, "walk")


@pytest.mark.parametrize(
    "verb",
    [
        "run",
        "train",
        "map",
        "evaluate",
        "robustness",
        "compare",
        "convert",
        "report",
        "portal",
        "upload",
        "data",
        "store",
    ],
)
def test_help_shows_the_settings(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, "--help"]) == 0
    assert f"usage: cytoweave {verb}" in capsys.readouterr().out


def test_a_reader_who_leaves_early_ends_help_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    program = "import sys; from cytoweave.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "map", "--help"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_debug_shows_where_it_came_from() -> None:
    from cytoweave.errors import ConfigError

    with pytest.raises(ConfigError):
        main(["walk", "--debug"])


def test_map_of_an_edge_list_finds_the_cliques(capsys: pytest.CaptureFixture[str]) -> None:
    cliques(Path("pairs (1).tsv"))
    assert main(["map", "network=pairs (1).tsv", "out=found", "workers=1"]) == 0
    assert "report.html" in capsys.readouterr().out
    rows = [line.split("\t") for line in Path("found/hierarchy.nodes").read_text().splitlines()]
    assert rows[0][1] == "32"
    groups = {frozenset(row[2].split()) for row in rows}
    assert {frozenset(f"P{k}_{i}" for i in range(8)) for k in range(4)} <= groups
    assert not list(Path().glob(".found*"))
    assert (
        "pairs (1).tsv: read 'column 1' and 'column 2', weight" in Path("found/run.log").read_text()
    )


def test_map_takes_columns_weight_and_a_least_weight(capsys: pytest.CaptureFixture[str]) -> None:
    cliques(Path("pairs.tsv"))
    rows = [line.split() for line in Path("pairs.tsv").read_text().splitlines()]
    text = "".join(f"{k}\t{a}\tx\t{b}\t{w}\n" for k, (a, b, w) in enumerate(rows))
    Path("wide.tsv").write_text("run\tone\tkind\tother\tsure\n" + text + "9\tA\tx\tB\t0.001\n")
    assert main(["map", "network=wide.tsv", "out=wide"]) == 2
    assert "set columns=[A,B] to those of the proteins" in " ".join(capsys.readouterr().err.split())
    chosen = ["columns=[one,other]", "weight=sure", "min_weight=0.01", "workers=1"]
    assert main(["map", "network=wide.tsv", "out=wide", *chosen]) == 0
    assert main(["map", "network=pairs.tsv", "out=plain", "workers=1"]) == 0
    nodes = [Path(folder, "hierarchy.nodes").read_bytes() for folder in ("wide", "plain")]
    assert nodes[0] == nodes[1]
    assert main(["map", "embedding=wide.tsv", "out=vectors", "weight=sure"]) == 2
    assert "only network=FILE has such columns" in " ".join(capsys.readouterr().err.split())


def test_a_map_without_assemblies_says_so_loudly() -> None:
    Path("one.tsv").write_text("TP53\tMDM2\n")
    assert main(["map", "network=one.tsv", "out=one", "workers=1"]) == 0
    assert "THE MAP HAS NO ASSEMBLY" in Path("one/run.log").read_text()


def test_report_rewrites_what_a_run_left(capsys: pytest.CaptureFixture[str]) -> None:
    cliques(Path("pairs.tsv"))
    assert main(["map", "network=pairs.tsv", "out=found", "workers=1"]) == 0
    before = {p.name: p.read_bytes() for p in Path("found").glob("hierarchy*")}
    page = Path("found/report.html")
    page.unlink()
    assert main(["report", "run=found"]) == 0
    assert page.stat().st_size > 1000
    assert {p.name: p.read_bytes() for p in Path("found").glob("hierarchy*")} == before


def test_evaluate_scores_somebodys_map(capsys: pytest.CaptureFixture[str]) -> None:
    cliques(Path("pairs.tsv"))
    rows = [f"A{k}\t8\t{' '.join(f'P{k}_{i}' for i in range(8))}\t1" for k in range(4)]
    Path("mine.nodes").write_text("\n".join(rows) + "\n")
    Path("complexes.gmt").write_text(
        "".join(
            f"C{k}\tcomplex\t" + "\t".join(f"P{k}_{i}" for i in range(7)) + "\n" for k in (0, 1)
        )
    )
    words = ["data=own", "+data.pairs={kind: network, path: pairs.tsv}"]
    words[1] = words[1].removeprefix("+")
    words += ["+data.references.corum={kind: gmt, path: complexes.gmt}"]
    words += ["eval.nulls=20"]
    assert main(["evaluate", "hierarchy=mine.nodes", "out=scores", *words]) == 0
    metrics = json.loads(Path("scores/scores.json").read_text())
    assert metrics["corum.all.recovered"] == 2
    assert metrics["map.all.assemblies"] == 4
    assert 'id="plot-recovery"' in Path("scores/plots.html").read_text()
    assert (
        "Many complexes are known from affinity purification"
        in Path("scores/tables/references.tsv").read_text()
    )
    assert "why they may not be independent" in capsys.readouterr().out


GOOD = "A0\t8\tP0 P1 P2 P3 P4 P5 P6 P7\t1\nA1\t6\tP8 P9 P10 P11 P12 P13\t1\n"
PROTEINS = [f"P{k}" for k in range(16)]
HEAD = "id\t" + "\t".join(f"F{k}" for k in range(6)) + "\n"


def to_evaluate(reference: str, kind: str, nodes: str = GOOD, edges: str = "") -> list[str]:
    """Write a map of sixteen proteins and one reference; return the command that scores it."""
    Path("pairs.tsv").write_text("".join(f"{a}\t{b}\n" for a in PROTEINS for b in PROTEINS[:3]))
    Path("mine.nodes").write_text(nodes)
    if edges:
        Path("mine.edges").write_text(edges)
    Path("reference").write_text(reference)
    node = f"kind: {kind}, path: reference" + (", id: id, columns: F*" if kind == "elution" else "")
    words = ["evaluate", "hierarchy=mine.nodes", "data=own", "out=new", "eval.nulls=2"]
    words += ["eval.coelution.permutations=20", "eval.coelution.nulls=1"]
    return [
        *words,
        "data.pairs={kind: network, path: pairs.tsv}",
        f"+data.references.ref={{{node}}}",
    ]


COMPLEX = "C\tcomplex\tP0\tP1\tP2\tP3\tP4\n"
ROWS = {name: f"{name}\t" + "\t".join(f"{(7 * k + f) % 5}" for f in range(6)) + "\n"
        for k, name in enumerate(PROTEINS)}  # fmt: skip


BLANK = HEAD + "".join(name + "\t" * 6 + "\n" for name in PROTEINS)
FLAT = HEAD + "".join(name + "\t1" * 6 + "\n" for name in PROTEINS)
TWO_ROOTS = "R1\t4\tP0 P1 P2 P3\t1\nR2\t4\tP0 P1 P2 P3\t1\nA\t2\tP0 P1\t1\n"


@pytest.mark.parametrize(
    ("reference", "kind", "nodes", "edges", "message"),
    [
        ("C\tcomplex\tQ1\tQ2\tQ3\tQ4\n", "gmt", GOOD, "", "Reference 'ref': none of its 4 prot"),
        ("C\tcomplex\tP0\tP1\n", "gmt", GOOD, "", "Reference 'ref': no term holds 4 or more"),
        (COMPLEX, "gmt", GOOD.splitlines()[0], "", "no assembly below its root, so there is noth"),
        (BLANK, "elution", GOOD, "", "data.references.ref: reference: no protein with an amount"),
        (FLAT, "elution", GOOD, "", "only 0 of 16 elution profiles differ between fractions"),
        (COMPLEX, "gmt", GOOD, "A0\tA1\td\nA1\tA0\td\n", "edges among A0, A1 form a cycle"),
        (COMPLEX, "gmt", TWO_ROOTS, "R1\tA\td\nR2\tA\td\n", "two roots, 'R1' and 'R2'"),
    ],
)
def test_what_cannot_be_scored_gets_one_line(
    reference: str,
    kind: str,
    nodes: str,
    edges: str,
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = refused(capsys, *to_evaluate(reference, kind, nodes, edges))
    assert message in line
    assert not Path("new").exists()
    assert not list(Path().glob(".new*"))


def test_a_repeated_profile_is_averaged_and_noted(capsys: pytest.CaptureFixture[str]) -> None:
    table = HEAD + "".join(ROWS.values()) + ROWS["P1"]
    assert main(to_evaluate(table, "elution")) == 0
    printed = " ".join(capsys.readouterr().err.split())
    assert "1 proteins have several rows, which were averaged" in printed


def test_a_map_without_one_top_gets_a_root() -> None:
    nodes = GOOD + "A2\t4\tP0 P1 P2 P3\t1\n"
    assert main(to_evaluate(COMPLEX, "gmt", nodes, "A0\tA2\tdefault\n")) == 0
    metrics = json.loads(Path("new/scores.json").read_text())
    assert metrics["map.all.assemblies"] == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("target\tprey\tpInt\nA\tB\tNA\n", "row 2.*'NA' is missing; drop"),
        ("target\tprey\nA\tB\n", "pInt"),
    ],
)
def test_a_bad_edge_list_is_refused(
    text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("pairs.tsv").write_text(text)
    node = "{kind: network, path: pairs.tsv, columns: [target, prey], weight: pInt}"
    line = refused(capsys, "run", "data=own", f"+data.modalities.ppi={node}", "out=new")
    assert line.startswith("data.modalities.ppi: ")
    assert re.search(message, line)
    assert not Path("new").exists()
    assert not list(Path().glob(".new*"))


def test_a_missing_table_of_symbols_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("vectors.tsv").write_text("A\t1\t2\nB\t2\t1\nC\t0\t1\n")
    node = "+data.modalities.x={kind: embedding, path: vectors.tsv}"
    words = ["run", "data=own", node, "out=new"]
    line = refused(capsys, *words, "data.id_map.symbols=none.tsv")
    assert line.startswith("data.id_map.symbols: none.tsv does not exist; correct the path")
    line = refused(capsys, *words, "data.id_map.symbols=.")
    assert line.startswith("data.id_map.symbols: . is a folder; name a file.")


def test_a_missing_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(capsys, "map", "network=nowhere.tsv", "out=new")
    assert "nowhere.tsv does not exist" in line
    assert not Path("new").exists()


def test_a_corrupt_gzip_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pairs.tsv.gz").write_bytes(gzip.compress(PAIRS.encode() * 50)[:-20])
    assert "pairs.tsv.gz" in refused(capsys, "map", "network=pairs.tsv.gz", "out=new")
    assert not Path("new").exists()


def test_modalities_without_a_common_protein_are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("pairs.tsv").write_text("TSPAN6\tB\nB\tC\n")
    Path("images.tsv").write_text("id\t0\t1\nENSG1\t0.1\t0.2\nENSG2\t0.3\t0.1\n")
    line = refused(
        capsys,
        "run",
        "data=own",
        "+data.modalities.ppi={kind: network, path: pairs.tsv}",
        "+data.modalities.image={kind: embedding, path: images.tsv}",
        "out=new",
    )
    assert "ppi and image share no identifier (ppi: 'B', image: 'ENSG1')" in line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "sede=1"], "did you mean 'seed'"),
        (["run", "fusion=magic"], "fusion=magic: there is no such option"),
        (["run", "data=own"], "either data.modalities or data.pairs"),
        (["run", "workers=0"], "workers must be a whole number of at least 1"),
        (["map"], "Give either network=FILE or embedding=FILE"),
        (["evaluate", "data=own"], "Give hierarchy=FILE, embedding=FILE, or both"),
        (["run", "data.proteins=some"], "data.proteins must be one of .both., .all."),
        (["run", "trainer.devices=0"], "trainer.devices must be .* at least 1"),
        (
            ["map", "network=x.tsv", "map.overlap=2"],
            "map.overlap must be a number above 0 and at most 1",
        ),
        (["data"], "say `cytoweave data ACTION ...`, ACTION one of check, simulate, crops."),
        (["store", "clean", "--keep", "lots"], "keep must be a size such as 20GB"),
        (["report", "run=nowhere"], "not the folder of a finished run"),
    ],
)
def test_what_cannot_be_is_refused_before_work(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = refused(capsys, *words)
    assert re.search(message, line)
    assert not Path("runs").exists()


def test_an_existing_folder_is_kept_unless_told_otherwise(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cliques(Path("pairs.tsv"))
    Path("mine").mkdir()
    Path("mine/thesis.tex").write_text("years of work")
    assert "exists; choose another" in refused(capsys, "map", "network=pairs.tsv", "out=mine")
    line = refused(capsys, "map", "network=pairs.tsv", "out=mine", "overwrite=true")
    assert "is not the folder of a run" in line
    assert Path("mine/thesis.tex").read_text() == "years of work"


def test_a_run_is_replaced_when_told_so() -> None:
    cliques(Path("pairs.tsv"))
    words = ["map", "network=pairs.tsv", "out=found", "workers=1"]
    assert main(words) == 0
    (Path("found") / "old.txt").write_text("")
    assert main([*words, "overwrite=true"]) == 0
    assert not Path("found/old.txt").exists()


def test_an_embedding_table_is_mapped_and_its_stages_remembered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 16))
    vectors = np.repeat(centres, 5, axis=0) + 0.2 * rng.normal(size=(15, 16))
    rows = ["\t".join([f"G{i}", *(f"{x:.4f}" for x in v)]) for i, v in enumerate(vectors)]
    Path("mine.tsv").write_text("\n".join(["id\t" + "\t".join(map(str, range(16))), *rows]))
    assert main(["map", "embedding=mine.tsv", "out=one", "workers=1", "map.neighbours.k=4"]) == 0
    text = capsys.readouterr().err
    assert "from the store" not in text
    assert main(["map", "embedding=mine.tsv", "out=two", "workers=1", "map.neighbours.k=4"]) == 0
    assert capsys.readouterr().err.count("from the store") == 5
    for name in ("hierarchy.nodes", "assemblies.tsv", "embedding.tsv.gz"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()
    assert main(["store"]) == 0
    assert "neighbours" in capsys.readouterr().out


def test_maps_are_compared_and_converted(capsys: pytest.CaptureFixture[str]) -> None:
    cliques(Path("pairs.tsv"))
    assert main(["map", "network=pairs.tsv", "out=found", "workers=1"]) == 0
    for form in ("gml", "ont", "cx2", "nodes"):
        out = f"other/map.{form}"
        assert main(["convert", "hierarchy=found/hierarchy.cx2", f"out={out}"]) == 0
        words = ["first=found/hierarchy.nodes", f"second={out}", "overwrite=true", "out=shared"]
        assert main(["compare", *words]) == 0
        metrics = json.loads(Path("shared/scores.json").read_text())
        assert set(metrics.values()) == {1.0}
    assert "mean_best" in capsys.readouterr().out
    taken = refused(capsys, "convert", "hierarchy=found/hierarchy.cx2", f"out={out}")
    assert "exists; choose another" in taken


def test_a_run_is_written_as_other_tools_take_it(capsys: pytest.CaptureFixture[str]) -> None:
    cliques(Path("pairs.tsv"))
    assert main(["map", "network=pairs.tsv", "out=found", "workers=1", "portal=false"]) == 0
    members = Path("found/assemblies.gmt").read_text().splitlines()[0].split("\t")[2:]
    Path("panel.txt").write_text("\n".join([*members, "NOT_IN_THE_MAP"]))
    Path("nobody.txt").write_text("NOBODY\n")
    words = ["run=found", "form=vnn", "out=vnn", "vnn.min_genes=2"]
    assert main(["convert", *words, "vnn.genes=panel.txt"]) == 0
    assert "cellmaps_vnn trains" in capsys.readouterr().err
    indices = Path("vnn/gene2ind.txt").read_text().split()
    assert indices[1::2] == members
    assert Path("vnn/shuffled_1/hierarchy.cx2").is_file()
    repeated = refused(capsys, "convert", *words)
    assert "exists; choose another" in repeated
    for wrong, wanted in {
        ("out=a.gml",): "Give either hierarchy=FILE or run=DIR",
        ("run=found", "hierarchy=found", "out=a.gml"): "Give either hierarchy=FILE or run=DIR",
        ("hierarchy=found", "form=cellmaps", "out=a"): "form=cellmaps needs run=DIR",
        ("run=found", "form=vnn", "out=a", "vnn.genes=nobody.txt"): "none of the genes is in the",
        ("run=found", "form=vnn", "out=a", "vnn.features=.", "vnn.mutations=panel.txt"): (
            "give either features=DIR or mutations"
        ),
    }.items():
        assert wanted in refused(capsys, "convert", *wrong), wrong
    assert not Path("a").exists()


def test_sizes_follow_the_calibration(capsys: pytest.CaptureFixture[str]) -> None:
    cliques(Path("pairs.tsv"))
    Path("points.tsv").write_text("proteins\tnm\n10\t100\n100\t1000\n1000\t10000\n")
    words = ["network=pairs.tsv", "workers=1", "calibration=points.tsv"]
    assert main(["map", *words, "out=found"]) == 0
    Path("points.tsv").unlink()
    assert main(["report", "run=found"]) == 0
    rows = [line.split("\t") for line in Path("found/assemblies.tsv").read_text().splitlines()]
    size, nm = (rows[0].index(name) for name in ("size", "diameter_nm"))
    assert {(row[size], row[nm]) for row in rows[1:]} >= {("8", "80")}
    assert "calibration=none.tsv" in refused(
        capsys, "map", "network=pairs.tsv", "calibration=none.tsv", "out=other"
    )


def test_a_job_ended_by_its_scheduler_stops_as_by_hand(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setitem(VERBS, "map", lambda words: signal.raise_signal(signal.SIGTERM))
    assert main(["map"]) == 130
    assert "stopped; finished stages are remembered" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("key", ["trainer.max_epoch", "overwite", "data.modalities.image.whit"])
def test_a_misspelt_key_is_blamed_where_another_override_must_be_given(
    capsys: pytest.CaptureFixture[str], key: str
) -> None:
    words = ("data=images_manifest", "data.modalities.image.manifest=images.tsv", f"{key}=1")
    assert f"'{key}' is not a setting of `cytoweave run`" in refused(capsys, "run", *words)
