"""Uses of a map from the command line and from Python: what they leave, and what they refuse."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cytoweave as cw
from cytoweave.cli import main
from cytoweave.report import read_run
from cytoweave.terminal.console import console
from cytoweave.verbs.applications.use import named


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of eight cliques of ten proteins in a ring."""
    rows = []
    for k in range(8):
        names = [f"P{k}{i}" for i in range(10)]
        rows += [(a, b, 1 / (1.1 + i)) for i, a in enumerate(names) for b in names[:i]]
        rows.append((f"P{k}0", f"P{(k + 1) % 8}1", 0.03))
    table = pd.DataFrame(rows, columns=["a", "b", "weight"])
    cw.map(table, out=tmp_path / "run")
    members = [f"P3{i}" for i in range(10)] + ["P00", "P11"]
    Path("list.txt").write_text("".join(f"{name}\n" for name in members))
    return tmp_path / "run"


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["property", *words]) == 2
    message = " ".join(capsys.readouterr().err.split())
    assert message.count("cytoweave: ") == 1
    assert "Traceback" not in message
    return message.partition("cytoweave: ")[2]


def test_a_hierarchy_is_asked(run: Path) -> None:
    words = [f"hierarchy={run / 'hierarchy.nodes'}", "property=list.txt", "out=found", "nulls=20"]
    assert main(["property", *words]) == 0
    table = pd.read_csv("found/property.tsv", sep="\t")
    columns = ["assembly", "members", "with_property", "expected", "odds_ratio", "p", "fdr"]
    assert list(table)[:7] == columns
    best = table.iloc[0]
    assert (best["members"], best["with_property"]) == (10, 10)
    assert best["expected"] == pytest.approx(10 * 12 / 80)
    assert best["fdr"] < 1e-5
    assert not Path("found/cards").exists()
    before = (run / "report.html").stat().st_mtime_ns
    repeated = cw.property(
        run / "hierarchy.nodes", property=Path("list.txt").read_text().split(), nulls=20
    )
    pd.testing.assert_frame_equal(
        repeated.to_frame(), table.fillna({"explained_by": "", "proteins": ""})
    )
    assert (run / "report.html").stat().st_mtime_ns == before


def test_a_run_keeps_the_answers_and_its_cards(run: Path) -> None:
    scores = (run / "scores.json").read_bytes()
    result = cw.property(run=run, property="list.txt", nulls=20)
    named = cw.property(run=run, property={f"P5{i}": 1 for i in range(10)}, name="other", nulls=20)
    assert sorted(p.name for p in (run / "uses").iterdir()) == ["property", "property.other"]
    best = str(result.answer["assembly"][0])
    card = json.loads((run / "cards" / f"{best}.json").read_text())
    assert card["assembly"] == best
    assert card["size"] == len(card["members"]) == 10
    assert card["uses"]["property"]["with_property"] == 10
    assert card["uses"]["property.other"]["fdr"] == pytest.approx(
        named.answer.set_index("assembly").loc[best, "fdr"]
    )
    names = read_run(run).hierarchy.names[1:]
    assert sorted(p.stem for p in (run / "cards").iterdir()) == sorted(names)
    page = (run / "report.html").read_text()
    assert "Concentrated in assemblies: list" in page
    assert (run / "scores.json").read_bytes() == scores
    assert main(["report", f"run={run}"]) == 0
    assert (run / "report.html").read_text() == page


