"""Recovery of a reference in a map: recovered terms, precision, recall and F1."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ...similarity.joins import similar_pairs
from .overlap import Index, Overlap

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SIZES = ((4, 10), (10, 50), (50, 500))
"""Least size, and the size below which, terms are small, medium and large."""


def recovered_terms(overlap: Overlap, at: float = 0.5) -> NDArray[np.bool_]:
    """Return ``(T,)`` whether some assembly reaches Jaccard `at` with each term."""
    hit = np.zeros(len(overlap.column_sizes), bool)
    hit[overlap.column[overlap.jaccard >= at]] = True
    return hit


def group_terms(terms: sparse.csr_array, at: float = 0.5) -> Index:
    """Return ``(T,)`` group numbers: terms of Jaccard >= `at` are linked (single linkage).

    Near-duplicates of a complex form one group, so that recovering all of them counts once.

    Args:
        terms: ``(T, U)`` terms x proteins.
        at: Jaccard from which two terms are linked, in (0, 1].
    """
    pairs = similar_pairs(terms, at)
    links = (np.ones(len(pairs[0]), bool), pairs)
    graph = sparse.coo_array(links, shape=(terms.shape[0],) * 2)
    return np.asarray(sparse.csgraph.connected_components(graph, directed=False)[1], np.intp)


def recovery_curve(overlap: Overlap, assemblies: int, groups: Index) -> pd.DataFrame:
    """Return precision, recall and F1 of assemblies against terms over thresholds.

    At a Jaccard of ``at``, ``precision`` is the share of assemblies that reach it with any term,
    ``recall`` the share of groups of similar terms that any assembly reaches, ``f1`` their harmonic
    mean. Chance level: by label permutation. Best: 1.

    Args:
        overlap: Overlaps of assemblies (rows) and terms (columns).
        assemblies: Number of assemblies, those without annotated members included.
        groups: ``(T,)`` from `group_terms`.
    """
    rows = []
    for at in THRESHOLDS:
        close = overlap.jaccard >= at
        precision = len(np.unique(overlap.row[close])) / assemblies
        recall = len(np.unique(groups[overlap.column[close]])) / (int(groups.max()) + 1)
        rows.append((at, precision, recall, f1(precision, recall)))
    return pd.DataFrame(rows, columns=["at", "precision", "recall", "f1"])


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean of two shares; 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
