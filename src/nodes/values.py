"""Read and set values of a config by dotted key."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, get_origin, get_type_hints

from ..errors import ConfigError
from .build import Config, Settings, find
from .moved import refuse_moved
from .plugins import PACKAGE
from .targets import path_of


def key_of(override: str) -> str:
    """Return the key that an override sets."""
    return override.partition("=")[0].lstrip("+~")


def put(settings: Settings, key: str, value: object) -> None:
    """Set a value in a config; also arguments that its node leaves at their defaults.

    Raises:
        ConfigError: If the config has no such key.
    """
    refuse_moved(key)
    *parents, name = key.split(".")
    node = settings
    for k, parent in enumerate(parents):
        if parent not in node:
            node[parent] = fresh(node, parent, key, ".".join(parents[:k]))
        node = node[parent]
        if not isinstance(node, dict):
            raise ConfigError(f"'{key}' is not a setting: '{parent}' holds no settings here.")
    if name not in node and "_target_" not in node and parents:
        if node:
            raise _unknown(key, node)
    elif name not in node:
        _parameters(node, name, key, ".".join(parents))
    node[name] = value


def value_at(settings: Settings, key: str) -> Any:
    """Return the value of a key in a config, or else its default in the signature."""
    node: Any = settings
    for name in key.split("."):
        if isinstance(node, Mapping):
            node = node[name] if name in node else _default(node, name)
        else:
            node = getattr(node, name, None)
    return node


def _default(node: Config, name: str) -> object:
    target = find("", node) if "_target_" in node else None
    parameter = inspect.signature(target).parameters.get(name) if target else None
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return None
    factory = getattr(target, "__dataclass_fields__", {}).get(name)
    if factory is not None and callable(factory.default_factory):
        return factory.default_factory()
    return parameter.default


def _parameters(node: Settings, name: str, key: str, where: str) -> object:
    """Return the type of an argument that a node's target takes."""
    if "_target_" not in node:
        raise _unknown(key, node)
    target = find(where, node)
    if name not in inspect.signature(target).parameters:
        raise _unknown(key, list(inspect.signature(target).parameters))
    return get_type_hints(target.__init__).get(name)


def fresh(node: Settings, name: str, key: str, where: str) -> Settings:
    """Return a node for an argument that is so far at its default.

    Args:
        node: The component that takes it.
        name: The argument.
        key: What the user typed, for messages.
        where: Key of the component.

    Raises:
        ConfigError: If the component takes no such argument, or it is no component itself.
    """
    kind = _parameters(node, name, key, where)
    if get_origin(kind) is not None:
        return {}
    if not isinstance(kind, type) or not kind.__module__.startswith(f"{PACKAGE}."):
        raise ConfigError(f"'{key}' is not a setting: '{name}' holds no settings here.")
    return {"_target_": path_of(kind)}


def _unknown(key: str, known: Iterable[str]) -> ConfigError:
    names = ", ".join(name for name in known if not name.startswith("_"))
    return ConfigError(f"'{key}' is not a setting of `cytoweave run`; there is {names}.")
