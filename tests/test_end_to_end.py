"""From nothing to a scored map: the smallest simulated cell through every stage."""

import gzip
import json
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from cytoweave import config
from cytoweave.cli import _joined, main
from cytoweave.config import split
from cytoweave.data import reading
from cytoweave.eval import catalogue
from cytoweave.nodes import plugins

README = Path(__file__).resolve().parents[1] / "README.md"
OUTPUTS = README.parent / "docs" / "outputs.md"
SMALL = ["data.simulate.n_proteins=60", "data.simulate.image_size=64", "image_encoder.epochs=2"]
QUICK = [
    "image_encoder.least_steps=4",
    "fusion.epochs=2",
    "eval.nulls=20",
    "trainer.progress=false",
]
LEFT = (
    ".cytoweave-run.json assemblies.gmt assemblies.tsv config.yaml embedding.h5ad "
    "embedding.tsv.gz hierarchy.cx2 hierarchy.edges hierarchy.nodes hierarchy_parent.cx2 "
    "measured portal report.html "
    "ro-crate-metadata.json run.log scores.json tables"
)


def run_twice_apart(folder: Path) -> list[Path]:
    """Run one experiment in two folders that share no store."""
    for name in ("first", "second"):
        words = [f"out={folder / name}", f"store={folder / 'store' / name}"]
        assert main(["run", *SMALL, *QUICK, *words]) == 0
    return [folder / "first", folder / "second"]


def check_columns(run: Path) -> None:
    """Hold what `docs/outputs.md` says of every table to what a run has left."""
    references = pd.read_csv(run / "tables" / "references.tsv", sep="\t")["reference"]
    words = {"<reference>": [*references], "<separation>": ["sec"], "<modality>": ["image"]}
    documented = columns_of(OUTPUTS, words)
    left = [run / "assemblies.tsv", *sorted((run / "tables").glob("*.tsv"))]
    for path in left:
        columns = path.read_text().partition("\n")[0].split("\t")
        name = path.relative_to(run).as_posix()
        optional = {c for c in documented[name] if c.startswith((*words["<reference>"], "sec_"))}
        assert set(columns) <= documented[name] <= set(columns) | optional, name
    assert documented.keys() >= {path.relative_to(run).as_posix() for path in left}


def columns_of(page: Path, words: dict[str, list[str]]) -> dict[str, set[str]]:
    """Return the columns that a page lists of each table."""
    result = {}
    for section in page.read_text().split("\n### ")[1:]:
        head, _, rest = section.partition("\n## ")[0].partition("\n")
        rows = [line.split("|")[1] for line in rest.splitlines() if line.startswith("| `")]
        columns = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
        for word, names in words.items():
            columns = {c.replace(word, name) for c in columns for name in names}
            head = head.replace(word, names[0])
        result[head.strip("`")] = columns
    return result


def test_a_run_leaves_every_file_and_does_not_depend_on_chance(tmp_path: Path) -> None:
    first, second = run_twice_apart(tmp_path)
    assert sorted(path.name for path in first.iterdir()) == LEFT.split()
    for name in ("hierarchy.nodes", "hierarchy.edges", "assemblies.tsv", "scores.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    vectors = [gzip.decompress((run / "embedding.tsv.gz").read_bytes()) for run in (first, second)]
    assert vectors[0] == vectors[1]

    check_columns(first)
    table = pd.read_csv(first / "assemblies.tsv", sep="\t")
    nodes = pd.read_csv(first / "hierarchy.nodes", sep="\t", header=None)
    assert len(table) == len(nodes) - 1 > 0  # the root is no assembly
    scores = json.loads((first / "scores.json").read_text())
    assert 0 <= scores["truth.all.mean_best_jaccard"] <= 1
    assert scores["map.all.assemblies"] == len(table)
    assert "<script src=" not in (first / "report.html").read_text()


def test_an_image_that_does_not_decode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))
    assert main(["data", "simulate", *SMALL[:2], "out=cell"]) == 0
    broken = min((tmp_path / "cell" / "images" / "green").iterdir())
    broken.write_bytes(b"no picture")
    part = "{kind: images, path: cell/images, samples: cell/images/samples.csv}"
    words = ["data", "check", "data=own", f"+data.modalities.image={part}"]
    capsys.readouterr()
    assert main(words) == 0
    printed = " ".join(capsys.readouterr().err.split())
    assert f"does not decode: {broken.name}" in printed
    assert main([*words, "strict=true"]) == 2
    assert f"does not decode: {broken.name}" in capsys.readouterr().err
    shutil.rmtree(tmp_path / "cell")


def readme_commands() -> list[str]:
    """Return the commands of the README's blocks, one line each."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text(), re.DOTALL | re.MULTILINE)
    text = "\n".join(text for language, text in blocks if not language)
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("cytoweave ")]


@pytest.fixture
def my_lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the plug-in of the examples be imported, and forget it afterwards."""
    monkeypatch.syspath_prepend(str(README.parent / "examples" / "plugin"))
    monkeypatch.setenv(plugins.VARIABLE, "")
    for place, name in ((reading, "READERS"), (catalogue, "_METRICS"), (plugins, "_LOADED")):
        monkeypatch.setattr(place, name, dict(getattr(place, name)))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "my_lab"]:
        del sys.modules[name]


@pytest.mark.usefixtures("my_lab")
@pytest.mark.parametrize("command", readme_commands())
def test_a_command_of_the_readme_is_understood(command: str) -> None:
    verb, *words = _joined(shlex.split(command, comments=True)[1:])
    if "--help" in words or verb == "store":
        return
    if verb in ("data", "upload"):
        words = words[1:]
    if verb in ("sweep", "ablate"):
        own, words = split(words, verb)
        config.load(verb, own)
        verb = "run"
    grids = config.expand(words[1:]) if words[:1] == ["-m"] else [words]
    for grid in grids:
        config.load(verb, grid)
