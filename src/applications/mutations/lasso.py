"""HiSig's lasso without its genes: a non-negative lasso on assemblies with a one-sided Huber loss.

HiSig explains scores y of genes by ``a + H b + c`` with a coefficient for each assembly (b) and
each gene (c), all at least 0, at penalty lambda. For given a and b the best c is known: what of a
gene's residual r exceeds k = n lambda. Put in, the loss of a gene is r^2 / 2 up to k and
k r - k^2 / 2 above, and only assemblies are left as unknowns; the path of solutions is the same.
Coordinates are solved exactly, in turn, from the last lambda's solution.

Source: Kramer et al., HiSig, https://github.com/fanzheng10/HiSig; Friedman, Hastie & Tibshirani,
J. Stat. Softw. 33(1):1 (2010), doi:10.18637/jss.v033.i01, whose sequence of lambdas and rules for
ending it are used.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...similarity.compiled import compiled

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

LEAST = 1e-4
"""The last lambda in units of the first, as in HiSig."""

FEWEST, GAIN, FULL = 4, 1e-5, 0.999
"""A path ends after so many lambdas when one adds less than this share to the explained variance,
or when so much is explained: glmnet's rules (``glmnet.control``)."""

SWEEPS, INNER = 5000, 20
"""Most sweeps over assemblies at one lambda, and steps of Newton's method in one coordinate."""

TOLERANCE = 1e-5
"""Change of all fitted values in one sweep, in standard deviations of y, that ends it."""

DIGITS = 1e6
"""HiSig rounds coefficients to six digits."""


def lambdas_of(y: Floats, starts: Whole, genes: Whole, count: int) -> Floats:
    """Return ``(count,)`` lambdas, the first the smallest at which all coefficients are 0."""
    centred = y - y.mean()
    sums = np.add.reduceat(centred[genes], starts[:-1])
    largest = max(float(np.abs(sums).max()), float(np.abs(centred).max())) / len(y)
    return np.asarray(largest * LEAST ** (np.arange(count) / (count - 1)))


@compiled
def _shift(r: Floats, inside: Whole, k: float, penalty: float, lowest: float) -> float:
    """Return by how much all of some residuals must fall so that their clipped sum is `penalty`.

    At least `lowest`: a coefficient must not fall below 0. The sum is concave and falling in the
    shift, so that Newton's method comes from the right and ends in finitely many steps.
    """
    shift = 0.0
    for _ in range(INNER):
        total, free, least = -penalty, 0, np.inf
        for g in inside:
            rest = r[g] - shift
            total += min(rest, k)
            free += rest < k
            least = min(least, rest)
        step = total / free if free else least - k + total / len(inside)
        shift += step
        if shift < lowest:
            # from the left of the root a step goes beyond it, from the right it stays there
            shift = lowest
            if step <= 0:
                break
        if abs(step) < 1e-10:
            break
    return shift


@compiled
def _rounded(value: float) -> float:
    return np.floor(value * DIGITS + 0.5) / DIGITS  # type: ignore[no-any-return]  # compiled


@compiled
def _record(r: Floats, b: Floats, k: float, level: float, best: Floats) -> float:
    """Raise `best` to the shares of this solution; return the squares that are left."""
    sets, left, total = len(b), 0.0, 0.0
    for j in range(sets):
        total += _rounded(b[j])
    for g in range(len(r)):
        kept = min(r[g], k)
        left += kept * kept
        total += _rounded(r[g] - kept)
    if total > 0:
        for j in range(sets):
            best[j] = max(best[j], _rounded(b[j]) / (total + level))
        for g in range(len(best) - sets):
            best[sets + g] = max(best[sets + g], _rounded(max(0.0, r[g] - k)) / (total + level))
    return left


@compiled
def path(
    y: Floats, starts: Whole, genes: Whole, lambdas: Floats, may_end: bool, best: Floats
) -> int:
    """Fit the path of solutions; put the largest selection statistic of each column into `best`.

    The statistic of a coefficient at one lambda is its share of all coefficients and the intercept.

    Args:
        y: ``(n,)`` scores of genes.
        starts: ``(A + 1,)`` where the genes of each assembly begin.
        genes: Positions of the genes of all assemblies, one assembly after the other.
        lambdas: Falling.
        may_end: Whether the path ends early by glmnet's rules.
        best: ``(A,)`` for assemblies alone or ``(A + n,)`` for genes too; zeros; written to.

    Returns:
        How many lambdas were used.
    """
    n, sets = len(y), len(starts) - 1
    everyone = np.arange(n)
    b, level = np.zeros(sets), y.mean()
    r = y - level
    spread = np.sqrt((r * r).sum() / n)
    whole, explained = (r * r).sum(), 0.0
    active = np.zeros(sets, np.bool_)
    for step in range(len(lambdas)):
        k = n * lambdas[step]
        full = True
        for _ in range(SWEEPS):
            moved = 0.0
            shift = _shift(r, everyone, k, 0.0, -np.inf)
            if shift != 0.0:
                level += shift
                r -= shift
                moved = shift * shift * n
            for j in range(sets):
                if not (full or active[j]):
                    continue
                inside = genes[starts[j] : starts[j + 1]]
                if b[j] == 0.0:
                    pull = 0.0
                    for g in inside:
                        pull += min(r[g], k)
                    if pull <= k:
                        active[j] = False
                        continue
                shift = _shift(r, inside, k, k, -b[j])
                active[j] = True
                if shift != 0.0:
                    b[j] = max(0.0, b[j] + shift)
                    for g in inside:
                        r[g] -= shift
                    moved = max(moved, shift * shift * len(inside))
            if moved <= (TOLERANCE * spread) ** 2 * n:
                if full:
                    break
                full = True
            else:
                full = False
        left = _record(r, b, k, level, best)
        now = 1.0 - left / whole
        if (
            may_end
            and step >= FEWEST
            and now > 1e-9
            and (now - explained < GAIN * now or now > FULL)
        ):
            return step + 1
        explained = now
    return len(lambdas)
