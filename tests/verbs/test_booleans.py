"""What is true or false is nothing else: not ``no``, which is text, and true as Python sees it."""

from pathlib import Path
from typing import Any

import pytest

import cytoweave as cw
from cytoweave.cli import main
from cytoweave.errors import ConfigError
from cytoweave.studies.sweep.space import Space

VALUES = ["no", "on", "'false'", "1", "null"]
RUNS = ["run", "map network=pairs.tsv", "train", "evaluate data=demo hierarchy=a", "compare"]


@pytest.fixture(autouse=True)
def _beside_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))
    monkeypatch.delenv("CYTOWEAVE_CONF", raising=False)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.yaml").write_text("seed: 1\n")
    (tmp_path / "mine" / "precious.tsv").write_text("a year of work\n")


def check_refused(words: list[str], key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    message = capsys.readouterr().err
    assert f"{key} must be true or false" in message
    assert len(message.splitlines()) == 1
    assert Path("mine/precious.tsv").read_text() == "a year of work\n"


@pytest.mark.parametrize("word", VALUES)
def test_overwrite_is_true_or_false(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    check_refused(["run", "out=mine", f"overwrite={word}"], "overwrite", capsys)
    check_refused(["run", "out=mine", f"++overwrite={word}"], "overwrite", capsys)


@pytest.mark.parametrize("words", RUNS)
def test_of_every_verb(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    needed = ["first=a", "second=b"] if words == "compare" else []
    given = [*words.split(), *needed, "out=mine", "overwrite=no"]
    check_refused(given, "overwrite", capsys)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("run +data.modalities.image.strict=no", "data.modalities.image"),
        ("run fusion=projector +fusion.module.leave_out_own=off", "leave_out_own"),
        ("run ++trainer.progress=yes", "trainer.progress"),
        ("data crops crops.cells=no", "crops.cells"),
        ("sweep pareto=no", "pareto"),
        ("ablate ablation.each_modality=no", "ablation.each_modality"),
        ("run ++map._partial_=no", "_partial_"),
    ],
)
def test_so_is_every_other(words: str, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words.split()]) == 2
    message = capsys.readouterr().err
    assert key in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("value", ['"no"', "'off'", "1", "null"])
def test_an_own_option_that_says_no_in_quotes(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    experiment = f"# @package _global_\noverwrite: {value}\n"
    Path("own/experiment").mkdir(parents=True)
    Path("own/experiment/mine.yaml").write_text(experiment)
    monkeypatch.setenv("CYTOWEAVE_CONF", "own")
    check_refused(["run", "experiment=mine", "out=mine"], "overwrite", capsys)


def test_words_of_yaml_1_1_are_what_yaml_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("own/experiment").mkdir(parents=True)
    Path("own/experiment/mine.yaml").write_text("# @package _global_\noverwrite: no\n")
    monkeypatch.setenv("CYTOWEAVE_CONF", "own")
    assert main(["run", "experiment=mine", "out=mine"]) == 2
    assert "exists; choose another or set overwrite=true" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["no", "false", 1, 0, None])
def test_in_python_too(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"overwrite must be true or false, got"):
        cw.run(out="mine", overwrite=value)
    with pytest.raises(ConfigError, match=r"overwrite must be true or false, got"):
        cw.convert("mine/config.yaml", "mine", overwrite=value)
    if value is not None:
        with pytest.raises(ConfigError, match=r"verbose must be true or false or null, got"):
            cw.run(out="mine", verbose=value)


def test_a_scale_of_a_search_is_logarithmic_or_not() -> None:
    with pytest.raises(ConfigError, match=r"search\.space\.a\.log must be true or false, got 'no'"):
        Space.of({"a": {"type": "float", "low": 1, "high": 2, "log": "no"}})
