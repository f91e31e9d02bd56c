"""Evaluation of predicted functions on held-out annotations: scores and precision."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from ...eval.protein_centric import ProteinCentric, interval
from .knowledge import Knowledge, Mask
from .predicting import Predictor, Trial
from .voters import Shares

BINS = (0.1, 0.25, 0.5, 0.75)
BIN_WORDS = ("below 10 %", "10 to 25 %", "25 to 50 %", "50 to 75 %", "75 % and more")
"""Estimated precision, by the probability of a pair."""

DRAWS = 500
"""Resamplings of proteins behind an interval."""


def scores_table(knowledge: Knowledge, predictor: Predictor, seed: int) -> pd.DataFrame:
    """Return protein-centric scores on hidden annotations, for the stack and for each predictor.

    Columns: ``situation aspect predictor proteins fmax fmax_low fmax_high wfmax smin coverage
    gain gain_low gain_high``; the last three are the stack's Fmax less the predictor's, paired
    over proteins.
    """
    parts = [
        _scores(knowledge, predictor, situation, aspect, seed)
        for situation in predictor.trials
        for aspect in range(len(knowledge.aspects))
    ]
    return pd.DataFrame([row for part in parts for row in part])


def shares_by_predictor(predictor: Predictor, trial: Trial) -> dict[str, Shares]:
    """Return what the stack, each predictor and both naive ones say of the pairs of a trial."""
    pairs = trial.pairs
    return {
        "stack": trial.probability,
        "naive": pairs.frequency,
        "naive given parents": pairs.conditional,
        "alike annotations": pairs.alike,
    } | {one.name: pairs.shares[:, k] for k, one in enumerate(predictor.voters)}


def _scores(
    knowledge: Knowledge, predictor: Predictor, situation: str, aspect: int, seed: int
) -> list[dict[str, object]]:
    trial = predictor.trials[situation]
    truth = of_aspect(trial.truth, knowledge, aspect)
    if not truth.nnz:
        return []
    inside = knowledge.aspect[trial.pairs.term] == aspect
    i, t = trial.pairs.protein[inside], trial.pairs.term[inside]
    rows: list[dict[str, object]] = []
    stack: NDArray[np.float64] = np.empty(0)
    for name, shares in shares_by_predictor(predictor, trial).items():
        predicted = sparse.csr_array((shares[inside], (i, t)), shape=truth.shape)
        scored = ProteinCentric.of(predicted, truth, knowledge.information)
        drawn = scored.drawn(DRAWS, seed)["fmax"]
        stack = drawn if name == "stack" else stack
        low, high = interval(drawn)
        gain_low, gain_high = interval(stack - drawn)
        metrics = scored.metrics()
        best = metrics["fmax"] if name == "stack" else float(str(rows[0]["fmax"]))
        rows.append(
            {
                "situation": situation,
                "aspect": knowledge.aspects[aspect],
                "predictor": name,
                "proteins": len(scored.precision),
                "fmax": metrics["fmax"],
                "fmax_low": low,
                "fmax_high": high,
                "wfmax": metrics["wfmax"],
                "smin": metrics["smin"],
                "coverage": metrics["coverage"],
                "gain": best - metrics["fmax"],
                "gain_low": gain_low,
                "gain_high": gain_high,
            }
        )
    return rows


def of_aspect(truth: sparse.csr_array, knowledge: Knowledge, aspect: int) -> sparse.csr_array:
    """Return the annotations to terms of one aspect."""
    inside = (knowledge.aspect == aspect).astype(np.float32)
    chosen = sparse.csr_array(truth.astype(np.float32) @ sparse.diags_array(inside, format="csr"))
    chosen.eliminate_zeros()
    return sparse.csr_array(chosen.astype(bool))


def precision_table(knowledge: Knowledge, predictor: Predictor, largest: int) -> pd.DataFrame:
    """Return how many pairs of each bin of probability were hidden annotations.

    Columns: ``situation precision_bin pairs probability precision low high``: terms of at most
    `largest` proteins; mean probability; the interval is over proteins.
    """
    rows = []
    for situation, trial in predictor.trials.items():
        specific = knowledge.counts[trial.pairs.term] <= largest
        bins = np.digitize(trial.probability, BINS)
        for one, words in enumerate(BIN_WORDS):
            chosen = specific & (bins == one)
            if chosen.any():
                rows.append(
                    {"situation": situation, "precision_bin": words} | _realised(trial, chosen)
                )
    return pd.DataFrame(rows)


def _realised(trial: Trial, chosen: Mask) -> dict[str, float]:
    """Return mean probability and precision of pairs, with an interval over proteins."""
    true, protein = trial.true[chosen], trial.pairs.protein[chosen]
    _, place = np.unique(protein, return_inverse=True)
    hits, pairs = np.bincount(place, true), np.bincount(place)
    weights = np.random.default_rng(0).multinomial(
        len(pairs), np.full(len(pairs), 1 / len(pairs)), DRAWS
    )
    low, high = interval((weights @ hits) / np.maximum(weights @ pairs, 1))
    return {
        "pairs": float(chosen.sum()),
        "probability": float(trial.probability[chosen].mean()),
        "precision": float(true.mean()),
        "low": low,
        "high": high,
    }
