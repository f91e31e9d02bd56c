"""What is said of the jobs that were planned: figures, cards of assemblies, their sequences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ....artifacts import Card
from ..complexes import Floats
from ..fdr.error_rates import spread_alike
from ..manifest import sha256
from .writers import FoldingJob


def fasta(jobs: Sequence[FoldingJob]) -> str:
    """Return each sequence once, for one MSA a protein."""
    every = {sha256(one.letters): one for job in jobs for one in job.proteins}
    return "".join(f">{key} {one.accession}\n{one.letters}\n" for key, one in every.items())


def figures_of(table: pd.DataFrame) -> dict[str, float]:
    """Return counts, GPU hours, and how far decoys differ from candidates."""
    figures = {
        "candidates": float((table["kind"] == "candidate").sum()),
        "decoys": float((table["kind"] == "decoy").sum()),
        "gpu_hours": float(table["gpu_hours"].sum()),
    }
    if figures["decoys"]:
        kinds = [table[table["kind"] == kind] for kind in ("candidate", "decoy")]
        for name, values in _COVARIATES.items():
            figures[f"ks.{name}"] = spread_alike(*(values(one) for one in kinds))
    return figures


def _degree(table: pd.DataFrame) -> Floats:
    """Return the degree of the proteins of some jobs, once for each end of a pair."""
    both = pd.concat([table["protein_a"], table["protein_b"]])
    return np.asarray(both.map(both.value_counts()), float)


def _length(table: pd.DataFrame) -> Floats:
    return np.asarray(table["length_a"] + table["length_b"], float)


def _disorder(table: pd.DataFrame) -> Floats:
    return np.asarray(table["disorder"], float)


_COVARIATES = {"degree": _degree, "length": _length, "disorder": _disorder}


def cards_of(table: pd.DataFrame) -> dict[str, Card]:
    """Return what the card of an assembly says: the pairs to fold, the most probable first."""
    candidates = table[table["kind"] == "candidate"].sort_values("probability", ascending=False)
    return {
        str(assembly): {
            "pairs": [
                {
                    "job": str(job),
                    "proteins": [str(a), str(b)],
                    "probability": float(p),
                    "pdb": str(pdb),
                }
                for job, a, b, p, pdb in zip(
                    *(rows[c] for c in ("job", "protein_a", "protein_b", "probability", "pdb")),
                    strict=True,
                )
            ]
        }
        for assembly, rows in candidates.groupby("assembly", sort=False)
    }
