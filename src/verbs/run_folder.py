"""The folder that a verb fills: named, filled aside, and given its name once all is well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .. import __version__, config
from ..errors import ConfigError
from ..nodes.build import Config, Settings
from ..store.folders import filled
from ..terminal.console import logging_to_file


@contextmanager
def new_folder(settings: Settings, default: str = "") -> Iterator[Path]:
    """Give a folder to fill; it takes its name only once the block has ended well.

    Raises:
        ConfigError: If the name is taken, unless ``overwrite=true`` and a run lies there; or if it
            has been taken by somebody else when the block has ended.
    """
    settings["out"] = str(out_folder(settings, default))
    final = Path(settings["out"])
    if final.exists() and not settings["overwrite"]:
        raise ConfigError(f"out={final} exists; choose another or set overwrite=true.")
    missing = [folder for folder in final.parents if not folder.exists()]
    try:
        about = {"command": settings.get("command", ""), "version": __version__}
        with filled(final.resolve(), about) as unfinished:
            (unfinished / "config.yaml").write_text(config.dump(settings))
            with logging_to_file(unfinished / "run.log"):
                yield unfinished
    except BaseException:
        for folder in missing:
            with suppress(OSError):
                folder.rmdir()
        raise


@contextmanager
def folder_if_named(settings: Settings) -> Iterator[Path | None]:
    """Give a folder to fill where ``out`` names one, as `new_folder` does; else None."""
    if settings["out"] is None:
        yield None
        return
    with new_folder(settings) as folder:
        yield folder


def out_folder(settings: Config, default: str = "") -> Path:
    """Return the folder that a verb fills: ``out``, or a name by default or by the time."""
    name = settings["out"] or f"runs/{default or time.strftime('%Y-%m-%dT%H-%M-%S')}"
    return Path(name).absolute()