def test_the_terminal_shows_the_name_beside_the_id(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "width", 200)
    assert main(["property", f"run={run}", "property=list.txt", "nulls=20"]) == 0
    printed = capsys.readouterr().out
    assert "┃ members" in printed
    assert "┃ name" not in printed  # none of the assemblies has one
    best = pd.read_csv(run / "uses" / "property" / "property.tsv", sep="\t")["assembly"][0]
    labels = run / "assemblies.gmt"
    labels.write_text(labels.read_text().replace(f"{best}\t{best}\t", f"{best}\tClique three\t"))
    assert main(["property", f"run={run}", "property=list.txt", "nulls=20"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "Clique three" in line)
    assert best in row


def test_names_in_the_terminal_are_cut_and_those_of_an_answer_stay() -> None:
    rows = pd.DataFrame({"rank": [1, 2], "assembly": ["C1", "C2"]})
    result = named(rows, {"C2": "ribosome of the mitochondrion, large (80 proteins)"})
    assert list(result) == ["rank", "assembly", "name"]
    assert result["name"].tolist() == ["", "ribosome of the mitochond… (80 proteins)"]
    assert list(rows) == ["rank", "assembly"]
    own = rows.assign(name="mine")
    assert named(own, {"C2": "other"}) is own


def test_an_answer_takes_the_place_of_an_earlier_one(run: Path) -> None:
    cw.property(run=run, property="list.txt", nulls=20)
    result = cw.property(run=run, property=["P00", "P01", "P02", "P03"], nulls=20)
    left = pd.read_csv(run / "uses" / "property" / "property.tsv", sep="\t")
    assert left["with_property"].tolist() == result.answer["with_property"].tolist()


def test_covariates_explain_a_property(run: Path) -> None:
    """Who is in clique 3 is well studied, and so is who has the property."""
    proteins = [f"P{k}{i}" for k in range(8) for i in range(10)]
    studied = [
        float(100 * name.startswith(("P3", "P4")) + k % 7) for k, name in enumerate(proteins)
    ]
    has = [name for name in proteins if name.startswith(("P3", "P4"))][::2]
    free = cw.property(run / "hierarchy.nodes", property=has, nulls=20)
    matched = cw.property(
        run / "hierarchy.nodes",
        property=has,
        nulls=20,
        covariates=pd.DataFrame({"protein": proteins, "citations": studied}),
    )
    assert free.answer["p"].min() < 0.05
    assert matched.answer["p"].min() > 0.2
    assert "alike in citations" in matched.notes[0]


def test_what_does_not_fit_is_refused_in_one_line(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = f"hierarchy={run / 'hierarchy.nodes'}"
    everyone = [f"P{k}{i}" for k in range(8) for i in range(10)]
    Path("all.txt").write_text("\n".join(everyone))
    Path("none.tsv").write_text("".join(f"{name}\t0\n" for name in everyone))
    Path("same.tsv").write_text("".join(f"{name}\t2.5\n" for name in everyone))
    Path("text.tsv").write_text("gene\tkind\nP00\tred\nP01\tblue\n")
    Path("own.tsv").write_text(
        "protein\tgroup\n" + "".join(f"{name}\t{name}x\n" for name in everyone)
    )
    Path("other.txt").write_text("ENSG01\nENSG02\n")
    assert "set data.id_map" in refused(capsys, nodes, "property=other.txt")
    assert "every protein of the map" in refused(capsys, nodes, "property=all.txt")
    assert "no protein of the map" in refused(capsys, nodes, "property=none.tsv")
    assert "have the same" in refused(capsys, nodes, "property=same.tsv")
    assert "is a folder" in refused(capsys, nodes, "property=.")
    Path("blank.tsv").write_text("protein\tcited\n" + "".join(f"{name}\t\n" for name in everyone))
    message = refused(capsys, nodes, "property=list.txt", "covariates=blank.tsv")
    assert "no protein of the map has a value of 'cited'" in message
    assert "name must be letters" in refused(capsys, f"run={run}", "property=list.txt", "name=a/b")
    assert "must be at least min_size" in refused(capsys, nodes, "property=list.txt", "max_size=1")
    assert "holds text such as 'red'" in refused(capsys, nodes, "property=text.tsv")
    words = (nodes, "property=list.txt", "covariates=own.tsv")
    assert "there are no controls" in refused(capsys, *words)
    assert "there is no covariate 'age'" in refused(capsys, *words, "match=[age]")
    assert "no assembly has 70 to 80" in refused(capsys, nodes, "property=list.txt", "min_size=70")
    assert "does not exist" in refused(capsys, nodes, "property=gone.txt")
    assert "Give either hierarchy=FILE or run=DIR" in refused(capsys, "property=list.txt")
    assert "Give either" in refused(capsys, nodes, f"run={run}", "property=list.txt")
    assert "property must be given" in refused(capsys, nodes)
    assert not Path("runs").exists()
    assert not (run / "uses").exists()


def test_what_explains_an_assembly_is_said_and_left_out_of_its_p(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All 6 of S have the property, and 1 of the 6 others of the assembly above it."""
    everyone = [f"P{k:02}" for k in range(60)]
    sets = {"root": everyone, "above": everyone[:12], "S": everyone[:6]}
    lines = [f"{name}\t{len(inside)}\t{' '.join(inside)}\t1" for name, inside in sets.items()]
    Path("nested.nodes").write_text("\n".join(lines) + "\n")
    Path("nested.edges").write_text("root\tabove\tdefault\nabove\tS\tdefault\n")
    Path("has.txt").write_text("\n".join([*everyone[:7], *everyone[50:54]]))
    words = ["hierarchy=nested.nodes", "property=has.txt", "nulls=0", "out=found"]
    assert main(["property", *words]) == 0
    table = pd.read_csv("found/property.tsv", sep="\t").set_index("assembly")
    assert table.loc["above", "explained_by"] == "S"
    rest = stats.hypergeom(60 - 6, 11 - 6, 12 - 6)  # neither members nor controls are of S
    p, alone = table.loc[["above"], ["p", "p_alone"]].to_numpy(float)[0]
    assert p == pytest.approx(rest.sf(1 - 1))
    whole = stats.hypergeom(60, 11, 12)
    assert alone == pytest.approx(whole.sf(7 - 1))
    assert alone < 0.01 < 0.1 < p
    text = " ".join(capsys.readouterr().out.split())
    assert "explained_by: significant sub-assemblies of an assembly" in text
    Path("has.txt").write_text("\n".join(everyone[::5]))
    assert main(["property", *words, "overwrite=true"]) == 0
    assert "explained_by" not in capsys.readouterr().out


def test_numbers_are_ranked_among_like_proteins(run: Path) -> None:
    rng = np.random.default_rng(0)
    values = {f"P{k}{i}": rng.random() + 2 * (k == 6) for k in range(8) for i in range(10)}
    result = cw.property(run / "hierarchy.nodes", property=values, nulls=50)
    best = result.answer.iloc[0]
    hierarchy = cw.read(run).hierarchy
    assert set(hierarchy.members(best["assembly"])) == {f"P6{i}" for i in range(10)}
    assert best["with_property"] == 10
    assert best["fdr"] < 0.01
    low = cw.property(run / "hierarchy.nodes", property=values, nulls=0, lowest=True)
    assert low.answer["assembly"].iloc[0] != best["assembly"]


@pytest.fixture
def screen(run: Path) -> pd.DataFrame:
    """A screen in which clique 2 behaves alike, and all of clique 5 but one."""
    rng = np.random.default_rng(1)
    names = [f"P{k}{i}" for k in range(8) for i in range(10)]
    table = pd.DataFrame(rng.normal(size=(80, 12)), index=names)
    for k in (2, 5):
        table.loc[[f"P{k}{i}" for i in range(9)]] += 3 * rng.normal(size=12)
    return table


def test_evidence_from_tables_and_anndata_is_the_same(run: Path, screen: pd.DataFrame) -> None:
    screen.to_csv("screen.csv")
    screen.to_csv("screen.tsv.gz", sep="\t")
    nodes = f"hierarchy={run / 'hierarchy.nodes'}"
    assert main(["evidence", nodes, "matrix=screen.csv", "out=found", "permutations=2000"]) == 0
    table = pd.read_csv("found/evidence.tsv", sep="\t")
    assert list(table)[:5] == ["assembly", "measured", "statistic", "p", "fdr"]
    hierarchy = cw.read(run).hierarchy
    kinds = {name: {p[:2] for p in hierarchy.members(name)} for name in hierarchy.names}
    passed = table["assembly"][table["fdr"] <= 0.05]
    assert {kind for name in passed for kind in kinds[name]} == {"P2", "P5"}
    import anndata

    data = anndata.AnnData(X=screen.to_numpy())
    data.obs["gene"] = list(screen.index)
    data.write_h5ad("screen.h5ad")
    for matrix, column in (("screen.tsv.gz", None), ("screen.h5ad", "gene"), (screen, None)):
        repeated = cw.evidence(run / "hierarchy.nodes", matrix=matrix, permutations=2000, id=column)
        assert repeated.answer["statistic"].tolist() == pytest.approx(table["statistic"].tolist())
        assert repeated.answer["p"].tolist() == pytest.approx(table["p"].tolist(), abs=0.02)


def test_evidence_on_a_run_is_on_its_cards(run: Path, screen: pd.DataFrame) -> None:
    result = cw.evidence(run=run, matrix=screen, permutations=500, nulls=20)
    best = str(result.answer["assembly"][0])
    card = json.loads((run / "cards" / f"{best}.json").read_text())
    assert card["uses"]["evidence"]["significant"] is True
    assert "Alike in another experiment" in (run / "report.html").read_text()


def test_known_terms_make_members_unexpected(run: Path, screen: pd.DataFrame) -> None:
    known = {f"complex {k}": [f"P{k}{i}" for i in range(8)] for k in range(8)}
    Path("known.gmt").write_text(
        "".join("\t".join([name, name, *members]) + "\n" for name, members in known.items())
    )
    result = cw.evidence(
        run / "hierarchy.nodes",
        matrix=screen,
        permutations=500,
        nulls=20,
        data__references__known={"kind": "gmt", "path": "known.gmt"},
    )
    members = result.tables["unexpected"].set_index("protein")["supported"].to_dict()
    assert members["P58"]
    assert not members["P59"]
    assert result.metrics["unexpected_tested"] == len(members)


def test_a_matrix_that_does_not_fit_is_refused_in_one_line(
    run: Path, screen: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = f"hierarchy={run / 'hierarchy.nodes'}"
    screen.set_axis([f"ENSG{k:011}" for k in range(80)]).to_csv("other.csv")
    screen.iloc[::9].to_csv("few.csv")
    screen.T.to_csv("across.csv")
    screen.to_csv("screen.csv")
    Path("broken.h5ad").write_bytes(b"\x89HDF\r\n\x1a\nxxxx")

    def message(*words: str) -> str:
        capsys.readouterr()
        assert main(["evidence", nodes, *words]) == 2
        return " ".join(capsys.readouterr().err.partition("cytoweave: ")[2].split())

    assert "set data.id_map" in message("matrix=other.csv")
    assert "at most 2 of one assembly" in message("matrix=few.csv")
    assert "transpose the table" in message("matrix=across.csv")
    assert "lower remove_axes" in message("matrix=screen.csv", "remove_axes=10")
    assert "is no AnnData" in message("matrix=broken.h5ad")
    assert "missing key id" in message("matrix=screen.csv", "kind=elution")
    assert "does not exist" in message("matrix=gone.csv")
    assert "there is no covariate 'age'" in message("matrix=screen.csv", "match=[age]")
