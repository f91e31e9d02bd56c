"""Help of a verb: its options and settings, each with its type and range."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .. import config
from ..nodes.build import find
from ..nodes.conf import groups, header, own_settings, verb_header
from ..nodes.schema import words_of
from ..nodes.settings import described

SETTING = re.compile(r"^( *)(\w+):")


def show_help(verb: str, words: Sequence[str]) -> None:
    """Print what a verb does, its options, its settings; of options that `words` choose, theirs."""
    print(f"usage: cytoweave {verb} [key=value ...]\n{verb_header(verb)}\n")  # noqa: T201
    offered = groups(verb)
    for group, names in offered.items():
        for name in names:
            print(f"  {f'{group}={name}':40s}{header(group, name)}")  # noqa: T201
    print("\nSettings, each as key=value:\n")  # noqa: T201
    print(*_with_types(own_settings(verb), described(verb)), sep="\n")  # noqa: T201
    chosen = [word.partition("=") for word in words if word.partition("=")[0] in offered]
    for group, _, name in chosen:
        print(f"\n{group}={name}:\n")  # noqa: T201
        print(*_arguments(group, config.option(group, name)), sep="\n")  # noqa: T201
    if offered and not chosen:
        group = next(iter(offered))
        print(f"\nWhat an option takes: cytoweave {verb} {group}=OPTION --help")  # noqa: T201


def _with_types(text: str, types: dict[str, str]) -> Iterator[str]:
    """Yield the settings of a verb's file, under each its type and range."""
    parent = ""
    for line in text.strip("\n").splitlines():
        yield f"  {line}"
        match = SETTING.match(line)
        if match:
            parent = f"{match[2]}." if not match[1] else parent
            key = f"{parent}{match[2]}" if match[1] else match[2]
            if key in types:
                yield f"  {match[1]}    {types[key]}"


def _arguments(key: str, node: object) -> Iterator[str]:
    """Yield every setting of an option, those of the parts in it too, with type and range."""
    if not isinstance(node, dict):
        return
    if "_target_" in node:
        for name, allowed in words_of(find(key, node)).items():
            given = f"={node[name]}" if name in node and not isinstance(node[name], dict) else ""
            yield f"  {f'{key}.{name}{given}':40s}{allowed}"
    for name, value in node.items():
        yield from _arguments(f"{key}.{name}", value)
