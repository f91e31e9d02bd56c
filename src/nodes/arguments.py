"""The keys of a config node as the arguments of a reader, by its signature."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from ..errors import ConfigError

GIVEN = ("identifiers", "modality", "scratch", "strict", "workers")
"""Arguments of readers that the run sets, not the node."""


def bind(key: str, reader: Callable[..., object], node: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments that a node, its ``kind`` aside, sets; paths are made `Path`.

    Raises:
        ConfigError: If a key is unknown or missing, or a value of another type than the reader's.
    """
    parameters = inspect.signature(reader).parameters
    allowed = [name for name in parameters if name not in GIVEN]
    where = f"{key} (kind {node['kind']})"
    unknown = [name for name in node if name != "kind" and name not in allowed]
    if unknown:
        raise ConfigError(
            f"{where}: unknown key {', '.join(unknown)}; allowed: {', '.join(allowed)}."
        )
    required = (n for n in allowed if parameters[n].default is inspect.Parameter.empty)
    absent = [name for name in required if name not in node]
    if absent:
        raise ConfigError(
            f"{where}: missing key {', '.join(absent)}; allowed: {', '.join(allowed)}."
        )
    hints = get_type_hints(reader)
    return {n: _typed(f"{key}.{n}", node[n], hints[n]) for n in allowed if n in node}


def _typed(key: str, value: object, hint: Any) -> object:
    """Return a config value as its reader's signature wants it.

    Raises:
        ConfigError: If it is of another type.
    """
    try:
        return _converted(value, hint)
    except TypeError as error:
        raise ConfigError(f"{key}: {error}, got {value!r}.") from error


def _converted(value: object, hint: Any) -> object:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        for choice in inner:
            try:
                return _converted(value, choice)
            except TypeError:
                continue
    elif origin is not None and isinstance(value, Mapping if len(inner) == 2 else (list, tuple)):
        if isinstance(value, Mapping):
            return {str(k): _converted(v, inner[1]) for k, v in value.items()}
        return [_converted(item, inner[0]) for item in value]
    elif hint is Path and isinstance(value, str | Path) and str(value):
        return Path(value).expanduser()
    elif hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif origin is None and hint is not float and type(value) is hint:
        return value
    raise TypeError(f"must be {_spelled(hint)}")


def _spelled(hint: Any) -> str:
    """Return how a message names a type: ``a number or null``."""
    inner = get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_spelled(choice) for choice in inner)
    if get_origin(hint) is not None:
        return (
            f"a mapping to {_spelled(inner[1])}"
            if len(inner) == 2
            else (f"a list (each {_spelled(inner[0])})")
        )
    names = {
        Path: "a path",
        str: "text",
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        type(None): "null",
    }
    return names[hint]
