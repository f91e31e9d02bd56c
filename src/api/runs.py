"""Experiments, maps of given data, and finished runs."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import pandas as pd

from ..artifacts import Hierarchy
from ..report import RunResult, read_run
from ..verbs.files import convert_to, portal_of, write_anew
from ..verbs.map import make_map
from ..verbs.run import make_run
from ..verbs.upload import uploaded
from .given import EmbeddingInput, HierarchyInput, NetworkInput, Place
from .networks import chosen_columns
from .session import session
from .settings import Modalities, References, settings_of, with_data, with_files


def run(
    *,
    modalities: Modalities | None = None,
    references: References | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> RunResult:
    """Run one experiment, from measurements to a scored map.

    Args:
        modalities: Measurements by name: in-memory networks or embeddings, or nodes of a data
            config; without ``data=`` they are the whole data set.
        references: References by name: protein sets ``{"complex": ["A", "B"]}``, a GMT file, a true
            hierarchy, or a node of a data config.
        out: The run's folder; None: nothing is written but the store.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave run``, ``__`` for a dot: ``map="hidef", eval__nulls=100``.

    Raises:
        ConfigError: If a setting is unknown or out of range; raised before any work starts.
        DataError: If the data do not fit the settings.
    """
    with session(verbose):
        given = with_data(settings, modalities, references)
        return make_run(settings_of("run", given | {"out": out}))


def map(  # noqa: A001 - the verb's name
    network: NetworkInput | None = None,
    *,
    columns: Sequence[str] | None = None,
    weight: str | None = None,
    embedding: EmbeddingInput | None = None,
    out: Place | None = None,
    verbose: bool | None = None,
    **settings: object,
) -> Hierarchy:
    """Return the hierarchy of a network, or of the nearest-neighbour network of an embedding.

    Args:
        network: A file or a DataFrame with two columns of proteins and perhaps one of weights, a
            sparse matrix with names, or a graph of networkx or igraph.
        columns: The two columns of proteins of a file or DataFrame, if ambiguous.
        weight: The column of weights.
        embedding: A file, a DataFrame, an array with names, or an AnnData.
        out: The folder to write; None: nothing is written but the store.
        verbose: Show log and progress; None: if standard error is a terminal.
        settings: Those of ``cytoweave map``, ``__`` for a dot: ``map__max_assemblies=150``.

    Raises:
        ConfigError: If a setting is unknown or out of range, or not exactly one of the two is
            given.
        DataError: If the data are no network or embedding.
    """
    with session(verbose):
        if isinstance(network, pd.DataFrame):
            network, columns, weight = chosen_columns(network, columns, weight), None, None
        also = {"columns": columns, "weight": weight}
        wanted = settings | {key: value for key, value in also.items() if value is not None}
        given = with_files(wanted, network=network, embedding=embedding)
        return make_map(settings_of("map", given | {"out": out})).hierarchy


def convert(
    hierarchy: HierarchyInput | None = None,
    out: Place | None = None,
    *,
    run: Place | None = None,
    overwrite: bool = False,
    **settings: object,
) -> list[Path]:
    """Write a map in another form; return the files.

    Args:
        hierarchy: A map, or its file.
        out: The file, whose ending says the form; with ``form=`` a folder.
        run: In place of `hierarchy` the folder of a finished run.
        overwrite: Whether `out` may be there already.
        settings: Those of ``cytoweave convert``: ``form="cellmaps"`` or ``"vnn"``, ``vnn__genes=``.

    Raises:
        ConfigError: If `out` exists and is not to be overwritten, or not one map is given.
        DataError: If the map cannot be read, or `out` has another ending.
    """
    given = settings | {"run": run, "out": out, "overwrite": overwrite}
    return convert_to(settings_of("convert", with_files(given, hierarchy=hierarchy)))


def read(folder: str | PathLike[str]) -> RunResult:
    """Read a finished run, or a finished map, from its folder.

    Raises:
        DataError: If it is not the folder of a finished run.
    """
    return read_run(Path(folder))


def write_report(folder: str | PathLike[str]) -> Path:
    """Rewrite the report and the exchange files of a finished run; return the report.

    Raises:
        DataError: If it is not the folder of a finished run.
    """
    return write_anew(Path(folder))


def portal(run: Place, with_: Place | None = None, **settings: object) -> Path:
    """Write the portal of a finished run, a folder of HTML pages; return its index.

    Args:
        run: The folder of the run.
        with_: The folder of a run to compare with; also ``**{"with": DIR}``, the setting's name.
        settings: Those of ``cytoweave portal``.

    Raises:
        ConfigError: If a setting is unknown.
        DataError: If one is not the folder of a finished run, or the two share no protein.
    """
    return portal_of(settings_of("portal", {"run": run, "with": with_} | settings))


def upload(run: Place, **settings: object) -> str:
    """Upload the map of a finished run to an NDEx server; return the page that opens it.

    The account is read from the environment, ``NDEX_USER`` and ``NDEX_PASSWORD``, else from the
    keyring.

    Args:
        run: The folder of the run.
        settings: Those of ``cytoweave upload ndex``.

    Raises:
        ConfigError: If a setting is unknown or there is no account.
        DataError: If it is not the folder of a finished run, or the server refuses.
    """
    return uploaded(settings_of("upload", {"run": run} | settings)).link
