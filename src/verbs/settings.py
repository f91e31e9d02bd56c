"""Shared by verbs: loading of settings, the store, the path of a run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from .. import config
from ..errors import without_passwords
from ..maps.sizes import read_points
from ..nodes.build import Config, Settings, build
from ..store import Store
from ..terminal.console import show_paths
from .run_folder import out_folder


def load(verb: str, overrides: list[str]) -> Settings:
    """Compose and check a verb's config.

    Raises:
        ConfigError: If a setting is unknown, of another type or out of range.
    """
    settings = composed(verb, overrides)
    check(settings)
    return settings


def check(settings: Config) -> None:
    """Build every component once.

    Raises:
        ConfigError: If a setting of one is unknown, of another type or out of range.
    """
    for key, node in settings.items():
        if isinstance(node, Mapping) and "_target_" in node:
            build(key, node)


def composed(verb: str, overrides: list[str]) -> Settings:
    """Compose a verb's config, without checks of what components take.

    Raises:
        ConfigError: If a setting is unknown.
    """
    settings = config.load(verb, overrides)
    given = settings.get("calibration")
    if isinstance(given, str) and Path(given).is_file():
        settings["calibration"] = read_points(given)
    settings["command"] = without_passwords(shlex.join(["cytoweave", *verb.split("_"), *overrides]))
    return settings


def store_of(settings: Config) -> Store:
    """Return the store that a verb uses."""
    return Store(Path(settings["store"]))


def show_run(settings: Config) -> None:
    """Print the paths of a run and its report."""
    folder = out_folder(settings)
    show_paths([("run", folder), ("report", folder / "report.html")])
