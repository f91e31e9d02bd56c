"""A study that was interrupted draws what it would have drawn without; bad objectives end."""

import math
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from cytoweave import cli
from cytoweave.studies.sweep import Sweep
from cytoweave.studies.sweep.space import Space
from cytoweave.studies.sweep.study import open_study
from cytoweave.studies.sweep.trials import Trials
from cytoweave.studies.sweep.worker import work


class Killed(BaseException):
    """What stands for SIGKILL: nothing below may catch it and tidy up."""


GRID = """
overrides: []
space:
  map.neighbours.k: {choices: [10, 15, 22]}
  map.alike: {choices: [0.7, 0.8, 0.9]}
"""

SAMPLERS = {
    "tpe": ["sampler=tpe", "sampler.startup=3"],
    "random": ["sampler=random"],
    "nsga2": ["sampler=nsga2", "sampler.population=3"],
    "grid": ["sampler=grid", "search=points"],
}


def score(_: Trials, trial: optuna.Trial, *__: object) -> list[float]:
    """Return an objective that costs nothing."""
    numbers = [v for v in trial.params.values() if isinstance(v, (int, float))]
    return [math.sin(sum(numbers))]


def drawn(words: list[str]) -> list[dict[str, object]]:
    """Return the values of the trials that ended, in the order in which they were drawn."""
    trials = {t.number: t for t in open_study(Sweep.of(words).plan).get_trials()}

    def first(number: int) -> int:
        return first(trials[number].user_attrs["retry_of"]) if retried(number) else number

    def retried(number: int) -> bool:
        return "retry_of" in trials[number].user_attrs

    done = [t for t in trials.values() if t.state == TrialState.COMPLETE]
    return [t.params for t in sorted(done, key=lambda t: first(t.number))]


def run(words: list[str]) -> None:
    work(Sweep.of(words).plan)


def killing(call: Callable[..., object], at: set[int]) -> Callable[..., object]:
    """Return a call that kills its worker at some of the times it is called, before it acts."""
    times: Iterator[int] = count()

    def killed(*given: object, **named: object) -> object:
        if next(times) in at:
            raise Killed
        return call(*given, **named)

    return killed


@pytest.mark.slow
@pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS.keys())
def test_an_interrupted_study_draws_what_an_undisturbed_one_does(
    small: list[str], sampler: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "conf" / "search").mkdir(parents=True)
    (tmp_path / "conf" / "search" / "points.yaml").write_text(GRID)
    monkeypatch.setenv("CYTOWEAVE_CONF", str(tmp_path / "conf"))
    words = [*small, *sampler, "trials=8"]
    whole = [*words, "study=whole", f"out={tmp_path / 'whole'}"]
    monkeypatch.setattr(Trials, "recorded", score)
    run(whole)
    expected = drawn(whole)

    monkeypatch.setattr(Space, "suggest", killing(Space.suggest, {0, 4}))  # before any value
    for kind in ("suggest_float", "suggest_categorical", "suggest_int"):  # between two values
        method = killing(getattr(optuna.Trial, kind), {1})
        monkeypatch.setattr(optuna.Trial, kind, method)
    monkeypatch.setattr(Trials, "recorded", killing(score, {1, 4}))  # with all of them
    deaths = 0
    while True:
        try:
            run(words)
            break
        except Killed:
            deaths += 1
    assert deaths >= 5
    assert drawn(words) == expected


def test_a_study_whose_objective_is_no_number_ends_and_says_why(
    small: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Trials, "recorded", lambda *_: [math.nan])
    assert cli.main(["sweep", *small, "trials=3"]) == 2
    printed = capsys.readouterr().err
    assert "objective is nan, which no sampler can compare" in " ".join(printed.split())
    trials = open_study(Sweep.of([*small, "trials=3"]).plan).get_trials()
    assert [t.state for t in trials] == [TrialState.FAIL] * 3
