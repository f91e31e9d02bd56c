"""Selection of the one or two reference terms that best name a set of proteins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...eval.terms.overlap import Index, Values
from ...similarity.containment import jaccard_index
from .known import Known
from .significance import log10_tails

CANDIDATES = 25
"""Most significant terms that a name is chosen from."""

RESAMPLED = 100
"""Times that the members are resampled."""

MIN_ADDED_SHARE = 0.2
"""Share of the members that the second of two terms must add."""

PAIRED_CANDIDATES = 10
"""Candidates whose pairs are tried as two terms."""


@dataclass(frozen=True)
class Naming:
    """What names a set best, and how well.

    Attributes:
        rows: One or two terms of `Known`; none where no term shares two proteins with the set.
        score: -log10 p of the term, or of both together less the number of pairs tried.
        carriers: Positions in the universe of the members that the terms contain.
        size: Members, those without annotation included.
        united: Proteins of the terms.
        best: Largest -log10 p of any term.
        widest: Largest share of the members that a term of a p near the best contains.
        runner_up: Next best term that is of another group, -1 where there is none.
        lead: How much smaller its -log10 p is than the best.
        tried: Terms that it was chosen from.
    """

    rows: tuple[int, ...]
    score: float
    carriers: Index
    size: int
    united: int
    best: float
    widest: float
    runner_up: int
    lead: float
    tried: int

    @property
    def coverage(self) -> float:
        """Share of the members that the terms hold."""
        return len(self.carriers) / max(self.size, 1)

    @property
    def precision(self) -> float:
        """Share of the terms' proteins that are members."""
        return len(self.carriers) / max(self.united, 1)

    @property
    def features(self) -> Values:
        """``(3,)`` what the confidence depends on, see `FEATURES`."""
        return np.array([np.log1p(self.best), self.coverage, np.log(max(self.size, 1))])

    @property
    def profile(self) -> Values:
        """``(7,)`` what the expected share of members that belong together depends on."""
        beyond = np.log1p(max(self.best - np.log10(self.tried), 0.0))
        more = [beyond, self.widest, np.sqrt(self.precision), np.log1p(self.lead)]
        return np.concatenate([self.features, np.array(more, float)])


FEATURES = ("significance", "coverage", "size")
"""What the values of `Naming.features` are."""


ORDERS_OF_MAGNITUDE = 2.0
"""Orders of magnitude from the best p within which a term counts for `Naming.widest`."""


def name_sets(
    known: Known,
    columns: Sequence[Index],
    sizes: Sequence[int],
    seed: int,
    hidden: Sequence[int] | None = None,
) -> list[Naming]:
    """Name sets of proteins by reference terms.

    Args:
        known: The terms.
        columns: Of each set the annotated members, as positions in the universe.
        sizes: Of each set the number of all members.
        seed: Of the resampling of members.
        hidden: Of each set a group of terms that it may not be named by, -1 for none.
    """
    shared = sparse.csr_array(known.sets(columns) @ known.by_protein)
    rng = np.random.default_rng(seed)
    namings = []
    for row, (inside, size) in enumerate(zip(columns, sizes, strict=True)):
        start, stop = shared.indptr[row : row + 2]
        terms, counts = shared.indices[start:stop].astype(np.intp), shared.data[start:stop]
        allowed = counts >= 2
        if hidden is not None and hidden[row] >= 0:
            allowed &= known.groups[terms] != hidden[row]
        namings.append(_name(known, inside, size, terms[allowed], counts[allowed], rng))
    return namings


def _name(
    known: Known,
    inside: Index,
    size: int,
    terms: Index,
    counts: NDArray[np.int32],
    rng: np.random.Generator,
) -> Naming:
    """Name one set by one of the terms that share at least two proteins with it."""
    n, m = len(known.proteins), len(inside)
    scores = log10_tails(counts, m, known.sizes[terms], n)
    order = np.lexsort((terms, -jaccard_index(counts, known.sizes[terms], m), -scores))[:CANDIDATES]
    order = order[scores[order] > 0]
    if not len(order):
        return Naming((), 0.0, np.empty(0, np.intp), size, 0, 0.0, 0.0, -1, 0.0, len(known.terms))
    terms, scores = terms[order], scores[order]
    contains = known.by_protein[inside][:, terms].toarray().astype(bool)
    chosen = _most_specific(contains, known.sizes[terms], scores, n, rng)
    pair, score = _two(known, terms, contains, float(scores[chosen]), chosen)
    places = (chosen,) if pair is None else (chosen, pair)
    rows = tuple(int(terms[k]) for k in places)
    united = len(np.unique(known.members[list(rows)].indices))
    groups = known.groups[terms]
    others = np.flatnonzero(~np.isin(groups, groups[list(places)]))
    near = scores >= scores[0] - ORDERS_OF_MAGNITUDE
    return Naming(
        rows,
        score,
        inside[contains[:, list(places)].any(axis=1)],
        size,
        united,
        float(scores[0]),
        float(contains[:, near].sum(axis=0).max() / max(size, 1)),
        int(terms[others[0]]) if len(others) else -1,
        float(scores[0] - scores[others[0]]) if len(others) else float(scores[0]),
        len(known.terms),
    )


def _most_specific(
    contains: NDArray[np.bool_],
    sizes: Index,
    scores: Values,
    universe: int,
    rng: np.random.Generator,
) -> int:
    """Return the smallest term whose score is within one standard error of the best.

    The standard error is that of the difference to the best score, over resamplings of members.
    """
    m = len(contains)
    drawn = rng.multinomial(m, np.full(m, 1 / m), size=RESAMPLED)
    counts = np.minimum(drawn @ contains.astype(np.int64), np.minimum(sizes, m))
    resampled = log10_tails(counts, m, sizes, universe)
    spread = (resampled[:, [0]] - resampled).std(axis=0)
    close = np.flatnonzero(scores[0] - scores <= spread)
    return int(close[np.lexsort((-scores[close], sizes[close]))[0]])


def _two(
    known: Known, terms: Index, contains: NDArray[np.bool_], single: float, chosen: int
) -> tuple[int | None, float]:
    """Return a second term that names the set better with the first than the first alone."""
    m = len(contains)
    other = np.arange(min(PAIRED_CANDIDATES, len(terms)))
    added = (contains[:, other] & ~contains[:, [chosen]]).sum(axis=0)
    other = other[(added >= max(2, MIN_ADDED_SHARE * m))]
    if not len(other):
        return None, single
    members = known.members[terms].astype(np.int32)
    common = (members[other] @ members[[chosen]].T).toarray().ravel()
    union = known.sizes[terms[other]] + known.sizes[terms[chosen]] - common
    shared = (contains[:, other] | contains[:, [chosen]]).sum(axis=0)
    scores = log10_tails(shared, m, union, len(known.proteins)) - np.log10(len(known.terms))
    best = int(np.argmax(scores))
    if scores[best] <= single:
        return None, single
    return int(other[best]), float(scores[best])
