"""The verb ``compare``: what became of assemblies, and what resamples say of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cytoweave as cw
from cytoweave.applications.differences import in_words
from cytoweave.cli import main

GROUPS, SIZE = 6, 12
NAMES = [f"P{k:03}" for k in range(GROUPS * SIZE)]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return runs of two conditions: in the second the last group has fallen apart."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))
    rng = np.random.default_rng(0)
    centres = np.repeat(np.eye(GROUPS, 10), SIZE, axis=0)
    folders = []
    for number in range(2):
        values = centres + 0.1 * rng.normal(size=centres.shape)
        if number:
            values[-SIZE:] = rng.normal(size=(SIZE, 10))
        cw.map(embedding=pd.DataFrame(values, index=NAMES), out=f"run{number}", portal=False)
        folders.append(tmp_path / f"run{number}")
    return folders


def test_an_assembly_that_falls_apart_has_died(
    runs: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    table = cw.compare(*runs, resamples=2).tables["events"]
    assert list(table) == ["assembly", "map", "event", "with", "jaccard", "stability", "chance"]
    whole = cw.read(runs[0]).hierarchy
    sets = {name: set(whole.members(name)) for name in whole.names[1:]}
    last = next(name for name, inside in sets.items() if inside == set(NAMES[-SIZE:]))
    first = next(name for name, inside in sets.items() if inside == set(NAMES[:SIZE]))
    rows = table[table["map"] == "first"].set_index("assembly")
    assert rows["event"][last] != "kept"
    assert rows["stability"][last] > rows["chance"][last]
    assert list(rows.loc[first, ["event", "stability", "chance"]]) == ["kept", 1.0, 1.0]
    assert table[["stability", "chance"]].to_numpy().max() <= 1
    nodes = f"second={runs[1] / 'hierarchy.nodes'}"
    capsys.readouterr()
    assert main(["compare", f"first={runs[0]}", nodes, "out=shared"]) == 0
    written = pd.read_csv("shared/tables/events.tsv", sep="\t")
    assert "stability" not in written
    sentence, _, tables = " ".join(capsys.readouterr().out.split()).partition("are new.")
    kept = (written["event"] == "kept").sum()
    assert sentence.startswith(f"{kept} of {(written['map'] == 'first').sum()} assemblies of ")
    assert f"; {(written['map'] == 'second').sum()} of " in sentence
    assert "What the maps share" in tables
    capsys.readouterr()
    assert main(["compare", f"first={runs[0]}", nodes, "resamples=2"]) == 2
    assert "resamples: second is a file" in capsys.readouterr().err


def test_the_sentence_counts_every_assembly_once() -> None:
    """Hand-made: two kept, one split, none merged, three died, one new; one was too small."""
    events = ["kept", "died", "split", "kept", "died", "died", "born"]
    table = pd.DataFrame({"event": events})
    whole = (
        "2 of 6 assemblies of A return in B (Jaccard of 0.4 or more); 1 split, 0 merged, 3 died; "
        "1 of B are new."
    )
    assert in_words(table, "A", "B", assemblies=6) == whole
    left_out = in_words(table, "A", "B", assemblies=7)
    assert left_out.startswith(f"{whole} 1 of A were not compared")
    nothing = in_words(table[:0], "A", "B", assemblies=0)
    assert nothing.startswith("0 of 0 assemblies of A return in B")
