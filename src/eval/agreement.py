"""Replicate agreement: AUROC of pairs of the same protein against pairs of different proteins.

Two antibodies against one protein, two fields of view, two replicates of a separation: if they are
no more similar than measurements of different proteins, the data are noise to a map.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..similarity.nearest import unit_rows
from .embedding.retrieval import bootstrap_interval, placements

Index = NDArray[np.int64]

NULL_PAIRS = 20_000
"""Number of random pairs of different proteins."""

MAX_PAIRS = 20
"""Maximum number of pairs of one protein, so that cost is linear in proteins."""

DRAWS = 1000


class Repeats(NamedTuple):
    """Pairs of replicate measurements of the same protein.

    Attributes:
        rows: ``(K, 2)`` rows of the vectors.
        proteins: ``(K,)`` number of the protein of each pair.
    """

    rows: Index
    proteins: Index


def repeats(
    proteins: Sequence[frozenset[str]], alike: Sequence[object], other: Sequence[object], seed: int
) -> Repeats:
    """Return pairs of measurements of the same proteins, at most `MAX_PAIRS` of each.

    Args:
        proteins: For each measurement the proteins that it shows.
        alike: What must be the same in both, e.g. the antibody; None in a pair excludes it.
        other: What must differ, e.g. the field of view; None excludes likewise.
        seed: Seed of the choice where a protein has more pairs.
    """
    groups: dict[frozenset[str], list[int]] = {}
    for row, shown in enumerate(proteins):
        groups.setdefault(shown, []).append(row)
    rng, rows, owners = np.random.default_rng(seed), [], []
    for number, members in enumerate(groups.values()):
        shuffled = rng.permutation(members).tolist()[: 4 * MAX_PAIRS]
        pairs = (
            (a, b)
            for a, b in combinations(shuffled, 2)
            if None not in (alike[a], alike[b], other[a], other[b])
            and alike[a] == alike[b]
            and other[a] != other[b]
        )
        kept = [pair for pair, _ in zip(pairs, range(MAX_PAIRS), strict=False)]
        rows += kept
        owners += [number] * len(kept)
    return Repeats(np.array(rows, np.int64).reshape(-1, 2), np.array(owners, np.int64))


def agreement(
    vectors: NDArray[np.floating],
    proteins: Sequence[frozenset[str]],
    pairs: Repeats,
    other: Sequence[object],
    seed: int,
) -> dict[str, float]:
    """Return the AUROC of replicate pairs against pairs of different proteins, with its interval.

    ``auroc`` is the probability that the cosine of a pair of one protein is above that of a pair of
    different proteins, each protein counted once: 0.5 by chance, 1 at best; ``lo`` and ``hi`` its
    95 % interval over proteins. ``same`` and ``different`` are medians of the cosines; ``pairs``
    and ``proteins`` are counts.

    Args:
        vectors: ``(I, D)``, a row per measurement.
        proteins: What each shows.
        pairs: Of one protein each, at least one.
        other: What differs within each of `pairs`, and so within a pair of different proteins.
        seed: Of those pairs and of the resampling.
    """
    unit = unit_rows(vectors)
    same = np.einsum("kd,kd->k", unit[pairs.rows[:, 0]], unit[pairs.rows[:, 1]])
    different = _different(proteins, pairs, other, seed)
    chance = np.einsum("kd,kd->k", unit[different[:, 0]], unit[different[:, 1]])
    places = placements(same, np.sort(chance))
    owners, numbers = np.unique(pairs.proteins, return_inverse=True)
    per_protein = np.bincount(numbers, places) / np.bincount(numbers)
    low, high = bootstrap_interval(per_protein, DRAWS, seed)
    return {
        "pairs": len(same),
        "proteins": len(owners),
        "same": float(np.median(same)),
        "different": float(np.median(chance)),
        "auroc": float(per_protein.mean()),
        "lo": low,
        "hi": high,
    }


def _different(
    proteins: Sequence[frozenset[str]], pairs: Repeats, other: Sequence[object], seed: int
) -> Index:
    """Draw pairs of different proteins among the rows that occur in `pairs`."""
    rows = np.unique(pairs.rows)
    drawn = np.random.default_rng([seed, 1]).choice(rows, (NULL_PAIRS, 2))
    kept = [not proteins[a] & proteins[b] and other[a] != other[b] for a, b in drawn.tolist()]
    return np.asarray(drawn[kept], np.int64)
