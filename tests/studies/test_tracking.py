"""Trials told to Weights & Biases: offline by default, and never a reason for a trial to fail."""

import time
from pathlib import Path
from typing import Literal

import pytest

from cytoweave.errors import ConfigError
from cytoweave.studies.sweep import Sweep
from cytoweave.studies.sweep.study import open_study
from cytoweave.studies.tracking import Record, Wandb


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"mode": "maybe"}, "mode must be one of 'offline', 'online'"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_a_setting_out_of_range_is_named(words: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Wandb(**words)  # type: ignore[arg-type]


@pytest.mark.slow
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


def logged(run: Path) -> bytes:
    """Return what a run has written, once its service has come round to it."""
    (log,) = run.glob("run-*.wandb")
    for _ in range(100):
        if b"hierarchy.nodes" in log.read_bytes():
            break
        time.sleep(0.1)
    return log.read_bytes()


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the network refuse every connection."""
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")


@pytest.mark.slow
@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("mode", ["offline", "online"])
def test_figures_and_map_are_kept_where_the_network_refuses(
    tmp_path: Path, mode: Literal["offline", "online"]
) -> None:
    def write(folder: Path) -> list[Path]:
        (folder / "hierarchy.nodes").write_text("a\t1\tP1\t1\n")
        return [folder / "hierarchy.nodes"]

    logger = Wandb(mode=mode, timeout=2)
    with logger.record(name="s-0", group="s", config={"seed": 1}, folder=tmp_path) as record:
        record.step({"loss": 1.0})
        record.figures({"map.tune.objective": 0.5})
        record.files("map", "hierarchy", write)
    (run,) = (tmp_path / "wandb").glob("offline-run-*")
    content = logged(run)
    assert b"hierarchy.nodes" in content
    assert b"objective" in content


@pytest.mark.slow
@pytest.mark.usefixtures("refused")
def test_every_trial_is_a_run_and_its_values_do_not_change(
    small: list[str], tmp_path: Path
) -> None:
    told = Sweep.of([*small, "logger=wandb", "trials=2"])
    told.run()
    plain = [word for word in small if not word.startswith("out=")]
    silent = Sweep.of([*plain, "trials=2", f"out={tmp_path / 'silent'}"])
    silent.run()
    values = [[t.values for t in open_study(s.plan).get_trials()] for s in (told, silent)]
    assert values[0] == values[1]
    runs = sorted((told.plan.folder / "wandb").glob("offline-run-*"))
    assert len(runs) == 2
    assert all(b"hierarchy.nodes" in logged(run) for run in runs)
