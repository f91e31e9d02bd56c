"""Link prediction: how well an embedding predicts held-out interactions.

Some interactions are held out, the others are embedded, and each held-out pair is compared with a
pair that does not interact. Hubs have many interactions, so that random negatives could be
recognised by degree alone: here every protein occurs among the negatives as often as among the
positives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from ...artifacts import Network
from ...errors import DataError
from ...similarity.nearest import unit_rows
from ..nulls import Metrics
from ..terms.overlap import Index
from .retrieval import PairScores

PairSimilarity = Callable[[Index, Index], NDArray[np.floating]]
"""Gives the ``(P,)`` similarities of ``P`` pairs of proteins, both by row."""

ROUNDS = 100
"""Maximum number of swaps before pairs that still interact are left out."""

BLOCK = 65_536
"""Pairs whose vectors are in memory at once."""


@dataclass(frozen=True)
class HeldOutEdges:
    """A network split into training and held-out interactions.

    Attributes:
        rest: The network of the training interactions, over the same proteins.
        positives: ``(H, 2)`` held-out interactions, as rows of proteins.
        negatives: ``(G, 2)`` as many pairs that do not interact, or somewhat fewer where the
            network is too dense.
    """

    rest: Network
    positives: Index
    negatives: Index


def hold_out_edges(network: Network, share: float, seed: int) -> HeldOutEdges:
    """Hold out a random share of the interactions, without isolating any protein.

    The edges of a random spanning forest are never held out, so that connected components stay
    connected; where fewer than `share` are outside the forest, all of those are held out.

    Args:
        network: All interactions.
        share: Share of them to hold out, above 0 and below 1.
        seed: Seed of the choice and of the negatives.

    Raises:
        DataError: If `share` is out of its range.
    """
    if not 0 < share < 1:
        raise DataError(f"the share of interactions held out must be in (0, 1), got {share}.")
    rng = np.random.default_rng(seed)
    free = np.flatnonzero(~_spanning(network, rng))
    count = min(round(share * len(network.edges)), len(free))
    out = np.zeros(len(network.edges), bool)
    out[rng.choice(free, count, replace=False)] = True
    rest = Network(network.proteins, network.edges[~out], network.weights[~out])
    positives = network.edges[out].astype(np.intp)
    return HeldOutEdges(rest, positives, matched_negatives(network, positives, rng))


def matched_negatives(network: Network, pairs: Index, rng: np.random.Generator) -> Index:
    """Return degree-matched negatives: pairs of the same proteins that do not interact.

    The second partners are swapped between pairs until none interacts, is a self pair, or occurs
    twice; pairs for which that fails are left out.

    Args:
        network: All known interactions.
        pairs: ``(H, 2)`` rows of its proteins.
        rng: Random generator.

    Returns:
        ``(G, 2)``, G <= H; unless some are left out, each protein occurs as often as in `pairs`.
    """
    n = len(network.proteins)
    known = np.sort(network.edges[:, 0].astype(np.int64) * n + network.edges[:, 1])
    flip = rng.random(len(pairs)) < 0.5  # either end may be swapped
    first, second = np.where(flip[:, None], pairs[:, ::-1], pairs).T
    bad = np.ones(len(pairs), bool)
    for _ in range(ROUNDS):
        if not bad.any():
            break
        moved = np.flatnonzero(bad)
        partners = rng.choice(len(pairs), min(len(moved), len(pairs)), replace=False)
        moved = rng.permutation(np.union1d(moved, partners))
        second[moved] = second[rng.permutation(moved)]
        bad = _unusable(first, second, known, n)
    return np.column_stack([first, second])[~bad]


def cosine_of_pairs(vectors: NDArray[np.floating]) -> PairSimilarity:
    """Return the cosine between rows of ``(N, D)`` vectors, in -1..1; 0 with a row of zeros."""
    unit = unit_rows(np.asarray(vectors, np.float64))

    def similarity(first: Index, second: Index) -> NDArray[np.floating]:
        blocks = (slice(low, low + BLOCK) for low in range(0, len(first), BLOCK))
        parts = [np.einsum("pd,pd->p", unit[first[b]], unit[second[b]]) for b in blocks]
        return np.concatenate([np.empty(0), *parts])

    return similarity


def edge_metrics(similarity: PairSimilarity, held_out: HeldOutEdges) -> Metrics:
    """Return AUROC and average precision of held-out interactions against matched negatives.

    ``auroc``, the probability that an interacting pair is more similar than a negative (chance
    level .5, best 1), and ``ap``, the average precision (chance level .5 with as many negatives as
    positives, best 1); ``edges`` counts the positives. Similarities are compared in single
    precision, ties count half.

    Args:
        similarity: Similarity in the embedding of `held_out.rest`, e.g. `cosine_of_pairs`.
        held_out: From `hold_out_edges`.

    Returns:
        The metrics; none where there is no positive or no negative.

    Source: link prediction as in Grover & Leskovec, KDD 2016, doi:10.1145/2939672.2939754, with
    negatives of the positives' degrees: Aiyappa et al., ICML 2025, doi:10.48550/arXiv.2405.14985.
    """
    if not (len(held_out.positives) and len(held_out.negatives)):
        return {}
    positives = similarity(*held_out.positives.T).astype(np.float32)
    negatives = np.sort(similarity(*held_out.negatives.T).astype(np.float32))
    scores = PairScores(positives, negatives, np.empty(0), np.empty(0, np.intp))  # no sets
    return {"auroc": scores.auroc, "ap": scores.average_precision(1.0), "edges": len(positives)}


def _spanning(network: Network, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return ``(E,)``: which edges belong to a random spanning forest."""
    n, order = len(network.proteins), rng.permutation(len(network.edges))
    lengths = sparse.csr_array((order + 1.0, tuple(network.edges.T)), shape=(n, n))
    in_forest = np.zeros(len(order), bool)
    in_forest[csgraph.minimum_spanning_tree(lengths).data.astype(np.intp) - 1] = True
    spanning: NDArray[np.bool_] = in_forest[order]
    return spanning


def _unusable(first: Index, second: Index, known: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    """Return ``(H,)``: which pairs interact, are self pairs, or are duplicates."""
    codes = np.minimum(first, second) * n + np.maximum(first, second)
    place = np.searchsorted(known, codes)
    interacting: NDArray[np.bool_] = known[place.clip(max=len(known) - 1)] == codes
    repeated = np.ones(len(codes), bool)
    repeated[np.unique(codes, return_index=True)[1]] = False
    unusable: NDArray[np.bool_] = interacting | repeated | (first == second)
    return unusable
