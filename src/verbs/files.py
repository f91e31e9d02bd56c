"""The verbs ``convert``, ``report``, ``portal``: a map in other forms, a run's files anew."""

from __future__ import annotations

from pathlib import Path

from .. import config
from ..data.hierarchies.files import read_hierarchy
from ..errors import ConfigError, DataError
from ..nodes import plugins
from ..nodes.build import Config
from ..report import read_run, write_map, write_run, write_run_portal
from ..terminal.console import LOG, show_paths


def convert(overrides: list[str]) -> None:
    """A hierarchy in another file form."""
    show_paths([("written", path) for path in convert_to(config.load("convert", overrides))])


def convert_to(settings: Config) -> list[Path]:
    """Write a hierarchy in the form that ``out`` ends in; return the files."""
    out = Path(settings["out"]).absolute()
    if out.exists() and not settings["overwrite"]:
        raise ConfigError(f"out={out} exists; choose another or set overwrite=true.")
    return write_map(out, read_hierarchy(Path(settings["hierarchy"])))


def report(overrides: list[str]) -> None:
    """The page and the exchange files of a finished run."""
    settings = config.load("report", overrides)
    show_paths([("report", write_anew(Path(settings["run"])).resolve())])


def write_anew(folder: Path) -> Path:
    """Write the page and the exchange files of a finished run anew; return the page."""
    result = read_run(folder)
    for name in plugins.load_of_run(result.config):
        LOG.warning("%s: plug-in '%s' is not installed; its metrics have no words.", folder, name)
    try:
        write_run(folder, result)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise DataError(
            f"{folder}: scores.json and tables/ do not fit each other or the map "
            f"({type(error).__name__}: {error}); restore them, or make the run again."
        ) from error
    return folder / "report.html"


def portal(overrides: list[str]) -> None:
    """The portal of a finished run, compared with another run if one is named."""
    settings = config.load("portal", overrides)
    show_paths([("portal", portal_of(settings).resolve())])


def portal_of(settings: Config) -> Path:
    """Write the portal of a finished run; return its page."""
    folder, other = Path(settings["run"]), settings["with"]
    return write_run_portal(folder, Path(other) if other is not None else None)
