"""The best experiment as a file: what it changes, so that one command makes it again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ... import config
from ...errors import ConfigError
from ...nodes.build import Config, Settings


def write_experiment(
    folder: Path, name: str, experiment: Config, choices: Sequence[str], about: str
) -> Path:
    """Write ``experiment/<name>.yaml`` to a folder that ``$CYTOWEAVE_CONF`` can name.

    Args:
        folder: Of the study.
        name: Of the experiment.
        experiment: The composed config to come back to.
        choices: Overrides of groups, ``fusion=concat``; the rest is written as it differs.
        about: First line of the file.

    Raises:
        ConfigError: If the file does not lead back to the config.
    """
    plain = config.load("run", choices)
    changes = difference(plain, experiment)
    options = [text.partition("=") for text in choices]
    lines = ["# @package _global_", f"# {about}"]
    lines += [f"# Command: CYTOWEAVE_CONF={folder} cytoweave run experiment={name}"]
    lines += ["defaults:", *(f"  - override /{group}: {option}" for group, _, option in options)]
    path = folder / "experiment" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, "  - _self_", "", config.dump(changes)]))
    with _options_in(folder):
        again = config.load("run", [f"experiment={name}"])
    left = difference(again, experiment)
    if left:
        raise ConfigError(f"{path} does not lead back to the best experiment: {left}.")
    return path


def difference(before: Config, after: Config) -> Settings:
    """Return what `after` says anew, nested as it is; `LOCATION_SETTINGS` aside."""
    known = {k: v for k, v in before.items() if k not in config.LOCATION_SETTINGS}
    return _difference(known, after, config.LOCATION_SETTINGS)


def _difference(before: Config, after: Config, skipped: Sequence[str] = ()) -> Settings:
    found: Settings = {}
    for key, value in after.items():
        if key in skipped:
            continue
        old = before.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            inner = _difference(old, value)
            if inner:
                found[key] = inner
        elif key not in before or old != value:
            found[key] = value
    return found


@contextmanager
def _options_in(folder: Path) -> Iterator[None]:
    """Look for options in a folder besides the lab's own for as long as the block runs."""
    before = os.environ.get("CYTOWEAVE_CONF")
    os.environ["CYTOWEAVE_CONF"] = str(folder)
    try:
        yield
    finally:
        del os.environ["CYTOWEAVE_CONF"]
        if before is not None:
            os.environ["CYTOWEAVE_CONF"] = before
