"""Output of ``method=hisig``: selection pressure as published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...artifacts import Findings
from ...eval.terms.overlap import Index, Values
from .answer import Answer
from .cards import CONVERGENT, NOT, SINGLE, cards_of
from .excess import CohortTest
from .hisig import HiSig

NORMAL_95 = 1.645
"""Upper 5 % of the standard normal."""


@dataclass(frozen=True)
class PublishedAnswer:
    """HiSig on the assemblies and the background of another answer.

    Attributes:
        answer: Of ``method=excess``, none of whose tests of assemblies are made.
        by_cohort: Whether each cohort is tested too, besides all together.
    """

    answer: Answer
    by_cohort: bool

    def findings(self) -> Findings:
        """Return ``mutations`` in the columns of ``method=excess``, with ``selection``."""
        table = pd.concat([self._rows(*one) for one in self._tests()], ignore_index=True)
        table = table.sort_values(["p", "selection"], ascending=[True, False], ignore_index=True)
        options = self.answer.options
        passed = table["fdr"] <= options.fdr
        metrics = {
            "assemblies": float(len(self.answer.sets.names)),
            "significant": float(table.loc[passed, "assembly"].nunique()),
        }
        note = (
            f"{metrics['significant']:.0f} of {metrics['assemblies']:.0f} assemblies at a false "
            f"discovery rate of {options.fdr:g} by HiSig as published: {options.permutations:,} "
            "permutations that treat long and short genes alike, rates within each cohort."
        )
        tables = {"mutations": table}
        notes = (*self.answer.mutations.notes, note)
        title = "Recurrently mutated assemblies (HiSig as published)"
        return Findings(title, tables, metrics, notes, cards_of(tables))

    def _tests(self) -> list[tuple[str, CohortTest]]:
        tests = self.answer.tests
        return tests if self.by_cohort else tests[:1]

    def _rows(self, cohort: str, test: CohortTest) -> pd.DataFrame:
        sets, options = self.answer.sets, self.answer.options
        score = np.log2(np.maximum(test.counts - test.expected, 0) + 1)[sets.genes]
        place = np.full(len(test.counts), -1)
        place[sets.genes] = np.arange(len(sets.genes))
        inside = [place[genes] for genes in sets.all()]
        package = options.p_rule == "package"
        hisig = HiSig(score, inside, options.permutations, options.seed, options.workers, package)
        p, rates = hisig.p_values(options.p_rule)
        selection = hisig.selection[: len(inside)]
        if package:  # as the R package filters its table
            rates = np.where(selection > 0, rates, 1.0)
        names = np.array(self.answer.mutations.genes, object)[sets.genes]
        kinds = [CONVERGENT if _rest_is_high(score, one) else SINGLE for one in inside]
        columns: dict[str, Sequence[object] | NDArray[np.object_] | Values] = {
            "assembly": np.array(sets.names, object),
            "cohort": np.full(len(inside), cohort, object),
            "observed": np.array([test.counts[genes].sum() for genes in sets.all()]),
            "expected": np.array([test.expected[genes].sum() for genes in sets.all()]),
            "p": p,
            "fdr": rates,
            "class": np.where(rates <= options.fdr, np.array(kinds, object), NOT),
            "members": [len(one) for one in inside],
            "selection": selection,
            "top_gene": [names[one[np.argmax(score[one])]] for one in inside],
        }
        return pd.DataFrame(columns)


def _rest_is_high(score: Values, inside: Index) -> bool:
    """Return whether members without the highest score more than genes at large, at p below .05."""
    rest = np.delete(score[inside], np.argmax(score[inside]))
    error = score.std() / np.sqrt(len(rest))
    return bool(rest.mean() - score.mean() > NORMAL_95 * error)
