"""The verbs ``convert``, ``report`` and ``portal``: rewriting of maps and run folders."""

from __future__ import annotations

from pathlib import Path

from .. import config
from ..artifacts import Hierarchy
from ..data.hierarchies.files import read_hierarchy
from ..data.mutations.cells import MATRICES, read_calls, read_matrices, read_panel
from ..errors import ConfigError, DataError
from ..maps.panels import cut_to
from ..nodes import plugins
from ..nodes.build import Config, Settings
from ..report import read_run, write_map, write_run, write_run_portal, write_toolkit
from ..report.exchange.vnn import count_weights, write_vnn
from ..terminal.console import LOG, show_paths
from .run_folder import new_folder, out_folder
from .settings import load


def convert(overrides: list[str]) -> None:
    """A hierarchy in another file form; a run as other tools take it."""
    show_paths([("written", path) for path in convert_to(load("convert", overrides))])


def convert_to(settings: Settings) -> list[Path]:
    """Write a map in the form that ``form`` names, or ``out`` ends in; return the files."""
    given = [key for key in ("hierarchy", "run") if settings[key] is not None]
    if len(given) != 1:
        raise ConfigError("Give either hierarchy=FILE or run=DIR, the folder of a run.")
    if settings["form"] is None:
        out = Path(settings["out"]).absolute()
        if out.exists() and not settings["overwrite"]:
            raise ConfigError(f"out={out} exists; choose another or set overwrite=true.")
        rlipp = settings["vnn"]["rlipp"]
        return write_map(out, _hierarchy(settings), Path(rlipp) if rlipp else None)
    if settings["form"] == "cellmaps" and settings["run"] is None:
        raise ConfigError("form=cellmaps needs run=DIR: a hierarchy alone has no other steps.")
    with new_folder(settings) as folder:
        written = _vnn(folder, settings) if settings["form"] == "vnn" else _steps(folder, settings)
    return [out_folder(settings) / path.relative_to(folder) for path in written]


def _hierarchy(settings: Config) -> Hierarchy:
    if settings["run"] is not None:
        return read_run(Path(settings["run"])).hierarchy
    return read_hierarchy(Path(settings["hierarchy"]))


def _steps(folder: Path, settings: Config) -> list[Path]:
    return write_toolkit(folder, read_run(Path(settings["run"])))


def _vnn(folder: Path, settings: Config) -> list[Path]:
    """Write a map for visible neural networks, and say how large such a network is."""
    options, hierarchy = settings["vnn"], _hierarchy(settings)
    genes = read_panel(Path(options["genes"])) if options["genes"] else None
    cut = cut_to(hierarchy, genes, options["min_genes"])
    calls = {kind: Path(options[kind]) for kind in MATRICES if options[kind]}
    if calls and options["features"]:
        raise ConfigError(f"vnn: give either features=DIR or {', '.join(calls)}.")
    features = read_calls(calls, cut.proteins) if calls else None
    if options["features"]:
        features = read_matrices(Path(options["features"]), cut.proteins)
    LOG.info(
        "%d of %d assemblies and %d of %d genes; cellmaps_vnn trains %d weights, 4 neurons a term",
        len(cut.names), len(hierarchy.names), len(cut.proteins), len(genes or hierarchy.proteins),
        count_weights(cut),
    )  # fmt: skip
    return write_vnn(folder, cut, features, options["shuffles"], settings["seed"])


def report(overrides: list[str]) -> None:
    """The page and the exchange files of a finished run."""
    settings = config.load("report", overrides)
    show_paths([("report", write_anew(Path(settings["run"])).resolve())])


def write_anew(folder: Path) -> Path:
    """Rewrite the report and the exchange files of a finished run; return the report."""
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
