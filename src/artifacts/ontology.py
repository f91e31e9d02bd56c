"""Ontologies (is_a, part_of) and annotations of proteins with their terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from .files import _check_distinct

ANNOTATION_COLUMNS = ("protein", "term", "evidence", "date", "source")
"""Protein and term; evidence code or ""; date as YYYYMMDD or 0; source of the annotation."""


@dataclass(frozen=True)
class Ontology:
    """A directed acyclic graph of terms.

    Attributes:
        terms: ``T`` distinct identifiers.
        titles: ``T`` readable names, "" if unknown.
        aspects: ``T`` aspects (namespaces), e.g. ``biological_process``.
        ancestors: ``(T, T)`` CSR bool: entry (t, a) if a is an ancestor of t, or t itself.
        parents: ``(T, T)`` CSR bool: entry (t, a) if a is a parent of t.
        alternatives: Alternative identifier -> term.
    """

    terms: tuple[str, ...]
    titles: tuple[str, ...]
    aspects: tuple[str, ...]
    ancestors: sparse.csr_array
    parents: sparse.csr_array
    alternatives: Mapping[str, str]

    def __post_init__(self) -> None:
        _check_distinct(self.terms, "Ontology")

    @cached_property
    def row(self) -> Mapping[str, int]:
        """Return the row of each term, by its identifier or an alternative one."""
        rows = {term: k for k, term in enumerate(self.terms)}
        return {old: rows[new] for old, new in self.alternatives.items() if new in rows} | rows

    @property
    def roots(self) -> NDArray[np.bool_]:
        """``(T,)`` whether a term has children and no parent."""
        children = np.bincount(self.parents.indices, minlength=len(self.terms))
        return np.asarray((np.diff(self.parents.indptr) == 0) & (children > 0), bool)

    def with_terms(
        self, terms: Sequence[str], titles: Mapping[str, str], aspect: str = ""
    ) -> Ontology:
        """Return the ontology with further, unrelated terms of an aspect."""
        more = [term for term in dict.fromkeys(terms) if term not in self.row]
        n = len(more)
        known = zip(self.terms, self.titles, strict=True)
        return Ontology(
            (*self.terms, *more),
            (
                *(title or titles.get(term, "") for term, title in known),
                *(titles.get(term, "") for term in more),
            ),
            (*self.aspects, *([aspect] * n)),
            _block(self.ancestors, sparse.eye_array(n, dtype=bool)),
            _block(self.parents, sparse.csr_array((n, n), dtype=bool)),
            self.alternatives,
        )

    def only(self, rows: NDArray[np.intp]) -> Ontology:
        """Return the ontology of some terms; relations through removed ones are kept."""
        among = sparse.csr_array(self.ancestors[rows][:, rows])
        return Ontology(
            tuple(self.terms[k] for k in rows),
            tuple(self.titles[k] for k in rows),
            tuple(self.aspects[k] for k in rows),
            among,
            _covers(among),
            {},
        )


@dataclass(frozen=True)
class Annotations:
    """Annotations of proteins with terms: evidence, date and source.

    Attributes:
        table: A row for each annotation, columns `ANNOTATION_COLUMNS`; without negated ones.
        titles: Readable names of terms, if in the file.
    """

    table: pd.DataFrame
    titles: Mapping[str, str]

    @property
    def dated(self) -> bool:
        """Whether any annotation has a date."""
        return bool((self.table["date"] > 0).any())


def _block(first: sparse.csr_array, second: sparse.sparray) -> sparse.csr_array:
    return sparse.csr_array(sparse.block_diag((first, second), format="csr", dtype=bool))


def _covers(ancestors: sparse.csr_array) -> sparse.csr_array:
    """Return the transitive reduction of a partial order given with all its pairs."""
    n = ancestors.shape[0]
    above = (ancestors.astype(np.float32) - sparse.eye_array(n, dtype=np.float32)).tocsr()
    above.eliminate_zeros()
    detours = (above @ above).astype(bool)
    direct = above.astype(bool) > above.astype(bool).multiply(detours)
    return sparse.csr_array(direct, dtype=bool)
