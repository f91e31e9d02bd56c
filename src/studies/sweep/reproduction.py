"""The best experiment as a config file that applies to any data set."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ... import config
from ...errors import ConfigError
from ...nodes.build import Config, Settings
from ...nodes.conf import VARIABLE, own_folders
from ...nodes.values import key_of
from .space import Values

METHOD = frozenset({"ppi_encoder", "image_encoder", "fusion", "map", "trainer"})
"""Top-level settings of the method."""

OF_THE_DATA = frozenset({"data", "eval", "seed"})
"""Top-level settings of one data set or run, also if they were searched."""

PLAIN = re.compile(r"[A-Za-z_][\w.-]*")
"""Text that needs no quotes in an override."""


def write_experiment(
    folder: Path,
    name: str,
    experiment: Config,
    overrides: Sequence[str],
    values: Values,
) -> str:
    """Write ``experiment/<name>.yaml`` to a folder that ``$CYTOWEAVE_CONF`` can name.

    The file has what was searched and what was set of the encoders, the fusion, the map and the
    trainer. Data set, evaluation and seed are left to the command: ``data=`` can be another.

    Args:
        folder: Of the study.
        name: Of the experiment.
        experiment: The composed config to reproduce.
        overrides: Of ``run``, the same for all trials.
        values: The best values, by key.

    Returns:
        The command that reproduces the experiment on the same data set.

    Raises:
        ConfigError: If file and command do not compose to the same config.
    """
    words = {key_of(text): text for text in overrides}
    kept = METHOD | {_top(key) for key in values} - OF_THE_DATA
    chosen = config.chosen("run", [*words.values(), *(f"{k}={v}" for k, v in values.items())])
    groups = {k: v for k, v in chosen.items() if k in kept and k in words.keys() | values.keys()}
    plain = config.load("run", [f"{group}={option}" for group, option in groups.items()])
    changes = {k: v for k, v in difference(plain, experiment).items() if k in kept}
    data = [text for key, text in words.items() if _top(key) not in kept | {"seed"}]
    path = folder / "experiment" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text(name, _command(folder, name, data), groups, changes))
    with _options_in(folder):  # the command sets the seed and the searched settings of the data
        data += _words(difference(config.load("run", [f"experiment={name}", *data]), experiment))
        left = difference(config.load("run", [f"experiment={name}", *data]), experiment)
    if left:
        raise ConfigError(f"{path} does not lead back to the best experiment: {left}.")
    path.write_text(_text(name, _command(folder, name, data), groups, changes))
    return _command(folder, name, data)


def difference(before: Config, after: Config) -> Settings:
    """Return the settings of `after` that differ from `before`, without `LOCATION_SETTINGS`."""
    known = {k: v for k, v in before.items() if k not in config.LOCATION_SETTINGS}
    return _difference(known, after, config.LOCATION_SETTINGS)


def _difference(before: Config, after: Config, skipped: Sequence[str] = ()) -> Settings:
    difference: Settings = {}
    for key, value in after.items():
        if key in skipped:
            continue
        old = before.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            inner = _difference(old, value)
            if inner:
                difference[key] = inner
        elif key not in before or old != value:
            difference[key] = value
    return difference


def _text(name: str, command: str, groups: Mapping[str, str], changes: Config) -> str:
    lines = [
        "# @package _global_",
        f"# Best of the study {name}: how its map is made, of whatever data.",
        "#",
        "# Found on one data set; on another it is a good guess, to be compared with the default.",
        f"# Again:     {command}",
        f"# Elsewhere: the same with another data=, e.g. experiment={name} data=demo",
        "defaults:",
        *(f"  - override /{group}: {option}" for group, option in groups.items()),
        "  - _self_",
    ]
    return "\n".join([*lines, "", config.dump(changes) if changes else ""])


def _command(folder: Path, name: str, words: Sequence[str]) -> str:
    places = os.pathsep.join(map(str, [folder, *own_folders()]))
    given = shlex.join([f"experiment={name}", *words])
    return f"{VARIABLE}={shlex.quote(places)} cytoweave run {given}"


def _words(changes: Config, prefix: str = "") -> Iterator[str]:
    """Return settings as overrides: the seed, and the searched settings of the data set."""
    for key, value in changes.items():
        if isinstance(value, Mapping):
            yield from _words(value, f"{prefix}{key}.")
        else:
            text = isinstance(value, str) and PLAIN.fullmatch(value)
            yield f"{prefix}{key}={value if text else json.dumps(value)}"


def _top(key: str) -> str:
    return key.partition(".")[0]


@contextmanager
def _options_in(folder: Path) -> Iterator[None]:
    """Search a folder for options, before the lab's own, while the block runs."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = os.pathsep.join(map(str, [folder, *own_folders()]))
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        if before is not None:
            os.environ[VARIABLE] = before
