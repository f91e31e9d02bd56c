"""Keyword arguments reach the config as they were given."""

from pathlib import Path
from typing import Any

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


def test_text_stays_text() -> None:
    texts = [text for text in TEXTS if text]
    nodes = {f"t{k}": {"kind": "elution", "path": "p", "id": "i"} for k in range(len(texts))}
    given: dict[str, object] = {f"data__references__{name}": node for name, node in nodes.items()}
    for name, text in zip(nodes, texts, strict=True):
        given |= {f"data__references__{name}__{key}": text for key in ("path", "id")}
    result = config.load("evaluate", words({"data": "own", **given}))["data"]["references"]
    assert [node["path"] for node in result.values()] == texts  # a path is quoted by config.load
    assert [node["id"] for node in result.values()] == texts


@pytest.mark.parametrize("text", ["it's \\'q", "${seed}", "a,b", "\\\\${x}\\"])
def test_text_at_the_top_stays_text(text: str) -> None:
    result = config.load("map", words({"network": text, "map.min_size": text, "map.overlap": ""}))
    assert (result["network"], result["map"]["min_size"], result["map"]["overlap"]) == (
        text,
        text,
        "",
    )


VALUES: list[tuple[object, object]] = [
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
]


def test_values_stay_what_they_are() -> None:
    places = [f"map__neighbours__{key}" for key in ("k", "mutual")]
    places += [f"map__communities__{key}" for key in ("resamples", "thinning", "contrast")]
    places += [f"map__{key}" for key in ("min_size", "max_assemblies", "overlap")]
    for start in range(0, len(VALUES), len(places)):
        chosen = dict(zip(places, VALUES[start:], strict=False))
        result = config.load("map", words({key: given for key, (given, _) in chosen.items()}))
        for key, (given, expected) in chosen.items():
            node: Any = result  # the map is not built, and so not checked
            for part in key.split("__"):
                node = node[part]
            assert node == (given if isinstance(given, dict) else expected)
            if not isinstance(given, dict):
                assert type(node) is type(expected)


def test_two_underscores_are_a_dot_and_a_choice_goes_with_its_settings() -> None:
    given = {"map": "hidef", "map__neighbours__fraction": 0.005, "seed": 3}
    result = config.load("run", words(given))
    assert result["map"]["_target_"] == "cytoweave.maps.Hidef"
    assert (result["map"]["neighbours"]["fraction"], result["seed"]) == (0.005, 3)


def test_a_part_of_a_data_set_may_have_any_name() -> None:
    node = {"kind": "gmt", "path": "my file.gmt"}
    result = config.load("run", words({"data": "own", "data__references__mine": node}))
    assert result["data"]["references"] == {"mine": node}


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
