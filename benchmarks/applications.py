"""Benchmark of applications on public data: matched tests next to the published ones.

    CYTOWEAVE_DATA=DIR python benchmarks/applications.py [condensates] [perturbation] [coelution]

Condensates: CD-CODE 2.1 on the authors' draft map of May 2023, by hypergeometric tests as published
and among proteins cited as often. Perturbation: 1,233 knock-downs of K562 by 20 genes, by rank sums
of pairs as published and by matched permutation. Co-elution: U2OS SEC-MS, the same code.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

import cytoweave as cw
from cytoweave.applications.covariates import Covariates
from cytoweave.applications.property import Options, Property, PropertyTest
from cytoweave.applications.use import Use, chosen_settings
from cytoweave.config import load
from cytoweave.eval.matched.conditional import CountTest
from cytoweave.store import Store
from cytoweave.terminal.console import console, show

MAP = "hierarchies/U2OS_map_May2023final.nodes.gz"
SCREEN = "perturb/hierarchyeval_sample_perturb_data.csv.gz"
SEC = "secms/U2OS_SEC_kirkwood2013_genes.tsv.gz"
DRAWS = 1000


def main() -> None:
    """Print the tables that are asked for, or all."""
    parts = {"condensates": condensates, "perturbation": perturbation, "coelution": coelution}
    data = Path(os.environ.get("CYTOWEAVE_DATA", "data"))
    for name in sys.argv[1:] or parts:
        parts[name](data)


def condensates(data: Path) -> None:
    """Assemblies with more condensate proteins than expected, and how uniform p values are."""
    result = cw.property(data / MAP, preset="condensates", data_root=data, nulls=DRAWS)
    rows = [
        ("any protein, P < .01", "below_01_unmatched"),
        ("any protein, FDR 5 %", "significant_unmatched"),
        ("cited as often, P < .01", "below_01"),
        ("cited as often, FDR 5 %", "significant_alone"),
        ("beyond their children, FDR 5 %", "significant"),
    ]
    table = [
        (words, result.metrics[name], result.metrics[f"{name}.null_mean"]) for words, name in rows
    ]
    show("Condensates", pd.DataFrame(table, columns=["compared with", "assemblies", "by chance"]))
    show("Uniformity of p values", uniformity(data))
    for note in result.notes:
        console.print(note, highlight=False)


def uniformity(data: Path) -> pd.DataFrame:
    """Return how p values of permuted properties are spread, over assemblies and permutations.

    A count has few values, so that p is above the uniform on average; ``shared`` divides at random
    what equal counts have in common, after which it is uniform if the test is calibrated. The
    deviation is Kolmogorov's, median over assemblies, against that of as many uniform numbers.
    """
    settings = load("property", ["preset=condensates", f"hierarchy={data / MAP}"])
    use = Use.of(settings, Store(Path(settings["store"])))
    requested = chosen_settings(Options, settings)
    known = Property.of(use, use.needed("property"), requested)
    alike = Covariates.of(use, use.file("covariates"), requested.match)
    test = PropertyTest.of(use.hierarchy, known, alike, requested, use.seed).matched
    assert isinstance(test, CountTest)
    p = test.null_p(test.strata, DRAWS, seed=11)
    shared = _shared(test, p)
    uniform = np.random.default_rng(0).random(p.shape)
    rows = []
    for name, values in (("p", p), ("shared", shared), ("uniform", uniform)):
        below = {f"<= {level}": float((values <= level).mean()) for level in (0.01, 0.05, 0.1, 0.5)}
        tests = [stats.kstest(column, "uniform") for column in values.T]
        largest = float(np.median([result.statistic for result in tests]))
        refused = float(np.mean([result.pvalue < 0.05 for result in tests]))
        rows.append({"": name} | below | {"deviation": largest, "KS p < .05": refused})
    return pd.DataFrame(rows)


def _shared(test: CountTest, p: np.ndarray) -> np.ndarray:
    spread = np.random.default_rng(12).random(p.shape)
    below = np.empty_like(p)
    for k, result in enumerate(test.distributions):
        tails = np.append(result.upper(), 0.0)
        below[:, k] = tails[np.searchsorted(-tails, -p[:, k], "right")]
    return np.asarray(p - spread * (p - below))


def perturbation(data: Path) -> None:
    """Assemblies whose knock-downs are alike, with principal axes and without."""
    rows = []
    for axes in (0, 1, 2):
        result = cw.evidence(
            data / MAP, matrix=data / SCREEN, remove_axes=axes, name="k562"
        ).metrics
        rows.append(
            {
                "axes removed": axes,
                "assemblies": result["tested"],
                "rank sums": result["validated"],
                "by chance": result["validated.null_mean"],
                "matched": result["significant"],
                "by chance ": result["significant.null_mean"],
                "any by chance": result["significant.null_any"],
            }
        )
    show("Knock-downs of K562", pd.DataFrame(rows))


def coelution(data: Path) -> None:
    """Co-elution as evidence, compared with an evaluation of the same seed."""
    result = cw.evidence(
        data / MAP,
        matrix=data / SEC,
        kind="elution",
        id="hgnc_symbol",
        columns="Fraction*",
        min_measured=2,
        name="sec",
    ).metrics
    names = ("tested", "validated", "validated.null_mean", "significant", "significant.null_mean")
    show("Co-elution of U2OS", pd.DataFrame([{name: result[name] for name in names}]))


if __name__ == "__main__":
    main()
