"""Unexpected members: test whether members outside the matched term resemble the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Hierarchy
from ..nulls import Metrics, Nulls, permuted_within
from ..terms.enrichment import benjamini_hochberg
from ..terms.overlap import Index, Values, common_columns
from .assemblies import TIE_TOLERANCE
from .profiles import Profiles

MATCHED_CONTROLS = 300
"""Minimum number of proteins matched on detection and abundance, where there are so many."""
TAIL = 0.1
"""Share of the most similar controls whose distribution is pooled over all tests."""
STRATA = 16
"""Maximum number of strata of matched proteins, as in the test of assemblies."""


@dataclass(frozen=True)
class Matched:
    """The terms that an assembly matches, at most one of each reference.

    Attributes:
        term: The one of highest Jaccard, as ``reference: term``.
        explained: Proteins of the assembly that are in any of them.
    """

    term: str
    explained: frozenset[str]


def matched_assemblies(terms: pd.DataFrame, fdr: float = 0.01) -> dict[str, Matched]:
    """Return the assemblies that match a term (documented or variant), by name.

    Args:
        terms: The table ``assemblies_terms`` of all references, columns ``assembly, reference,
            term, jaccard, fdr, class, genes``.
        fdr: Rate below which a match counts.
    """
    matches = terms[terms["class"].isin(["documented", "variant"]) & (terms["fdr"] < fdr)]
    matches = matches.sort_values("jaccard", ascending=False, kind="stable")
    return {
        str(name): Matched(
            f"{rows['reference'].iloc[0]}: {rows['term'].iloc[0]}",
            frozenset(" ".join(rows["genes"]).split()),
        )
        for name, rows in matches.groupby("assembly", sort=False)
    }


@dataclass(frozen=True)
class UnexpectedMembers:
    """Members outside the matched terms of their assembly, tested for similarity to its others.

    The similarity of a protein to an assembly is the mean over its other members, in all replicates
    in which both profiles vary. A member is compared with its matched controls: all proteins of its
    stratum outside the assembly, each in its place, with the other members unchanged. The p value
    is the share of controls, including the member, that are at least as similar. Controls are only
    hundreds, too few for the false discovery rate of thousands of members: in the upper `TAIL` the
    excess of a value, in units of that tail's mean excess, is compared with the controls of all
    members together. Where labels are exchangeable within strata, p values are uniform.

    Source: fitted tails of permutation tests, Knijnenburg et al., Bioinformatics 25:i161 (2009),
    doi:10.1093/bioinformatics/btp211; here the tail is pooled, not a fitted curve.

    Attributes:
        assembly: ``(T,)`` names.
        term: ``(T,)`` the term that the assembly matches.
        protein: ``(T,)`` the member.
        similarity: ``(T,)`` its similarity to the others, -1..1.
        mean: ``(T,)`` mean similarity of its matched controls.
        p: ``(T,)`` p value.
        null_p: ``(D, T)`` the same on permuted labels.
    """

    assembly: tuple[str, ...]
    term: tuple[str, ...]
    protein: tuple[str, ...]
    similarity: Values
    mean: Values
    p: Values
    null_p: Values

    @classmethod
    def of(
        cls,
        hierarchy: Hierarchy,
        profiles: Profiles,
        matched: Mapping[str, Matched],
        *,
        null_maps: int = 20,
        seed: int | list[int] = 0,
    ) -> UnexpectedMembers:
        """Test every profiled unexpected member of assemblies with two other profiled members.

        Args:
            hierarchy: The map.
            profiles: Profiles of some of its proteins.
            matched: From `matched_assemblies`.
            null_maps: Number of label-permuted maps whose p values are returned.
            seed: Seed of the permutations.

        Raises:
            DataError: If no protein of the map has a profile.

        Cost: 1 s for 2,800 members, 3,700 profiled proteins and 20 null maps.
        """
        column = common_columns(hierarchy.proteins, profiles.proteins)
        profiled = np.flatnonzero(column >= 0)
        names = [hierarchy.proteins[k] for k in profiled]
        members = sparse.csr_array(hierarchy.membership[:, profiled] > 0)
        rows, cells = _unexpected(hierarchy, members, names, matched)
        side = int(np.clip(np.sqrt(len(names) / MATCHED_CONTROLS), 1, np.sqrt(STRATA)))
        test = _Controls(
            members,
            profiles.units[:, column[profiled]].astype(np.float32),
            profiles.varies[:, column[profiled]].astype(np.float32),
            profiles.strata(column[profiled], side * side),
            rows,
            cells,
        )
        observed, mean, p = test(np.arange(len(names)))
        drawn = permuted_within(test.strata, null_maps, np.random.default_rng(seed))
        null = np.array([test(labels)[2] for labels in drawn]).reshape(null_maps, len(rows))
        assemblies = tuple(hierarchy.names[k] for k in rows)
        return cls(
            assemblies,
            tuple(matched[name].term for name in assemblies),
            tuple(names[k] for k in cells),
            observed,
            mean,
            p,
            null,
        )

    def table(self, fdr: float = 0.05) -> pd.DataFrame:
        """Return one row per tested member, the most significant first.

        Columns ``assembly, protein, term, similarity, by_chance, p, fdr, supported``.
        """
        rates = benjamini_hochberg(self.p)
        table = pd.DataFrame(
            {
                "assembly": np.array(self.assembly, object),
                "protein": np.array(self.protein, object),
                "term": np.array(self.term, object),
                "similarity": self.similarity,
                "by_chance": self.mean,
                "p": self.p,
                "fdr": rates,
                "supported": rates <= fdr,
            }
        )
        order = np.lexsort((-self.similarity, self.p))
        return table.iloc[order].reset_index(drop=True)

    def metrics(self, fdr: float = 0.05) -> Metrics:
        """Return metrics of the unexpected members.

        ``unexpected_tested`` counts them; ``unexpected`` those at a false discovery rate of `fdr`,
        ``unexpected_proteins`` the number of distinct proteins among these; ``unexpected_auroc`` is
        the probability that a member is more similar to the others than its controls, mean over
        members (chance level .5, best 1). Also the results of `Nulls`, and ``unexpected.null_any``,
        the share of permuted maps with any.
        """
        table = self.table(fdr)
        supported = table["supported"].astype(bool)
        metrics: Metrics = {
            "unexpected_tested": len(table),
            "unexpected_proteins": table["protein"][supported].nunique(),
        }
        if not len(table):
            return metrics
        counts = _counted(self.p, fdr)
        drawn = [_counted(p, fdr) for p in self.null_p]
        null = Nulls({k: np.array([d[k] for d in drawn]) for k in counts} if drawn else {})
        if drawn:
            metrics["unexpected.null_any"] = float((null.draws["unexpected"] > 0).mean())
        return counts | metrics | null.statistics(counts)


def _counted(p: Values, fdr: float) -> Metrics:
    supported = benjamini_hochberg(p) <= fdr
    return {"unexpected": int(supported.sum()), "unexpected_auroc": 1 - float(p.mean())}


def _unexpected(
    hierarchy: Hierarchy,
    members: sparse.csr_array,
    names: list[str],
    matched: Mapping[str, Matched],
) -> tuple[Index, Index]:
    """Return ``(T,)`` assemblies and ``(T,)`` profiled members that are in no matched term."""
    rows, cells = [], []
    for row, name in enumerate(hierarchy.names):
        inside = members.indices[members.indptr[row] : members.indptr[row + 1]]
        if name not in matched or len(inside) < 3:
            continue
        known = matched[name].explained
        new = [int(k) for k in inside if names[k] not in known]
        rows += [row] * len(new)
        cells += new
    return np.array(rows, np.intp), np.array(cells, np.intp)


@dataclass(frozen=True)
class _Controls:
    """Compares each tested member with its matched controls."""

    members: sparse.csr_array
    units: NDArray[np.float32]
    varies: NDArray[np.float32]
    strata: Index
    rows: Index
    cells: Index

    def __call__(self, labels: Index) -> tuple[Values, Values, Values]:
        """Return similarity, mean of the controls, p value; protein k has become ``labels[k]``.

        Similarities are inner products of unit profiles. So the summed similarity of any protein
        to the other members of an assembly is its inner product with the sum of their profiles,
        and one matrix product per stratum compares all members with all controls. The mean is
        over pairs of profiles that both vary, which the same product of 0/1 flags counts.
        """
        units, varies = self.units[:, labels], self.varies[:, labels]
        others = [self._others(values) for values in units]
        counted = [self._others(values[:, None])[:, 0] for values in varies]
        observed, mean, p, excess = np.zeros((4, len(self.rows)))
        tail, pooled = np.zeros(len(self.rows)), [np.empty(0)]
        for stratum in np.unique(self.strata[self.cells]):
            mine = np.flatnonzero(self.strata[self.cells] == stratum)
            like = np.flatnonzero(self.strata == stratum)
            together = sum(o[mine] @ u[like].T for o, u in zip(others, units, strict=True))
            pairs = sum(np.outer(c[mine], v[like]) for c, v in zip(counted, varies, strict=True))
            values = np.asarray(together, np.float64) / np.maximum(np.asarray(pairs), 1)
            # Controls are outside the assembly; the member itself, at `at`, is added to its set
            # below, so that p is never 0.
            allowed = ~self.members[self.rows[mine]][:, like].toarray().astype(bool)
            at = np.arange(len(mine)), np.searchsorted(like, self.cells[mine])
            observed[mine] = values[at]
            mean[mine] = (values * allowed).sum(axis=1) / np.maximum(allowed.sum(axis=1), 1)
            allowed[at] = True
            sets = np.where(allowed, values, -np.inf)
            p[mine] = (sets >= values[at][:, None] - TIE_TOLERANCE).sum(axis=1) / allowed.sum(
                axis=1
            )
            beyond, tail[mine] = _excess(sets)
            excess[mine] = beyond[at]
            pooled.append(beyond[beyond > 0])
        # In the tail: P(in the tail of its own set) x P(excess at least as large, given the
        # tail), the second factor from the scaled excesses of all sets, which are one null.
        everywhere = np.sort(np.concatenate(pooled))
        higher = len(everywhere) - np.searchsorted(everywhere, excess - TIE_TOLERANCE, "left")
        fine = tail * (1 + higher) / (1 + len(everywhere))
        return observed, mean, np.where(excess > 0, fine, p)

    def _others(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sum values over the other members of each tested member's assembly."""
        sums = self.members.astype(np.float32) @ values
        return np.asarray(sums[self.rows] - values[self.cells], np.float32)


