"""The keys of a config node as the arguments of a reader, by its signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from ..errors import ConfigError, settings_of
from .ranges import fitted, hints

Returned = TypeVar("Returned")

GIVEN = ("folder", "identifiers", "modality", "scratch", "strict", "workers")
"""Arguments of readers and of `simulate` that the run sets, not the node."""


def bind(key: str, reader: Callable[..., object], node: Mapping[str, object]) -> dict[str, Any]:
    """Return the arguments that a node, its ``kind`` aside, sets; paths are made `Path`.

    Raises:
        ConfigError: If a key is unknown or missing, or a value of another type than the reader's.
    """
    parameters = inspect.signature(reader).parameters
    allowed = [name for name in parameters if name not in GIVEN]
    where = f"{key} (kind {node['kind']})" if "kind" in node else key
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
    with settings_of(key):
        return fitted(reader, {name: node[name] for name in allowed if name in node})


def taking(kind: type) -> Callable[[Callable[..., Returned]], Callable[..., Returned]]:
    """Let a reader that is called with a dataclass of settings take each of its fields by name.

    Its signature, and so the keys of a config, are the fields and the reader's other arguments.
    """

    def flat(reader: Callable[..., Returned]) -> Callable[..., Returned]:
        own = inspect.signature(kind).parameters
        first, *others = inspect.signature(reader).parameters.values()
        signature = inspect.Signature([*own.values(), *others])

        @wraps(reader)
        def read(*given: object, **named: object) -> Returned:
            bound = signature.bind(*given, **named).arguments
            fields = {name: bound.pop(name) for name in own if name in bound}
            return reader(kind(**fields), **bound)

        read.__dict__["__signature__"] = signature
        read.__annotations__ = hints(kind) | hints(reader)
        del read.__annotations__[first.name]
        return read

    return flat
