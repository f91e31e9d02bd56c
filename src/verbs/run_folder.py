"""Output folders of verbs: written aside and moved into place when complete."""

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
def new_folder(settings: Settings, default: str = "", key: str = "") -> Iterator[Path]:
    """Give a folder to fill, which is moved into place once the block has ended without error.

    Args:
        settings: Those of the verb.
        default: Name of the folder where ``out`` is null.
        key: What determines its content, for its mark.

    Raises:
        ConfigError: If the name is taken, unless ``overwrite=true`` and it is a run; or if it has
            been taken by another process meanwhile.
    """
    settings["out"] = str(out_folder(settings, default))
    final = Path(settings["out"])
    if final.exists() and not settings["overwrite"]:
        raise ConfigError(f"out={final} exists; choose another or set overwrite=true.")
    missing = [folder for folder in final.parents if not folder.exists()]
    try:
        about = {"command": settings.get("command", ""), "version": __version__, "key": key}
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
def folder_if_named(settings: Settings, key: str = "") -> Iterator[Path | None]:
    """Give a folder to fill if ``out`` is set, as `new_folder` does; else None."""
    if settings["out"] is None:
        yield None
        return
    with new_folder(settings, key=key) as folder:
        yield folder


def out_folder(settings: Config, default: str = "") -> Path:
    """Return the output folder: ``out``, a default, or a name from the time."""
    name = settings["out"] or f"runs/{default or time.strftime('%Y-%m-%dT%H-%M-%S')}"
    return Path(name).absolute()
