"""Objects from config nodes: ``{_target_: cytoweave.maps.Multiresolution, ...}`` -> that object."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from ..errors import ConfigError, settings_of
from . import plugins, targets
from .annotations import validated
from .moved import refuse_moved
from .ranges import fitted

Config = Mapping[str, Any]
"""A composed config, or one of its nodes, as plain Python values."""

Settings = dict[str, Any]
"""The same, mutable."""

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Part(Generic[T_co]):
    """One exchangeable component of an experiment, with its config node and modules.

    Attributes:
        thing: The object.
        node: The config node it was built from.
        modules: The modules that implement it.
    """

    thing: T_co
    node: Config
    modules: tuple[str, ...]

    @classmethod
    def of(cls, key: str, node: Config) -> Part[T_co]:
        """Build the component at `key` in the config."""
        texts = plugins.texts(node, key)  # a class may be named without being built
        named = [(k, t) for k, t in texts if k.endswith("._target_") or plugins.is_path(t)]
        modules = dict.fromkeys(targets.find(*one).__module__ for one in named)
        return cls(build(key, node), node, tuple(modules))


def build(key: str, node: Config) -> Any:
    """Return the object that a config node describes; its values are plain Python.

    ``_target_`` names a public class of this package, the other keys are its arguments, nested
    nodes are built first. With ``_partial_: true`` the call waits for further arguments.

    Args:
        key: Key of the node in the config, for messages.
        node: The node, resolved.

    Raises:
        ConfigError: If the target is not ours, or the keys or values do not fit its signature.
    """
    target = find(key, node)
    named = {p.name for p in inspect.signature(target).parameters.values() if p.annotation == "str"}
    arguments = {
        name: _value(f"{key}.{name}", value, by_name=name in named)
        for name, value in node.items()
        if name not in ("_target_", "_partial_")
    }
    with settings_of(key):
        partly = validated("_partial_", bool, node.get("_partial_", False))
    _check_names(key, target, arguments, partly=partly)
    with settings_of(key):
        arguments = fitted(target, arguments)
        if partly:
            return partial(target, **arguments)
        try:
            component = target(**arguments)
        except TypeError as error:
            raise ConfigError(f"{key}: {error}.") from error
    targets.check_component(key, component)
    return component


def find(key: str, node: Config) -> Any:
    """Return the class that a node's ``_target_`` names.

    Raises:
        ConfigError: If there is none, or a config may not name it there, see `targets`.
    """
    return targets.find(f"{key}._target_" if key else "", str(node.get("_target_", "")))


def _value(key: str, value: object, *, by_name: bool = False) -> object:
    """Build nested nodes; where a class name is wanted, a ``_target_`` alone is that name."""
    if not isinstance(value, Mapping):
        return value
    if "_target_" in value:
        return value["_target_"] if by_name and len(value) == 1 else build(key, value)
    return {name: _value(f"{key}.{name}", inner) for name, inner in value.items()}


def _check_names(
    key: str, target: Callable[..., object], arguments: Config, *, partly: bool
) -> None:
    signature = inspect.signature(target)
    for name in arguments.keys() - signature.parameters.keys():
        refuse_moved(f"{key}.{name}")
    try:
        (signature.bind_partial if partly else signature.bind)(**arguments)
    except TypeError as error:
        takes = ", ".join(signature.parameters)
        raise ConfigError(f"{key}: {target.__name__}: {error}; it takes: {takes}.") from None
