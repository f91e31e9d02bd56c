"""Output of ``method=excess``: tables of assemblies and genes, metrics with controls, cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...artifacts import Findings
from ...artifacts.mutations import Mutations
from ...errors import DataError
from ...eval.matched.hierarchical import beyond_passing
from ...eval.nulls import permuted_within
from ...eval.terms.enrichment import benjamini_hochberg
from ...eval.terms.overlap import Index, Values
from . import notes
from .background import Background, Line
from .cards import CONVERGENT, NOT, SINGLE, cards_of
from .drivers import Validation
from .excess import CohortTest, Verdict
from .exclusivity import Exclusivity
from .factor import AssemblyFactor
from .given import PAN, Sets
from .rates import families_fdr

WITHOUT_TOP = 0.05
"""The p value that an assembly without its most excessive gene must reach to be convergent."""

SHUFFLED_GENES = 50
"""Genes of a group of equal expectation, in which counts are shuffled."""

MAX_LISTED_GENES = 12
"""Most genes that a row names."""


@dataclass(frozen=True)
class MutationOptions:
    """What is asked.

    Attributes:
        test_on: ``nonsilent`` or ``silent``.
        fdr: Rate below which an assembly counts as found.
        controls: Draws of each control.
        seed: Of everything stochastic.
        permutations: Of ``method=hisig``.
        p_rule: ``parser`` or ``package``, see `HiSig.p_values`.
        workers: Threads.
        patient_draws: Tables of patients with the same margins.
        drivers: Known cancer genes; None where no list was given.
    """

    test_on: str
    fdr: float
    controls: int
    seed: int
    permutations: int = 10_000
    p_rule: str = "parser"
    workers: int = 1
    patient_draws: int = 1000
    drivers: frozenset[str] | None = None


@dataclass(frozen=True)
class Counts:
    """What is tested, and what the background is fitted to: ``(G, C)`` and ``(G,)`` or None."""

    tested: Values
    silent: Values | None

    @classmethod
    def of(cls, mutations: Mutations, test_on: str, rng: np.random.Generator) -> Counts:
        """Return the counts of a test; ``silent`` thins silent mutations to halves.

        Raises:
            DataError: If silent mutations are to be tested and there are none.
        """
        silent = mutations.silent
        if test_on == "nonsilent":
            background = None if silent is None else silent.sum(axis=1).astype(float)
            return cls(mutations.nonsilent.astype(float), background)
        if silent is None or not silent.any():
            raise DataError(
                "test_on=silent needs silent mutations, and counts has none; give columns "
                "silent_mutations_<COHORT>."
            )
        half = rng.binomial(silent, 0.5)
        return cls(half.astype(float), (silent - half).sum(axis=1).astype(float))


@dataclass(frozen=True)
class Cell:
    """What the assemblies of a map have in one cohort.

    Attributes:
        cohort: Its name.
        test: Of sets of genes in it.
        whole: Verdict of each assembly.
        p: ``(A,)`` beyond what significant assemblies below explain.
        explained: Of each assembly, these.
    """

    cohort: str
    test: CohortTest
    whole: list[Verdict]
    p: Values
    explained: list[list[int]]

    @classmethod
    def of(cls, cohort: str, test: CohortTest, sets: Sets) -> Cell:
        """Test each assembly by itself."""
        whole = [test.test(genes) for genes in sets.all()]
        return cls(cohort, test, whole, np.array([one.p for one in whole]), [[] for _ in whole])

    def beyond(self, sets: Sets, bar: float) -> Cell:
        """Return the same with each assembly tested beyond its children of p up to `bar`."""

        def rest(inside: Index, _: NDArray[np.bool_]) -> float:
            return self.test.p_value(sets.genes[inside])

        alone = np.array([verdict.p for verdict in self.whole])
        p, explained = beyond_passing(sets.lineage, sets.members, alone, rest, bar)
        return replace(self, p=p, explained=explained)

    def left(self, sets: Sets, row: int) -> Index:
        """Return the genes of an assembly that are in none of those that explain it."""
        genes = sets.of_row(row)
        gone = [sets.of_row(child) for child in self.explained[row]]
        return genes[~np.isin(genes, np.concatenate(gone))] if gone else genes


def beyond_children(cells: list[Cell], sets: Sets, fdr: float) -> tuple[list[Cell], list[Values]]:
    """Test parents for what their significant children leave; return false discovery rates too.

    Children that pass as whole assemblies are taken out first; the second time only those that
    passed then, so that whatever explains a parent is itself among the significant.

    Returns:
        The cells, the first one all cohorts together where there are several, and ``(A,)`` rates
        of each.
    """
    for _ in range(2):
        rates = _rates(cells)
        cells = [
            cell.beyond(sets, float(cell.p[rate <= fdr].max(initial=-1.0)))
            for cell, rate in zip(cells, rates, strict=True)
        ]
    return cells, _rates(cells)


def _rates(cells: list[Cell]) -> list[Values]:
    p = [cell.p for cell in cells]
    return families_fdr([p[:1], p[1:]] if len(p) > 1 else [p])


@dataclass(frozen=True)
class Answer:
    """Mutations, the assemblies of a map, and what is asked of them.

    Attributes:
        mutations: Of genes and cohorts.
        sets: The assemblies.
        covariates: ``(G, k)`` of genes, the first column 1.
        has_covariates: Whether there is more than that column.
        options: The settings.
    """

    mutations: Mutations
    sets: Sets
    covariates: Values
    has_covariates: bool
    options: MutationOptions

    def findings(self) -> Findings:
        """Return all tables; ``mutations`` first."""
        table = self.table()
        metrics = self.metrics(table)
        tables = {"mutations": table, "genes": self.genes()} | self.of_patients(table)
        if self.options.drivers is not None:
            tables["drivers"] = drivers = self.validation(self.options.drivers)
            metrics["drivers_left"] = float(drivers["listed"].iloc[0])
            metrics["drivers_left.null_mean"] = float(drivers["expected"].iloc[0])
        what = "silent, as a control" if self.options.test_on == "silent" else "non-silent"
        shown = "demonstration only, " if notes.is_demonstration(self.mutations) else ""
        title = f"Recurrently mutated assemblies ({shown}{what})"
        return Findings(title, tables, metrics, self._notes(table, metrics), cards_of(tables))

    @cached_property
    def counts(self) -> Counts:
        """What is tested, and the background's counts."""
        rng = np.random.default_rng(self.options.seed)
        return Counts.of(self.mutations, self.options.test_on, rng)

    @cached_property
    def background(self) -> Background:
        """Of the genes."""
        return self._background(self.counts)

    @cached_property
    def factor(self) -> AssemblyFactor:
        """How far assemblies deviate from what covariates say."""
        return AssemblyFactor.fit(self.background, self.sets.all())

    @cached_property
    def tests(self) -> list[tuple[str, CohortTest]]:
        """All cohorts together where there are several, then each one that has mutations."""
        tested, names = self.counts.tested, self.mutations.cohorts
        columns = [(PAN, tested.sum(axis=1))] if len(names) > 1 else []
        columns += [(name, tested[:, k]) for k, name in enumerate(names) if tested[:, k].any()]
        return [(name, self._test(counts)) for name, counts in columns]

    @cached_property
    def whole(self) -> list[Cell]:
        """What assemblies have by themselves in each of these."""
        return [Cell.of(name, test, self.sets) for name, test in self.tests]

    @cached_property
    def cells(self) -> tuple[list[Cell], list[Values]]:
        """What assemblies have beyond their significant children, and false discovery rates."""
        return beyond_children(self.whole, self.sets, self.options.fdr)

    def table(self) -> pd.DataFrame:
        """Return one row per assembly and cohort, the surest first: see ``docs/mutations.md``."""
        cells, rates = self.cells
        passing = [
            c.p[r <= self.options.fdr].max(initial=0.0) for c, r in zip(cells, rates, strict=True)
        ]
        bar = float(max(passing)) or self.options.fdr / len(self.sets.names)
        parts = [self._rows(cell, rate, bar) for cell, rate in zip(cells, rates, strict=True)]
        table = pd.concat(parts, ignore_index=True)
        return table.sort_values(["fdr", "p"], kind="stable", ignore_index=True)

    def genes(self) -> pd.DataFrame:
        """Return one row per gene, in all cohorts together or in the only one."""
        test = self.whole[0].test
        p = test.gene_p
        inside = np.zeros(len(p), bool)
        inside[self.sets.genes] = True
        table = pd.DataFrame(
            {
                "gene": np.array(self.mutations.genes, object),
                "observed": test.counts.astype(int),
                "expected": test.expected,
                "score": np.log2(np.maximum(test.counts - test.expected, 0) + 1),
                "deviations": test.deviations,
                "p": p,
                "fdr": benjamini_hochberg(test.tails),
                "in_map": inside.astype(int),
            }
        )
        return table.sort_values(["p", "deviations"], ascending=[True, False], ignore_index=True)

    def metrics(self, table: pd.DataFrame) -> dict[str, float]:
        """Return how many assemblies pass, and how many where nothing should.

        ``significant`` are assemblies with a row that passes, in all cohorts together or in one;
        ``significant_pan`` and ``convergent_pan`` those in all together. With the counts shuffled
        among genes of equal expectation: ``significant_pan.null_mean`` and so on; ``silent_pan``:
        half of the silent mutations tested against the other half, mean over draws.
        """
        first = table["cohort"] == self.whole[0].cohort
        passed = table["fdr"] <= self.options.fdr
        convergent = table["class"] == CONVERGENT
        metrics: dict[str, float] = {
            "assemblies": len(self.sets.names),
            "significant": table.loc[passed, "assembly"].nunique(),
            "convergent": table.loc[convergent, "assembly"].nunique(),
            "significant_pan": self._passing(self.whole[0].test),
            "tests": len(table),
            "tests_pan": int(first.sum()),
        }
        shuffled = self.shuffled()
        if shuffled:
            metrics["significant_pan.null_mean"] = float(np.mean(shuffled))
        silent = self.silent_control()
        if silent:
            metrics["silent_pan"] = float(np.mean(silent))
        return metrics

    def of_patients(self, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Return ``patients`` and ``hits``, see `Exclusivity`; nothing without lists."""
        patients = self.mutations.patients
        if patients is None or self.options.test_on == "silent":
            return {}
        options = self.options
        shown = Exclusivity(
            self.mutations, patients, self.sets, options.patient_draws, options.seed
        )
        return shown.tables(table[table["class"] != NOT])

    def validation(self, drivers: frozenset[str]) -> pd.DataFrame:
        """Return how many known cancer genes there are among members that drove no call."""
        cells, rates = self.cells
        cell, passed = cells[0], np.flatnonzero(rates[0] <= self.options.fdr).tolist()
        names = np.array(self.mutations.genes, object)
        return Validation(
            cell.test,
            names,
            np.isin(names, list(drivers)),
            self.sets.genes,
            {self.sets.names[row]: cell.left(self.sets, row) for row in passed},
            {self.sets.names[row]: self.sets.of_row(row) for row in passed},
            self.options.seed,
        ).table()

    def shuffled(self) -> list[int]:
        """Return how many assemblies pass when counts are shuffled among like genes."""
        test, rng = self.whole[0].test, np.random.default_rng([self.options.seed, 1])
        order = np.argsort(np.argsort(test.expected, kind="stable"), kind="stable")
        drawn = permuted_within(order // SHUFFLED_GENES, self.options.controls, rng)
        tests = (
            CohortTest(test.counts[one], test.background, test.line, test.factor) for one in drawn
        )
        return [self._passing(one) for one in tests]

    def silent_control(self) -> list[int]:
        """Return how many assemblies pass when silent mutations are tested against their like."""
        if self.mutations.silent is None or not self.mutations.silent.any():
            return []
        rng, passing = np.random.default_rng([self.options.seed, 2]), []
        for _ in range(self.options.controls):
            counts = Counts.of(self.mutations, "silent", rng)
            background = self._background(counts)
            factor = AssemblyFactor.fit(background, self.sets.all())
            tested = counts.tested.sum(axis=1)
            line = Line.fit(tested, background)
            passing.append(self._passing(CohortTest(tested, background, line, factor)))
        return passing

    def _passing(self, test: CohortTest) -> int:
        _, rates = beyond_children([Cell.of(PAN, test, self.sets)], self.sets, self.options.fdr)
        return int((rates[0] <= self.options.fdr).sum())

    def _background(self, counts: Counts) -> Background:
        if counts.silent is not None and counts.silent.any():
            return Background.of_silent(counts.silent, self.covariates)
        if not self.has_covariates:
            raise DataError(
                "counts: holds no silent mutation, so there is no background to compare with; "
                "give silent_mutations_<COHORT>, or lengths=FILE or covariates=FILE."
            )
        return Background.of_covariates(counts.tested.sum(axis=1), self.covariates)

    def _test(self, counts: Values) -> CohortTest:
        line = Line.fit(counts, self.background)
        return CohortTest(counts, self.background, line, self.factor)

    def _rows(self, cell: Cell, rates: Values, bar: float) -> pd.DataFrame:
        names, test = np.array(self.mutations.genes, object), cell.test
        passed = rates <= self.options.fdr
        sets = self.sets.all()
        without = [self._without_top(cell, row) for row in range(len(sets))]
        kinds = np.where(np.array(without) < WITHOUT_TOP, CONVERGENT, SINGLE)
        columns: dict[str, Sequence[object] | NDArray[np.object_] | Values] = {
            "assembly": np.array(self.sets.names, object),
            "cohort": np.full(len(sets), cell.cohort, object),
            "observed": np.array([verdict.observed for verdict in cell.whole]),
            "expected": np.array([verdict.expected for verdict in cell.whole]),
            "p": cell.p,
            "fdr": rates,
            "class": np.where(passed, kinds, NOT).astype(object),
            "members": [len(genes) for genes in sets],
            "mutated": [int((test.counts[genes] > 0).sum()) for genes in sets],
            "top_gene": [names[verdict.top] for verdict in cell.whole],
            "p_without_top": np.array(without),
            "p_alone": np.array([verdict.p for verdict in cell.whole]),
            "explained_by": [
                " ".join(np.array(self.sets.names, object)[one]) for one in cell.explained
            ],
            "genes": [self._drivers(test, genes) for genes in sets],
            "detectable": np.array([test.detectable(genes, bar) for genes in sets]),
        }
        return pd.DataFrame(columns)

    def _without_top(self, cell: Cell, row: int) -> float:
        """Return the p value of what is left of an assembly without its most excessive gene."""
        genes = cell.left(self.sets, row)
        if len(genes) < 2 or cell.p[row] > WITHOUT_TOP:
            return 1.0
        top = cell.test.test(genes).top
        return cell.test.p_value(genes[genes != top])

    def _drivers(self, test: CohortTest, genes: Index) -> str:
        """Return the members that exceed their expectation, the surest first, with their counts."""
        order = genes[np.argsort(test.tails[genes], kind="stable")]
        order = order[test.counts[order] > test.expected[order]][:MAX_LISTED_GENES]
        return " ".join(f"{self.mutations.genes[g]}:{test.counts[g]:.0f}" for g in order)

    def _notes(self, table: pd.DataFrame, metrics: Mapping[str, float]) -> tuple[str, ...]:
        given, inside, options = self.mutations, len(self.sets.genes), self.options
        return (
            *notes.demonstration(given),
            *given.notes,
            notes.tested(given, inside, options.test_on, self.background, self.has_covariates),
            notes.spread(self.background, self.factor.deviation),
            notes.passed(metrics, options.fdr),
            notes.power(table, self.whole[0].cohort),
        )
