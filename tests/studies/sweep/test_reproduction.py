"""The winner of a study as a file: it says how the map is made, and goes to another data set."""

import json
import os
import shlex
from pathlib import Path

import pytest

from cytoweave import config
from cytoweave.cli import main
from cytoweave.errors import ConfigError
from cytoweave.studies.sweep.experiments import Experiments
from cytoweave.studies.sweep.reproduction import METHOD, write_experiment
from cytoweave.studies.sweep.space import Space, Values

SPACE: dict[str, object] = {
    "fusion": {"choices": ["autoencoder", "concat"]},
    "fusion.weights.ppi": {"type": "float", "low": 0.4, "high": 2.5, "when": {"fusion": "concat"}},
    "map.neighbours.k": {"choices": [10, 15]},
    "data.proteins": {"choices": ["all", "both"]},
}
VALUES: Values = {
    "fusion": "concat",
    "fusion.weights.ppi": 0.5,
    "map.neighbours.k": 10,
    "data.proteins": "both",
}
OVERRIDES = [
    "data=demo", "data.simulate.n_proteins=90", "map.max_assemblies=40", "eval.nulls=3", "seed=4",
]  # fmt: skip


def write_best(folder: Path) -> str:
    """Write the experiment of `VALUES` over `OVERRIDES` with seed 5; return the command."""
    result = Experiments(Space.of(SPACE), OVERRIDES).of(VALUES, 5)
    return write_experiment(folder, "best", result, OVERRIDES, VALUES)


def test_the_file_holds_the_method_and_nothing_of_the_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = write_best(tmp_path)
    text = (tmp_path / "experiment" / "best.yaml").read_text()
    assert text.partition("defaults:\n")[2] == (
        "  - override /fusion: concat\n  - _self_\n\n"
        "fusion:\n  weights:\n    ppi: 0.5\nmap:\n  max_assemblies: 40\n  neighbours:\n    k: 10\n"
    )
    assert f"# Again:     {command}" in text.splitlines()
    places, _, _, *words = shlex.split(command)
    assert places == f"CYTOWEAVE_CONF={tmp_path}"
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path))
    result = config.load("run", words)
    assert result["seed"] == 5
    assert result["data"]["proteins"] == "both"
    assert result["data"]["simulate"]["seed"] == 4
    assert result["data"]["simulate"]["n_proteins"] == 90
    assert result["eval"]["nulls"] == 3
    elsewhere = config.load("run", ["experiment=best", "data=bioplex_lopit"])
    assert elsewhere["data"] == config.load("run", ["data=bioplex_lopit"])["data"]
    assert {k: elsewhere[k] for k in METHOD} == {k: result[k] for k in METHOD}


def test_of_several_folders_the_earlier_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place, k in (("one", 6), ("two", 9)):
        folder = tmp_path / place / "experiment"
        folder.mkdir(parents=True)
        text = f"# @package _global_\n# It.\nmap: {{neighbours: {{k: {k}}}}}\n"
        (folder / "mine.yaml").write_text(text)
        (folder / f"{place}.yaml").write_text(text)
    for order, k in ((("one", "two"), 6), (("two", "one"), 9)):
        named = os.pathsep.join(str(tmp_path / place) for place in order)
        monkeypatch.setenv("CYTOWEAVE_CONF", named)
        for option, expected in (("mine", k), ("one", 6), ("two", 9)):
            result = config.load("run", [f"experiment={option}"])
            assert result["map"]["neighbours"]["k"] == expected
    command = write_best(tmp_path / "study")
    assert command.startswith(f"CYTOWEAVE_CONF={tmp_path / 'study'}{os.pathsep}{named} ")


def test_what_is_no_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = f"{tmp_path}{os.pathsep}{tmp_path / 'none'}"
    monkeypatch.setenv("CYTOWEAVE_CONF", named)
    with pytest.raises(ConfigError, match=r"none' is not a folder.*separated by ':'.*earlier wins"):
        config.load("run", [])


@pytest.mark.slow
def test_the_winner_of_one_cell_makes_a_map_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conf" / "search").mkdir(parents=True)
    (tmp_path / "conf" / "search" / "small.yaml").write_text(
        "overrides: []\nspace:\n  fusion: {choices: [concat, pca]}\n"
        "  map.ranking.size: {type: float, low: 0.1, high: 1.6}\n"
    )
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path / "conf"))
    cell = ["data=demo_elution", "data.simulate.n_proteins=150", "data.modalities.image=null"]
    shared = [*cell, "eval.nulls=3", f"store={tmp_path / 'store'}", "workers=1"]
    study = tmp_path / "study"
    words = ["search=small", "study=best", "trials=3", "seeds=2", f"out={study}", *shared]
    assert main(["sweep", *words]) == 0
    monkeypatch.setenv("CYTOWEAVE_CONF", f"{study}{os.pathsep}{tmp_path / 'conf'}")
    other = [*shared, "seed=7", "data.simulate.noise=0.5", f"out={tmp_path / 'other'}"]
    assert main(["run", "experiment=best", *other]) == 0
    best = json.loads((study / "summary.json").read_text())["best"]["settings"]
    used = config.load("run", ["experiment=best", *shared])
    assert used["fusion"]["_target_"] == f"cytoweave.models.{best['fusion'].capitalize()}"
    assert used["map"]["ranking"]["size"] == best["map.ranking.size"]
    assert (tmp_path / "other" / "hierarchy.nodes").is_file()
