"""Finalists: which trials are made again, and which of them is chosen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import optuna
import pandas as pd
import pytest

from cytoweave.artifacts import Scores
from cytoweave.eval.objective import Objective
from cytoweave.launchers import Pool
from cytoweave.studies.sweep import finalists as room
from cytoweave.studies.sweep.finalists import FIRST_SEED, final, finalists
from cytoweave.studies.sweep.study import Plan


def study_of(values: Sequence[float], x: Sequence[float]) -> optuna.Study:
    """Return a study whose trials have these values and settings."""
    study = optuna.create_study(direction="maximize")
    space: dict[str, optuna.distributions.BaseDistribution] = {
        "x": optuna.distributions.FloatDistribution(0, 1)
    }
    for value, setting in zip(values, x, strict=True):
        study.add_trial(
            optuna.trial.create_trial(value=value, params={"x": setting}, distributions=space)
        )
    return study


def test_the_best_different_trials_are_made_again() -> None:
    study = study_of([0.1, 0.9, 0.9, 0.5, 0.7], [0.1, 0.2, 0.2, 0.4, 0.5])
    assert [trial.number for trial in finalists(study, 3)] == [1, 4, 3]
    assert [trial.number for trial in finalists(study, 1)] == [1]
    assert [trial.number for trial in finalists(study, 9)] == [1, 4, 3, 0]


class _Plan:
    """A study whose config is the setting and the seed."""

    seed = 7

    @property
    def space(self) -> "_Plan":
        return self

    def decode(self, params: Mapping[str, float]) -> Mapping[str, float]:
        return params

    def experiments(self) -> "_Plan":
        return self

    default: Mapping[str, object] = {}

    def of(self, values: Mapping[str, float], seed: int) -> dict[str, object]:
        return {"x": values["x"], "seed": seed, "eval": {"parts": ["tune"]}}


class _Lucky:
    """Objective by which x=.2 falls below a floor with every second seed."""

    def references(self, known: Mapping[str, object]) -> tuple[str, ...]:
        return ("corum",)

    def measured(self, metrics: Mapping[str, float], half: str = "tune") -> Mapping[str, float]:
        return metrics

    def value(self, measured: Mapping[str, float], unit: object) -> float:
        return -0.1 if measured["x"] == 0.2 and measured["seed"] % 2 else 1 + measured["x"]


class _Here:
    def spread(
        self, work: Callable[..., Scores], tasks: Sequence[tuple[object, ...]]
    ) -> Iterator[Scores]:
        return (work(*task) for task in tasks)


def _final(trials: Sequence[optuna.trial.FrozenTrial]) -> pd.DataFrame:
    plan, objective = cast("Plan", _Plan()), cast("Objective", _Lucky())
    return final(plan, trials, 4, objective, None, cast("Pool", _Here()))


def test_the_best_mean_over_fresh_seeds_is_first(monkeypatch: pytest.MonkeyPatch) -> None:
    requested: list[dict[str, object]] = []

    def scored(config: dict[str, object]) -> Scores:
        requested.append(config)
        return Scores({"x": float(str(config["x"])), "seed": int(str(config["seed"]))})

    monkeypatch.setattr(room, "scored", scored)
    monkeypatch.setattr(room, "references_of", lambda default: {})
    table = _final(finalists(study_of([0.9, 0.8, 0.7], [0.2, 0.4, 0.1]), 3))
    assert table["trial"].tolist() == [1, 2, 0]
    assert table["objective"].tolist() == [0.8, 0.7, 0.9]
    assert table["mean"].tolist() == pytest.approx([1.4, 1.1, 0.55])
    assert {config["seed"] for config in requested} == {7 + FIRST_SEED + k for k in range(4)}
    assert {str(config["eval"]) for config in requested} == {
        "{'parts': ['tune'], 'references': ['corum']}"
    }


def test_a_single_finalist_is_not_made_again() -> None:
    table = _final(finalists(study_of([0.9, 0.8], [0.2, 0.4]), 1))
    assert table["trial"].tolist() == [0]
    assert table["mean"].isna().all()
