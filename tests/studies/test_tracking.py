"""Trials told to Weights & Biases: offline by default, and never a reason for a trial to fail."""

import time
from pathlib import Path
from typing import Literal

import pytest
import wandb
from wandb_files import OfflineRun, read_run

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


def test_a_logger_that_cannot_begin_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(**_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(wandb, "init", refuse)
    with Wandb().record(name="t", group="g", config={}, folder=tmp_path) as record:
        record.metrics({"a": 1.0})
        record.step({"loss": 0.5})
    assert type(record) is Record
    assert caplog.messages == ["wandb (offline): No space left on device"]


def logged(run: Path) -> OfflineRun:
    """Return what a run has written, once its service has come round to it."""
    for _ in range(100):
        if "hierarchy.nodes" in (found := read_run(run)).files:
            break
        time.sleep(0.1)
    return found


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the network refuse every connection."""
    for name in ("WANDB_API_KEY", "WANDB_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")


@pytest.mark.slow
@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("mode", ["offline", "online"])
def test_metrics_and_map_are_kept_where_the_network_refuses(
    tmp_path: Path, mode: Literal["offline", "online"]
) -> None:
    def write(folder: Path) -> list[Path]:
        (folder / "hierarchy.nodes").write_text("a\t1\tP1\t1\n")
        return [folder / "hierarchy.nodes"]

    logger = Wandb(mode=mode, timeout=2)
    with logger.record(name="s-0", group="s", config={"seed": 1}, folder=tmp_path) as record:
        record.step({"loss": 1.0})
        record.step({"loss": 0.5})
        record.metrics({"map.tune.objective": 0.5})
        record.files("map", "hierarchy", write)
    (run,) = (tmp_path / "wandb").glob("offline-run-*")
    found = logged(run)
    assert (found.name, found.group, found.config["seed"]) == ("s-0", "s", 1)
    assert [point["loss"] for point in found.history] == [1.0, 0.5]
    assert found.summary["map.tune.objective"] == 0.5
    kept = found.files["hierarchy.nodes"]
    assert kept.is_relative_to(tmp_path)
    assert kept.read_text() == "a\t1\tP1\t1\n"


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
    found = {run.name: run for run in map(logged, runs)}
    for trial in open_study(told.plan).get_trials():
        one = found[f"small-{trial.number}"]
        assert one.group == "small"
        assert one.summary["map.tune.objective"] == pytest.approx(trial.values[0])
        settings = told.plan.experiments().of(told.plan.space.decode(trial.params))
        assert one.config["map"] == settings["map"]
        assert one.files["hierarchy.nodes"].read_text()
