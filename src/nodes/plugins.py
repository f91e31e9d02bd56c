"""Plug-ins: components, readers, metrics and verbs from modules outside this package.

A plug-in is an importable module that is named by an entry point ``cytoweave.plugins`` of an
installed package, by `$CYTOWEAVE_PLUGINS`, or by the setting ``plugins=[my_lab]``. Only then may a
config name its classes as ``_target_: my_lab.MyEncoder``. At import it registers metrics, readers
and verbs (`eval.catalogue.register`, `data.reading.register`, `cli.register`); options in a folder
``conf`` next to its file are offered like a lab's own.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from ..errors import ConfigError

PACKAGE = __name__.partition(".")[0]
VARIABLE = "CYTOWEAVE_PLUGINS"
GROUP = "cytoweave.plugins"

PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")

_LOADED: dict[str, Path | None] = {}


def load(names: Iterable[str] = ()) -> None:
    """Import the plug-ins named here or in the environment, each once.

    Their names are added to the environment, so that worker processes load them too.

    Raises:
        ConfigError: If one cannot be imported.
    """
    given = os.environ.get(VARIABLE, "").split(",")
    wanted = dict.fromkeys(name.strip() for name in [*given, *names] if name.strip())
    for name in wanted:
        _import(name)
    if wanted:
        os.environ[VARIABLE] = ",".join(wanted)


def load_installed() -> bool:
    """Import the plug-ins of installed packages; return whether any was not imported before.

    Called only where a name is unknown, since searching all packages is slow.
    """
    before = len(_LOADED)
    for entry in _installed():
        _import(entry)
    return len(_LOADED) > before


@cache
def _installed() -> tuple[str, ...]:
    from importlib.metadata import entry_points  # slow to load, and completion needs none

    return tuple(entry.value for entry in entry_points(group=GROUP))


def owns(path: str) -> bool:
    """Return whether a dotted path such as ``my_lab.nets.Tiny`` belongs to a plug-in.

    Plug-ins of the environment are imported for this; of the installed ones only that of the path.
    """
    if _lies_in(path, _LOADED):
        return True
    load()
    for name in _installed():
        if _lies_in(path, [name]):
            _import(name)
    return _lies_in(path, _LOADED)


def is_path(text: str) -> bool:
    """Return whether a text has the form of a dotted path, and belongs to a plug-in."""
    return PATH.fullmatch(text) is not None and owns(text)


def _lies_in(path: str, modules: Collection[str]) -> bool:
    parts = path.split(".")
    return any(".".join(parts[:k]) in modules for k in range(1, len(parts)))


def load_of_run(config: Mapping[str, object]) -> list[str]:
    """Import the plug-ins of a finished run, for its metrics' labels; return missing ones."""
    missing = []
    named = config.get("plugins")
    for name in named if isinstance(named, list) else ():
        try:
            load([name])
        except ConfigError:
            missing.append(name)
    targets = [text for key, text in texts(config) if key.endswith("._target_")]
    return missing + [t for t in targets if t.partition(".")[0] != PACKAGE and not owns(t)]


def texts(node: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a config with its key."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from texts(value, f"{key}.{name}")
    elif isinstance(node, str):
        yield key, node


def conf_folders() -> list[Path]:
    """Return the folders of options of plug-ins."""
    return [folder for folder in _LOADED.values() if folder is not None]


def _import(name: str) -> None:
    if name in _LOADED:
        return
    if name.startswith("."):
        raise ConfigError(f"plugins: '{name}' is no name of a module, such as my_lab.")
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f"plugins: '{name}' cannot be imported ({error}); install it, or add its folder to "
            "PYTHONPATH."
        ) from None
    folder = Path(module.__file__ or "").with_name("conf")
    _LOADED[name] = folder if folder.is_dir() else None
