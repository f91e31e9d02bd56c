"""The verb ``places``: proteins between two compartments come first, and what it leaves."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cytoweave as cw
from cytoweave.cli import main

GROUPS, SIZE, BETWEEN = 4, 25, 10


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a run of four compartments, and proteins midway between two of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))
    rng = np.random.default_rng(0)
    centres = np.eye(GROUPS, 8)
    inside = np.repeat(centres, SIZE, axis=0)
    midway = np.array([centres[k % 2] + centres[2 + k // 5] for k in range(BETWEEN)]) / 2**0.5
    values = np.vstack([inside, midway])
    values = values + 0.15 * rng.normal(size=values.shape)
    names = [f"P{k:03}" for k in range(GROUPS * SIZE)] + [f"M{k}" for k in range(BETWEEN)]
    cw.map(embedding=pd.DataFrame(values, index=names), out=tmp_path / "run", portal=False)
    return tmp_path / "run"


def test_proteins_between_compartments_come_first(run: Path) -> None:
    result = cw.places(run, resamples=4, largest=0.5)
    table = result.answer
    assert list(table)[:4] == ["protein", "score", "effective", "expected"]
    between = table["protein"].str.startswith("M")
    assert table["score"][between].median() > table["score"][~between].quantile(0.95)
    assert table["effective"].min() >= 1
    assert (table["score"] == table["score"].sort_values(ascending=False).to_numpy()).all()
    assert table["resamples"].between(1, 4).all()
    named = dict(zip(table["protein"], table["compartments"], strict=True))["M0"].split()
    assert sum(float(word.rpartition(":")[2]) for word in named) == pytest.approx(1, abs=0.2)
    assert result.metrics["effective"] < result.metrics["effective.null_mean"]
    place = run / "uses" / "places"
    assert sorted(path.name for path in place.glob("*.tsv")) == ["parents.tsv", "places.tsv"]
    parents = result.tables["parents"]
    assert parents["returns"].between(0, 1).all()
    card = json.loads((run / "cards" / f"{parents['assembly'][0]}.json").read_text())
    assert card["uses"]["places"]["returns"] == parents["returns"][0]
    assert "Compartments of proteins" in (run / "report.html").read_text()


def test_more_resamples_make_only_what_is_missing(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cw.places(run, resamples=2, largest=0.5)
    assert main(["places", f"run={run}", "resamples=3", "largest=0.5"]) == 0
    assert capsys.readouterr().err.count("resample ...") == 1
    assert main(["places", f"run={run}", "largest=0.01"]) == 2
    assert "largest: the map has 0 assemblies" in capsys.readouterr().err
    assert main(["places"]) == 2
    assert "run must be given" in capsys.readouterr().err
