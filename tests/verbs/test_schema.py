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
from cytoweave.nodes.build import Settings, build

from ..test_config import targets
from .test_wrong_types import GROUPS, NEEDED, REQUIRED


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    out = tmp_path_factory.mktemp("schema") / "schema.json"
    assert main(["schema", f"out={out}"]) == 0
    result: dict[str, Any] = json.loads(out.read_text())
    return result


@pytest.fixture(scope="module")
def validator(written: dict[str, Any]) -> Draft202012Validator:
    Draft202012Validator.check_schema(written)
    return Draft202012Validator(written)


@pytest.fixture(scope="module")
def composed_once() -> Settings:
    return config.load("run")


@pytest.fixture
def composed(composed_once: Settings) -> Settings:
    return copy.deepcopy(composed_once)


@pytest.mark.parametrize("verb", VERBS)
def test_what_a_verb_composes_is_valid(verb: str, validator: Draft202012Validator) -> None:
    settings = config.load(verb, REQUIRED.get(verb, []))
    validator.validate({verb: json.loads(json.dumps(settings))})


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_every_option_is_valid_and_builds(group: str, validator: Draft202012Validator) -> None:
    verb = GROUPS[group]
    for name in conf.options(group):
        words = [*REQUIRED.get(verb, []), f"{group}={name}", *NEEDED.get(name, [])]
        settings = config.load(verb, words)
        validator.validate({verb: settings})
        for key, node in targets({group: settings[group]}):
            if "_partial_" not in node:
                build(key.lstrip("."), node)


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("seed",), "abc"),
        (("seed",), -1),
        (("sede",), 1),
        (("data", "proteins"), "some"),
        (("data", "modalities", "ppi", "kind"), "netwerk"),
        (("data", "simulate", "n_proteins"), "many"),
        (("map", "neighbours", "k"), "many"),
        (("map", "neighbours", "q"), 1),
        (("map", "_target_"), "cytoweave.maps.Nothing"),
        (("fusion", "module", "latent_dim"), True),
    ],
)
def test_what_is_refused_is_not_valid(
    keys: tuple[str, ...],
    value: Any,
    validator: Draft202012Validator,
    composed: Settings,
) -> None:
    assert validator.is_valid({"run": composed})
    node: Any = composed
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = value
    assert not validator.is_valid({"run": composed})


def test_a_part_from_elsewhere_is_valid(
    validator: Draft202012Validator, composed: Settings
) -> None:
    composed["ppi_encoder"] = {"_target_": "my_lab.Encoder", "depth": 3}
    assert validator.is_valid({"run": composed})


def test_it_has_every_verb(written: dict[str, Any]) -> None:
    assert set(written["properties"]) == set(VERBS)


def test_a_file_that_exists_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "schema.json"
    out.touch()
    assert main(["schema", f"out={out}"]) == 2
    assert "exists; choose another" in capsys.readouterr().err
