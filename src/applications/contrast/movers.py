"""Proteins that move between conditions: moderated Mahalanobis distances of their coordinates.

Coordinates are whitened by how replicates of one condition scatter, over all proteins, so that the
distance between conditions is in units of the noise (as the M score of Itzhak et al. 2016 is); the
scatter of the protein's own replicates, shrunk to that of proteins like it, scales it (their R
score asks for replicates that agree). Axes count for as many as are independent: a protein that was
measured poorly in a replicate is off on all of them at once. Where replicates of a protein are
missing, its statistic is compared with those of other proteins from the same replicates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ...eval.terms.overlap import Index, Values
from .context import Contexts
from .model import MAX_SHARE, Model, Prior, independent_share, inflation, rates

SCATTER_SHARE = 0.9
"""Share of the residuals, the smallest ones, that the common scatter is estimated from."""

ROUNDS = 3

NEARLY_ALL = 0.99
"""Share of the complete proteins that are not called from a part of the replicates.

With replicates missing, conditions are compared over different batches, and differences between
batches have longer tails than noise.
"""


@dataclass(frozen=True)
class Movers:
    """How far proteins move.

    Attributes:
        rows: ``(M,)`` positions of the proteins that every condition has.
        score: ``(M,)`` -log10 p; where nothing can be tested the distance, in units of its median.
        distance: ``(M,)`` root mean square of the whitened differences.
        p: ``(M,)``; NaN where nothing can be tested.
        replicates: ``(M,)`` replicates that have the protein.
    """

    rows: Index
    score: Values
    distance: Values
    p: Values
    replicates: Index

    @property
    def fdr(self) -> Values:
        """``(M,)`` Benjamini-Hochberg over proteins that were tested."""
        return rates(self.p)

    @classmethod
    def of(cls, contexts: Contexts, model: Model, conditions: Index) -> Movers:
        """Test every protein that each condition has in some replicate.

        Args:
            contexts: Coordinates.
            model: What is compared with what.
            conditions: ``(R,)`` number of the condition of each replicate.
        """
        present = contexts.present
        every = [present[conditions == k].any(axis=0) for k in np.unique(conditions)]
        rows = np.flatnonzero(np.all(every, axis=0))
        whole = contexts.vectors[:, contexts.complete]
        tested = bool(model.df) and model.estimable
        white = _whitening(model, whole) if tested else _whitening_of_differences(model, whole)
        movers = cls._distances(contexts, model, rows, white)
        return movers._tested(contexts, model, white) if tested else movers

    @classmethod
    def _distances(cls, contexts: Contexts, model: Model, rows: Index, white: Values) -> Movers:
        distance = np.zeros(len(rows))
        for replicates, inside in _patterns(contexts.present[:, rows]):
            values = contexts.vectors[replicates][:, rows[inside]] @ white
            distance[inside] = np.sqrt(model.at(replicates).signal(values).mean(axis=1))
        middle = np.median(distance) or 1.0
        counts = contexts.present[:, rows].sum(axis=0)
        return cls(rows, distance / middle, distance, np.full(len(rows), np.nan), counts)

    def _tested(self, contexts: Contexts, model: Model, white: Values) -> Movers:
        axes = white.shape[1]
        whole = contexts.vectors[:, contexts.complete] @ white
        df = model.df * axes
        prior = Prior.of(_scatter(model, whole), df, _covariates(whole))
        q = len(model.contrasts) * axes
        p, score = self.p.copy(), np.zeros(len(self.rows))
        for replicates, inside in _patterns(contexts.present[:, self.rows]):
            part = model.at(replicates)
            values = contexts.vectors[replicates][:, self.rows[inside]] @ white
            ratio, free = _ratio(part, prior, values)
            others, most = _ratio(part, prior, whole[replicates])[0], MAX_SHARE
            if len(replicates) < len(whole):
                most = NEARLY_ALL
            share = independent_share(others, q, free)
            ratio = ratio / inflation(others, share * q, share * free, most)
            p[inside] = stats.f.sf(ratio, share * q, share * free)
            score[inside] = -stats.f.logsf(ratio, share * q, share * free) / np.log(10)
        return Movers(self.rows, score, self.distance, p, self.replicates)


def _ratio(model: Model, prior: Prior, values: Values) -> tuple[Values, float]:
    """Return F statistics of ``(n, N, K)`` whitened coordinates, and their denominator's df."""
    df = model.df * values.shape[2]
    own = _scatter(model, values) if df else np.zeros(values.shape[1])
    variance, free = prior.moderated(own, df, _covariates(values))
    return model.signal(values).mean(axis=1) / variance, free


def _patterns(present: NDArray[np.bool_]) -> list[tuple[Index, Index]]:
    """Return each set of replicates that proteins have, and the positions of these proteins."""
    kinds, code = np.unique(present.T, axis=0, return_inverse=True)
    return [
        (np.flatnonzero(kind), np.flatnonzero(code.ravel() == k)) for k, kind in enumerate(kinds)
    ]


def _scatter(model: Model, values: Values) -> Values:
    """``(n, N, K)`` -> ``(N,)`` variance of a whitened coordinate within conditions."""
    return np.asarray((model.residuals(values) ** 2).mean(axis=2).sum(axis=0) / model.df)


def _covariates(values: Values) -> Values:
    """Return what variances are alike in: how far from the average a protein is."""
    length = np.log1p((values.mean(axis=0) ** 2).sum(axis=1))
    return np.column_stack([np.ones(len(length)), length, length**2])


def _whitening(model: Model, values: Values) -> Values:
    """Return ``(K, K)`` what makes the scatter of replicates equal in all directions."""
    left = model.residuals(values).reshape(-1, values.shape[2])
    return _inverse_root(left * np.sqrt(len(values) / model.df))


def _whitening_of_differences(model: Model, values: Values) -> Values:
    """Return the same from the differences between conditions, most of which are noise."""
    return _inverse_root(model.differences(values).reshape(-1, values.shape[2]))


def _inverse_root(rows: Values) -> Values:
    used = np.ones(len(rows), bool)
    root = np.eye(rows.shape[1])
    for _ in range(ROUNDS):
        scatter = rows[used].T @ rows[used] / used.sum()
        values, axes = np.linalg.eigh(scatter)
        root = axes / np.sqrt(np.maximum(values, 1e-9 * values.max() + np.finfo(float).tiny))
        far = ((rows @ root) ** 2).sum(axis=1)
        used = far <= np.quantile(far, SCATTER_SHARE)
    return np.asarray(root)
