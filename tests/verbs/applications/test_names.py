"""The verb ``names`` by reference terms: what it leaves, and what it refuses."""

import gzip
import json
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cytoweave as cw
from cytoweave import config
from cytoweave.cli import main

COMPLEXES = 40
HEADER = "format-version: 1.2\n"
COLUMNS = ["assembly", "name", "source", "confidence", "coverage", "runner_up"]


def members(k: int) -> list[str]:
    return [f"C{k:02d}P{i}" for i in range(10)]


def known() -> dict[str, list[str]]:
    result = {f"complex {k}": members(k) for k in range(COMPLEXES)}
    for k in range(COMPLEXES):
        result[f"near {k}"] = members(k)[2:] + members((k + 1) % COMPLEXES)[:6]
    return result


def gene_sets() -> dict[str, list[str]]:
    rng = np.random.default_rng(0)
    proteins = [name for k in range(COMPLEXES) for name in members(k)]
    result = {f"real{k}": members(k) for k in range(0, COMPLEXES, 2)}
    return result | {f"random{k}": sorted(rng.choice(proteins, 10, False)) for k in range(20)}


def write(path: str, sets: dict[str, list[str]]) -> str:
    lines = ("\t".join([name, f"on {name}", *inside]) for name, inside in sets.items())
    Path(path).write_text("\n".join(lines) + "\n")
    return path


def test_gene_sets_get_names_and_random_ones_none() -> None:
    reference = f"+data.references.known={{kind: gmt, path: {write('known.gmt', known())}}}"
    words = [f"sets={write('sets.gmt', gene_sets())}", reference, "out=found", "random_sets=60"]
    assert main(["names", *words]) == 0
    table = pd.read_csv("found/names.tsv", sep="\t", keep_default_na=False)
    assert list(table)[:6] == COLUMNS
    table = table.set_index("assembly")
    real = table[table.index.str.startswith("real")]
    assert (real["name"] == [f"on complex {k}" for k in range(0, COMPLEXES, 2)]).mean() > 0.9
    assert set(real["source"]) == {"reference known"}
    random = table[table.index.str.startswith("random")]
    assert (random["name"] == "").mean() >= 0.9
    assert float(real["confidence"].min()) > float(random["confidence"].max())
    assert table["confidence"].between(0, 1).all()
    assert str(real.loc["real4", "carriers"]).split() == members(4)
    scores = pd.read_csv("found/scores.tsv", sep="\t").set_index("metric")
    assert float(scores["value"]["calibration_error"]) < 0.1
    repeated = cw.names(
        sets=gene_sets(),
        references={"known": {"kind": "gmt", "path": "known.gmt"}},
        random_sets=60,
    )
    assert repeated.answer["name"].tolist() == table["name"].tolist()


def test_a_run_keeps_names_on_cards_and_in_its_report(tmp_path: Path) -> None:
    rows = []
    for k in range(COMPLEXES):
        inside = members(k)
        rows += [(a, b, 1 / (1.1 + i)) for i, a in enumerate(inside) for b in inside[:i]]
        rows.append((inside[0], members((k + 1) % COMPLEXES)[1], 0.03))
    cw.map(pd.DataFrame(rows, columns=["a", "b", "weight"]), out=tmp_path / "run")
    untouched = {
        name: (tmp_path / "run" / name).read_bytes() for name in ("hierarchy.nodes", "scores.json")
    }
    result = cw.names(run=tmp_path / "run", references={"known": known()}, match=[], random_sets=60)
    named = result.answer[result.answer["name"].str.startswith("complex")]
    assert len(named) >= 20
    one = named.iloc[0]
    card = json.loads((tmp_path / "run" / "cards" / f"{one['assembly']}.json").read_text())
    assert card["uses"]["names"]["name"] == one["name"]
    assert card["uses"]["names"]["machine_made"] is True
    assert (tmp_path / "run" / "uses" / "names" / "names.tsv").exists()
    assert one["name"] in (tmp_path / "run" / "report.html").read_text()
    for name, content in untouched.items():
        assert (tmp_path / "run" / name).read_bytes() == content
    aspects = json.loads((tmp_path / "run" / "hierarchy.cx2").read_text())
    nodes = next(aspect["nodes"] for aspect in aspects if "nodes" in aspect)
    labels = {node["v"]["name"]: node["v"]["label"] for node in nodes}
    assert labels[one["assembly"]].startswith(one["name"])  # with the size where a parent shares it
    assert cw.read(tmp_path / "run").names[one["assembly"]] == one["name"]


def test_what_cannot_be_named_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    write("sets.gmt", gene_sets())
    for words, message in (
        (["sets=sets.gmt"], "there is no reference to name assemblies by"),
        ([], "Give either hierarchy=FILE or run=DIR, the folder of a run or sets=FILE.gmt."),
        (["sets=none.gmt"], "sets: none.gmt does not exist."),
    ):
        assert main(["names", *words]) == 2
        error = " ".join(capsys.readouterr().err.split())
        assert message in error
        assert "Traceback" not in error


def test_without_references_it_names_two_commands_that_work(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CYTOWEAVE_DATA", raising=False)
    write("my sets.gmt", gene_sets())
    assert main(["names", "sets=my sets.gmt"]) == 2
    error = " ".join(capsys.readouterr().err.split())
    fetch, ontology = error.partition("symbols: ")[2].partition(". With")[0].split(", then ")
    own = error.partition("your own: ")[2].removesuffix(".").replace("FILE.gmt", "known.gmt")
    write("known.gmt", known())
    write_gene_ontology()
    for k, command in enumerate((ontology, own)):
        program, *words = shlex.split(command)
        assert program == "cytoweave"
        assert main([*words, f"out=named{k}", "random_sets=60", "hidden_terms=40"]) == 0
        table = pd.read_csv(f"named{k}/names.tsv", sep="\t", keep_default_na=False)
        real = table[table["assembly"].str.startswith("real")]
        assert (real["name"] != "").mean() > 0.9
    assert shlex.split(fetch) == ["cytoweave", "data", "fetch", "for=data/gene_ontology"]
    capsys.readouterr()
    assert main([*shlex.split(fetch)[1:], "--list"]) == 0


def write_gene_ontology() -> None:
    """Write `known` as ontology and annotations, where the data config has them."""
    node = config.option("data", "gene_ontology")["references"]["go_cc"]
    obo, gaf = (Path(node[key].replace("${data_root}", "data")) for key in ("obo", "annotations"))
    obo.parent.mkdir(parents=True)
    terms = {f"GO:{k:07d}": pair for k, pair in enumerate(known().items(), 1)}
    stanza = "[Term]\nid: {}\nname: {}\nnamespace: cellular_component\n"
    obo.write_text("\n".join([HEADER, *(stanza.format(k, one) for k, (one, _) in terms.items())]))
    left, right = ["UniProtKB", "Q"], ["PMID:1", "IDA", "", "C", "", "", "protein", "taxon:9606"]
    rows = [
        "\t".join([*left, name, "located_in", k, *right, "20200101", "X", "", ""]) + "\n"
        for k, (_, inside) in terms.items()
        for name in inside
    ]
    with gzip.open(gaf, "wt") as file:
        file.write("!gaf-version: 2.2\n" + "".join(rows))
