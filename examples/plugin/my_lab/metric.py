"""Purity: how much of an assembly lies in one known set, mean over assemblies."""

from typing import ClassVar

import numpy as np

from cytoweave.artifacts import Hierarchy, TermSet
from cytoweave.eval.catalogue import Metric
from cytoweave.eval.scoring import Task

PURITY = Metric(
    "purity",
    "Purity of assemblies",
    "Largest share of an assembly that lies in one known set, mean over assemblies. Small "
    "assemblies are pure easily.",
    form="share",
    headline=("corum.all",),  # where the terminal shows it; the page shows it for every reference
)


def purity(hierarchy: Hierarchy, terms: TermSet) -> float:
    """Return the largest share of an assembly within one term, mean over assemblies, in [0, 1]."""
    offered = {name: row for row, name in enumerate(hierarchy.proteins)}
    known = [k for k, name in enumerate(terms.proteins) if name in offered]
    rows = [offered[terms.proteins[k]] for k in known]
    members = (hierarchy.membership > 0).astype(float)[1:]  # row 0 is the root
    shared = members[:, rows] @ terms.members[:, known].astype(float).T
    return float(np.mean(shared.max(axis=1).toarray() / members.sum(axis=1)))


class PurityScoring:
    """Scores a map against sets of terms; has no settings."""

    takes: ClassVar[type] = TermSet

    def __call__(self, task: Task[TermSet]) -> tuple[dict[str, float], dict]:
        """Return the metric, and no tables; neither where there is no map to score."""
        hierarchy = task.hierarchy
        if hierarchy is None or len(hierarchy.names) < 2:
            return {}, {}
        return {PURITY.name: purity(hierarchy, task.reference)}, {}
