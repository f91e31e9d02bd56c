"""The published rule of function prediction: members get the enriched term of a small assembly.

Source: Schaffer et al. 2025, doi:10.1038/s41586-025-08878-3, 975 proteins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Hierarchy
from ...eval.terms.enrichment import benjamini_hochberg, hypergeometric_tails, tests_made
from ...eval.terms.overlap import overlap
from .knowledge import Knowledge, Rows, Values

SIZES = (4, 24)
"""Members of the assemblies that claim."""

TERM_SIZES = (5, 300)
"""Proteins of the terms that are claimed."""

FDR, JACCARD = 0.01, 0.1
"""Of enrichment, as the published maps are annotated."""


@dataclass(frozen=True)
class Claims:
    """Pairs of protein and term that the rule claims, each once, by the assembly of highest share.

    Attributes:
        protein: ``(C,)`` row among the known proteins.
        term: ``(C,)`` row of the term.
        assembly: ``(C,)`` row of the assembly.
        carriers: ``(C,)`` its members that have the term.
        judged: ``(C,)`` its members that are known in the term's aspect.
    """

    protein: Rows
    term: Rows
    assembly: Rows
    carriers: NDArray[np.intp]
    judged: NDArray[np.intp]

    @property
    def share(self) -> Values:
        """Share of the members known in the aspect that have the term."""
        return self.carriers / self.judged


def unexpected_members(hierarchy: Hierarchy, knowledge: Knowledge) -> Claims:
    """Return all claims of the rule, by share, largest first.

    A term is enriched where the false discovery rate over all small assemblies and terms of its
    aspect is below .01 and their Jaccard index at least .1, among the proteins of the map that are
    known in that aspect. Every member that lacks an enriched term is claimed to have it.
    """
    rows = knowledge.rows(hierarchy.proteins)
    small = np.flatnonzero((hierarchy.sizes >= SIZES[0]) & (hierarchy.sizes <= SIZES[1]))
    small = small[small > 0]
    members = sparse.csr_array(hierarchy.membership[small])
    parts = [
        _of_aspect(members, knowledge, rows, aspect) for aspect in range(len(knowledge.aspects))
    ]
    assembly, protein, term, carriers, judged = np.concatenate(parts, axis=1)
    order = np.lexsort((term, protein, -judged, -carriers / np.maximum(judged, 1)))
    pair = protein[order] * knowledge.has.shape[1] + term[order]
    chosen = order[np.sort(np.unique(pair, return_index=True)[1])]
    return Claims(
        protein[chosen], term[chosen], small[assembly[chosen]], carriers[chosen], judged[chosen]
    )


def _of_aspect(
    members: sparse.csr_array, knowledge: Knowledge, rows: Rows, aspect: int
) -> NDArray[np.intp]:
    """Return ``(5, C)`` assembly, protein, term, carriers and judged members of one aspect."""
    known = knowledge.known[rows, aspect]
    terms = np.flatnonzero(
        (knowledge.aspect == aspect)
        & (knowledge.counts >= TERM_SIZES[0])
        & (knowledge.counts <= TERM_SIZES[1])
    )
    if not (len(terms) and members.shape[0] and known.any()):
        return np.empty((5, 0), np.intp)
    has = sparse.csr_array(knowledge.has[rows][:, terms])
    sized = sparse.csr_array(members[:, known])
    overlaps = overlap(sized, sparse.csr_array(has[known]))
    tails = hypergeometric_tails(
        overlaps.row_sizes, overlaps.column_sizes, max(1, int(known.sum()))
    )
    p = tails(overlaps)
    low = np.flatnonzero(p < FDR)
    rates = benjamini_hochberg(p[low], tests_made(overlaps.row_sizes, overlaps.column_sizes))
    chosen = low[(rates < FDR) & (overlaps.jaccard[low] >= JACCARD)]
    claimed = [np.empty((5, 0), np.intp)]
    columns = has.tocsc()
    for one in chosen.tolist():
        row, column = overlaps.row[one], overlaps.column[one]
        inside = members.indices[members.indptr[row] : members.indptr[row + 1]]
        having = columns.indices[columns.indptr[column] : columns.indptr[column + 1]]
        lacking = rows[np.setdiff1d(inside, having)]
        fixed = (row, 0, terms[column], overlaps.shared[one], overlaps.row_sizes[row])
        block = np.tile(np.array(fixed, np.intp)[:, None], len(lacking))
        block[1] = lacking
        claimed.append(block)
    return np.concatenate(claimed, axis=1)
