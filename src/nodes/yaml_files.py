"""Safety checks of YAML files from others: a lab's options, and the config of a run.

Dangerous or ambiguous files are refused in one line: tags, which name Python types; aliases that
expand without bound; duplicate keys, of which one would be ignored; encodings other than UTF-8.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import MappingNode, Node, SequenceNode

from ..errors import ConfigError

LARGEST_FILE = 1_000_000
"""Bytes; the largest shipped file has 3,000."""

MAX_LEVELS = 50
"""Levels of nesting; shipped files have up to 5."""

MAX_VALUES = 100_000
"""Maximum number of values of a file after expansion of aliases."""


def read(path: Path) -> dict[str, Any]:
    """Return the mapping in a file.

    Raises:
        ConfigError: If the file is refused, or contains no mapping.
    """
    content = yaml.safe_load(check(path))
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: must hold 'key: value' lines.")
    return content


def check(path: Path) -> str:
    """Check a file before it is used; return its text.

    Raises:
        ConfigError: If it is no regular file, larger than `LARGEST_FILE`, not UTF-8, not YAML, has
            a tag or a key twice, or expands to more than `MAX_VALUES` values.
    """
    if not path.is_file():
        raise ConfigError(f"{path} is not a file.")
    if path.stat().st_size > LARGEST_FILE:
        raise ConfigError(f"{path}: more than {LARGEST_FILE:,} bytes are no config.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: byte {error.start + 1} is not UTF-8; the file looks like Latin-1: save it as "
            "UTF-8."
        ) from None
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > MAX_LEVELS:
                raise ConfigError(f"{path}: nested too deeply to be a config.")
            if tag := getattr(event, "tag", None):
                line = _line(event.start_mark)
                raise ConfigError(f"{path}{line}: the tag '{tag}' is not allowed.")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = _line(error.problem_mark or error.context_mark)
        raise ConfigError(f"{path}{line}: not valid YAML: {error.problem}.") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {str(error).partition(chr(10))[0]}.") from None
    if root is not None:
        _check_node(path, root, {})
    return text


def _line(mark: object) -> str:
    number: int | None = getattr(mark, "line", None)
    return "" if number is None else f" line {number + 1}"


def _check_node(path: Path, node: Node, sizes: dict[int, int | None]) -> int:
    """Return the expanded size of a node; `sizes` caches those of nodes seen before."""
    known = sizes.get(id(node), 0)
    if known is None:
        line = _line(node.start_mark)
        raise ConfigError(f"{path}{line}: an alias stands within what it names.")
    if not known:
        sizes[id(node)] = None
        known = sizes[id(node)] = 1 + sum(_check_node(path, n, sizes) for n in _inner(path, node))
    if known > MAX_VALUES:
        raise ConfigError(f"{path}: its aliases unfold to more than {MAX_VALUES:,} values.")
    return known


def _inner(path: Path, node: Node) -> list[Node]:
    if isinstance(node, SequenceNode):
        return list(node.value)
    if not isinstance(node, MappingNode):
        return []
    seen: set[str] = set()
    for key, _ in node.value:
        if str(key.value) in seen:
            line = _line(key.start_mark)
            raise ConfigError(f"{path}{line}: the key '{key.value}' is given twice.")
        seen.add(str(key.value))
    return [value for _, value in node.value]
