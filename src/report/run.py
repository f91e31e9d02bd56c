"""Writing and reading of the folder of a finished run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ..artifacts import (
    IDENTIFIER_COLUMNS,
    IMAGE_COLUMNS,
    INPUT_COLUMNS,
    Hierarchy,
    Scores,
    whole,
)
from ..artifacts.cx2 import Json
from ..data.hierarchies.files import write_hierarchy, write_nodes_edges
from ..data.toolkit import MAP
from ..errors import ConfigError, DataError
from ..maps.sizes import calibrated
from ..nodes import yaml_files
from .annotations import Annotations, annotate
from .atlas.evidence import FUSED, Evidence, evidence_of
from .atlas.portal import PORTAL, write_portal
from .exchange.crate import check_unchanged, write_crate
from .exchange.cx2 import hierarchy_cx2
from .exchange.cx2_network import (
    chosen,
    evidence_edges,
    network_cx2,
    places_of,
    similarity_edges,
)
from .exchange.h5ad import read_h5ad, write_h5ad
from .exchange.hcx import read_hcx, write_cx2
from .exchange.home import Home, home_of
from .exchange.rlipp import read_rlipp
from .exchange.tables import (
    read_scores,
    read_texts,
    write_assemblies,
    write_embedding,
    write_gmt,
    write_metrics,
    write_tables,
)
from .exchange.toolkit import STEPS, write_steps
from .measured import Measured
from .page.page import write_page, write_plots
from .result import RunResult
from .uses import given_names, read_uses, write_cards

__all__ = [
    "RunResult",
    "read_run",
    "upload_run",
    "write_map",
    "write_plots",
    "write_run",
    "write_run_portal",
    "write_scores",
    "write_toolkit",
    "write_uses",
]

LOG = logging.getLogger(__name__)

IMPORTED = 10_000_000
"""Bytes that Cytoscape Web imports from an address."""

NEEDED = ("config.yaml", "hierarchy.cx2", "hierarchy_parent.cx2", "scores.json")


MEASURED = "measured"
"""Folder of what was measured of the proteins of the map."""


def write_run(folder: Path, result: RunResult, *, portal: bool = False) -> list[Path]:
    """Write every file of a run except ``config.yaml`` and ``run.log``; return their paths.

    The same result gives the same bytes, except for the dates in the crate. The crate is written
    last and lists all files of `folder`, so ``config.yaml`` should exist already.

    Args:
        folder: Output folder.
        result: The run.
        portal: Write its portal; an existing one is rewritten in any case.
    """
    folder.mkdir(parents=True, exist_ok=True)
    annotations, evidence = result.annotations(), evidence_of(result)
    paths = _write_map(folder, result, annotations, evidence)
    paths += _write_vectors(folder, result, annotations)
    paths += write_scores(folder, result.scores)
    listed = {"identifiers": result.identifiers}
    listed |= {"images": result.images} if len(result.images) else {}
    listed |= {"inputs": result.inputs} if len(result.inputs) else {}
    paths += write_tables(folder / "tables", listed)
    paths += result.measured.save(folder / MEASURED)
    return [*paths, *_write_page(folder, result, annotations, evidence, portal=portal)]


def write_run_portal(folder: Path, other: Path | None = None) -> Path:
    """Rewrite the portal of a finished run, and the crate; return its page.

    Args:
        folder: The folder of the run.
        other: The folder of a run to compare with.

    Raises:
        DataError: If one is no finished run, or the two share no protein.
    """
    result, compared = read_run(folder), read_run(other) if other else None
    notes, uses = result.annotations(), read_uses(folder)
    page = write_portal(folder, result, notes, evidence_of(result), uses, compared)
    write_crate(folder, result.config, result.inputs)
    return page


def upload_run(folder: Path, server: str, *, public: bool = False) -> Home:
    """Upload the map of a finished run to an NDEx server; return its URL.

    The account is read from ``NDEX_USER`` and ``NDEX_PASSWORD``, else from the keyring.

    Raises:
        ConfigError: If there is no account, or a package is not installed.
        DataError: If `folder` is no finished run, or the server refuses.
    """
    try:
        from .exchange import ndex  # an extra
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"upload ndex: {error.name} is not installed: pip install 'cytoweave[ndex]'."
        ) from error
    result = read_run(folder)
    home = ndex.upload(folder, server, ndex.account(server), public=public)
    write_crate(folder, result.config, result.inputs)
    return home


def write_uses(folder: Path) -> list[Path]:
    """Rewrite cards, page and crate of a finished run, after an application was added.

    If assemblies were named, CX2 and ``assemblies.tsv`` are rewritten with these names.

    Raises:
        DataError: If `folder` is no finished run.
    """
    result = read_run(folder)
    annotations = result.annotations()
    paths = _write_named(folder, result, annotations) if result.names else []
    return [*paths, *_write_page(folder, result, annotations, evidence_of(result))]


def _write_page(
    folder: Path,
    result: RunResult,
    annotations: Annotations,
    evidence: Sequence[Evidence],
    *,
    portal: bool = False,
) -> list[Path]:
    """Write page, portal and crate, and the cards if there are applications."""
    uses, page = read_uses(folder), folder / "report.html"
    paths = write_cards(folder, result, annotations, uses) if uses else []
    if portal or (folder / PORTAL).is_dir():
        paths.append(write_portal(folder, result, annotations, evidence, uses))
    write_page(page, result, annotations, uses)
    return [*paths, page, write_crate(folder, result.config, result.inputs)]


def write_scores(folder: Path, scores: Scores) -> list[Path]:
    """Write ``scores.json`` and ``tables/`` alone, for scores of a given map."""
    folder.mkdir(parents=True, exist_ok=True)
    metrics = folder / "scores.json"
    write_metrics(metrics, scores.metrics)
    return [metrics, *write_tables(folder / "tables", scores.tables)]


def write_map(path: Path, hierarchy: Hierarchy, rlipp: Path | None = None) -> list[Path]:
    """Write a hierarchy alone in the form that `path` ends in; return what was written.

    `.cx2` has the network of its proteins, without pairs, as ``<name>_parent.cx2``; for the other
    formats see `write_hierarchy`.

    Args:
        path: The file.
        hierarchy: The map.
        rlipp: What a visible neural network made of its terms, see `read_rlipp`.

    Raises:
        ConfigError: If `rlipp` is given and `path` is no CX2 file.
        DataError: If `path` has another ending, or `rlipp` is not of this map.
    """
    if path.suffix != ".cx2":
        if rlipp is not None:
            raise ConfigError(f"vnn.rlipp: only .cx2 has a place for it; set out={path.stem}.cx2.")
        return write_hierarchy(path, hierarchy)
    metrics = read_rlipp(rlipp, hierarchy) if rlipp else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    parent = path.with_name(f"{path.stem}_parent.cx2")
    places = places_of(hierarchy, None)
    write_cx2(parent, network_cx2(hierarchy.proteins, [], places, path.stem))
    notes = annotate(hierarchy, Scores({}))
    write_cx2(path, hierarchy_cx2(hierarchy, notes, path.stem, parent.name, metrics=metrics))
    return [path, parent]


def write_toolkit(folder: Path, result: RunResult) -> list[Path]:
    """Write a run as the steps of the Cell Mapping Toolkit, a folder each; return the files.

    Raises:
        DataError: If the run has neither interactions nor vectors.
    """
    place, parent = folder / STEPS[MAP], "hierarchy_parent.cx2"
    place.mkdir(parents=True)
    network = _network(result, evidence_of(result))
    write_cx2(place / parent, network)
    document = hierarchy_cx2(result.hierarchy, result.annotations(), result.title, parent)
    write_cx2(place / MAP, document)
    return [place / MAP, place / parent, *write_steps(folder, result)]


def read_run(folder: Path) -> RunResult:
    """Read the result of a run from the files of its folder.

    For a map of a network only the pairs of the exchange file are restored, for each modality only
    the proteins of the map; `write_run` writes the same files from them.

    Raises:
        DataError: If `folder` is no finished run, or a file of it is damaged.
    """
    for name in NEEDED:
        if not (folder / name).is_file():
            raise DataError(
                f"{folder}: no {name}, so this is not the folder of a finished run; "
                "give the folder that `out=` named."
            )
    tables = [f"tables/{path.name}" for path in sorted((folder / "tables").glob("*.tsv"))]
    check_unchanged(folder, (*NEEDED[1:], "embedding.h5ad", *tables))
    config = yaml_files.read(folder / "config.yaml")
    hierarchy, similarity = read_hcx(folder / "hierarchy.cx2", folder / "hierarchy_parent.cx2")
    packed = folder / "embedding.h5ad"
    vectors = read_h5ad(packed) if packed.is_file() else None
    every = vectors.network(hierarchy.proteins) if vectors else None
    with whole(folder / "config.yaml", "correct `calibration`."):
        calibration = calibrated(config.get("calibration", "schaffer2025"))
    return RunResult(
        config=config,
        hierarchy=hierarchy,
        similarity=every or similarity,
        embedding=vectors.embedding if vectors else None,
        modalities=vectors.modalities if vectors else {},
        scores=read_scores(folder / "scores.json", folder / "tables"),
        identifiers=read_texts(folder / "tables" / "identifiers.tsv", IDENTIFIER_COLUMNS),
        images=read_texts(folder / "tables" / "images.tsv", IMAGE_COLUMNS),
        inputs=read_texts(folder / "tables" / "inputs.tsv", INPUT_COLUMNS),
        layout=vectors.layout if vectors else None,
        calibration=calibration,
        measured=Measured.load(folder / MEASURED),
        names=given_names(folder),
    )


def _write_map(
    folder: Path, result: RunResult, annotations: Annotations, evidence: Sequence[Evidence]
) -> list[Path]:
    names = ("hierarchy.nodes", "hierarchy.edges", "hierarchy.cx2", "hierarchy_parent.cx2")
    nodes, edges, cx2, parent = (folder / name for name in names)
    write_nodes_edges(result.hierarchy, nodes, edges)
    write_cx2(parent, _network(result, evidence))
    named = _write_named(folder, result, annotations)
    if cx2.stat().st_size > IMPORTED:
        LOG.warning(
            "hierarchy.cx2 holds %.0f MB, and Cytoscape Web imports at most 10 from an address: "
            "open it as a file, or `cytoweave upload ndex run=%s`",
            cx2.stat().st_size / 1e6,
            folder,
        )
    return [nodes, edges, parent, *named]


def _write_named(folder: Path, result: RunResult, annotations: Annotations) -> list[Path]:
    """Write what holds labels of assemblies: the map as CX2, their table, and their sets."""
    cx2, table, sets = (
        folder / name for name in ("hierarchy.cx2", "assemblies.tsv", "assemblies.gmt")
    )
    uploaded = home_of(folder)
    home = uploaded.attributes() if uploaded else {}
    parent = "hierarchy_parent.cx2"
    write_cx2(cx2, hierarchy_cx2(result.hierarchy, annotations, result.title, parent, home))
    write_assemblies(table, result.hierarchy, annotations)
    write_gmt(sets, result.hierarchy, annotations)
    return [cx2, table, sets]


def _network(result: RunResult, evidence: Sequence[Evidence]) -> list[Json]:
    """Return the network of a map's proteins, with all evidence on its pairs."""
    hierarchy, proteins = result.hierarchy, result.hierarchy.proteins
    kinds = [one for one in evidence if one.key != FUSED] if result.embedding else []
    similar = similarity_edges(proteins, result.similarity)
    edges = chosen(len(proteins), similar, [evidence_edges(one) for one in kinds])
    return network_cx2(proteins, edges, places_of(hierarchy, result.plane), result.title)


def _write_vectors(folder: Path, result: RunResult, annotations: Annotations) -> list[Path]:
    """Write the embedding's files; a run from a network has none."""
    if result.embedding is None:
        return []
    table, packed = folder / "embedding.tsv.gz", folder / "embedding.h5ad"
    write_embedding(table, result.embedding)
    write_h5ad(packed, result.embedding, result, annotations)
    return [table, packed]
