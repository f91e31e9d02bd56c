"""Simulated AP-MS: baits pull down complex partners, neighbours and false positives."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from .truth import Truth

BAITS = 0.645  # BioPlex 3: 8,995 baits among 13,957 proteins
PAIR_FOUND = 0.255  # mean chance that a bait brings down a member of its complex
NEIGHBOURS = 5.8  # preys of a mean bait from its own sub-compartment, partners or not
STRANGERS = 14.8  # false preys of a mean bait
BAIT_SPREAD = 1.7  # log s.d. of how much a bait brings down
PREY_SPREAD = 0.5  # log s.d. of how readily a prey is seen
STICKINESS = 1.7  # log s.d. of how often a prey is seen without reason
LOWEST_SCORE = 0.75  # BioPlex 3 lists pairs of at least this probability
PARTNER_SHARPNESS, OTHER_SHARPNESS = 5.5, 3.2  # how near to 1 scores of true, other pairs crowd


def pull_down(
    truth: Truth, tested: NDArray[np.bool_], noise: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Return columns ``target prey score`` of the pairs found, score in .75..1.

    With noise 0 every bait pulls down its whole complexes and nothing else, and every tested
    protein is a bait. More noise misses more pairs, and adds neighbours of the same sub-compartment
    and false positives, most of them a few sticky proteins.

    Args:
        truth: The cell.
        tested: ``(N,)`` which proteins the experiment covers.
        noise: >= 0; 1 is as hard as BioPlex 3.
        rng: Random generator.
    """
    members = np.flatnonzero(tested)
    bait = members[rng.random(len(members)) < BAITS**noise]
    skew = min(noise, 1.0)  # beyond that, more false preys rather than more extreme ones
    pull = _spread(skew * BAIT_SPREAD, len(tested), rng)
    visible = _spread(skew * PREY_SPREAD, len(tested), rng) * tested
    partners = _partners(truth, bait, pull, visible, noise, rng)
    near = _neighbours(truth, bait, skew * NEIGHBOURS * pull[bait], visible, rng)
    sticky = visible * _spread(skew * STICKINESS, len(tested), rng)
    far = _strangers(bait, noise * STRANGERS * pull[bait], sticky, rng)
    sharpness = np.repeat(
        [PARTNER_SHARPNESS, OTHER_SHARPNESS], [len(partners), len(near) + len(far)]
    )
    pairs = np.concatenate([partners, near, far])
    doubt = rng.random(len(pairs)) ** sharpness
    pulled = pd.DataFrame(
        {"bait": pairs[:, 0], "prey": pairs[:, 1], "score": 1 - (1 - LOWEST_SCORE) * doubt}
    )
    pulled = pulled[pulled["bait"] != pulled["prey"]]
    best = pulled.groupby(["bait", "prey"])["score"].max().reset_index()
    names = np.array(truth.proteins, object)
    return pd.DataFrame(
        {
            "target": names[best["bait"]],
            "prey": names[best["prey"]],
            "score": best["score"].round(6),
        }
    )


def _spread(deviation: float, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return log-normal factors of mean 1."""
    drawn = deviation * rng.standard_normal(n) - deviation**2 / 2
    return np.asarray(np.exp(drawn), np.float64)


def _partners(
    truth: Truth,
    bait: NDArray[np.int64],
    pull: NDArray[np.float64],
    visible: NDArray[np.float64],
    noise: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return ``(P, 2)`` bait, prey of one complex."""
    member_of = truth.complexes.astype(np.int32).T.tocsr()
    together = sparse.coo_array(member_of[bait] @ truth.complexes.astype(np.int32))
    first, second = bait[together.row], together.col
    chance = PAIR_FOUND**noise * pull[first] * visible[second]
    detected = rng.random(len(first)) < chance
    return np.stack([first[detected], second[detected]], axis=1).astype(np.int64)


def _neighbours(
    truth: Truth,
    bait: NDArray[np.int64],
    expected: NDArray[np.float64],
    visible: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return ``(P, 2)`` bait, prey of one sub-compartment, the bait's main one."""
    pairs = [np.empty((0, 2), np.int64)]
    main = truth.main_place[bait]
    for place in np.unique(main):
        inside = truth.homes.indices[truth.homes.indptr[place] : truth.homes.indptr[place + 1]]
        inside = np.sort(inside[visible[inside] > 0])
        here = main == place
        local = _strangers(bait[here], expected[here], visible[inside], rng)
        pairs.append(np.stack([local[:, 0], inside[local[:, 1]]], axis=1))
    return np.concatenate(pairs)


def _strangers(
    bait: NDArray[np.int64],
    expected: NDArray[np.float64],
    odds: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return ``(P, 2)`` baits and rows of `odds`, drawn in proportion to the odds."""
    baits = np.repeat(bait, rng.poisson(expected))
    ends = np.cumsum(odds)
    prey = np.searchsorted(ends, rng.random(len(baits)) * ends[-1], side="right")
    return np.stack([baits, np.minimum(prey, len(odds) - 1)], axis=1)
