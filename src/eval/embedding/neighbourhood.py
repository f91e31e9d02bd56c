"""kNN precision: share of nearest neighbours in an embedding with a common term."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ...artifacts import Embedding, TermSet
from ..nulls import Metrics, Nulls
from ..terms.overlap import Index, common_columns
from .retrieval import cosine, most_similar


def neighbour_metrics(
    embedding: Embedding,
    terms: TermSet,
    *,
    neighbours: int = 10,
    max_size: int | None = None,
    nulls: int = 20,
    seed: int | list[int] = 0,
) -> Metrics:
    """Return the kNN precision of terms, with its permutation null.

    ``knn_precision``: of the `neighbours` nearest annotated proteins by cosine, the share with at
    least one term in common, averaged over the annotated proteins. Chance level: its null, labels
    permuted over the same neighbours; best 1.

    Args:
        embedding: ``N`` proteins.
        terms: Terms of some of them.
        neighbours: Number of neighbours.
        max_size: Larger terms do not count, as all proteins share the root of an ontology.
        nulls: Number of permutations.
        seed: Seed of the permutations.

    Returns:
        The metric with its null; none with fewer than two annotated proteins.

    Raises:
        DataError: If no protein is in both.
    """
    column = common_columns(embedding.proteins, terms.proteins)
    rows = np.flatnonzero(column >= 0)
    annotated = sparse.csr_array(terms.members[:, column[rows]])
    sizes = np.diff(annotated.indptr)
    counted = np.flatnonzero(sizes <= (len(rows) if max_size is None else max_size))
    by_protein = sparse.csr_array(annotated[counted].T.tocsr()).astype(np.float32)
    with_terms = np.flatnonzero(np.diff(by_protein.indptr))
    count = min(neighbours, len(with_terms) - 1)
    if count < 1:
        return {}
    table = sparse.csr_array(by_protein[with_terms])
    nearest = most_similar(cosine(embedding.vectors[rows[with_terms]]), len(with_terms), count)

    def measure(labels: Index) -> Metrics:
        mine, theirs = table[np.repeat(labels, count)], table[labels[nearest].ravel()]
        shared = np.asarray(mine.multiply(theirs).sum(axis=1)).ravel() > 0
        return {"knn_precision": float(shared.mean())}

    everyone = np.arange(len(with_terms))
    metrics = measure(everyone)
    null = Nulls.of(measure, np.zeros(len(with_terms), np.intp), nulls, seed)
    return metrics | null.statistics(metrics)
