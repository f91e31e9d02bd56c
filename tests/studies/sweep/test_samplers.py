"""Samplers: grids are complete, and a study that goes on does not repeat itself."""

from typing import Any

import optuna
import pytest

from cytoweave.errors import ConfigError
from cytoweave.studies.sweep.samplers import (
    GaussianProcess,
    Grid,
    Nsga2,
    Random,
    Sampler,
    Tpe,
    sampler_of,
)
from cytoweave.studies.sweep.space import Space

SPACE = Space.of(
    {
        "x": {"type": "float", "low": 0.0, "high": 1.0, "step": 0.5},
        "n": {"type": "int", "low": 1, "high": 2},
        "c": {"choices": ["a", "b"]},
    }
)


def run(sampler: Sampler, trials: int, study: optuna.Study | None = None) -> optuna.Study:
    study = study or optuna.create_study(direction="maximize")
    for _ in range(trials):
        study.sampler = sampler_of(sampler, SPACE, 0, len(study.trials))
        trial = study.ask()
        values = SPACE.suggest(trial)
        assert isinstance(values["x"], float)
        study.tell(trial, values["x"] - (values["c"] == "a"))
    return study


def rows(study: optuna.Study) -> list[dict[str, Any]]:
    return [trial.params for trial in study.trials]


def test_a_grid_takes_every_combination_once() -> None:
    result = {tuple(sorted(params.items())) for params in rows(run(Grid(), 12))}
    assert len(result) == 3 * 2 * 2


@pytest.mark.parametrize("sampler", [Tpe(startup=2), Random(), Nsga2(2), GaussianProcess(2)])
def test_a_study_goes_on_as_if_it_had_not_been_interrupted(sampler: Sampler) -> None:
    whole = rows(run(sampler, 5))
    assert rows(run(sampler, 2, run(sampler, 3))) == whole
    assert len({str(params) for params in whole}) > 2


def test_tpe_finds_what_is_good() -> None:
    study = run(Tpe(startup=5), 25)
    later = [trial.params["c"] for trial in study.trials[15:]]
    assert later.count("b") >= 8


def test_a_grid_needs_an_end() -> None:
    endless = Space.of({"x": {"type": "float", "low": 0.0, "high": 1.0}})
    with pytest.raises(ConfigError, match="x: a grid needs choices or a step"):
        sampler_of(Grid(), endless, 0, 0)
    conditional = Space.of({"c": {"choices": [1, 2]}, "d": {"choices": [1], "when": {"c": 1}}})
    with pytest.raises(ConfigError, match=r"d\.when: a grid has no conditions"):
        sampler_of(Grid(), conditional, 0, 0)


@pytest.mark.parametrize("make", [lambda: Tpe(startup=0), lambda: Nsga2(1)])
def test_a_setting_out_of_range_is_named(make: Any) -> None:
    with pytest.raises(ConfigError, match=r"^\w+ must be a whole number of at least"):
        make()
