"""Config nodes completed with the defaults of their classes, for ``--cfg`` and ``--help``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path

from .build import Config, Settings, find
from .ranges import RUN_ARGUMENTS
from .schema import Argument, arguments_of
from .targets import path_of

EMPTY = inspect.Parameter.empty


@dataclass(frozen=True)
class Setting:
    """One setting of a component, as ``--help`` shows it.

    Attributes:
        key: Its dotted key.
        value: Its value here, or its default; `EMPTY` where it must be given.
        allowed: Its type and range as text.
        meaning: The first sentence of its description in the class docstring.
    """

    key: str
    value: object
    allowed: str
    meaning: str


def completed(key: str, node: Config) -> Settings:
    """Return a config node completed with the defaults of its class, and of the components in it.

    Both nodes build equal objects. A missing required argument, as of a ``_partial_`` component,
    is left out.

    Args:
        key: Key of the node in the config.
        node: Plain values; components are mappings with a ``_target_``.
    """
    given = {name: _completed(f"{key}.{name}", value) for name, value in node.items()}
    if "_target_" not in node:
        return given
    return given | {
        argument.name: _completed(f"{key}.{argument.name}", _plain(argument.default))
        for argument in arguments_of(find(key, node))
        if argument.name not in given and argument.default is not EMPTY
    }


def with_defaults(target: Callable[..., object], node: Config) -> Settings:
    """Return a node completed with the defaults of its reader or function."""
    values = {
        a.name: node.get(a.name, _plain(a.default)) for a in arguments_of(target, RUN_ARGUMENTS)
    }
    return {name: _completed(name, value) for name, value in values.items() if value is not EMPTY}


def settings_in(key: str, node: Config) -> Iterator[Setting]:
    """Yield every setting of a completed component, and of those in it."""
    if "_target_" not in node:
        for name, inner in node.items():
            if isinstance(inner, Mapping):
                yield from settings_in(f"{key}.{name}", inner)
        return
    arguments = arguments_of(find(key, node))
    yield from _described(key, node, arguments, partly=bool(node.get("_partial_")))


def settings_of_reader(key: str, node: Config, reader: Callable[..., object]) -> Iterator[Setting]:
    """Yield every setting of the node of a reader or function."""
    arguments = arguments_of(reader, RUN_ARGUMENTS)
    yield from _described(key, node, arguments, partly=False)


def _completed(key: str, value: object) -> object:
    if isinstance(value, Mapping):
        return completed(key, value)
    if isinstance(value, list | tuple):
        return [_completed(key, inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


def _described(
    key: str, node: Config, arguments: Collection[Argument], *, partly: bool
) -> Iterator[Setting]:
    for argument in arguments:
        place = f"{key}.{argument.name}"
        value = node.get(argument.name, _plain(argument.default))
        if isinstance(value, Mapping) and _holds_components(value):
            yield from settings_in(place, value)
        elif value is not EMPTY or not partly:
            yield Setting(place, value, argument.allowed, argument.meaning)


def _holds_components(node: Config) -> bool:
    return "_target_" in node or any(
        isinstance(value, Mapping) and _holds_components(value) for value in node.values()
    )


def _plain(value: object) -> object:
    """Return a default as a config would state it."""
    if is_dataclass(value) and not isinstance(value, type):
        stated = {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.init}
        return {"_target_": path_of(type(value))} | stated
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
