"""Every setting of every verb refuses a value of another type, in one line and before any work."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cytoweave import config
from cytoweave.cli import VERBS, main
from cytoweave.nodes import conf

WORDS = {
    "compare": ["first=a", "second=b"],
    "convert": ["hierarchy=a", "out=b.cx2"],
    "evidence": ["hierarchy=a", "matrix=a"],
    "functions": ["hierarchy=a", "annotations=a"],
    "evaluate": ["data=demo", "hierarchy=a"],
    "objective": ["data=demo", "hierarchy=a", "baseline=b"],
    "map": ["network=a"],
    "property": ["hierarchy=a", "property=a"],
    "report": ["run=a"],
    "schema": ["out=a"],
}
"""What a verb cannot do without."""

WEIGHTS = ["image_encoder.checkpoint=weights.pth", "image_encoder.sha256=0f"]
NEEDED = {
    "images_manifest": ["data.modalities.image.manifest=m.tsv"],
    "hpa_densenet": WEIGHTS,
    "subcell": WEIGHTS,
}
"""What an option cannot do without."""

ACTIONS = {"data": ["check"]}
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
    return key in config.FILE_KEYS or key.endswith((".path", ".folder", ".manifest"))


def accepted(
    verb: str, words: list[str], keys: Mapping[str, Any], capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """Return what was not refused as it should be, of all settings below `keys`."""
    faults = []
    for key, value in (leaf for top, node in keys.items() for leaf in leaves(node, top)):
        if is_path(key) or key == "keep":  # a store's size may be a number
            continue
        code = main([verb, *ACTIONS.get(verb, []), *words, f"{key}={wrong(value)}"])
        lines = capsys.readouterr().err.splitlines()
        named = len(lines) == 1 and key.rpartition(".")[2] in lines[0]
        if code != 2 or not named or list(Path().iterdir()):
            faults.append(f"{key}={wrong(value)}: {code}, {lines[:2]}, {list(Path().iterdir())}")
    return faults


@pytest.mark.parametrize("verb", VERBS)
def test_own_settings_are_typed(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = WORDS.get(verb, [])
    groups = conf.groups(verb).keys() - {"data"}
    own = {k: v for k, v in config.load(verb, words).items() if k not in groups}
    assert accepted(verb, words, own, capsys) == []


def _options(*, default: bool) -> list[tuple[str, str]]:
    found = [(group, name) for group in sorted(GROUPS) for name in conf.options(group)]
    chosen = {group: conf.chosen_options(GROUPS[group])[group] for group in GROUPS}
    return [(group, name) for group, name in found if (chosen[group] == name) == default]


def check_option(group: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    verb = GROUPS[group]
    words = [*WORDS.get(verb, []), f"{group}={name}", *NEEDED.get(name, [])]
    node = config.load(verb, words)[group]
    assert accepted(verb, words, {group: node}, capsys) == []


@pytest.mark.parametrize(("group", "name"), _options(default=True))
def test_a_default_option_is_typed(
    group: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    check_option(group, name, capsys)


@pytest.mark.slow
@pytest.mark.parametrize(("group", "name"), _options(default=False))
def test_any_option_is_typed(group: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    check_option(group, name, capsys)
