"""Calls from Python print nothing, write nothing unasked, and fail with the same errors."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import cytoweave as cw
from cytoweave.cli import main


def test_nothing_is_printed_or_written_but_the_store(
    pairs: pd.DataFrame, capfd: pytest.CaptureFixture[str]
) -> None:
    pairs = pd.concat([pairs, pairs.iloc[:3]])  # repeats: there is something to warn of
    level = logging.getLogger("cytoweave").level
    sets = {"C": [f"P0_{i}" for i in range(7)]}
    cw.evaluate(cw.map(pairs), references={"mine": sets}, eval__nulls=20)
    assert capfd.readouterr() == ("", "")
    assert [path.name for path in Path().iterdir()] == ["store"]
    assert logging.getLogger("cytoweave").level == level


def test_the_log_is_shown_when_asked_for(
    pairs: pd.DataFrame, capfd: pytest.CaptureFixture[str]
) -> None:
    cw.map(pairs, verbose=True, workers=1)
    shown = capfd.readouterr()
    assert "cluster" in shown.err
    assert shown.out == ""


def test_out_leaves_what_the_verb_leaves(pairs: pd.DataFrame) -> None:
    pairs.to_csv("pairs.tsv", sep="\t", index=False)
    cw.map("pairs.tsv", out="python", workers=1, map__max_assemblies=3)
    words = ["network=pairs.tsv", "workers=1", "map.max_assemblies=3"]
    assert main(["map", *words, "out=verb"]) == 0
    names = sorted(path.name for path in Path("verb").iterdir())
    assert sorted(path.name for path in Path("python").iterdir()) == names
    for name in ("hierarchy.nodes", "hierarchy.cx2", "hierarchy_parent.cx2", "assemblies.tsv"):
        assert (Path("python") / name).read_bytes() == (Path("verb") / name).read_bytes(), name
    assert "cluster" in Path("python/run.log").read_text()
    command = cw.read("python").command
    assert command == "cytoweave map workers=1 map.max_assemblies=3 network=pairs.tsv out=python"


def test_errors_are_those_of_the_command_line(
    pairs: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    cw.map(pairs, out="taken", workers=1)
    refused: list[dict[str, Any]] = [
        {"seeed": 1},
        {"map": "nosuch"},
        {"out": "taken"},
        {"workers": 0},
    ]
    for settings in refused:
        pairs.to_csv("pairs.tsv", sep="\t", index=False)
        with pytest.raises(cw.ConfigError) as error:
            cw.map("pairs.tsv", **settings)
        words = [f"{key}={value}" for key, value in settings.items()]
        assert main(["map", "network=pairs.tsv", *words]) == 2
        assert f"cytoweave: {error.value}\n" in capsys.readouterr().err


def test_a_store_is_cleaned_to_a_size(pairs: pd.DataFrame) -> None:
    cw.map(pairs, workers=1)
    gone = cw.clean_store("0B")
    assert {"given", "read", "cluster", "map"} <= {entry.stage for entry in gone}
    assert cw.clean_store("0B") == []
    with pytest.raises(cw.ConfigError, match="keep must be a size such as 20GB"):
        cw.clean_store("many")
    assert cw.clean_store(store="elsewhere") == []
    assert Path("elsewhere").is_dir()
