"""Realism of the simulated cell: its summary statistics next to those of real data sets."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from scipy import sparse

from ..artifacts import ElutionProfiles, Network, TermSet, read_table
from ..data.elution import read_elution
from ..data.images.fields import FieldLayout, find_fields
from ..data.networks import read_network
from ..data.references import read_gmt
from ..errors import DataError
from ..eval.coelution.similarity import complex_auroc
from ..eval.embedding.retrieval import cosine, pair_sets, retrieval_metrics
from ..models import NetMF

REAL = {
    # BioPlex 3.0 (doi:10.1016/j.cell.2021.04.011) with CORUM 4 (doi:10.1093/nar/gkac1015).
    "partners per protein, mean": 16.9,
    "partners per protein, median": 9,
    "partners, 95 % quantile over median": 6.0,
    "partners, Gini coefficient": 0.574,
    "closed triangles": 0.083,
    "complex pairs that interact": 0.241,
    "complexes from interactions, AUROC": 0.786,
    # BioPlex 3.0 and Human Protein Atlas v23 (doi:10.1126/science.aal3321): of proteins in either.
    "proteins without interactions": 0.218,
    "proteins without images": 0.264,
    "locations, more than one": 0.565,
    "main locations, more than one": 0.234,
    # Proteins in both BioPlex 3.0 and U2OS LOPIT-DC (doi:10.1038/s41467-018-08191-w).
    "proteins in CORUM": 0.429,
    "proteins in HPA": 0.859,
    "proteins with an elution profile": 0.601,
    # U2OS SEC-MS (doi:10.1074/mcp.M113.032367).
    "fractions without detection": 0.506,
    "profiles with the largest fraction first": 0.108,
    "neighbouring fractions, correlation": 0.856,
    "complexes from co-elution, AUROC": 0.671,
}
"""Statistics of real data sets, by the functions below; sources above each group."""


def realism(folder: Path, seed: int) -> pd.DataFrame:
    """Compare a simulated cell with real data sets.

    Statistics that depend on the size of a data set, such as its density, are given per protein.

    Args:
        folder: What `simulate` wrote.
        seed: Of the network's embedding.

    Returns:
        One row per statistic: ``metric, simulated, real``; NaN where the cell is too small or too
        noisy for it, or has no images.

    Raises:
        DataError: If the folder contains no simulated cell.
    """
    if not (folder / "proteins.txt").is_file():
        raise DataError(f"{folder} holds no simulated cell; `cytoweave data simulate` writes one.")
    count = len((folder / "proteins.txt").read_text().splitlines())
    corum = cast(TermSet, read_gmt(folder / "corum.gmt").value)
    ppi = folder / "ppi" / "apms.tsv"
    network = cast(Network, read_network(ppi, columns=["target", "prey"], weight="score").value)
    tables = [folder / "secms" / f"replicate{number}.tsv" for number in (1, 2)]
    profiles = cast(ElutionProfiles, read_elution(tables, id="protein", columns="F*").value)
    locations = read_table(folder / "hpa.tsv")
    statistics = {
        **network_metrics(network, corum, seed),
        **elution_metrics(profiles, corum),
        **location_metrics(locations),
        "proteins without interactions": 1 - len(network.proteins) / count,
        "proteins without images": 1 - _imaged(folder / "images") / count,
        "proteins in CORUM": len(corum.proteins) / count,
        "proteins in HPA": len(locations) / count,
        "proteins with an elution profile": len(profiles.proteins) / count,
    }
    return pd.DataFrame(
        {
            "metric": list(REAL),
            "simulated": [statistics[name] for name in REAL],
            "real": REAL.values(),
        }
    )


def network_metrics(network: Network, corum: TermSet, seed: int) -> dict[str, float]:
    """Return density and skewness of a network's degrees, and the AUROC of complexes in it.

    Proteins without interactions do not count. The AUROC is that of `NetMF`'s cosines for pairs
    of proteins in a complex of 3-30 proteins.
    """
    linked = (network.adjacency() > 0).astype(np.float64)
    degree = np.asarray(linked.sum(axis=1))
    partners = np.sort(degree[degree > 0])
    rank = np.arange(1, len(partners) + 1)
    wedges = (partners * (partners - 1)).sum()
    embedding = NetMF()(network, modality="ppi", seed=seed)
    pairs = pair_sets(embedding.proteins, corum)
    retrieved = retrieval_metrics(cosine(embedding.vectors), pairs, bootstrap=1)
    return {
        "partners per protein, mean": partners.mean(),
        "partners per protein, median": float(np.median(partners)),
        "partners, 95 % quantile over median": np.quantile(partners, 0.95) / np.median(partners),
        "partners, Gini coefficient": (2 * rank - len(rank) - 1)
        @ partners
        / (len(rank) * partners.sum()),
        "closed triangles": (linked @ linked).multiply(linked).sum() / wedges if wedges else np.nan,
        "complex pairs that interact": _pairs_found(network, corum),
        "complexes from interactions, AUROC": retrieved.get("auroc", np.nan),
    }


def _pairs_found(network: Network, corum: TermSet) -> float:
    """Return the share of pairs of one complex of 3-30 proteins of the network that are edges."""
    column = {name: k for k, name in enumerate(corum.proteins)}
    here = np.array([column.get(name, -1) for name in network.proteins])
    members = corum.members[:, here[here >= 0]].astype(np.int32)
    sizes = members.sum(axis=1)
    members = members[(sizes >= 3) & (sizes <= 30)]
    pairs = sparse.triu(members.T @ members > 0, 1)
    edges = network.adjacency()[here >= 0][:, here >= 0] > 0
    return float((pairs.multiply(edges)).sum() / pairs.nnz) if pairs.nnz else float("nan")


def elution_metrics(profiles: ElutionProfiles, corum: TermSet) -> dict[str, float]:
    """Return the completeness of elution profiles, and the AUROC of complexes in them.

    Means over replicates, each with the proteins it detects; the AUROC is of their mean.
    """
    blank, first, smooth = [], [], []
    for amounts in profiles.amounts:
        detected = amounts[np.isfinite(amounts).any(axis=1)]
        blank.append(np.isnan(detected).mean())
        filled = np.nan_to_num(detected)
        first.append((filled.argmax(axis=1) == 0).mean())
        left, right = filled[:, :-1], filled[:, 1:]
        both = (np.ptp(left, axis=1) > 0) & (np.ptp(right, axis=1) > 0)
        left, right = (x[both] - x[both].mean(axis=1, keepdims=True) for x in (left, right))
        lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
        smooth.append(((left * right).sum(axis=1) / lengths).mean())
    return {
        "fractions without detection": float(np.mean(blank)),
        "profiles with the largest fraction first": float(np.mean(first)),
        "neighbouring fractions, correlation": float(np.mean(smooth)),
        "complexes from co-elution, AUROC": complex_auroc(profiles, corum),
    }


def location_metrics(table: pd.DataFrame) -> dict[str, float]:
    """Return how many proteins of a Human Protein Atlas table have several locations."""
    main = table["Main_location"].fillna("").str.split(";")
    more = table["Additional_location"].fillna("").str.split(";")
    mains = main.map(lambda names: sum(map(bool, names)))
    every = mains + more.map(lambda names: sum(map(bool, names)))
    return {
        "locations, more than one": float((every > 1).mean()),
        "main locations, more than one": float((mains > 1).mean()),
    }


def _imaged(folder: Path) -> int:
    """Return the number of proteins with an image."""
    if not folder.is_dir():
        return 0
    fields, _ = find_fields(FieldLayout(folder, samples=folder / "samples.csv"))
    return len({name for field in fields for name in field.proteins})
