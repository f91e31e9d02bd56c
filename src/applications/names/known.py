"""Reference terms for naming, in one universe of annotated proteins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from ...artifacts import TermSet
from ...errors import DataError
from ...eval.terms.overlap import Index, distinct_sets
from ...eval.terms.recovery import group_terms

MIN_SIZE = 3
"""Annotated proteins that a term needs to name something."""

MAX_TERM_SHARE = 0.25
"""Share of the universe from which a term is too general to be a name."""


@dataclass(frozen=True)
class Known:
    """Terms of several references over one universe.

    The universe is common, so that significance can be compared between references.

    Attributes:
        proteins: ``N`` names: the proteins of the map that any reference annotates.
        terms: ``T`` identifiers.
        words: ``T`` readable names.
        references: ``T`` name of the reference that each term is of.
        members: ``(T, N)`` CSR bool.
    """

    proteins: tuple[str, ...]
    terms: tuple[str, ...]
    words: tuple[str, ...]
    references: tuple[str, ...]
    members: sparse.csr_array

    @classmethod
    def of(cls, references: Mapping[str, TermSet], proteins: Sequence[str]) -> Known:
        """Gather the terms of all references, of equal ones the first.

        Args:
            references: By name.
            proteins: Of the map; only these count.

        Raises:
            DataError: If no term contains enough of the proteins.
        """
        annotated = set().union(*(one.proteins for one in references.values()))
        universe = tuple(name for name in proteins if name in annotated)
        blocks = [_over(one, universe) for one in references.values()]
        rows = [
            (name, term, description or term)
            for name, one in references.items()
            for term, description in zip(one.terms, one.descriptions, strict=True)
        ]
        if not universe or not blocks:
            raise DataError(
                "names: no protein of the map is in a reference; give references of the same "
                "names, as in data.references.go={kind: gmt, path: FILE}, or set data.id_map."
            )
        stacked = sparse.csr_array(sparse.vstack(blocks))
        stacked.sort_indices()
        kept = distinct_sets(stacked, MIN_SIZE, max(MIN_SIZE, int(MAX_TERM_SHARE * len(universe))))
        if not len(kept):
            raise DataError(
                f"names: no term holds {MIN_SIZE} or more of the {len(universe):,} annotated "
                f"proteins of the map, and at most {MAX_TERM_SHARE:.0%} of them; give "
                "more references."
            )
        named, terms, words = zip(*(rows[k] for k in kept.tolist()), strict=True)
        return cls(universe, terms, words, named, sparse.csr_array(stacked[kept]))

    @cached_property
    def sizes(self) -> Index:
        """``(T,)`` proteins of each term."""
        return np.diff(self.members.indptr).astype(np.intp)

    @cached_property
    def by_protein(self) -> sparse.csr_array:
        """``(N, T)`` the same as `members`, as counts."""
        return sparse.csr_array(self.members.T.astype(np.int32))

    @cached_property
    def groups(self) -> Index:
        """``(T,)`` group of each term; terms of Jaccard .5 and more are linked."""
        return group_terms(self.members, 0.5)

    def columns(self, names: Sequence[str]) -> Index:
        """Return the positions of the names that are annotated; others are left out."""
        columns = pd.Index(self.proteins, dtype=object).get_indexer(
            pd.Index(list(names), dtype=object)
        )
        return np.asarray(columns[columns >= 0], np.intp)

    def sets(self, columns: Sequence[Index]) -> sparse.csr_array:
        """Return ``(S, N)`` sets of annotated proteins as counts."""
        indptr = np.cumsum([0, *map(len, columns)])
        indices = np.concatenate([np.empty(0, np.intp), *columns])
        data = np.ones(len(indices), np.int32)
        return sparse.csr_array((data, indices, indptr), shape=(len(columns), len(self.proteins)))


def _over(terms: TermSet, universe: Sequence[str]) -> sparse.csr_array:
    """Return the members of terms over another list of proteins."""
    known = pd.Index(terms.proteins, dtype=object)
    column = known.get_indexer(pd.Index(universe, dtype=object))
    inside = np.flatnonzero(column >= 0)
    picked = sparse.coo_array(terms.members[:, column[inside]])
    shape = (len(terms.terms), len(universe))
    where = (picked.row, inside[picked.col])
    return sparse.csr_array(sparse.coo_array((picked.data.astype(bool), where), shape=shape))
