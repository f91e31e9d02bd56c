"""The keys of a config node as the arguments of a reader, by its signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ConfigError, settings_of
from .ranges import fitted

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