def _excess(sets: Values) -> tuple[Values, Values]:
    """Return the excess of each value over the threshold of its set's upper tail.

    Args:
        sets: ``(T, L)`` values, -infinity where there is none.

    Returns:
        ``(T, L)`` excess over the highest value outside the tail, divided by the tail's mean
        excess, 0 outside it; ``(T,)`` share of the set that is in the tail.
    """
    # Peaks over threshold: dividing by the mean excess puts the tails of all sets on one scale,
    # so that they can be pooled. The threshold is the largest value outside the top `TAIL` of a
    # set; sets differ in size, hence -infinity as padding, which sorts to the front.
    ascending = np.sort(sets, axis=1)
    size = np.isfinite(sets).sum(axis=1)
    count = np.maximum((TAIL * size).astype(np.intp), 1)
    place = np.maximum(sets.shape[1] - 1 - count, 0)
    bar = ascending[np.arange(len(sets)), place]
    bar = np.where(np.isfinite(bar), bar, ascending[:, -1])[:, None]
    beyond = np.where(sets > bar, sets - bar, 0.0)
    scale = beyond.sum(axis=1, keepdims=True) / np.maximum((beyond > 0).sum(axis=1), 1)[:, None]
    beyond = np.divide(beyond, scale, out=np.zeros_like(beyond), where=scale > TIE_TOLERANCE)
    return beyond, (beyond > 0).sum(axis=1) / np.maximum(size, 1)
