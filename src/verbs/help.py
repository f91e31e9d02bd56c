"""Help of a verb: its options and settings, each with type, range, default and meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from .. import config
from ..config import PARTS
from ..nodes.build import Config
from ..nodes.conf import groups, header, own_settings, verb_header
from ..nodes.defaults import EMPTY, Setting, completed, settings_in, settings_of_reader
from ..nodes.settings_checks import described

SETTING = re.compile(r"^( *)(\w+):")


def show_help(verb: str, words: Sequence[str]) -> None:
    """Print the description of a verb, its options, and the settings of chosen options."""
    print(f"usage: cytoweave {verb.replace('_', ' ')} [key=value ...]\n{verb_header(verb)}\n")  # noqa: T201
    offered = groups(verb)
    for group, names in offered.items():
        for name in names:
            print(f"  {f'{group}={name}':40s}{header(group, name)}")  # noqa: T201
    print("\nSettings, each as key=value:\n")  # noqa: T201
    print(*_with_types(own_settings(verb), described(verb)), sep="\n")  # noqa: T201
    chosen = [word.partition("=") for word in words if word.partition("=")[0] in offered]
    for group, _, name in chosen:
        print(f"\n{group}={name}:\n")  # noqa: T201
        print(*map(_shown, settings_of_option(group, name)), sep="\n")  # noqa: T201
    kinds = [word.lstrip("+").partition(".kind=") for word in words if ".kind=" in word]
    for key, _, kind in kinds:
        print(f"\n{key}, kind {kind}:\n")  # noqa: T201
        print(*map(_shown, settings_of_kind(key, {"kind": kind})), sep="\n")  # noqa: T201
    if offered and not chosen:
        group = next(iter(offered))
        print(f"\nWhat an option takes: cytoweave {verb} {group}=OPTION --help")  # noqa: T201


def settings_of_option(group: str, name: str) -> Iterator[Setting]:
    """Return the settings of an option, those that its file leaves at their defaults included."""
    node = completed(group, config.option(group, name))
    return _of_data(node) if group == "data" else settings_in(group, node)


def settings_of_kind(key: str, node: Config) -> Iterator[Setting]:
    """Yield the settings of a modality or reference, by its ``kind``.

    Raises:
        ConfigError: If there is no such kind.
    """
    from ..data.reading import READERS, reader_of  # loads pandas

    reader = reader_of(key, node)
    kinds = ", ".join(READERS)
    yield Setting(f"{key}.kind", node["kind"], f"one of {kinds}", "")
    yield from settings_of_reader(key, node, reader)


def as_override(value: object) -> str:
    """Return a value as in an override; ``...`` if it must be given.

    >>> as_override({"low": None, "count": [1, True]})
    '{low: null, count: [1, true]}'
    """
    if value is EMPTY:
        return "..."
    if isinstance(value, Mapping):
        inner = (f"{name}: {as_override(one)}" for name, one in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_override, value)) + "]"
    return (
        str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)
    )


def _with_types(text: str, types: dict[str, str]) -> Iterator[str]:
    """Yield the settings of a verb's file, each followed by its type and range."""
    parent = ""
    for line in text.strip("\n").splitlines():
        yield f"  {line}"
        match = SETTING.match(line)
        if match:
            parent = f"{match[2]}." if not match[1] else parent
            key = f"{parent}{match[2]}" if match[1] else match[2]
            if key in types:
                yield f"  {match[1]}    {types[key]}"


def _shown(setting: Setting) -> str:
    """Return a setting in two lines: key, value and range; meaning."""
    stated = f"{setting.key}={as_override(setting.value)}"
    meaning = f"\n      {setting.meaning}" if setting.meaning else ""
    return f"  {stated:40s}  {setting.allowed}{meaning}"


def _of_data(data: Config) -> Iterator[Setting]:
    """Yield the settings of a data config: of its readers and of the simulated cell."""
    types = described("data")
    for name, value in data.items():
        if f"data.{name}" in types and not isinstance(value, Mapping):
            yield Setting(f"data.{name}", value, types[f"data.{name}"], "")
    nodes = {f"data.{part}.{n}": node for part in PARTS for n, node in data.get(part, {}).items()}
    nodes |= {"data.pairs": data["pairs"]} if data.get("pairs") else {}
    for key, node in nodes.items():
        if node is not None:  # null: left out
            yield from settings_of_kind(key, node)
    if data.get("simulate"):
        yield from settings_of_reader("data.simulate", data["simulate"], config.simulator())
