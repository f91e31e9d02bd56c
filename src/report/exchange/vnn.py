"""Export of a map for visible neural networks: cellmaps_vnn, NeST-VNN, DrugCell.

``hierarchy.cx2`` is for cellmaps_vnn, ``ontology.txt`` for NeST-VNN and DrugCell, ``gene2ind.txt``
for all. Each claim about such a network needs its control, the same network with its genes
shuffled: those are in ``shuffled_<k>/``.

Sources: cellmaps_vnn 0.3; Park et al. 2024, doi:10.1038/s43018-024-00740-1 (NeST-VNN); Kuenzi et
al. 2020, doi:10.1016/j.ccell.2020.09.014 (DrugCell).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ...artifacts import Hierarchy, write_tsv
from ...artifacts.cx2 import Json, cx2_document
from ...data.hierarchies.ddot import ddot_text, own_genes
from ...data.mutations.cells import MATRICES, CellFeatures
from ...maps.panels import depths, shuffled
from .hcx import write_cx2

NEURONS_PER_TERM = 4
"""Neurons of a term, the default of cellmaps_vnn (``genotype_hiddens``)."""

NODE_TYPES = {
    "name": "string",
    "CD_MemberList": "string",
    "CD_MemberList_Size": "integer",
    "HCX::isRoot": "boolean",
}


def write_vnn(
    folder: Path, hierarchy: Hierarchy, features: CellFeatures | None, shuffles: int, seed: int
) -> list[Path]:
    """Write a hierarchy over a panel of genes for visible neural networks; return the files.

    Args:
        folder: Where to.
        hierarchy: One root; see `cut_to`. Terms are numbered by their rows, the root 0.
        features: What is altered in which cell line; None: left out.
        shuffles: Number of hierarchies with shuffled genes to write, as controls.
        seed: Of the shuffling.
    """
    paths = _write_hierarchy(folder, hierarchy)
    for k in range(shuffles):
        paths += _write_hierarchy(folder / f"shuffled_{k + 1}", shuffled(hierarchy, seed + k))
    lines = [f"{k}\t{name}\n" for k, name in enumerate(hierarchy.proteins)]
    paths.append(_write(folder / "gene2ind.txt", "".join(lines)))
    layers = layers_of(hierarchy)
    write_tsv(folder / "terms.tsv", layers)
    paths.append(folder / "terms.tsv")
    return [*paths, *(_write_features(folder, features) if features else [])]


def layers_of(hierarchy: Hierarchy) -> pd.DataFrame:
    """Return one row per term, with its layer in a network of `NEURONS_PER_TERM` neurons per term.

    Columns: ``term`` (number in ``hierarchy.cx2``), ``assembly``, ``depth`` (longest way from the
    root), ``genes``, ``own_genes`` (in no term below), ``children``, ``inputs`` (of the term's
    layer), ``weights`` (all that cellmaps_vnn trains for the term: from the genes to its own
    genes, its layer, batch normalisation, and two auxiliary outputs).
    """
    children = np.bincount(hierarchy.edges[:, 0], minlength=len(hierarchy.names))
    own = np.array([len(genes) for genes in own_genes(hierarchy)])
    inputs = NEURONS_PER_TERM * children + own
    direct = own * (len(hierarchy.proteins) + 1)
    weights = (
        direct + (inputs + 1) * NEURONS_PER_TERM + 2 * NEURONS_PER_TERM + (NEURONS_PER_TERM + 1) + 2
    )
    return pd.DataFrame(
        {
            "term": range(len(hierarchy.names)),
            "assembly": hierarchy.names,
            "depth": depths(hierarchy),
            "genes": hierarchy.sizes,
            "own_genes": own,
            "children": children,
            "inputs": inputs,
            "weights": weights,
        }
    )


def count_weights(hierarchy: Hierarchy) -> int:
    """Return how many weights cellmaps_vnn trains: of terms, of genes (3 inputs), of the output."""
    return (
        int(layers_of(hierarchy)["weights"].sum())
        + 6 * len(hierarchy.proteins)
        + NEURONS_PER_TERM
        + 3
    )


def _write_hierarchy(folder: Path, hierarchy: Hierarchy) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    ontology = _write(folder / "ontology.txt", ddot_text(hierarchy))
    cx2 = folder / "hierarchy.cx2"
    write_cx2(cx2, _cx2(hierarchy))
    return [cx2, ontology]


def _cx2(hierarchy: Hierarchy) -> list[Json]:
    """Return the hierarchy as cellmaps_vnn reads it: names of genes in text, parent to child."""
    nodes: list[Json] = []
    for k, name in enumerate(hierarchy.names):
        members = hierarchy.members_of(k)
        values = {
            "name": name,
            "CD_MemberList": " ".join(members),
            "CD_MemberList_Size": len(members),
            "HCX::isRoot": k == 0,
        }
        nodes.append({"id": k, "v": values})
    edges: list[Json] = [
        {"id": k, "s": p, "t": c, "v": {}} for k, (p, c) in enumerate(hierarchy.edges.tolist())
    ]
    about = {"name": "Hierarchy for a visible neural network", "ndexSchema": "hierarchy_v0.1"}
    return cx2_document(about, {"nodes": NODE_TYPES, "edges": {}}, nodes, edges)


def _write_features(folder: Path, features: CellFeatures) -> list[Path]:
    lines = [f"{k}\t{name}\n" for k, name in enumerate(features.cells)]
    paths = [_write(folder / "cell2ind.txt", "".join(lines))]
    for kind, file in MATRICES.items():
        rows = features.altered[kind].astype(int).tolist()
        text = "".join(",".join(map(str, row)) + "\n" for row in rows)
        paths.append(_write(folder / file, text))
    return paths


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
