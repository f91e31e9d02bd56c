"""Export of a run to the folders of the Cell Mapping Toolkit (cellmaps)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from ...artifacts import Embedding
from ...data.toolkit import EDGES, FUSED, IMAGE, MAP, PPI
from ...errors import DataError
from ..result import RunResult
from .crate import METADATA
from .cx2_attributes import node_attributes

STEPS = {
    EDGES: "1.ppi_download",
    PPI: "2.ppi_embedding",
    IMAGE: "2.image_embedding",
    FUSED: "3.coembedding",
    MAP: "4.hierarchy",
}
"""File -> the folder in which the toolkit's pipeline has it."""

NODES_OF_PAIRS = "ppi_gene_node_attributes.tsv"
NODES_OF_MAP = "hierarchy_node_attributes.tsv"


def write_steps(folder: Path, result: RunResult) -> list[Path]:
    """Write what a run measured, embedded and fused as the toolkit's steps would; return the files.

    A modality that began as a network is the toolkit's PPI, any other its image embedding; of
    several of one kind each folder has the modality's name behind it. Each folder has a crate in
    the toolkit's own dialect, by which its programs know it.

    Args:
        folder: Where to; the map itself is written by `write_map`.
        result: The run.

    Raises:
        DataError: If the run has neither interactions nor vectors.
    """
    tables = {}
    networks = result.measured.networks
    for name, network in networks.items():
        place = _place(folder, EDGES, name, networks)
        pairs = network.to_frame().iloc[:, :2].set_axis(["geneA", "geneB"], axis=1)
        tables[place] = pairs
        tables[place.with_name(NODES_OF_PAIRS)] = _genes(network.proteins, result.measured.names)
    for name, embedding in result.modalities.items():
        own = {n for n in result.modalities if (n in networks) == (name in networks)}
        file = PPI if name in networks else IMAGE
        tables[_place(folder, file, name, own)] = _vectors(embedding)
    if result.embedding:
        tables[folder / STEPS[FUSED] / FUSED] = _vectors(result.embedding)
    if not tables:
        raise DataError(f"{folder}: the run has neither interactions nor vectors to write.")
    tables[folder / STEPS[MAP] / NODES_OF_MAP] = _assemblies(result)
    for path, table in tables.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(path, sep="\t", index=False, lineterminator="\n")
    crates = [_write_crate(place, result.title) for place in sorted({p.parent for p in tables})]
    return [*tables, *crates]


def _place(folder: Path, file: str, name: str, others: Mapping[str, object] | set[str]) -> Path:
    """Return the path of a file of a modality, apart from others of its kind."""
    step = STEPS[file] if len(others) == 1 else f"{STEPS[file]}_{name}"
    return folder / step / file


def _vectors(embedding: Embedding) -> pd.DataFrame:
    """Return names in a column without a name, and dimensions from 1."""
    columns = range(1, embedding.vectors.shape[1] + 1)
    table = pd.DataFrame(embedding.vectors, columns=[*map(str, columns)])
    table.insert(0, "", list(embedding.proteins))
    return table


def _genes(proteins: Sequence[str], names: pd.DataFrame) -> pd.DataFrame:
    """Return the toolkit's columns of genes: ``name represents ambiguous bait``."""
    genes = dict(zip(names["protein"], names["ensembl"].astype(str), strict=True))
    known = [genes.get(name, "").partition("|")[0] for name in proteins]
    represents = [f"ensembl:{gene}" if gene else "" for gene in known]
    columns = {"name": list(proteins), "represents": represents}
    return pd.DataFrame({**columns, "ambiguous": "", "bait": ""})


def _assemblies(result: RunResult) -> pd.DataFrame:
    """Return what ``hierarchy.cx2`` says of each assembly, lists aside."""
    rows = node_attributes(result.hierarchy, result.annotations())
    lists = ("HCX::members", "HCX::memberNames", "member_support")
    return pd.DataFrame([{k: v for k, v in row.items() if k not in lists} for row in rows])


def _write_crate(folder: Path, title: str) -> Path:
    """Write the crate that the toolkit's programs look into: its second part names the folder."""
    about = f"{title}: {folder.name}, written by Cytoweave {version('cytoweave')}"
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": title,
        "description": about,
        "keywords": ["cell map", folder.name],
        "isPartOf": [
            {"@type": "Organization", "name": "not stated"},
            {"@type": "Project", "name": title},
        ],
        "hasPart": [{"@id": path.name} for path in sorted(folder.iterdir())],
    }
    descriptor = {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }
    document = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": [descriptor, root]}
    path = folder / METADATA
    path.write_text(json.dumps(document, indent=1) + "\n")
    return path
