"""Recovery of a known hierarchy, such as the simulated cell's, in a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ..artifacts import Hierarchy
from ..errors import DataError
from ..nodes.ranges import AtLeastOne, UnitAboveZero, checked
from .embedding.retrieval import bootstrap_interval
from .nulls import Metrics, Nulls
from .scoring import Tables, Task
from .terms.overlap import (
    Index,
    Overlap,
    Values,
    assemblies_of,
    common_columns,
    overlap,
    relabelled,
)


@checked
@dataclass(frozen=True)
class TruthScoring:
    """Scores a map against a true hierarchy, such as the simulated cell's.

    Args:
        min_size: Minimum size of the true assemblies that count.
        recovered_at: Minimum Jaccard at which one is recovered.
    """

    takes: ClassVar[type] = Hierarchy

    min_size: AtLeastOne = 5
    recovered_at: UnitAboveZero = 0.5

    def __call__(self, task: Task[Hierarchy]) -> tuple[Metrics, Tables]:
        """Return the metrics of `TruthScores.summary` and `truth_table`; none without a map."""
        hierarchy, truth = task.hierarchy, task.reference
        if hierarchy is None:
            return {}, {}
        scores = score_truth(
            hierarchy, truth, min_size=self.min_size, recovered_at=self.recovered_at
        )
        metrics = scores.summary(task.nulls, task.bootstrap, task.seed)
        return metrics, {"truth": truth_table(scores, hierarchy, truth)}


@dataclass(frozen=True)
class TruthScores:
    """Comparison of a map with the true hierarchy.

    A true assembly is not restricted to the offered proteins, so that maps of different
    measurements of one cell can be compared.

    Attributes:
        true: ``(T,)`` rows of the true hierarchy that count as assemblies, of any size.
        assemblies: ``(A,)`` rows of the map that count as assemblies.
        large: ``(T,)`` whether a true assembly is large enough to count.
        complexes: ``(T,)`` whether a true assembly is a leaf.
        members: ``(A, N)`` the map's assemblies x offered proteins.
        truth: ``(N, T)`` offered proteins x true assemblies.
        true_sizes: ``(T,)`` sizes of the true assemblies, including proteins that were not offered.
        recovered_at: Minimum Jaccard at which a true assembly is recovered.
    """

    true: Index
    assemblies: Index
    large: NDArray[np.bool_]
    complexes: NDArray[np.bool_]
    members: sparse.csr_array
    truth: sparse.csr_array
    true_sizes: Index
    recovered_at: float = 0.5

    def overlap(self, labels: Index | None = None) -> Overlap:
        """Count shared proteins of assemblies (rows) and true assemblies (columns)."""
        members = self.members if labels is None else relabelled(self.members, labels)
        return overlap(members, self.truth, column_sizes=self.true_sizes)

    def parts(self, labels: Index | None = None) -> dict[str, Values]:
        """Return the best Jaccard of each set, by the name of the mean over them.

        ``mean_best_jaccard`` of the large true assemblies, ``complexes_mean_best_jaccard`` of
        the leaves among them, and ``map_mean_best_jaccard`` of the map's assemblies with true ones
        of any size.
        """
        shared = self.overlap(labels)
        true, own = np.zeros(len(shared.column_sizes)), np.zeros(len(shared.row_sizes))
        np.maximum.at(true, shared.column, shared.jaccard)
        np.maximum.at(own, shared.row, shared.jaccard)
        parts = {
            "mean_best_jaccard": true[self.large],
            "complexes_mean_best_jaccard": true[self.large & self.complexes],
            "map_mean_best_jaccard": own,
        }
        return {name: values for name, values in parts.items() if len(values)}

    def metrics(self, labels: Index | None = None) -> Metrics:
        """Return the metrics that have a permutation null, 0..1, higher is better.

        The means of `parts`; ``f1``, the harmonic mean of the first and the last; ``recovered``
        and ``complexes_recovered``, shares of true assemblies of Jaccard >= `recovered_at`.
        """
        parts = self.parts(labels)
        metrics = {name: float(values.mean()) for name, values in parts.items()}
        recovered, own = metrics["mean_best_jaccard"], metrics["map_mean_best_jaccard"]
        metrics["f1"] = 2 * recovered * own / (recovered + own) if recovered + own > 0 else 0.0
        shares = {"recovered": "mean_best_jaccard"}
        if "complexes_mean_best_jaccard" in parts:
            shares["complexes_recovered"] = "complexes_mean_best_jaccard"
        for name, of in shares.items():
            metrics[name] = float((parts[of] >= self.recovered_at).mean())
        return metrics

    def summary(self, nulls: int, bootstrap: int, seed: list[int]) -> Metrics:
        """Return all metrics with nulls, and bootstrap intervals of the means over their sets."""
        metrics = self.metrics()
        about: Metrics = {
            "assemblies": int(self.large.sum()),
            "complexes": int((self.large & self.complexes).sum()),
        }
        for name, values in self.parts().items():
            low, high = bootstrap_interval(values, bootstrap, [*seed, 1])
            about |= {f"{name}.lo": low, f"{name}.hi": high}
        null = Nulls.of(self.metrics, np.zeros(self.members.shape[1], np.intp), nulls, seed)
        return metrics | about | null.statistics(metrics)


def score_truth(
    hierarchy: Hierarchy, truth: Hierarchy, *, min_size: int = 5, recovered_at: float = 0.5
) -> TruthScores:
    """Compare a map with the true hierarchy; see `TruthScores`.

    Args:
        hierarchy: The map.
        truth: The true hierarchy; its complexes are its leaves.
        min_size: Minimum size of the true assemblies that count.
        recovered_at: Minimum Jaccard at which one is recovered.

    Raises:
        DataError: If no offered protein is in the truth, a hierarchy has no assembly, or no true
            assembly is large enough.
    """
    column = common_columns(hierarchy.proteins, truth.proteins)
    assemblies, true = assemblies_of(hierarchy), assemblies_of(truth)
    large = truth.sizes[true] >= min_size
    if not large.any():
        raise DataError(
            f"no true assembly holds {min_size} or more proteins (the largest holds "
            f"{truth.sizes[true].max()}); lower eval.truth.min_size."
        )
    offered = np.flatnonzero(column >= 0)
    members = sparse.csr_array(truth.membership[true])
    inside = sparse.csr_array(
        (np.ones(len(offered), np.int32), (column[offered], offered)),
        shape=(len(truth.proteins), len(hierarchy.proteins)),
    )
    return TruthScores(
        true,
        assemblies,
        large,
        ~np.isin(true, truth.edges[:, 0]),
        sparse.csr_array(hierarchy.membership[assemblies]),
        sparse.csr_array((members @ inside).T.tocsr()),
        truth.sizes[true].astype(np.intp),
        recovered_at,
    )


def truth_table(scores: TruthScores, hierarchy: Hierarchy, truth: Hierarchy) -> pd.DataFrame:
    """Return the best assembly of each true one that counts, in the order of the truth.

    Columns: ``truth, size, complex, assembly, jaccard, recovered``; without any shared
    protein the assembly is empty and Jaccard 0.
    """
    overlap = scores.overlap()
    best = overlap.best_per_column()
    large = np.flatnonzero(scores.large)
    jaccard = np.append(overlap.jaccard, 0.0)[best][large]
    names = np.array(hierarchy.names, object)[scores.assemblies[overlap.row]]
    return pd.DataFrame(
        {
            "truth": np.array(truth.names, object)[scores.true[large]],
            "size": scores.true_sizes[large],
            "complex": scores.complexes[large],
            "assembly": np.append(names, np.array([""], object))[best][large],
            "jaccard": jaccard,
            "recovered": jaccard >= scores.recovered_at,
        }
    )
