"""Allow list of ``_target_`` classes: components of the config group, and classes of plug-ins.

A config can come from a stranger, so names are never imported freely: ``map`` accepts the exports
of `cytoweave.maps`, ``fusion`` those of `cytoweave.models`, and so on; of a plug-in, classes that
are defined there. Functions are never accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from inspect import signature
from typing import Any

from ..errors import ConfigError
from . import plugins
from .plugins import PACKAGE

EXPORTED = {
    "models": ("ppi_encoder", "image_encoder", "fusion", "trainer", "backbone"),
    "maps": ("map",),
    "eval": ("eval",),
    "launchers": ("launcher",),
    "studies.sweep": ("sampler", "pruner"),
    "studies.tracking": ("logger",),
}
"""Package -> the groups whose components it exports, in its ``__all__``."""

SEAMS: dict[str, tuple[str, ...]] = {
    "ppi_encoder": ("(network)",),
    "image_encoder": ("contract",),
    "fusion": ("(embeddings)",),
    "map": ("neighbours", "partitions", "weave"),
    "eval": ("objective",),
    "trainer": ("fit", "observed"),
    "sampler": ("build",),
    "pruner": ("poor_embedding", "poor_training"),
    "launcher": ("spread", "hold"),
    "logger": ("record", "conclude"),
}
"""Interface of the components of each group: attributes, and in brackets the first argument.

`contracts` has the full interfaces; these parts are checked before any work starts.
"""

RENAMED = {"sweep": "studies.sweep", "loggers": "studies.tracking"}
"""Former package names in configs of 0.1."""


def find(key: str, path: str) -> Any:
    """Return the class at a dotted path.

    Args:
        key: Key of the path in the config; its first word is the group. An empty key allows the
            components of every group.
        path: E.g. ``cytoweave.maps.Multiresolution`` or ``my_lab.MyEncoder``.

    Raises:
        ConfigError: If there is no such class, or the group does not allow it.
    """
    package, _, name = path.rpartition(".")
    own = package.removeprefix(f"{PACKAGE}.")
    if own != package:
        return _exported(key, path, RENAMED.get(own, own), name)
    if not plugins.owns(path):
        raise _not_allowed(key, path)
    try:
        thing = getattr(import_module(package), name)
    except (ImportError, AttributeError):
        raise ConfigError(f"{key}: there is no '{path}'.") from None
    if not isinstance(thing, type) or not plugins.owns(f"{thing.__module__}.{thing.__name__}"):
        raise ConfigError(f"{key}: '{path}' is not allowed; it is no class of that plug-in's own.")
    return thing


def path_of(component: type) -> str:
    """Return the dotted path of a class for configs: that of the package that exports it."""
    module = f"{component.__module__}."
    exporting = (f"{PACKAGE}.{name}." for name in EXPORTED)
    package = next((name for name in exporting if module.startswith(name)), module)
    return f"{package}{component.__name__}"


def check_component(group: str, component: object) -> None:
    """Refuse a component of the wrong kind, such as an encoder where a fusion is expected.

    Raises:
        ConfigError: If it lacks the interface of its group.
    """
    for needed in SEAMS.get(group, ()):
        argument = needed.strip("()")
        if argument == needed:
            fits = hasattr(component, needed)
        else:
            fits = callable(component) and argument in signature(component).parameters
        if not fits:
            raise ConfigError(
                f"{group}._target_: {type(component).__name__} is no {group}; it has no {needed}, "
                f"see `cytoweave.contracts`."
            )


def _exported(key: str, path: str, package: str, name: str) -> Any:
    groups = EXPORTED.get(package)
    group = key.partition(".")[0]
    if groups is None or group not in ("", *groups):
        raise _not_allowed(key, path)
    module = import_module(f"{PACKAGE}.{package}")
    thing = getattr(module, name, None) if name in module.__all__ else None
    if not isinstance(thing, type):
        raise ConfigError(f"{key}: there is no '{path}'.")
    return thing


def _not_allowed(key: str, path: str) -> ConfigError:
    group = key.partition(".")[0]
    packages: Iterable[str] = (p for p, groups in EXPORTED.items() if group in ("", *groups))
    named = " or ".join(f"{PACKAGE}.{package}.<Class>" for package in packages)
    return ConfigError(
        f"{key}: '{path}' is not allowed; name {named or 'an option'}, or a class of a plug-in in "
        "plugins=[..]."
    )
