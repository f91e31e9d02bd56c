"""Co-elution of assemblies against proteins of like amount and detection: the assembly as the unit.

The published rank-sum test (`RankSum`) takes pairs for independent. Here the labels of
proteins are permuted among those alike in how often they are detected and in how much, so that an
assembly is compared with others of its own size and kind, and pairs count as they hang together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import ElutionProfiles, Hierarchy
from ..nulls import Figures, Nulls, permuted_within
from ..terms.enrichment import benjamini_hochberg
from ..terms.overlap import Index, Values, assemblies_of, common_columns
from .similarity import Coelution, Kind

TIE = 1e-6
"""Co-elutions closer than this are equal: sums of float32 depend on their order."""

BATCH = 64
"""Permutations whose profiles are summed at once: 20 MB for 2,400 proteins of 34 fractions."""


@dataclass(frozen=True)
class MatchedCoelution:
    """The assemblies of a map, their co-elution, and what permuted labels make of it.

    The co-elution of a set is the mean similarity of all pairs in all replicates in which both
    profiles vary. As similarities are inner products, it follows from the sum of the members'
    profiles: the cost of a permutation is that of one sparse product.

    Attributes:
        assemblies: ``(A,)`` rows of the map with at least two profiled members.
        sizes: ``(A,)`` profiled members of each.
        observed: ``(A,)`` co-elution, -1 .. 1.
        p: ``(A,)`` share ``(1 + permutations at least as high) / (1 + permutations)``.
        mean: ``(A,)`` mean over permutations: what proteins of this kind have by chance.
        null_p: ``(D, A)`` p values of maps with permuted labels.
    """

    assemblies: Index
    sizes: Index
    observed: Values
    p: Values
    mean: Values
    null_p: Values

    @classmethod
    def of(
        cls,
        hierarchy: Hierarchy,
        profiles: ElutionProfiles,
        *,
        similarity: Kind = "pearson",
        permutations: int = 10_000,
        null_maps: int = 200,
        seed: int | list[int] = 0,
    ) -> MatchedCoelution:
        """Test every assembly; see the class.

        Within strata, labels are exchangeable, so that p values are uniform on a map without
        signal whatever its tree, and the permutations of one map serve for its permuted copies.

        Args:
            hierarchy: The map.
            profiles: Elution profiles of some of its proteins.
            similarity: See `Coelution`.
            permutations: Of the labels, at least 1; the smallest p is ``1 / (1 + permutations)``,
                and the false discovery rate of 280 assemblies needs about 6,000.
            null_maps: Maps of permuted labels whose p values are returned.
            seed: Of the permutations.

        Raises:
            DataError: If no protein of the map has a profile, or no profile varies.

        Cost: 10 s for 278 assemblies, 2,400 profiled proteins and 10,000 permutations.
        """
        coelution = Coelution.of(profiles, similarity)
        column = common_columns(hierarchy.proteins, coelution.proteins)
        profiled = np.flatnonzero(column >= 0)
        rows = assemblies_of(hierarchy)
        members = sparse.csr_array(hierarchy.membership[rows][:, profiled])
        members.data = np.ones(members.nnz, np.float32)
        sizes = np.diff(members.indptr).astype(np.intp)
        tested = np.flatnonzero(sizes >= 2)
        sums = _Sums(
            sparse.csr_array(members[tested]),
            coelution.units[:, column[profiled]].astype(np.float32),
            coelution.varies[:, column[profiled]].astype(np.float32),
        )
        strata = like_proteins(profiles, [coelution.proteins[k] for k in column[profiled]])
        rng = np.random.default_rng(seed)
        everyone = np.arange(len(profiled))
        observed = sums(everyone[None, :])[0]
        drawn = permuted_within(strata, permutations + null_maps, rng)
        values = np.concatenate(
            [sums(drawn[k : k + BATCH]) for k in range(0, len(drawn), BATCH)]
        ).reshape(len(drawn), len(tested))
        null, extra = np.sort(values[:permutations], axis=0), values[permutations:]
        return cls(
            rows[tested],
            sizes[tested],
            observed,
            _p_values(observed[None, :], null)[0],
            values[:permutations].mean(axis=0),
            _p_values(extra, null),
        )

    def table(self, hierarchy: Hierarchy, fdr: float = 0.05) -> pd.DataFrame:
        """Return one row per tested assembly.

        Columns ``assembly, coelution, coelution_by_chance, matched_p, matched_fdr, coelutes``.
        """
        rates = benjamini_hochberg(self.p)
        return pd.DataFrame(
            {
                "assembly": np.array(hierarchy.names, object)[self.assemblies],
                "coelution": self.observed,
                "coelution_by_chance": self.mean,
                "matched_p": self.p,
                "matched_fdr": rates,
                "coelutes": rates <= fdr,
            }
        )

    def nulls(self, fdr: float = 0.05) -> Nulls:
        """Return how many assemblies co-elute on each map of permuted labels."""
        counts = [float((benjamini_hochberg(p) <= fdr).sum()) for p in self.null_p]
        return Nulls({"coeluting": np.array(counts)} if counts else {})

    def figures(self, fdr: float = 0.05) -> Figures:
        """Return how many assemblies co-elute, beside maps of permuted labels.

        ``coeluting`` counts assemblies at a false discovery rate of `fdr`; beside what `Nulls` says
        of it, ``.null_any`` is the share of permuted maps with any, which should not exceed `fdr`
        by more than chance allows.
        """
        figures: Figures = {"coeluting": int((benjamini_hochberg(self.p) <= fdr).sum())}
        nulls = self.nulls(fdr)
        for name, counts in nulls.draws.items():
            figures[f"{name}.null_any"] = float((counts > 0).mean())
        return figures | nulls.beside(figures)


@dataclass(frozen=True)
class _Sums:
    """Co-elution of sets from the sums of their profiles."""

    members: sparse.csr_array
    units: NDArray[np.float32]
    varies: NDArray[np.float32]

    def __call__(self, labels: NDArray[np.intp]) -> Values:
        """``(B, A)`` co-elution after protein k has become protein ``labels[b, k]``."""
        batch, n = labels.shape
        together, pairs = 0.0, 0.0
        for units, varies in zip(self.units, self.varies, strict=True):
            placed = units[labels].transpose(1, 0, 2).reshape(n, -1)
            summed = (self.members @ placed).reshape(-1, batch, units.shape[1])
            counted = self.members @ np.ascontiguousarray(varies[labels].T)
            together = together + np.square(summed, dtype=np.float64).sum(axis=2) - counted
            pairs = pairs + counted * (counted - 1.0)
        means = np.divide(together, pairs, out=np.zeros_like(together), where=pairs > 0)
        return np.asarray(means.T, np.float64)


def like_proteins(profiles: ElutionProfiles, proteins: list[str], wanted: int = 16) -> Index:
    """Return ``(n,)`` strata of proteins alike in detection and amount.

    Quarters by the number of fractions in which a protein is detected (over 0), and in each of
    them quarters by its summed amount; of equal proteins the order decides nothing but the
    border between two strata.

    Args:
        profiles: Profiles of at least these proteins.
        proteins: ``n`` names.
        wanted: Number of strata, a square.
    """
    row = {name: k for k, name in enumerate(profiles.proteins)}
    amounts = np.nan_to_num(profiles.amounts[:, [row[name] for name in proteins]])
    detected, total = (amounts > 0).sum(axis=(0, 2)), amounts.sum(axis=(0, 2))
    side, n = int(np.sqrt(wanted)), len(proteins)
    first = np.empty(n, np.intp)
    first[np.lexsort((total, detected))] = np.arange(n) * side // max(n, 1)
    strata = np.empty(n, np.intp)
    for k in range(side):
        inside = np.flatnonzero(first == k)
        order = inside[np.argsort(total[inside], kind="stable")]
        strata[order] = k * side + np.arange(len(order)) * side // max(len(order), 1)
    return strata


def _p_values(values: Values, null: Values) -> Values:
    """Share of the sorted ``(B, A)`` null at least as high as each of ``(D, A)`` values."""
    found = np.empty(values.shape)
    for a in range(null.shape[1]):
        # Summed in another order the same set differs in the last digits: equal must stay equal.
        below = np.searchsorted(null[:, a], values[:, a] - TIE, "left")
        found[:, a] = (1 + len(null) - below) / (1 + len(null))
    return found
