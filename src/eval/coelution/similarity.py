"""Similarity of elution profiles (SEC-MS): Pearson or weighted cross-correlation."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...artifacts import ElutionProfiles, Embedding, TermSet
from ...errors import DataError
from ..embedding.retrieval import (
    Similarity,
    cosine,
    most_similar,
    pair_sets,
    placements,
    retrieval_metrics,
)
from ..matched.profiles import Profiles, unit_profiles
from ..matched.strata import nested_quantiles
from ..terms.overlap import Index, Values, common_columns

Kind = Literal["pearson", "wcc"]
"""Similarity of profiles: Pearson correlation, or weighted cross-correlation."""

STRATA = 16
"""Number of strata by detection and abundance."""

HALF_WIDTH = 2
"""Half-width of the triangle of weighted cross-correlation, in fractions."""


def elution_similarity(profiles: ElutionProfiles, similarity: Kind = "pearson") -> Profiles:
    """Return the similarity of elution profiles; a fraction without detection counts as 0.

    ``pearson``: correlation, as published. ``wcc``: cross-correlation at all shifts below
    `HALF_WIDTH` fractions, weighted by a triangle and scaled to 1 for equal profiles, which
    tolerates peaks that are a fraction apart. Both are inner products of prepared profiles: a
    triangle is the convolution of two boxes, so that for ``wcc`` each profile is smoothed by a box.
    Strata are by detection and abundance.

    Raises:
        DataError: If fewer than two proteins have a profile that is not constant.

    Source: Schaffer et al., Nature 642:222 (2025), doi:10.1038/s41586-025-08878-3; weighted
    cross-correlation: de Gelder et al., J. Comput. Chem. 22:273 (2001).
    """
    amounts = np.nan_to_num(profiles.amounts.astype(np.float64))
    constant = np.ptp(amounts, axis=2) == 0
    kept = ~constant.all(axis=0)
    if kept.sum() < 2:
        raise DataError(
            f"only {kept.sum()} of {len(kept)} elution profiles differ between fractions, so "
            "that none can be compared; check that the columns of amounts were read."
        )
    if similarity == "pearson":
        prepared = amounts - amounts.mean(axis=2, keepdims=True)
    else:
        prepared = _boxed(amounts)
    units, varies = unit_profiles(prepared, constant)
    names = tuple(np.array(profiles.proteins, object)[kept])

    def strata(rows: Index, wanted: int | None) -> Index:
        return like_proteins(profiles, [names[k] for k in rows], wanted or STRATA)

    return Profiles(names, units[:, kept], varies[:, kept], strata)


def like_proteins(profiles: ElutionProfiles, proteins: list[str], wanted: int = STRATA) -> Index:
    """Return ``(n,)`` strata of proteins with similar detection and abundance.

    Quarters by the number of fractions in which a protein is detected (over 0), and in each of
    them quarters by its summed amount; the order of equal proteins matters only at the border
    between two strata.

    Args:
        profiles: Profiles of at least these proteins.
        proteins: ``n`` names.
        wanted: Number of strata, a square.
    """
    row = {name: k for k, name in enumerate(profiles.proteins)}
    amounts = np.nan_to_num(profiles.amounts[:, [row[name] for name in proteins]])
    detected, total = (amounts > 0).sum(axis=(0, 2)), amounts.sum(axis=(0, 2))
    return nested_quantiles([detected, total], int(np.sqrt(wanted)))


def _boxed(amounts: Values) -> Values:
    """Sums over `HALF_WIDTH` neighbouring fractions, ``HALF_WIDTH - 1`` more than fractions."""
    padded = np.pad(amounts, ((0, 0), (0, 0), (HALF_WIDTH - 1, HALF_WIDTH - 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, HALF_WIDTH, axis=2)
    return np.asarray(windows.sum(axis=3))


def neighbours_auroc(
    embedding: Embedding, profiles: ElutionProfiles, neighbours: int = 10
) -> float:
    """Return the AUROC of co-elution for nearest-neighbour pairs against other pairs.

    A pair is near if either protein is among the `neighbours` nearest of the other by cosine, among
    the proteins with a profile. Chance level .5, best 1.

    Raises:
        DataError: If no embedded protein has a profile, or no profile varies.
    """
    similarity = elution_similarity(profiles)
    column = common_columns(embedding.proteins, similarity.proteins)
    rows = np.flatnonzero(column >= 0)
    near = _near(cosine(embedding.vectors[rows]), len(rows), neighbours)
    values = similarity.among(column[rows])
    above = np.triu(np.ones_like(near), 1)
    others = np.sort(values[above & ~near])
    if len(others) == 0:
        return float("nan")
    return float(placements(values[above & near], others).mean())


def _near(similarity: Similarity, proteins: int, neighbours: int) -> NDArray[np.bool_]:
    """Return which pairs are nearest neighbours in either direction."""
    near = np.zeros((proteins, proteins), bool)
    nearest = min(neighbours, proteins - 1)
    if nearest > 0:
        rows = np.arange(proteins)[:, None]
        near[rows, most_similar(similarity, proteins, nearest)] = True
    return near | near.T


def complex_auroc(
    profiles: ElutionProfiles, terms: TermSet, min_size: int = 3, max_size: int = 30
) -> float:
    """Return the AUROC of co-elution for pairs of one complex against unrelated pairs.

    Pairs of a set of `min_size` to `max_size` profiled proteins against pairs of members of such
    sets that share none. Chance level .5, best 1; .671 for the U2OS profiles of Kirkwood et al.
    (doi:10.1074/mcp.M113.032367) and CORUM 4. NaN where there is no such pair.

    Raises:
        DataError: If no profiled protein is in any set, or no profile varies.
    """
    similarity = elution_similarity(profiles)
    pairs = pair_sets(similarity.proteins, terms, min_size=min_size, max_size=max_size)
    metrics = retrieval_metrics(similarity, pairs, bootstrap=1)
    return metrics.get("auroc", float("nan"))
