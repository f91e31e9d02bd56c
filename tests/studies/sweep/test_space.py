"""Search spaces: what they draw, what they hold, and what is said of those that make no sense."""

import re
from typing import Any

import optuna
import pytest

from cytoweave.errors import ConfigError
from cytoweave.nodes.values import put, value_at
from cytoweave.studies.sweep.experiments import Experiments
from cytoweave.studies.sweep.space import Space

SPACE = {
    "fusion": {"choices": ["concat", "autoencoder"]},
    "fusion.module.alignment": {
        "type": "float",
        "low": 0.1,
        "high": 10.0,
        "log": True,
        "when": {"fusion": "autoencoder"},
    },
    "map": {"neighbours": {"k": {"type": "int", "low": 5, "high": 25, "step": 5}}},
}


def drawn(space: Space, seed: int) -> dict[str, Any]:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    return space.suggest(study.ask())


def test_a_condition_decides_what_counts() -> None:
    seen = set()
    for seed in range(12):
        values = drawn(Space.of(SPACE), seed)
        assert ("fusion.module.alignment" in values) == (values["fusion"] == "autoencoder")
        assert values["map.neighbours.k"] in range(5, 26, 5)
        seen.add(values["fusion"])
    assert seen == {"concat", "autoencoder"}


def test_what_the_command_line_fixes_is_not_searched() -> None:
    assert not Space.of(SPACE, fixed={"fusion": "concat"}).conditional
    space = Space.of(SPACE, fixed={"fusion": "autoencoder", "map.neighbours.k": "9"})
    assert [p.key for p in space.parameters] == ["fusion.module.alignment"]
    assert list(drawn(space, 0)) == ["fusion.module.alignment"]


def test_lists_as_choices_come_back_as_they_were() -> None:
    space = Space.of({"widths": {"choices": [[512], [512, 256], None, 1, True]}})
    (parameter,) = space.parameters
    for choice in parameter.choices:
        stored = space.encode({"widths": choice})
        assert space.decode(stored) == {"widths": choice}
        assert type(space.decode(stored)["widths"]) is type(choice)


@pytest.mark.parametrize(
    ("key", "node", "message"),
    [
        ("a", {"type": "float", "low": 2, "high": 1}, "'low' must be below 'high', but got low=2"),
        ("a", {"type": "float", "low": 0, "high": 1, "log": True}, "log=true needs 'low' above 0"),
        ("a", {"type": "int", "low": 0.5, "high": 1}, "a.low must be a whole number, got 0.5"),
        ("a", {"type": "int", "low": 1, "high": 4, "step": 0}, "a.step must be above 0"),
        ("a", {"type": "real", "low": 0, "high": 1}, "a.type must be one of float, int, choice"),
        ("a", {"type": "float", "lo": 0, "high": 1}, "'lo' is unknown; it takes type, low"),
        ("a", {"choices": []}, "a.choices must be a list of at least one value"),
        ("a", {"choices": [1, 1]}, "a.choices names a value twice"),
        ("a", {"choices": [1], "when": {"b": 1}}, "there is no choice 'b' before it"),
        ("a", 3, "search.space.a must be a mapping"),
    ],
)
def test_a_parameter_that_makes_no_sense_gets_one_line(key: str, node: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        Space.of({key: node})
    assert "\n" not in str(caught.value)


def test_a_condition_names_an_existing_choice() -> None:
    space = {"a": {"choices": [1, 2]}, "b": {"choices": [1], "when": {"a": 3}}}
    with pytest.raises(ConfigError, match=r"b\.when\.a: '3' is not among its choices: 1, 2"):
        Space.of(space)


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"map.nieghbours.k": {"choices": [5]}}, "'map.nieghbours.k' is not a setting"),
        ({"map.neighbours.q": {"choices": [5]}}, "there is k, exact_up_to, mutual"),
        ({"fusion": {"choices": ["concat", "muze"]}}, "fusion=muze: there is no such option"),
        ({"map.neighbours.k": {"type": "int", "low": 0, "high": 5}}, "map.neighbours.k"),
        (
            {"map.alike": {"type": "float", "low": 0.6, "high": 1.2}},
            "map.alike must be a number above 0.5",
        ),
    ],
)
def test_a_space_that_does_not_fit_the_experiment_gets_one_line(space: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        Experiments(Space.of(space), ["fusion=concat"]).check()
    assert str(caught.value).startswith("search.space.")
    assert "\n" not in str(caught.value)


def test_values_reach_arguments_that_stand_at_their_defaults() -> None:
    experiments = Experiments(Space.of(SPACE), [])
    settings = experiments.of({"fusion": "concat", "map.neighbours.k": 10, "map.min_size": 6})
    assert settings["fusion"]["_target_"] == "cytoweave.models.Concat"
    assert settings["map"]["neighbours"]["k"] == 10
    assert settings["map"]["min_size"] == 6
    put(settings, "fusion.weights.ppi", 2.0)
    assert settings["fusion"]["weights"] == {"ppi": 2.0}
    assert value_at(settings, "map.ranking.diversity") == 2.0


def test_the_default_is_known_where_the_space_holds_it() -> None:
    experiments = Experiments(Space.of(SPACE), [])
    assert experiments.default_values() == {
        "fusion": "autoencoder",
        "fusion.module.alignment": 1.0,
        "map.neighbours.k": 15,
    }
    narrow = Space.of({"map.neighbours.k": {"type": "int", "low": 30, "high": 40}})
    assert Experiments(narrow, []).default_values() is None


def test_other_seeds_keep_the_simulated_cell() -> None:
    settings = Experiments(Space.of(SPACE), ["seed=3"]).of({}, 8)
    assert settings["seed"] == 8
    assert settings["data"]["simulate"]["seed"] == 3
