"""Keys of settings that have moved."""

from __future__ import annotations

from ..errors import ConfigError

MOVED_SETTINGS = {
    "eval.min_term_size": "eval.terms.min_size",
    "eval.identical_terms": "eval.terms.identical_terms",
    "eval.all_cells": "eval.terms.all_cells",
    "eval.jaccard": "eval.terms.jaccard",
    "eval.fdr": "eval.terms.fdr",
    "eval.recovered_at": "eval.terms.recovered_at (of a true hierarchy: eval.truth.recovered_at)",
    "eval.max_matched_size": "eval.terms.max_matched_size",
    "eval.null": "eval.terms.null",
    "eval.min_pair_set_size": "eval.pairs.min_size",
    "eval.max_pair_set_size": "eval.pairs.max_size",
    "eval.max_shared_set_size": "eval.pairs.max_shared_size",
    "eval.neighbours": "eval.pairs.neighbours (of co-elution: eval.coelution.neighbours)",
    "eval.coelution_similarity": "eval.coelution.similarity",
    "eval.coelution_fdr": "eval.coelution.fdr",
    "eval.coelution_permutations": "eval.coelution.permutations",
    "eval.coelution_nulls": "eval.coelution.nulls",
    "data.keep": "data.proteins (all_modalities is both, any_modality is all)",
    "eval.min_true_size": "eval.truth.min_size",
}


def refuse_moved(key: str) -> None:
    """Name the new key of a setting that has moved.

    Raises:
        ConfigError: If it has.
    """
    if key in MOVED_SETTINGS:
        raise ConfigError(f"'{key}' is now {MOVED_SETTINGS[key]}.")
