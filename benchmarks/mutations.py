"""How mutated assemblies are found: controls without signal, planted signal, speed, discovery.

Sections, each printed as a table:

    silent     20 halves of the silent mutations of 17 cohorts, the background fitted to the other
               halves; the same shuffled among genes of equal expectation; with a planted assembly
    hisig      seconds of a permutation beside R's, selection beside the published example
    simulate   realised false discovery rate, power beside HiSig, a hypergeometric test of driver
               genes, and heat diffusion
    discover   assemblies of a map, how many in halves of patients, driver genes among members that
               did not drive a call, ranking of cancer genes

    CYTOWEAVE_DATA=DIR python benchmarks/mutations.py SECTION .. [--map FILE] [--draws N]
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse, stats
from sklearn.metrics import average_precision_score

from cytoweave.applications.mutations.answer import (
    ALIKE,
    CONVERGENT,
    Answer,
    Asked,
    Cell,
    Counts,
    beyond_children,
)
from cytoweave.applications.mutations.background import Background, Line, design
from cytoweave.applications.mutations.excess import CohortTest
from cytoweave.applications.mutations.factor import AssemblyFactor
from cytoweave.applications.mutations.given import PAN, Sets
from cytoweave.applications.mutations.hisig import HiSig
from cytoweave.artifacts import Hierarchy
from cytoweave.artifacts.mutations import Mutations
from cytoweave.data.mutations import read_mutations
from cytoweave.eval.matched.hierarchical import Lineage
from cytoweave.eval.nulls import permuted_within
from cytoweave.eval.terms.enrichment import benjamini_hochberg
from cytoweave.eval.terms.overlap import Index, Values, assemblies_of
from cytoweave.maps import read_hierarchy
from cytoweave.terminal.console import show

MAY_2023 = "hierarchies/U2OS_map_May2023final.nodes.gz"
COUNTS = "cancer/tcga_mc3_gene_counts_17_cohorts.tsv.gz"
LENGTHS = "cancer/protein_lengths_maftools.tsv.gz"
COVARIATES = "cancer/dndscv_hg19_covariates_20pcs.tsv.gz"
PATIENTS = "cancer/tcga_mc3_mutated_genes_per_patient.tsv.gz"
SCREENS = "cancer/ccgd_2015_transposon_screens.tsv.gz"
MIN_SIZE, MAX_SIZE, FDR = 2, 500, 0.1
PLANTED, SIZE = 4, 10
"""Mutations more in each member of a planted assembly, and its members."""
HISIG_DRAWS, HISIG_PERMUTATIONS = 3, 200


@dataclass(frozen=True)
class Bench:
    """The cohorts and a map."""

    data: Path
    map_file: Path
    draws: int

    @cached_property
    def mutations(self) -> Mutations:
        """Of 17 cohorts."""
        return read_mutations(self.data / COUNTS)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The map."""
        return read_hierarchy(self.map_file)

    @cached_property
    def covariates(self) -> Values:
        """Of genes."""
        table = pd.read_csv(self.data / COVARIATES, sep="\t").groupby("gene").first()
        lengths = pd.read_csv(self.data / LENGTHS, sep="\t").set_index("Hugo_Symbol")["aa.length"]
        return design(self.mutations.genes, table, lengths)

    @cached_property
    def sets(self) -> Sets:
        """The assemblies, over the genes of the file."""
        places = pd.Index(self.hierarchy.proteins).get_indexer(pd.Index(self.mutations.genes))
        genes = np.flatnonzero(places >= 0)
        members = sparse.csr_array(self.hierarchy.membership[:, places[genes]] > 0)
        rows = assemblies_of(self.hierarchy)
        sizes = np.diff(members.indptr)[rows]
        rows = rows[(sizes >= MIN_SIZE) & (sizes <= MAX_SIZE)]
        names = tuple(self.hierarchy.names[row] for row in rows)
        chosen = sparse.csr_array(members[rows])
        return Sets(names, chosen, genes, Lineage.of(self.hierarchy, rows))

    def answer(self, mutations: Mutations, test_on: str, seed: int) -> Answer:
        """Return the whole analysis of some mutations."""
        return Answer(mutations, self.sets, self.covariates, True, Asked(test_on, FDR, 0, seed))

    def cohort(self, tested: Values, silent: Values) -> CohortTest:
        """Return the test of all cohorts together."""
        background = Background.of_silent(silent, self.covariates)
        factor = AssemblyFactor.fit(background, self.sets.all())
        return CohortTest(tested, background, Line.fit(tested, background), factor)

    def passing(self, test: CohortTest, fdr: float = FDR) -> list[int]:
        """Return the assemblies that pass in all cohorts together."""
        _, rates = beyond_children([Cell.of(PAN, test, self.sets)], self.sets, fdr)
        return list(np.flatnonzero(rates[0] <= fdr))


