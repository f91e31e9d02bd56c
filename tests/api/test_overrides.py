"""Keyword arguments reach the config as they were given."""

from pathlib import Path

import numpy as np
import pytest

from cytoweave import config
from cytoweave.api.overrides import words
from cytoweave.errors import ConfigError

TEXTS = [
    "plain", "a b", " a ", "", "x'y", 'a"b', "it's \\'q", "c\\d", "e\\", "\\\\", "\\'", "tab\there",
    "two\nlines", "true", "Null", "1", "1e3", "nan", "[a, b]", "{a: b}", "a,b", "a=b", "é", "$x",
    "${seed}", "\\${seed}", "a${b", "${", "\\\\${x}\\", "#", "~/x", "C:\\data\\x.tsv", "a:b", "(x)",
    "choice(a)",
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "text"),
    [(key, text) for key in ("network", "map.min_size") for text in TEXTS if text or "." in key],
)
def test_text_stays_text(key: str, text: str) -> None:
    found = config.load("map", words({key: text}))
    assert (found["network"] if key == "network" else found["map"]["min_size"]) == text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        (True, True),
        (0, 0),
        (-2.5e-7, -2.5e-7),
        (float("inf"), float("inf")),
        (np.float32(0.5), 0.5),
        (np.array([1, 2]), [1, 2]),
        (Path("a b/c'.tsv"), "a b/c'.tsv"),
        (["a b", 1, None, [True]], ["a b", 1, None, [True]]),
        ((), []),
        ({"b", "a"}, ["a", "b"]),
        ({}, {}),
        ({"symbols": "a, b", "deep": {"x": [1.5, "${y}"]}}, None),
    ],
)
def test_values_stay_what_they_are(given: object, expected: object) -> None:
    found = config.load("map", words({"map__min_size": given}))["map"]["min_size"]  # unchecked
    assert found == (given if isinstance(given, dict) else expected)
    if not isinstance(given, dict):
        assert type(found) is type(expected)


def test_two_underscores_are_a_dot_and_a_choice_goes_with_its_settings() -> None:
    given = {"map": "hidef", "map__neighbours__fraction": 0.005, "seed": 3}
    found = config.load("run", words(given))
    assert found["map"]["_target_"] == "cytoweave.maps.Hidef"
    assert (found["map"]["neighbours"]["fraction"], found["seed"]) == (0.005, 3)


def test_a_part_of_a_data_set_may_have_any_name() -> None:
    node = {"kind": "gmt", "path": "my file.gmt"}
    found = config.load("run", words({"data": "own", "data__references__mine": node}))
    assert found["data"]["references"] == {"mine": node}


def test_simple_words_need_no_quotes() -> None:
    assert words({"data": "bioplex_lopit", "seed": 1}) == ["data=bioplex_lopit", "seed=1"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seed": object()}, "seed: a setting is text, a number, .* got object"),
        ({"data__id_map": {"a b": 1}}, "data.id_map: a key is letters, digits and '_', got 'a b'"),
    ],
)
def test_what_has_no_place_in_a_config_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        words(given)


def test_an_unknown_setting_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'seeed' is not a setting of `cytoweave run`; .*'seed'"):
        config.load("run", words({"seeed": 1}))
