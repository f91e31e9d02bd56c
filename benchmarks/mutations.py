"""Benchmark of mutated assemblies: negative controls, planted signal, speed, discovery.

Sections, each printed as a table:

    silent     20 halves of the silent mutations of 17 cohorts, the background fitted to the other
               halves; the same shuffled among genes of equal expectation; with a planted assembly
    speed      10,000 permutations of HiSig for 275 assemblies on two cores, and the time of R's
               glmnet for some of them, if Rscript has it
    parity     selection of HiSig's example against the published one, and R's glmnet
    simulate   realised false discovery rate and power of planted assemblies, against HiSig, a
               hypergeometric test of driver genes, and heat diffusion
    discover   assemblies of a map, how many in halves of patients, ranking of cancer genes,
               known ones among members that drove no call

    CYTOWEAVE_DATA=DIR python benchmarks/mutations.py SECTION .. [--map FILE] [--draws N]
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from mutations_bench import FDR, MAY_2023, Bench
from mutations_hisig import parity, speed
from mutations_simulated import simulate
from sklearn.metrics import average_precision_score

from cytoweave.applications.mutations.answer import SHUFFLED_GENES, Cell, Counts
from cytoweave.applications.mutations.cards import CONVERGENT
from cytoweave.applications.mutations.excess import CohortTest
from cytoweave.applications.mutations.given import PAN
from cytoweave.eval.nulls import permuted_within
from cytoweave.terminal.console import show

PATIENTS = "cancer/tcga_mc3_mutated_genes_per_patient.tsv.gz"
SCREENS = "cancer/ccgd_2015_transposon_screens.tsv.gz"
PLANTED, SIZE = 4, 10
"""Mutations more in each member of a planted assembly, and its members."""
HISIG_DRAWS, HISIG_PERMUTATIONS = 3, 1000


def main() -> None:
    """Run the sections that are asked for, or all."""
    parts = {"silent": silent, "speed": speed, "parity": parity, "simulate": simulate,
             "discover": discover}  # fmt: skip
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("sections", nargs="*", default=list(parts))
    parser.add_argument("--map", type=Path)
    parser.add_argument("--draws", type=int, default=20)
    given = parser.parse_args()
    data = Path(os.environ.get("CYTOWEAVE_DATA", "data"))
    bench = Bench(data, given.map or data / MAY_2023, given.draws)
    for name in given.sections:
        parts[name](bench)


def silent(bench: Bench) -> None:
    """Controls without signal, and a planted assembly in each."""
    rows = []
    for seed in range(bench.draws):
        rng = np.random.default_rng(seed)
        counts = Counts.of(bench.mutations, "silent", rng)
        assert counts.silent is not None
        test = bench.cohort(counts.tested.sum(axis=1), counts.silent)
        order = np.argsort(np.argsort(test.expected, kind="stable"), kind="stable")
        shuffle = permuted_within(order // SHUFFLED_GENES, 1, rng)[0]
        shuffled = replace(test, counts=test.counts[shuffle])
        planted = next(k for k, one in enumerate(bench.sets.all()) if len(one) == SIZE)
        row: dict[str, float] = {"seed": seed}
        for name, one in (("silent", test), ("shuffled", shuffled)):
            more = one.counts.copy()
            more[bench.sets.of_row(planted)] += PLANTED
            p = np.array([v.p for v in Cell.of(PAN, one, bench.sets).whole])
            row |= {
                name: len(bench.passing(one)),
                f"{name} p<.05": float((p <= 0.05).mean()),
                f"{name} p<.5": float((p <= 0.5).mean()),
                f"{name} found": planted in bench.passing(replace(one, counts=more)),
            }
        table = bench.answer(bench.mutations, "silent", seed).table()
        row["all cells"] = table.loc[table["fdr"] <= FDR, "assembly"].nunique()
        if seed < HISIG_DRAWS:
            row |= published(bench, test)
        rows.append(row)
        print(row, flush=True)
    result = pd.DataFrame(rows)
    show("Silent control", result.describe().loc[["mean", "50%", "max"]].T.reset_index())


def published(bench: Bench, test: CohortTest) -> dict[str, float]:
    """Return how many assemblies the published rule passes on the same counts."""
    result, _ = bench.hisig(test, HISIG_PERMUTATIONS)
    _, rates = result.p_values("parser")
    return {"hisig q<.1": int((rates <= FDR).sum()), "hisig q<.4": int((rates <= 0.4).sum())}


def discover(bench: Bench) -> None:
    """What the cohorts have: assemblies, replication in halves of patients, driver genes."""
    answer = bench.answer(bench.mutations, "nonsilent", 0)
    table = answer.table()
    passed = table[table["fdr"] <= FDR]
    test = answer.tests[0][1]
    screens = pd.read_csv(bench.data / SCREENS, sep="\t", low_memory=False)
    lists = {
        "CGC": set(screens.loc[screens["CGC"] == "Yes", "Human Symbol"]),
        "CCGD in 4 studies": set(screens.loc[screens["Studies"] >= 4, "Human Symbol"]),
    }
    genes, rows = np.array(bench.mutations.genes, object), []
    for name, listed in lists.items():
        label = np.isin(genes, list(listed))
        scores = {"counts": test.counts, "score": test.counts - test.expected,
                  "deviations": test.deviations}  # fmt: skip
        rows.append(
            {"list": name} | {k: average_precision_score(label, v) for k, v in scores.items()}
        )
    show("Average precision for cancer genes", pd.DataFrame(rows).round(4))
    for name, listed in lists.items():
        known = answer.validation(frozenset(map(str, listed)))
        show(f"{name} among members that drove no call", known.drop(columns=["drove", "genes"]))
    kinds = passed["class"] == CONVERGENT
    row = {
        "assemblies": passed["assembly"].nunique(),
        "convergent": passed.loc[kinds, "assembly"].nunique(),
        "pan": int((passed["cohort"] == PAN).sum()),
    }
    show("Discovery", pd.DataFrame([row | {"HiSig q<.1, q<.4": str(published(bench, test))}]))
    show("Significant", passed.iloc[:, :12])
    show("Replication in halves of patients", halves(bench))


def halves(bench: Bench) -> pd.DataFrame:
    """Return how many assemblies of one half of the patients have p below .05 in the other."""
    table = pd.read_csv(bench.data / PATIENTS, sep="\t")
    names = sorted(table["cohort"].unique())
    chosen = [bench.mutations.cohorts.index(name) for name in names]
    quiet = bench.mutations.of_cohorts(chosen).silent
    assert quiet is not None
    place = {gene: k for k, gene in enumerate(bench.mutations.genes)}
    hits = [np.array([place[g] for g in str(one).split() if g in place], int)
            for one in table["genes_nonsilent"]]  # fmt: skip
    rows = []
    for seed in range(bench.draws):
        half = np.random.default_rng(seed).permutation(len(hits)) % 2
        tests = []
        for side in (0, 1):
            both = np.concatenate([one for one, h in zip(hits, half, strict=True) if h == side])
            counts = np.bincount(both, minlength=len(place)).astype(float)
            tests.append(bench.cohort(counts, quiet.sum(axis=1).astype(float)))
        for first, second in (tests, tests[::-1]):
            result = bench.passing(first)
            p = [second.p_value(bench.sets.of_row(k)) for k in result]
            rows.append({"found": len(result), "replicated": int((np.array(p) < 0.05).sum())})
    sums = pd.DataFrame(rows).sum()
    return pd.DataFrame(
        [{"halves": len(rows), **sums, "rate": sums["replicated"] / max(1, sums["found"])}]
    )


if __name__ == "__main__":
    main()
