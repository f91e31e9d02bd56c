"""Term enrichment of assemblies: hypergeometric tails, Benjamini-Hochberg, and classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from ..catalogue import DOCUMENTED, VARIANT
from .overlap import Index, Overlap, Values


@dataclass(frozen=True)
class HypergeometricTails:
    """Look-up table of P[X >= k] for every size of assembly and of term that occurs.

    Sizes do not change when protein labels are permuted, so that one table is enough for a map and
    all of its nulls.

    Attributes:
        values: Tails for k = 0 .. min(assembly size, term size), one run after the other.
        start: ``(sizes of assemblies, sizes of terms)`` where each run begins.
        row_size: ``(A,)`` which of the assembly sizes each assembly has.
        column_size: ``(T,)`` which of the term sizes each term has.
    """

    values: Values
    start: Index
    row_size: Index
    column_size: Index

    def __call__(self, overlap: Overlap) -> Values:
        """Return ``(P,)`` p values of the overlaps, in 0..1; a pair not listed has p = 1."""
        return np.asarray(self.values[self.entries(overlap)])

    def entries(self, overlap: Overlap) -> Index:
        """Return ``(P,)`` the index in `values` of the p value of each overlap."""
        run = self.start[self.row_size[overlap.row], self.column_size[overlap.column]]
        return np.asarray(run + overlap.shared)


def hypergeometric_tails(
    row_sizes: Index, column_sizes: Index, universe: int
) -> HypergeometricTails:
    """Return P[X >= k] of drawing k annotated proteins by chance.

    X is the number of a term's ``n`` proteins in an assembly of ``m`` drawn from `universe`
    without replacement. Relative error below 1e-9 (from the log-factorials).

    Args:
        row_sizes: ``(A,)`` sizes ``m`` of assemblies within the universe.
        column_sizes: ``(T,)`` sizes ``n`` of terms within the universe.
        universe: Number of annotated proteins, at least the largest size.

    Source: Rivals et al., Bioinformatics 23:401 (2007), doi:10.1093/bioinformatics/btl633.
    Cost: one exponential per entry of the table; .5 s for 278 assemblies x 1,669 terms.
    """
    drawn, row_size = np.unique(row_sizes, return_inverse=True)
    marked, column_size = np.unique(column_sizes, return_inverse=True)
    log_factorial = gammaln(np.arange(universe + 1) + 1.0)
    runs = [_tails(int(size), marked, universe, log_factorial) for size in drawn]
    lengths = np.minimum(drawn[:, None], marked) + 1
    start = (np.cumsum(lengths) - lengths.ravel()).reshape(lengths.shape)
    return HypergeometricTails(np.concatenate(runs), start, row_size, column_size)


def _tails(drawn: int, marked: Index, universe: int, log_factorial: Values) -> Values:
    """Return the tails for one assembly size, the runs of all term sizes in a row."""
    n, k = marked[:, None], np.arange(min(drawn, marked.max()) + 1)
    rest = universe - n - (drawn - k)  # neither drawn nor marked
    possible = (k <= n) & (rest >= 0)
    # Negative counts are impossible and masked below; as indices they wrap around.
    log_ways = log_factorial[n] + log_factorial[universe - n] - log_factorial[universe]
    log_ways = log_ways + log_factorial[drawn] + log_factorial[universe - drawn]
    log_each = log_factorial[n - k] + log_factorial[rest]
    log_each += log_factorial[k] + log_factorial[drawn - k]
    chance = np.exp(np.where(possible, log_ways - log_each, -np.inf))
    tails = np.minimum(np.cumsum(chance[:, ::-1], axis=1)[:, ::-1], 1.0)
    tails[:, 0] = 1.0
    return np.asarray(tails[k <= n])


def benjamini_hochberg(p: Values, tests: int | None = None, counts: Index | None = None) -> Values:
    """Return false discovery rates, in 0..1, in the order of `p`.

    The rate of a test is the smallest over itself and all less significant ones of
    ``p * tests / rank``.

    Args:
        p: ``(P,)`` p values.
        tests: Number of tests made, where those not listed have p = 1. A rate below `c` is exact
            also when only the p values below `c` are listed.
        counts: ``(P,)`` how many tests have each p value; None: one each.

    Source: Benjamini & Hochberg, J. R. Stat. Soc. B 57:289 (1995),
    doi:10.1111/j.2517-6161.1995.tb02031.x.

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1, len(p) + 1) if counts is None else np.cumsum(counts[order])
    made = (len(p) if counts is None else int(counts.sum())) if tests is None else tests
    scaled = p[order] * (made / ranks)
    rates = np.empty(len(p))
    rates[order] = np.minimum.accumulate(scaled[::-1])[::-1]
    return np.minimum(rates, 1.0)


def tests_made(row_sizes: Index, column_sizes: Index) -> int:
    """Return the number of assembly x term cells; assemblies without annotation make none."""
    return int((row_sizes > 0).sum()) * len(column_sizes)


def enriched(
    overlap: Overlap, p: Values, jaccard: float = 0.1, fdr: float = 0.01, tests: int | None = None
) -> Index:
    """Return the assemblies with an enriched term, in order.

    A term counts as enriched in an assembly if their Jaccard is at least `jaccard` and the false
    discovery rate over all cells of the reference is below `fdr`. Chance level: by label
    permutation; best: all.

    Args:
        overlap: Of assemblies (rows) and terms (columns).
        p: ``(P,)`` p value of each pair.
        jaccard: In 0..1.
        fdr: In (0, 1].
        tests: Number of cells; None for those of `tests_made`.
    """
    low = np.flatnonzero(p < fdr)
    made = tests_made(overlap.row_sizes, overlap.column_sizes) if tests is None else tests
    rates = benjamini_hochberg(p[low], made)
    accepted = low[(rates < fdr) & (overlap.jaccard[low] >= jaccard)]
    return np.unique(overlap.row[accepted])


def classes(best_jaccard: Values) -> NDArray[np.str_]:
    """Return ``documented``, ``variant`` or ``undocumented`` for each best Jaccard."""
    names = np.array(["undocumented", "variant", "documented"])
    return names[np.digitize(best_jaccard, [VARIANT, DOCUMENTED])]
