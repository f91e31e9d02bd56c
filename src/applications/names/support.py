"""Verification of a model's claims: do the cited proteins share such a reference term?"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ...eval.terms.overlap import Index
from .known import Known

WORD = re.compile(r"[a-z]{4,}")

COMMON_WORDS = frozenset(
    [
        "with",
        "from",
        "that",
        "this",
        "which",
        "their",
        "these",
        "protein",
        "proteins",
        "involved",
        "process",
        "regulation",
        "positive",
        "negative",
        "activity",
        "cellular",
        "cell",
        "complex",
        "component",
        "function",
        "role",
        "plays",
        "part",
        "pathway",
    ]
)
"""Words that a claim and a term may share without being about the same."""


def content_words(text: str) -> frozenset[str]:
    """Return the words of a text that say what it is about, plurals as singulars."""
    words = {word.removesuffix("s") for word in WORD.findall(text.lower())}
    return frozenset(words - COMMON_WORDS - {word.removesuffix("s") for word in COMMON_WORDS})


def is_supported(known: Known, text: str, columns: Index) -> bool:
    """Return whether the proteins share a term whose name has a word of the claim.

    Args:
        known: The terms.
        text: The claim.
        columns: The proteins that it is about, at least two.
    """
    if len(columns) < 2:
        return False
    counts = np.asarray(known.by_protein[columns].sum(axis=0)).ravel()
    words = content_words(text)
    shared = np.flatnonzero(counts == len(columns)).tolist()
    return any(words & content_words(known.words[k]) for k in shared)


def similarity(names: Sequence[str]) -> float:
    """Return the mean Jaccard index of the words of all pairs of names; 1 for a single name."""
    words = [frozenset(WORD.findall(name.lower())) for name in names]
    pairs = [
        len(a & b) / len(a | b) if a | b else 1.0 for k, a in enumerate(words) for b in words[:k]
    ]
    return float(np.mean(pairs)) if pairs else 1.0
