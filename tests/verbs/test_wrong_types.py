"""Every setting of every verb refuses a value of another type, in one line and before any work."""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from cytoweave import config
from cytoweave.cli import VERBS, main
from cytoweave.errors import ConfigError
from cytoweave.nodes import conf
from cytoweave.nodes.build import Settings, build
from cytoweave.nodes.conf import FILE_KEYS

REQUIRED = {
    "compare": ["first=a", "second=b"],
    "contrast": ["hierarchy=a", "design=a"],
    "convert": ["hierarchy=a", "out=b.cx2"],
    "evidence": ["hierarchy=a", "matrix=a"],
    "functions": ["hierarchy=a", "annotations=a"],
    "evaluate": ["data=demo", "hierarchy=a"],
    "objective": ["data=demo", "hierarchy=a", "baseline=b"],
    "map": ["network=a"],
    "mutations": ["hierarchy=a", "counts=a"],
    "names": ["hierarchy=a"],
    "places": ["run=a"],
    "property": ["hierarchy=a", "property=a"],
    "report": ["run=a"],
    "portal": ["run=a"],
    "upload": ["run=a"],
    "schema": ["out=a"],
    "structures_plan": ["hierarchy=a", "sequences=a"],
    "structures_rates": ["scores=a"],
    "structures_read": ["results=a"],
}
"""What a verb cannot do without."""

WEIGHTS = ["image_encoder.checkpoint=weights.pth", "image_encoder.sha256=0f"]
NEEDED = {
    "images_manifest": ["data.modalities.image.manifest=m.tsv"],
    "hpa_densenet": WEIGHTS,
    "subcell": WEIGHTS,
}
"""What an option cannot do without."""

ACTIONS = {"data": ["check"], "upload": ["ndex"]}
GROUPS = {group: verb for verb in reversed(VERBS) for group in conf.groups(verb)}
"""Each group, and the first verb that offers it."""


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CYTOWEAVE_CONF", raising=False)
    monkeypatch.setenv("CYTOWEAVE_DATA", str(tmp_path))
    monkeypatch.setenv("CYTOWEAVE_STORE", str(tmp_path / "store"))


def leaves(node: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Yield each value of a config under its key; names that no override can spell in one."""
    spelled = isinstance(node, Mapping) and not any("." in name for name in node)
    if isinstance(node, Mapping) and node and spelled:
        for name, value in node.items():
            yield from leaves(value, f"{key}.{name}")
    else:
        yield key, node


def wrong(value: Any) -> str:
    """Return a value of another type than one that a config holds."""
    if isinstance(value, bool):
        return "1"
    if isinstance(value, int | float):
        return "'5'"
    return "[{a: [1]}]" if value is None else "5"


def is_path(key: str) -> bool:
    """Return whether any text will do: whatever is typed there is a path."""
    return key in FILE_KEYS or key.endswith((".path", ".folder", ".manifest"))


def settings_below(keys: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the keys below `keys`, and for each a value of another type."""
    for key, value in (leaf for top, node in keys.items() for leaf in leaves(node, top)):
        if not is_path(key) and key != "keep":  # a store's size may be a number
            yield key, wrong(value)


def accepted(verb: str, words: list[str], keys: Mapping[str, Any]) -> list[str]:
    """Return what was not refused as it should be, of all settings below `keys`."""
    composed, faults = config.load(verb, words), []
    for key, value in settings_below(keys):
        changed = copy.deepcopy(composed)
        *parents, last = key.split(".")
        node: Any = changed
        for parent in parents:
            node = node[parent]
        node[last] = yaml.safe_load(value)
        message = refusal(verb, changed, key)
        if last not in message or "\n" in message:
            faults.append(f"{key}={value}: {message}")
    return faults


def refusal(verb: str, composed: Settings, key: str) -> str:
    """Return why a composed config is refused, "" if it is not."""
    top = key.partition(".")[0]
    try:
        config.check(verb, composed)
        if isinstance(composed[top], Mapping) and "_target_" in composed[top]:
            build(top, composed[top])
    except ConfigError as error:
        return str(error)
    return ""


def accepted_by_command(
    verb: str, words: list[str], settings: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """Return what the command line did not refuse in one line and before any work."""
    faults = []
    for key, value in settings:
        code = main([verb, *ACTIONS.get(verb, []), *words, f"{key}={value}"])
        lines = capsys.readouterr().err.splitlines()
        named = len(lines) == 1 and key.rpartition(".")[2] in lines[0]
        if code != 2 or not named or list(Path().iterdir()):
            faults.append(f"{key}={value}: {code}, {lines[:2]}, {list(Path().iterdir())}")
    return faults


def own_settings(verb: str) -> Settings:
    """Return the settings of a verb that belong to no group, and its data."""
    groups = conf.groups(verb).keys() - {"data"}
    composed = config.load(verb, REQUIRED.get(verb, []))
    return {k: v for k, v in composed.items() if k not in groups}


def options(*, default: bool) -> list[tuple[str, str]]:
    result = [(group, name) for group in sorted(GROUPS) for name in conf.options(group)]
    chosen = {group: conf.chosen_options(GROUPS[group])[group] for group in GROUPS}
    return [(group, name) for group, name in result if (chosen[group] == name) == default]


def words_for(group: str, name: str) -> list[str]:
    """Return what chooses an option of a group."""
    return [*REQUIRED.get(GROUPS[group], []), f"{group}={name}", *NEEDED.get(name, [])]


@pytest.mark.parametrize("verb", VERBS)
def test_own_settings_are_typed(verb: str) -> None:
    assert accepted(verb, REQUIRED.get(verb, []), own_settings(verb)) == []


@pytest.mark.parametrize(("group", "name"), options(default=True))
def test_a_default_option_is_typed(group: str, name: str) -> None:
    verb, words = GROUPS[group], words_for(group, name)
    assert accepted(verb, words, {group: config.load(verb, words)[group]}) == []


@pytest.mark.parametrize("verb", VERBS)
def test_the_command_says_so(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    first = next(settings_below(own_settings(verb)), None)
    assert accepted_by_command(verb, REQUIRED.get(verb, []), [first] if first else [], capsys) == []


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_the_command_says_so_of_all(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    settings = list(settings_below(own_settings(verb)))
    assert accepted_by_command(verb, REQUIRED.get(verb, []), settings, capsys) == []


@pytest.mark.slow
@pytest.mark.parametrize(("group", "name"), options(default=True) + options(default=False))
def test_the_command_says_so_of_options(
    group: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verb, words = GROUPS[group], words_for(group, name)
    settings = list(settings_below({group: config.load(verb, words)[group]}))
    assert accepted_by_command(verb, words, settings, capsys) == []
