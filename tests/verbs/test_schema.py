"""The JSON schema of configs: every shipped one is valid, a wrong one is not."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cytoweave import config
from cytoweave.cli import VERBS, main
from cytoweave.nodes import conf
from cytoweave.verbs.schema import config_schema

from .test_wrong_types import GROUPS, NEEDED, WORDS


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    found = config_schema()
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


@pytest.mark.parametrize("verb", VERBS)
def test_what_a_verb_composes_is_valid(verb: str, validator: Draft202012Validator) -> None:
    composed = config.load(verb, WORDS.get(verb, []))
    validator.validate({verb: json.loads(json.dumps(composed))})


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_every_option_is_valid(group: str, validator: Draft202012Validator) -> None:
    verb = GROUPS[group]
    for name in conf.options(group):
        words = [*WORDS.get(verb, []), f"{group}={name}", *NEEDED.get(name, [])]
        validator.validate({verb: config.load(verb, words)})


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("seed",), "abc"),
        (("seed",), -1),
        (("sede",), 1),
        (("data", "keep"), "some"),
        (("data", "modalities", "ppi", "kind"), "netwerk"),
        (("data", "simulate", "n_proteins"), "many"),
        (("map", "neighbours", "k"), "many"),
        (("map", "neighbours", "q"), 1),
        (("map", "_target_"), "cytoweave.maps.Nothing"),
        (("fusion", "module", "latent_dim"), True),
    ],
)
def test_what_is_refused_is_not_valid(
    keys: tuple[str, ...], value: Any, validator: Draft202012Validator
) -> None:
    composed = copy.deepcopy(config.load("run"))
    assert validator.is_valid({"run": composed})
    node: Any = composed
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = value
    assert not validator.is_valid({"run": composed})


def test_a_part_from_elsewhere_is_valid(validator: Draft202012Validator) -> None:
    composed = config.load("run")
    composed["ppi_encoder"] = {"_target_": "my_lab.Encoder", "depth": 3}
    assert validator.is_valid({"run": composed})


def test_the_verb_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "schema.json"
    assert main(["schema", f"out={out}"]) == 0
    assert set(json.loads(out.read_text())["properties"]) == set(VERBS)
    assert main(["schema", f"out={out}"]) == 2
    assert "exists; choose another" in capsys.readouterr().err
