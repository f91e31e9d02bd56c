"""Trials told to trackers: offline by default, and never a reason for a trial to fail."""

import importlib.util
import sqlite3
import time
from pathlib import Path
from typing import Literal

import pytest
import wandb
from wandb_files import OfflineRun, read_run

from cytoweave import cli
from cytoweave.errors import ConfigError
from cytoweave.nodes.build import build
from cytoweave.studies.sweep import Sweep
from cytoweave.studies.sweep.conclusion import RECORDED, conclude
from cytoweave.studies.sweep.study import open_study
from cytoweave.studies.tracking import Both, Mlflow, Record, Wandb

SECRET = "s3cr3t"


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
        if "hierarchy.nodes" in (result := read_run(run)).files:
            break
        time.sleep(0.1)
    return result


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
    result = logged(run)
    assert (result.name, result.group, result.config["seed"]) == ("s-0", "s", 1)
    assert [point["loss"] for point in result.history] == [1.0, 0.5]
    assert result.summary["map.tune.objective"] == 0.5
    kept = result.files["hierarchy.nodes"]
    assert kept.is_relative_to(tmp_path)
    assert kept.read_text() == "a\t1\tP1\t1\n"


@pytest.mark.slow
@pytest.mark.usefixtures("refused")
def test_every_trial_is_a_run_and_its_values_do_not_change(
    small: list[str], tmp_path: Path
) -> None:
    printed = Sweep.of([*small, "logger=wandb", "trials=2"])
    printed.run()
    plain = [word for word in small if not word.startswith("out=")]
    silent = Sweep.of([*plain, "trials=2", f"out={tmp_path / 'silent'}"])
    silent.run()
    values = [[t.values for t in open_study(s.plan).get_trials()] for s in (printed, silent)]
    assert values[0] == values[1]
    runs = sorted((printed.plan.folder / "wandb").glob("offline-run-*"))
    assert len(runs) == 2
    result = {run.name: run for run in map(logged, runs)}
    for trial in open_study(printed.plan).get_trials():
        one = result[f"small-{trial.number}"]
        assert one.group == "small"
        assert one.summary["map.tune.objective"] == pytest.approx(trial.values[0])
        settings = printed.plan.experiments().of(printed.plan.space.decode(trial.params))
        assert one.config["map"] == settings["map"]
        assert one.files["hierarchy.nodes"].read_text()


def test_a_tracker_that_is_not_installed_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    result = importlib.util.find_spec
    monkeypatch.setattr(
        "cytoweave.studies.tracking.mlflow_runs.find_spec",
        lambda name: None if name == "mlflow" else result(name),
    )
    for option in ("mlflow", "wandb_mlflow"):
        assert cli.main(["sweep", f"logger={option}", f"out={tmp_path / 's'}", "trials=1"]) == 2
        printed = capsys.readouterr().err
        assert printed.startswith("cytoweave: logger")
        assert printed.endswith("mlflow is not installed: pip install 'cytoweave[mlflow]'.\n")
        assert printed.count("\n") == 1


def test_both_trackers_have_settings_of_their_own() -> None:
    place = "cytoweave.studies.tracking"
    node = {"_target_": f"{place}.Mlflow", "uri": "http://127.0.0.1:9", "timeout": 1}
    both = build("logger", {"_target_": f"{place}.Both", "mlflow": node})
    assert both == Both(Wandb(), Mlflow(uri="http://127.0.0.1:9", timeout=1))
    with pytest.raises(ConfigError, match=r"logger.mlflow.timeout must be"):
        build("logger", {"_target_": f"{place}.Both", "mlflow": node | {"timeout": 0}})


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    """Return what a query finds in a study's MLflow database."""
    with sqlite3.connect(folder / "mlflow" / "mlflow.db") as database:
        return database.execute(query).fetchall()


NOLOAD = "ignore:The ``noload`` loader strategy:DeprecationWarning"
"""SQLAlchemy 2.1, of the tables of MLflow 3.17."""


def record_a_broken_trial(folder: Path) -> None:
    """Record a trial that fails, on a server that does not answer."""
    logger = Mlflow(uri=f"http://lab:{SECRET}@127.0.0.1:9/mlflow?token={SECRET}", timeout=1)
    config = {"map": {"k": 5}, "storage": f"postgresql://lab:{SECRET}@host/maps"}
    with logger.record(name="s-0", group="s", config=config, folder=folder) as record:
        record.step({"Net/loss": 1.0})
        record.step({"Net/loss": 0.5})
        record.metrics({"sec.all.coeluting+": 0.25, "name": "no number"})
        raise ValueError("broken")


@pytest.mark.slow
@pytest.mark.filterwarnings(NOLOAD)
def test_a_lost_server_is_replaced_by_the_folder_and_its_password_is_not_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "a study's"
    folder.mkdir()
    with pytest.raises(ValueError, match="broken"):
        record_a_broken_trial(folder)
    assert [line for line in caplog.messages if line.startswith("mlflow (online): ")]
    assert SECRET not in caplog.text
    assert rows(folder, "select name, status from runs order by name") == [
        ("s", "RUNNING"),
        ("s-0", "FAILED"),
    ]
    result = rows(folder, "select key, value, step from metrics order by key, step")
    assert result == [("Net/loss", 1, 0), ("Net/loss", 0.5, 1), ("sec.all.coeluting_", 0.25, 0)]
    assert ("map.k", "5") in rows(folder, "select key, value from params")
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert SECRET.encode() not in everything


@pytest.mark.slow
@pytest.mark.filterwarnings(NOLOAD)
def test_a_study_is_a_parent_run_and_its_trials_are_nested(
    small: list[str], tmp_path: Path
) -> None:
    words = ["logger=mlflow", "trials=2", "workers=2", "seeds=2"]
    printed = Sweep.of([*small[:-1], *words])
    study = printed.run()
    summary = conclude(printed, study)
    folder = printed.plan.folder
    tags = "tags on tags.run_uuid = runs.run_uuid and key = 'mlflow.parentRunId'"
    runs = rows(folder, f"select runs.run_uuid, name, status, value from runs left join {tags}")
    ((parent, *_),) = [run for run in runs if run[1] == "small"]
    assert {run[2] for run in runs} == {"FINISHED"}
    nested = {str(run[1]): run[0] for run in runs if run[3] == parent}
    assert set(nested) == {f"small-{trial.number}" for trial in study.get_trials()}
    for trial in study.get_trials():
        run = nested[f"small-{trial.number}"]
        query = f"select value from metrics where run_uuid = '{run}' and key = '%s'"
        assert rows(folder, query % "map.tune.objective")[0][0] == pytest.approx(trial.values[0])
        kept = folder / "mlflow" / "artifacts" / str(run) / "artifacts"
        assert (kept / "map" / "hierarchy.nodes").read_text()
        assert (kept / "config.yaml").read_text().startswith("data:")
    of_study = folder / "mlflow" / "artifacts" / str(parent) / "artifacts"
    for name in (*RECORDED, "experiment/small.yaml"):
        assert (of_study / name).read_bytes() == (folder / name).read_bytes()
    query = f"select value from metrics where run_uuid = '{parent}' and key = '%s'"
    held_out = rows(folder, query % "map.held_out.objective.best")
    assert held_out[0][0] == pytest.approx(summary["held_out"]["best"])
