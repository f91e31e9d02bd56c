"""One false discovery rate over several families of tests with equal shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...eval.terms.enrichment import benjamini_hochberg
from ...eval.terms.overlap import Values


def families_fdr(families: Sequence[Sequence[Values]]) -> list[Values]:
    """Return false discovery rates by Benjamini-Hochberg over all tests, weighted by family.

    Each family gets the same weight in all, so that a few tests (all cohorts together) are not
    drowned by many (each cohort by itself). Weights are fixed beforehand and average 1, which
    keeps the rate.

    Args:
        families: For each family, arrays of p values.

    Returns:
        An array for each one given, in order.

    Source: Genovese, Roeder & Wasserman, Biometrika 93:509 (2006), doi:10.1093/biomet/93.3.509.
    """
    sizes = [sum(map(len, family)) for family in families]
    pieces = [one for family in families for one in family]
    shares = [
        np.full(len(one), len(families) * size / sum(sizes))
        for family, size in zip(families, sizes, strict=True)
        for one in family
    ]
    weighted = np.minimum(1.0, np.concatenate(pieces) * np.concatenate(shares))
    corrected = benjamini_hochberg(weighted)
    return np.split(corrected, np.cumsum([len(one) for one in pieces])[:-1])
