"""Trials told to Weights & Biases: offline by default, and never a reason for a trial to fail."""

import json
from pathlib import Path

import pytest

from cytoweave.errors import ConfigError
from cytoweave.loggers import Record, Wandb
from cytoweave.sweep import Sweep
from cytoweave.sweep.study import open_study


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"mode": "maybe"}, "logger.mode must be one of offline, online"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_a_setting_out_of_range_is_named(words: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Wandb(**words)  # type: ignore[arg-type]


def test_a_logger_that_cannot_begin_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    with Wandb().record(name="t", group="g", config={}, folder=nowhere) as record:
        record.figures({"a": 1.0})
        record.step({"loss": 0.5})
    assert type(record) is Record or caplog.records == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["offline", "online"])
def test_every_trial_is_a_run_with_figures_and_its_map(
    small: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")  # refused: nobody listens there
    told = ["logger=wandb", f"logger.mode={mode}", "logger.timeout=2", "trials=2"]
    sweep = Sweep.of([*small, *told])
    sweep.run()
    plain = [word for word in small if not word.startswith(("out=", "study="))]
    silent = Sweep.of([*plain, "trials=2", f"out={tmp_path / 'silent'}", "study=small"])
    silent.run()
    values = [[t.values for t in open_study(s.plan).get_trials()] for s in (sweep, silent)]
    assert values[0] == values[1]
    runs = sorted((sweep.plan.folder / "wandb").glob("offline-run-*"))
    assert len(runs) == 2
    for run in runs:
        (summary,) = run.glob("files/wandb-summary.json")
        assert "map.tune.objective" in json.loads(summary.read_text())
        (log,) = run.glob("run-*.wandb")
        content = log.read_bytes()
        assert b"hierarchy.nodes" in content
        assert b"small" in content
