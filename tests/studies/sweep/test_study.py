"""A study on a small network: it goes on to its total, loses nothing, and sums up what it found."""

import json
import shlex
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import NoReturn

import optuna
import pandas as pd
import pytest
from filelock import FileLock
from optuna.trial import TrialState

from cytoweave import config
from cytoweave.cli import main
from cytoweave.errors import ConfigError, DataError
from cytoweave.eval.intervals import estimate
from cytoweave.nodes.build import Settings
from cytoweave.studies.sweep import Sweep
from cytoweave.studies.sweep.best import best_trial
from cytoweave.studies.sweep.conclusion import read_summary
from cytoweave.studies.sweep.page import with_intervals
from cytoweave.studies.sweep.study import Plan, counted, open_study
from cytoweave.studies.sweep.trials import Trials


def trials_of(sweep: Sweep) -> list[optuna.trial.FrozenTrial]:
    return open_study(sweep.plan).get_trials()


def test_a_study_ends_at_its_total_and_goes_on_to_a_larger_one(small: list[str]) -> None:
    Sweep.of([*small, "trials=1"]).run()
    sweep = Sweep.of([*small, "trials=3"])
    sweep.run()
    result = trials_of(sweep)
    assert [trial.state for trial in result] == [TrialState.COMPLETE] * 3
    assert result[0].user_attrs["default"]
    assert result[0].params["map.neighbours.k"] == 15
    assert len({str(trial.params) for trial in result}) == 3
    assert result[0].user_attrs["computed"]["cluster"] == 1
    contrasts = {trial.params["map.communities.contrast"] for trial in result}
    clustered = sum(trial.user_attrs["computed"].get("cluster", 0) for trial in result)
    assert clustered == len(contrasts)


@pytest.mark.slow
def test_a_trial_whose_worker_is_gone_is_tried_again(small: list[str]) -> None:
    sweep = Sweep.of([*small, "trials=2"])
    (sweep.plan.folder / "locks" / "workers").mkdir(parents=True)
    study = open_study(sweep.plan)
    dead, alive = study.ask(), study.ask()
    values = sweep.plan.space.suggest(dead)
    dead.set_user_attr("worker", "gone")
    alive.set_user_attr("worker", "here")
    alive_lock = FileLock(sweep.plan.folder / "locks" / "workers" / "here.lock")
    with alive_lock:
        more = Sweep.of([*small, "trials=3"])  # one is under way elsewhere
        study.tell(alive, 0.5)
        more.run()
    result = trials_of(more)
    assert result[0].state == TrialState.FAIL
    assert "error" not in result[0].user_attrs
    retried = next(trial for trial in result if trial.user_attrs.get("retry_of") == 0)
    assert retried.state == TrialState.COMPLETE
    assert sweep.plan.space.decode(retried.params) == values
    assert counted(result) == 3


def broken(trials: Trials, config: Settings) -> NoReturn:
    raise DataError("weight 'NA' is missing")


