"""Summary of planned jobs: metrics, cards of assemblies, sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ....artifacts import Card
from ..complexes import Floats
from ..fdr.error_rates import spread_alike
from .writers import FoldingJob


def fasta(jobs: Sequence[FoldingJob]) -> str:
    """Return each sequence once, for one MSA a protein."""
    every = {one.sha256: one for job in jobs for one in job.proteins}
    return "".join(f">{key} {one.accession}\n{one.letters}\n" for key, one in every.items())


def metrics_of(table: pd.DataFrame) -> dict[str, float]:
    """Return counts, GPU hours, and how far decoys differ from candidates."""
    metrics = {
        "candidates": float((table["kind"] == "candidate").sum()),
        "decoys": float((table["kind"] == "decoy").sum()),
        "gpu_hours": float(table["gpu_hours"].sum()),
    }
    if metrics["decoys"]:
        kinds = [table[table["kind"] == kind] for kind in ("candidate", "decoy")]
        for name, values in _COVARIATES.items():
            metrics[f"ks.{name}"] = spread_alike(*(values(one) for one in kinds))
        if (table["same_compartment"] != "").any():
            metrics["ks.compartment"] = spread_alike(*(_compartment(one) for one in kinds))
    return metrics


def _degree(table: pd.DataFrame) -> Floats:
    """Return the degree of the proteins of some jobs, once for each end of a pair."""
    both = pd.concat([table["protein_a"], table["protein_b"]])
    return np.asarray(both.map(both.value_counts()), float)


def _length(table: pd.DataFrame) -> Floats:
    return np.asarray(table["length_a"] + table["length_b"], float)


def _disorder(table: pd.DataFrame) -> Floats:
    return np.asarray(table["disorder"], float)


def _compartment(table: pd.DataFrame) -> Floats:
    return np.asarray(table["same_compartment"], float)


_COVARIATES = {"degree": _degree, "length": _length, "disorder": _disorder}


SIZES = {5: "2-5", 10: "6-10"}
"""Largest size of an assembly -> name of its class; larger ones are 11+."""

TERTILES = ("ordered", "middle", "disordered")


def strata_of(table: pd.DataFrame) -> list[str]:
    """Return the stratum of each job: size of its assembly, tertile of disorder of its pair.

    A decoy is of the size of the assembly that its candidate is in; tertiles are those of the
    candidates. Homodimers have none.
    """
    disorder = table["disorder"].to_numpy(float)
    cuts = np.quantile(disorder[(table["kind"] == "candidate").to_numpy()], [1 / 3, 2 / 3])
    tertile = [TERTILES[k] for k in np.searchsorted(cuts, disorder)]
    sizes = [
        next((name for most, name in SIZES.items() if size <= most), "11+")
        for size in table["size"].tolist()
    ]
    kinds = table["kind"].tolist()
    return [
        "" if kind == "homodimer" else f"{size} {third}"
        for kind, size, third in zip(kinds, sizes, tertile, strict=True)
    ]


def notes_of(
    table: pd.DataFrame,
    left_out: pd.DataFrame,
    available: str,
    several: Sequence[str],
    metrics: Mapping[str, float],
) -> list[str]:
    """Return what was planned in words: how much, what was left out, how far decoys are matched.

    Args:
        table: The jobs.
        left_out: Pairs without a job, each with its reason.
        available: How many pairs there were to choose from, in words.
        several: Proteins of several sequences.
        metrics: See `metrics_of`.
    """
    counts = table["kind"].value_counts()
    sentences = [
        f"{int(counts['candidate']):,} of {available}, {int(counts.get('decoy', 0)):,} decoys: "
        f"{table['gpu_hours'].sum():,.1f} GPU hours.",
        f"{len(set(table['accession_a']) | set(table['accession_b'])):,} proteins need one MSA "
        "each: proteins.fasta.",
    ]
    if len(left_out):
        sentences.append(f"{len(left_out):,} are in left_out.tsv: {_reasons(left_out)}.")
    if several:
        sentences.append(
            f"{len(several):,} proteins have several sequences, of which the reviewed or the "
            f"longest is taken, such as {several[0]}."
        )
    return [*sentences, *_matching(metrics)]


def _reasons(left_out: pd.DataFrame) -> str:
    """Return the three commonest reasons, with how many pairs each has."""
    reasons = left_out["reason"].str.replace(r"^\S+ has", "a protein has", regex=True)
    reasons = reasons.str.replace(r"^[\d,]+ residues", "residues", regex=True)
    common = reasons.value_counts().head(3).items()
    return "; ".join(f"{why} ({count:,})" for why, count in common)


UNMATCHED = 0.1
"""Kolmogorov-Smirnov distance from which decoys are not called matched."""


def _matching(metrics: Mapping[str, float]) -> list[str]:
    distances = {k.removeprefix("ks."): v for k, v in metrics.items() if k.startswith("ks.")}
    if not distances:
        return []
    listed = ", ".join(f"{value:.3f} in {name}" for name, value in distances.items())
    sentences = [f"Candidates and decoys differ by a Kolmogorov-Smirnov distance of {listed}."]
    bad = [name for name, value in distances.items() if value >= UNMATCHED]
    if bad:
        sentences.append(
            f"Decoys are not matched in {', '.join(bad)}: error rates will hold for pairs like the "
            "decoys alone."
        )
    return sentences


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
