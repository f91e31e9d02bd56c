"""``--help``, ``--cfg`` and ``--dry-run``: what a command takes, would run with, and would do."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import cytoweave as cw
from cytoweave import config
from cytoweave.cli import VERBS, main
from cytoweave.nodes.settings import SETTINGS
from cytoweave.store import Store
from cytoweave.verbs.dry_run import COMPUTES, STUDIES, UNSTORED


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(words) == 0
    return capsys.readouterr().out


def test_help_lists_the_settings_of_the_chosen_parts(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "run", "--help", "fusion=autoencoder", "map=multiresolution")
    for line in (
        "fusion.closed_form.crowding=1.0           a number of at least 0",
        "      Strength of the hubness correction",
        "map.communities.cpm.count=120             a whole number of at least 0",
        "seed: 0",
        "    a whole number of at least 0",
    ):
        assert line in text


def test_help_lists_the_settings_of_a_kind_and_of_a_data_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = printed(capsys, "run", "--help", "data=demo", "data.modalities.mine.kind=network")
    assert "data.modalities.mine.path=..." in text
    assert "data.modalities.mine.min_weight=null" in text
    assert "data.simulate.noise=1.0" in text
    assert "data.references.sec.columns=F*" in text


def test_help_of_a_data_set_leaves_out_a_part_that_is_null(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = printed(capsys, "run", "--help", "data=demo_elution")
    assert "data.modalities.sec.kind=elution" in text
    assert "data.references.sec" not in text


def test_help_of_a_kind_that_is_not_there_gets_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "--help", "data.modalities.x.kind=nothing"]) == 2
    assert "kind must be one of corum, elution" in capsys.readouterr().err


def test_cfg_prints_what_a_run_has_with_every_default(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["fusion=autoencoder", "fusion.closed_form.crowding=0", "seed=3"]
    result = yaml.safe_load(printed(capsys, "run", "--cfg", *words))
    assert result["seed"] == 3
    assert result["fusion"]["closed_form"]["crowding"] == 0
    assert result["fusion"]["closed_form"]["neighbours"] == 20
    assert result["map"]["communities"]["cpm"]["count"] == 120
    assert result["data"]["modalities"]["ppi"]["min_weight"] is None
    assert result.keys() == config.load("run").keys()
    assert not Path("store").exists()


@pytest.mark.parametrize("verb", sorted(set(SETTINGS) & set(VERBS)))
def test_cfg_of_every_verb_is_yaml_or_one_line(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main([verb, "--cfg"])
    out, err = capsys.readouterr()
    if code == 0:
        assert config.top_keys(verb) - {"experiment"} <= set(yaml.safe_load(out))
    else:
        assert (code, err.count("\n")) == (2, 1)
        assert "must be given" in err
    assert list(Path.cwd().iterdir()) == []


def test_cfg_of_a_sweep_has_the_run_and_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "sweep", "--cfg", "storage=postgresql://me:geheim@h/d", "data=demo")
    assert "geheim" not in text
    assert yaml.safe_load(text)["run"]["data"]["title"] == "Simulated cell"


def test_a_dry_run_says_what_is_remembered_and_writes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = [f"P{k}" for k in range(12)]
    rows = [f"{a}\t{b}\n" for i, a in enumerate(names) for b in names[:i]]
    Path("pairs.tsv").write_text("".join(rows))
    words = ["map", "network=pairs.tsv", "workers=1", "out=made"]
    text = printed(capsys, *words, "--dry-run")
    assert "read network: to be computed, and all that follows from it" in text
    assert "would be written" in text
    assert [path.name for path in Path.cwd().iterdir()] == ["pairs.tsv"]
    assert main(words) == 0
    before = {path: path.stat().st_mtime_ns for path in Path.cwd().rglob("*")}
    text = printed(capsys, *words[:-1], "out=again", "map.max_assemblies=3", "--dry-run")
    assert "cluster: remembered" in text
    assert "map: to be computed" in text
    assert "every stage is remembered" in printed(capsys, *words[:-1], "out=again", "--dry-run")
    assert {path: path.stat().st_mtime_ns for path in Path.cwd().rglob("*")} == before
    assert main([*words, "--dry-run"]) == 2
    assert "exists; choose another" in capsys.readouterr().err


def test_a_dry_run_of_what_would_be_refused_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--dry-run", "seed=much"]) == 2
    assert main(["map", "--dry-run", "network=none.tsv"]) == 2
    assert "none.tsv does not exist" in capsys.readouterr().err


def test_dry_runs_know_every_verb() -> None:
    assert sorted([*COMPUTES, *UNSTORED, *STUDIES]) == sorted(
        verb for verb, place in VERBS.items() if isinstance(place, str)
    )


def test_a_dry_run_of_a_use_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    groups = np.repeat(np.eye(4, 6), 10, axis=0)
    values = groups + 0.1 * np.random.default_rng(0).normal(size=groups.shape)
    cw.map(embedding=pd.DataFrame(values, index=[f"P{k}" for k in range(40)]), out="made")
    words = ["places", "run=made", "resamples=2"]
    before = {path: path.stat().st_mtime_ns for path in Path.cwd().rglob("*")}
    text = printed(capsys, *words, "--dry-run")
    assert "places: to be computed" in text
    assert "would be written: " in text
    assert {path: path.stat().st_mtime_ns for path in Path.cwd().rglob("*")} == before
    assert main(words) == 0
    text = printed(capsys, *words, "--dry-run")
    assert "places: remembered" in text
    assert "would be replaced or continued" in text
    repeated = printed(capsys, "compare", "first=made", "second=made", "resamples=2", "--dry-run")
    assert "resample: to be computed" in repeated
    assert main(["places", "--dry-run"]) == 2
    assert "run must be given" in capsys.readouterr().err


def test_dry_runs_of_many_maps_and_of_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert "x 5 seeds" in printed(capsys, "ablate", "--dry-run", "data=demo")
    planned = printed(capsys, "sweep", "--dry-run", "data=demo", "search=map")
    assert "study map_demo: at most 60 trials, 11 settings searched" in planned
    Store(Path("store"))
    assert "0 of 0 results would be dropped" in printed(
        capsys, "store", "clean", "keep=1GB", "--dry-run"
    )
    assert "to be computed" in printed(capsys, "run", "--dry-run")
