"""Planted assemblies: realised false discovery rate and power of four methods.

Counts are drawn from the background that was fitted to the 17 cohorts, 60 genes anywhere are
drivers, and all members of ten assemblies are mutated `fold` times as often. An assembly counts as
found if it passes; a call is false if none of the genes that it was called for is planted (its null
hypothesis is true, drivers that lie in it by chance included), thin if less than a fifth is. What
a parent was called for is what its significant children leave of it; the other methods call whole
assemblies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

import numpy as np
import pandas as pd
from mutations_bench import FDR, Bench
from scipy import sparse, stats

from cytoweave.applications.mutations.answer import Cell, beyond_children
from cytoweave.applications.mutations.excess import CohortTest
from cytoweave.applications.mutations.given import PAN
from cytoweave.eval.intervals import estimate
from cytoweave.eval.terms.enrichment import benjamini_hochberg
from cytoweave.eval.terms.overlap import Index, Values
from cytoweave.terminal.console import bounded, show

FOLDS = (1.25, 1.5, 2.0, 3.0)
LEVELS = (0.05, 0.1, 0.2)
PUBLISHED_FDR = 0.4
DRIVERS, PLANTED, SIZES = 60, 10, (5, 40)
THIN = 0.2
"""Share of planted genes below which a call is thin."""
PERMUTATIONS = 100
"""Of HiSig in a draw; p values are from those of all draws of a fold together, which permute
scores of the same distribution."""
HEATS, RESTART, STEPS, SMALL = 200, 0.6, 10, 50
CORES = 2


@dataclass(frozen=True)
class Call:
    """What was passed in a draw: rows of assemblies and the genes that each was called for."""

    method: str
    level: float
    rows: list[int]
    genes: list[Index]


@dataclass(frozen=True)
class Draw:
    """One simulated cohort."""

    fold: float
    test: CohortTest
    chosen: Index
    planted: Index

    @classmethod
    def of(cls, bench: Bench, real: CohortTest, fold: float, seed: int) -> Draw:
        """Draw counts from the background of `real`."""
        rng, sets = np.random.default_rng([seed, int(fold * 100)]), bench.sets.all()
        shape = 1 / real.dispersions
        counts = rng.negative_binomial(shape, shape / (shape + real.expected)).astype(float)
        drivers = rng.choice(len(counts), DRIVERS, replace=False)
        counts[drivers] += rng.poisson(real.expected[drivers] * rng.exponential(3, DRIVERS))
        usable = [k for k, one in enumerate(sets) if SIZES[0] <= len(one) <= SIZES[1]]
        chosen = rng.choice(usable, PLANTED, replace=False)
        genes = np.unique(np.concatenate([sets[k] for k in chosen]))
        counts[genes] += rng.poisson(real.expected[genes] * (fold - 1))
        return cls(fold, replace(real, counts=counts), chosen, genes)

    def row(self, call: Call) -> dict[str, object]:
        """Return the score of a call."""
        shares = np.array([np.isin(genes, self.planted).mean() for genes in call.genes])
        passed = max(1, len(call.rows))
        return {
            "method": call.method,
            "fold": self.fold,
            "q": call.level,
            "passed": len(call.rows),
            "false": (shares == 0).sum() / passed,
            "thin": (shares < THIN).sum() / passed,
            "power": np.isin(self.chosen, call.rows).mean(),
        }


def simulate(bench: Bench) -> None:
    """Print rates over draws with their t intervals, and a table of power by fold."""
    keys = [(fold, seed) for fold in FOLDS for seed in range(bench.draws)]
    with ThreadPoolExecutor(CORES) as pool:
        done = list(pool.map(partial(_one, bench, bench.real, walk(bench.sets.members)), keys))
    rows = [row for result, _ in done for row in result]
    for _, group in groupby(zip(keys, done, strict=True), key=lambda pair: pair[0][0]):
        rows += _published(bench, [made for _, (_, made) in group])
    table = pd.DataFrame(rows)
    shown = table.groupby(["method", "q", "fold"]).agg(
        passed=("passed", "mean"), false=("false", _interval), thin=("thin", "mean"),
        power=("power", _interval),
    )  # fmt: skip
    show(f"Planted assemblies, {bench.draws} draws: mean (95 % interval)", shown.reset_index())
    at = table[(table["q"] == FDR) | (table["q"] == PUBLISHED_FDR)]
    curve = at.pivot_table(index=["method", "q"], columns="fold", values="power").reset_index()
    show("Power by fold", curve.rename(columns=str))


@dataclass(frozen=True)
class Published:
    """HiSig in one draw: its selections, and those of permuted scores."""

    draw: Draw
    rows: Index
    selection: Values
    null: Values


def _one(
    bench: Bench, real: CohortTest, spread: Values, key: tuple[float, int]
) -> tuple[list[dict[str, object]], Published]:
    draw = Draw.of(bench, real, *key)
    rows = [draw.row(call) for call in (*_excess(bench, draw), *_rivals(bench, draw, spread))]
    hisig, kept = bench.hisig(draw.test)
    rng, scores = np.random.default_rng(key[1]), hisig.scores
    null = np.array([hisig.selection_of(rng.permutation(scores)) for _ in range(PERMUTATIONS)])
    return rows, Published(draw, kept, hisig.selection, null)


def _excess(bench: Bench, draw: Draw) -> Iterator[Call]:
    whole = Cell.of(PAN, draw.test, bench.sets)
    for level in LEVELS:
        (cell,), (rates,) = beyond_children([whole], bench.sets, level)
        rows = [int(row) for row in np.flatnonzero(rates <= level)]
        yield Call("excess", level, rows, [cell.left(bench.sets, row) for row in rows])


def _rivals(bench: Bench, draw: Draw, spread: Values) -> Iterator[Call]:
    result = {
        "hypergeometric": hypergeometric(bench, draw.test),
        "diffusion": diffusion(bench, draw.test, spread),
    }
    for name, p in result.items():
        yield _whole(bench, name, FDR, benjamini_hochberg(p))


def _published(bench: Bench, draws: Sequence[Published]) -> list[dict[str, object]]:
    null = np.concatenate([one.null for one in draws])
    rows = []
    for one in draws:
        reached = (null >= one.selection).sum(axis=0)
        rates = np.ones(len(bench.sets.names))
        rates[one.rows] = benjamini_hochberg(np.maximum(reached, 1) / len(null))
        rows += [
            one.draw.row(_whole(bench, "HiSig", level, rates)) for level in (FDR, PUBLISHED_FDR)
        ]
    return rows


def _whole(bench: Bench, name: str, level: float, rates: Values) -> Call:
    rows = [int(row) for row in np.flatnonzero(rates <= level)]
    return Call(name, level, rows, [bench.sets.of_row(row) for row in rows])


def _interval(values: pd.Series[float]) -> str:
    result = estimate(values.tolist())
    return bounded(result.mean, max(0.0, result.low), min(1.0, result.high))


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


def diffusion(bench: Bench, test: CohortTest, spread: Values) -> Values:
    """Return p values of the mean heat of assemblies after diffusion, see `walk`.

    Heat is what exceeds the expectation, in deviations; heat permuted among genes 200 times.
    """
    heat = np.maximum(test.deviations[bench.sets.genes], 0)
    rng = np.random.default_rng(0)
    heats = np.column_stack([heat, *(rng.permutation(heat) for _ in range(HEATS))])
    means = spread @ heats
    deviations = (means[:, 0] - means[:, 1:].mean(axis=1)) / means[:, 1:].std(axis=1)
    return np.asarray(stats.norm.sf(deviations))


def walk(members: sparse.csr_array) -> Values:
    """Return ``(A, n)`` what each gene's heat adds to the mean heat of each assembly.

    Heat goes on a random walk with restart over pairs of genes in assemblies of up to `SMALL`.

    Args:
        members: ``(A, n)`` assemblies x genes.
    """
    sizes = np.diff(members.indptr)
    linking = sparse.csr_array(members[sizes <= SMALL]).astype(float)
    links = sparse.csr_array(linking.T @ linking)
    scale = sparse.diags_array(1 / np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1))
    step = sparse.csr_array((scale @ links).T)
    means = (sparse.diags_array(1 / sizes) @ members.astype(float)).toarray()
    result = means
    for _ in range(STEPS):
        result = RESTART * means + (1 - RESTART) * np.asarray((step @ result.T).T)
    return np.asarray(result)
