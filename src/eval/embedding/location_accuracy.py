"""k-nearest-neighbour accuracy of subcellular location."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ...artifacts import Embedding, TermSet
from ...errors import DataError
from ..nulls import Metrics
from ..terms.overlap import common_columns
from .retrieval import bootstrap_interval, cosine


def location_hits(
    embedding: Embedding, terms: TermSet, queries: Collection[str], *, neighbours: int = 10
) -> NDArray[np.float64]:
    """Return ``(Q,)`` whether the kNN vote predicts a location of each query protein.

    The `neighbours` nearest proteins by cosine vote, query proteins left out; each has one vote,
    divided among its locations. The prediction is the location with most votes: 1 if the protein
    has it, 0 if not, a share where several tie. Proteins without a location are left out.

    Args:
        embedding: ``N`` proteins.
        terms: Locations of some of them.
        queries: The query proteins.
        neighbours: Number of neighbours that vote.

    Returns:
        In the order of the embedding.

    Raises:
        DataError: If no query protein, or no other protein, has a location.
    """
    column = common_columns(embedding.proteins, terms.proteins)
    rows = np.flatnonzero(column >= 0)
    has = np.asarray(sparse.csr_array(terms.members[:, column[rows]]).T.toarray(), np.float64)
    located = has.any(axis=1)
    wanted = np.array([embedding.proteins[row] in queries for row in rows], bool)
    questions, answers = np.flatnonzero(located & wanted), np.flatnonzero(located & ~wanted)
    if not len(questions) or not len(answers):
        which = "asked about" if not len(questions) else "left to answer"
        raise DataError(f"no protein with a location is {which} ({len(queries)} query proteins).")
    count = min(neighbours, len(answers))
    alike = cosine(embedding.vectors)(rows[questions], rows[answers])
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :count]
    votes = has[answers] / has[answers].sum(axis=1, keepdims=True)
    tally = votes[nearest].sum(axis=1)
    first = np.isclose(tally, tally.max(axis=1, keepdims=True))
    hits: NDArray[np.float64] = (first * has[questions]).sum(axis=1) / first.sum(axis=1)
    return hits


def location_metrics(
    embeddings: Mapping[str, Embedding],
    terms: TermSet,
    queries: Collection[str],
    *,
    neighbours: int = 10,
    bootstrap: int = 2000,
    seed: int = 0,
) -> Metrics:
    """Return the kNN accuracy of locations over the query proteins.

    ``knn_accuracy`` of the first embedding with its 95 % interval over proteins (``.lo``,
    ``.hi``), and its null, the accuracy of always predicting the commonest location. For every
    other embedding ``knn_accuracy_<name>`` and the paired gain over it, ``knn_gain_<name>``, with
    its interval. Best 1.

    Args:
        embeddings: Name -> embedding, of the same proteins; the first is the one in question.
        terms: Locations.
        queries: The query proteins; the others vote.
        neighbours: Number of neighbours that vote.
        bootstrap: Resamplings of the query proteins.
        seed: Seed of the resamplings.

    Raises:
        DataError: If no query protein, or no other protein, has a location.
    """
    hits = {
        name: location_hits(embedding, terms, queries, neighbours=neighbours)
        for name, embedding in embeddings.items()
    }
    (mine, *others) = hits
    metrics = {
        **_with_interval("knn_accuracy", hits[mine], bootstrap, seed),
        "knn_accuracy.null_mean": _commonest(embeddings[mine], terms, queries),
        "knn_proteins": float(len(hits[mine])),
    }
    for name in others:
        metrics |= _with_interval(f"knn_accuracy_{name}", hits[name], bootstrap, seed)
        metrics |= _with_interval(f"knn_gain_{name}", hits[mine] - hits[name], bootstrap, seed)
    return metrics


def _with_interval(
    name: str, values: NDArray[np.float64], bootstrap: int, seed: int
) -> dict[str, float]:
    low, high = bootstrap_interval(values, bootstrap, seed)
    return {name: float(values.mean()), f"{name}.lo": low, f"{name}.hi": high}


def _commonest(embedding: Embedding, terms: TermSet, queries: Collection[str]) -> float:
    """Share of the query proteins that have the commonest location of the others."""
    column = common_columns(embedding.proteins, terms.proteins)
    rows = np.flatnonzero(column >= 0)
    has = sparse.csr_array(terms.members[:, column[rows]]).T.toarray().astype(bool)
    wanted = np.array([embedding.proteins[row] in queries for row in rows], bool)
    located = has.any(axis=1)
    commonest = has[located & ~wanted].sum(axis=0).argmax()
    return float(has[located & wanted][:, commonest].mean())