def test_a_failed_trial_is_recorded_and_does_not_stop_the_study(
    small: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = Sweep.of([*small, "trials=3"])
    monkeypatch.setattr(Trials, "pipeline", broken)
    sweep.run()
    result = trials_of(sweep)
    assert [trial.state for trial in result] == [TrialState.FAIL] * 3
    assert all("weight 'NA' is missing" in trial.user_attrs["error"] for trial in result)
    with pytest.raises(Exception, match=r"no trial was completed; trials\.tsv says why"):
        best_trial(open_study(sweep.plan))


@pytest.mark.slow
def test_two_that_make_a_study_at_once_make_one(small: list[str], tmp_path: Path) -> None:
    code = "import sys; from cytoweave.studies.sweep import Sweep; Sweep.of(sys.argv[1:]).run()"
    words = [*small, "trials=4", f"storage=sqlite:///{tmp_path / 'study.db'}"]
    both = [subprocess.Popen([sys.executable, "-c", code, *words]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    result = trials_of(Sweep.of(words))
    assert [trial.state for trial in result] == [TrialState.COMPLETE] * 4
    assert sum(trial.user_attrs.get("default", False) for trial in result) == 1


@pytest.mark.slow
def test_the_best_map_is_made_again_and_compared(
    small: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [*small, "trials=6", "seeds=2"]
    assert main(["sweep", *words]) == 0
    study = tmp_path / "study"
    trials = pd.read_csv(study / "trials.tsv", sep="\t")
    assert list(trials["state"]) == ["complete"] * 6
    halves = pd.read_csv(study / "held_out.tsv", sep="\t")
    assert {"map.tune.objective", "map.held_out.objective"} <= set(halves.columns)
    table = pd.read_csv(study / "comparison.tsv", sep="\t").set_index("metric")
    row = table.loc["map.held_out.objective"]
    assert row["difference"] == pytest.approx(row["best"] - row["default"], abs=1e-5)
    page = (study / "report.html").read_text()
    assert "Overfitting" in page
    assert "What each setting does" in page
    summary = json.loads((study / "summary.json").read_text())
    assert summary["verdict"] in unescape(page)
    made = json.loads((study / "best" / "scores.json").read_text())
    words = command_in(study / "experiment" / "small.yaml", monkeypatch)
    place = [f"store={tmp_path / 'store2'}", f"out={tmp_path / 'again'}"]
    assert main(["run", *(w for w in words if not w.startswith("store=")), *place]) == 0
    assert json.loads((tmp_path / "again" / "scores.json").read_text()) == made


def command_in(file: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the words of the command that an experiment's file names, its folders set."""
    (line,) = [line for line in file.read_text().splitlines() if line.startswith("# Again:")]
    places, *command = shlex.split(line.partition(":")[2])
    monkeypatch.setenv(*places.split("=", 1))
    assert command[:2] == ["cytoweave", "run"]
    return command[2:]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sede=1"], "'sede' is not a setting of `cytoweave run`; did you mean 'seed'?"),
        (["search=nothing"], "search=nothing: there is no such option; choose one of"),
        (["storage=postgresql://localhost:1/none"], "cannot be reached: "),
        (["storage=mysql://localhost/none"], "give the path of a journal, or sqlite"),
        (["storage=/proc/none/study.journal"], "cannot be used: "),
        (["trials=null"], "trials and hours are both null; set at least one limit"),
        (["trials=0"], "trials must be a whole number of at least 1 or null, got 0"),
        (["study=a/b"], "study='a/b': use letters, digits"),
        (["sampler=grid"], "a grid needs choices or a step"),
        (["eval.objective=null"], "eval.objective is null; a sweep needs something to maximise"),
    ],
)
def test_what_does_not_fit_gets_one_line(
    small: list[str], words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", *small, *words]) == 2
    text = capsys.readouterr().err
    assert message in text
    assert text.count("\n") == 1


def test_a_study_with_another_space_is_refused(small: list[str]) -> None:
    open_study(Sweep.of(small).plan)
    other = Sweep.of([*small, "map.overlap=0.4"])
    with pytest.raises(ConfigError, match=r"study=small exists with another .*map\.overlap"):
        other.run()


@pytest.mark.slow
def test_a_study_is_not_shared_from_another_folder(small: list[str], tmp_path: Path) -> None:
    storage = f"storage={tmp_path / 'study.journal'}"
    open_study(Sweep.of([*small, storage]).plan)
    with pytest.raises(ConfigError, match="its workers must share that folder: set out= to it"):
        open_study(Sweep.of([*small, storage, f"out={tmp_path / 'other'}"]).plan)


@pytest.mark.slow
def test_a_study_without_its_folder_is_not_gone_on_with(small: list[str], tmp_path: Path) -> None:
    words = [*small, f"storage={tmp_path / 'study.journal'}"]
    plan = Sweep.of(words).plan
    open_study(plan)
    shutil.rmtree(plan.folder)
    with pytest.raises(ConfigError, match="which has been deleted since; choose another study="):
        open_study(Sweep.of(words).plan)


def test_the_knee_of_a_front_is_best_at_both() -> None:
    study = optuna.create_study(directions=["maximize", "maximize"])
    for values in ([0.0, 1.0], [0.8, 0.8], [1.0, 0.0], [0.5, 0.5]):
        study.tell(study.ask(), values)
    assert best_trial(study).values == [0.8, 0.8]


def test_trials_of_a_worker_keep_results_at_hand(small: list[str]) -> None:
    plan: Plan = Sweep.of(small).plan
    plan.folder.mkdir(parents=True)
    trials = Trials(plan)
    settings = trials.experiments.default
    pipeline, data = trials.pipeline(settings), trials.data(settings)
    first, second = (pipeline.map(data).hierarchy for _ in range(2))
    assert first.computed
    assert not second.computed
    assert second.value is first.value
    assert estimate([1.0, 3.0]).mean == 2


def test_a_value_is_shown_with_its_bounds() -> None:
    table = pd.DataFrame(
        {"metric": ["a"], "best": [0.5], "best_lo": [0.25], "best_hi": [0.75], "p": [0.01]}
    )
    shown = with_intervals(table)
    assert shown.to_dict("records") == [{"metric": "a", "best": "0.5 (0.25 .. 0.75)", "p": 0.01}]


def test_images_are_read_as_large_as_the_encoder_of_the_trial_asks(
    small: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    requested = []
    monkeypatch.setattr(
        "cytoweave.stages.pipeline.DataSet.of",
        lambda store, data, **_: requested.append(data["modalities"]["image"]["size"]),
    )
    trials = Trials(Sweep.of(small).plan)
    for size in (64, 64, 96):
        words = ["data=demo", f"image_encoder.contract.size={size}"]
        trials.data(config.load("run", words))
    assert requested == [64, 96]


@pytest.mark.parametrize("text", ["", '{"done": 1', "[1]", "{}", '{"done": 3}', "[" * 100_000])
def test_a_damaged_summary_is_written_anew(text: str, tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    path.write_text(text)
    assert read_summary(path) is None