def main() -> None:
    """Run the sections that are asked for, or all."""
    parts = {"silent": silent, "hisig": hisig, "simulate": simulate, "discover": discover}
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
        shuffle = permuted_within(order // ALIKE, 1, rng)[0]
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
    found = pd.DataFrame(rows)
    show("Silent control", found.describe().loc[["mean", "50%", "max"]].T.reset_index())


def published(bench: Bench, test: CohortTest) -> dict[str, float]:
    """Return how many assemblies the published rule passes on the same counts."""
    rates = benchmarked(bench, test).p_values("parser")[1]
    return {"hisig q<.1": int((rates <= FDR).sum()), "hisig q<.4": int((rates <= 0.4).sum())}


def benchmarked(bench: Bench, test: CohortTest) -> HiSig:
    """Return HiSig on the genes of the map, assemblies of up to 50 members as published."""
    score = np.log2(np.maximum(test.counts - test.expected, 0) + 1)[bench.sets.genes]
    place = np.full(len(test.counts), -1)
    place[bench.sets.genes] = np.arange(len(bench.sets.genes))
    sets = [place[genes] for genes in bench.sets.all() if len(genes) <= 50]
    return HiSig(score, sets, HISIG_PERMUTATIONS, 0, 1)


def hisig(bench: Bench) -> None:
    """Cost of a permutation."""
    nonsilent, quiet = bench.mutations.nonsilent, bench.mutations.silent
    assert quiet is not None
    test = bench.cohort(nonsilent.sum(axis=1).astype(float), quiet.sum(axis=1).astype(float))
    found = replace(benchmarked(bench, test), permutations=40)
    _ = found.selection
    start = time.process_time()
    found.p_values("parser")
    cost = (time.process_time() - start) / 40
    row = {
        "assemblies": len(found.sets),
        "lambdas": len(found.lambdas),
        "CPU s a permutation": cost,
        "10,000 on 2 cores, min": cost * 10_000 / 2 / 60,
    }
    show("HiSig", pd.DataFrame([row]))


def simulate(bench: Bench) -> None:
    """Planted assemblies in counts drawn from the fitted background, with drivers anywhere."""
    nonsilent, quiet = bench.mutations.nonsilent, bench.mutations.silent
    assert quiet is not None
    real = bench.cohort(nonsilent.sum(axis=1).astype(float), quiet.sum(axis=1).astype(float))
    sets = bench.sets.all()
    usable = [k for k, one in enumerate(sets) if 5 <= len(one) <= 40]
    rows = []
    for seed in range(bench.draws):
        for fold in (1.5, 2.0, 3.0):
            rng = np.random.default_rng([seed, int(fold * 10)])
            shape = 1 / real.dispersions
            counts = rng.negative_binomial(shape, shape / (shape + real.expected)).astype(float)
            drivers = rng.choice(len(counts), 60, replace=False)
            counts[drivers] += rng.poisson(real.expected[drivers] * rng.exponential(3, 60))
            chosen = rng.choice(usable, 10, replace=False)
            genes = np.unique(np.concatenate([sets[k] for k in chosen]))
            counts[genes] += rng.poisson(real.expected[genes] * (fold - 1))
            test = replace(real, counts=counts)
            has = np.zeros(len(counts), bool)
            has[genes] = True
            share = np.array([has[one].mean() for one in sets])
            for level in (0.05, 0.1, 0.2):
                passed = bench.passing(test, level)
                false = sum(share[k] < 0.2 for k in passed)
                rows.append(_row("excess", fold, level, false, passed, chosen))
            others = {
                "hypergeometric": hypergeometric(bench, test),
                "diffusion": diffusion(bench, test),
            }
            if seed < HISIG_DRAWS:
                others["HiSig"] = hisig_p(bench, test)
            for name, p in others.items():
                passed = list(np.flatnonzero(benjamini_hochberg(p) <= FDR))
                false = sum(share[k] < 0.2 for k in passed)
                rows.append(_row(name, fold, FDR, false, passed, chosen))
    table = pd.DataFrame(rows).groupby(["method", "fold", "q"]).mean().round(3).reset_index()
    show("Planted assemblies: realised false discovery rate and power", table)


def _row(
    method: str, fold: float, level: float, false: int, passed: list[int], chosen: Index
) -> dict[str, object]:
    power = float(np.isin(chosen, passed).mean())
    rate = false / max(1, len(passed))
    return {"method": method, "fold": fold, "q": level, "found": len(passed), "fdr": rate,
            "power": power}  # fmt: skip


def hypergeometric(bench: Bench, test: CohortTest) -> Values:
    """Return p values of driver genes (gene-wise FDR .1) in assemblies, against all of the map."""
    drivers = benjamini_hochberg(test.tails) <= FDR
    inside, total = bench.sets.genes, int(drivers[bench.sets.genes].sum())
    return np.array(
        [
            stats.hypergeom.sf(drivers[s].sum() - 1, len(inside), total, len(s))
            for s in bench.sets.all()
        ]
    )


def hisig_p(bench: Bench, test: CohortTest) -> Values:
    """Return HiSig's p values, 1 for what has more than 50 members."""
    found = np.ones(len(bench.sets.names))
    small = [k for k, one in enumerate(bench.sets.all()) if len(one) <= 50]
    found[small] = benchmarked(bench, test).p_values("parser")[0]
    return found


def diffusion(bench: Bench, test: CohortTest) -> Values:
    """Return p values of the mean heat of assemblies after diffusion over the map's co-membership.

    Heat is what exceeds the expectation, in deviations; a step of a random walk with restart over
    the smallest shared assemblies; heat permuted among genes 200 times.
    """
    small = sparse.csr_array(bench.sets.members[np.diff(bench.sets.members.indptr) <= 50]).astype(
        float
    )
    links = sparse.csr_array(small.T @ small)
    scale = sparse.diags_array(1 / np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1))
    walk = sparse.csr_array(scale @ links)
    heat = np.maximum(test.deviations[bench.sets.genes], 0)
    rng = np.random.default_rng(0)
    heats = np.column_stack([heat, *(rng.permutation(heat) for _ in range(200))])
    spread = heats
    for _ in range(10):
        spread = 0.6 * heats + 0.4 * (walk @ spread)
    sizes = np.diff(bench.sets.members.indptr)[:, None]
    means = np.asarray(bench.sets.members.astype(float) @ spread) / sizes
    deviations = (means[:, 0] - means[:, 1:].mean(axis=1)) / means[:, 1:].std(axis=1)
    return np.asarray(stats.norm.sf(deviations))


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
            found = bench.passing(first)
            p = [second.p_value(bench.sets.of_row(k)) for k in found]
            rows.append({"found": len(found), "replicated": int((np.array(p) < 0.05).sum())})
    sums = pd.DataFrame(rows).sum()
    return pd.DataFrame(
        [{"halves": len(rows), **sums, "rate": sums["replicated"] / max(1, sums["found"])}]
    )


if __name__ == "__main__":
    main()
