"""Training of function predictors by masking known annotations, and prediction.

Two situations are learned apart: nothing is known of a protein in an aspect of the ontology (all of
its annotations are hidden), and something is (some of its most specific terms are hidden).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ...errors import DataError
from .consistency import Consistency
from .features import PairFeatures, Pairs
from .knowledge import Knowledge, Mask, Rows, folds_of
from .stack import Stack, can_learn
from .voters import Shares, Voters

SITUATIONS = ("new", "more")
"""Nothing is known of the protein in the aspect; something is."""

FOLDS, TRAINING_PROTEINS = 5, 1500
"""Folds of proteins that hide together, and proteins that are learned from."""

HIDDEN_SHARE = 0.2
"""Share of the most specific terms that are hidden where something stays known."""

PSEUDO = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Numbers of pseudo-voters to choose from by likelihood."""

TOGETHER = 512
"""Proteins whose probabilities are made consistent at a time."""

MIN_KNOWN_PROTEINS = 20
"""Known proteins of a map that predicting can be learned from."""


@dataclass(frozen=True)
class Trial:
    """Pairs of one situation whose truth is hidden, and the probabilities that they were given.

    Attributes:
        pairs: What predictors said; the proteins are positions among those of the map.
        true: ``(P,)`` whether a pair is a hidden annotation.
        probability: ``(P,)`` by the stack of the other half of the proteins, consistent.
        truth: ``(n, T)`` bool: all hidden annotations, also those that no predictor spoke for.
    """

    pairs: Pairs
    true: Mask
    probability: Shares
    truth: sparse.csr_array


@dataclass(frozen=True)
class Predictor:
    """Predicts terms of proteins.

    Attributes:
        voters: Its predictors.
        pseudo: ``(V,)`` pseudo-voters of each.
        consistency: The order of the terms.
        stacks: Situation -> stack; ``more`` may be missing: then nothing is predicted for proteins
            of which something is known.
        trials: Situation -> what it said of hidden annotations while learning.
    """

    voters: Sequence[Voters]
    pseudo: tuple[float, ...]
    consistency: Consistency
    stacks: dict[str, Stack]
    trials: dict[str, Trial]

    @classmethod
    def fit(
        cls,
        knowledge: Knowledge,
        voters: Sequence[Voters],
        *,
        groups: Rows | None = None,
        seed: int = 0,
    ) -> Predictor:
        """Hide what is known fold by fold, and learn to find it again.

        Args:
            knowledge: All that may be used.
            voters: Predictors, all for the same proteins.
            groups: ``(n,)`` group of each protein that is asked about; a group is hidden together.
                None: each protein by itself.
            seed: Of folds and of what is hidden.

        Raises:
            DataError: If too little is known of the proteins that are asked about.
        """
        rows = voters[0].rows
        consistency = Consistency.of(knowledge.ontology)
        known = np.flatnonzero(knowledge.known[rows].any(axis=1))
        if len(known) < MIN_KNOWN_PROTEINS:
            raise DataError(
                f"annotations: only {len(known)} proteins of the map have one; at least "
                f"{MIN_KNOWN_PROTEINS} are needed to learn from; check that names and "
                "evidence= fit."
            )
        rng = np.random.default_rng(seed)
        learned = np.sort(rng.choice(known, min(TRAINING_PROTEINS, len(known)), replace=False))
        own = np.arange(len(rows)) if groups is None else groups
        fold = folds_of(np.unique(own[learned], return_inverse=True)[1], FOLDS, seed)
        pseudo = _pseudo(knowledge, voters, consistency, learned[fold == 0])
        stacks, trials = {}, {}
        for situation in SITUATIONS:
            pairs, truth = _hidden(
                situation, knowledge, voters, pseudo, consistency, learned, fold, seed
            )
            true = np.asarray(truth[pairs.protein, pairs.term]).ravel().astype(bool)
            half = np.zeros(len(rows), bool)
            half[learned[fold % 2 == 1]] = True
            if situation == "more" and not can_learn(true, half[pairs.protein]):
                continue  # as where every protein has one term: none is left when it is hidden
            stack, raw = Stack.fit(
                pairs, true, half[pairs.protein], knowledge.aspect, knowledge.counts, seed
            )
            probability = consistent(consistency, pairs, raw)
            stacks[situation] = stack
            trials[situation] = Trial(pairs, true, probability, truth)
        return cls(voters, pseudo, consistency, stacks, trials)

    def predict(self, knowledge: Knowledge, queried: Rows) -> tuple[Pairs, Shares, Mask]:
        """Return pairs that proteins lack, their probability, and whether the aspect is new.

        Args:
            knowledge: All that may be used.
            queried: Positions among the proteins that the voters are of.
        """
        source = PairFeatures.of(knowledge, self.voters, self.pseudo, self.consistency)
        rows = self.voters[0].rows
        parts, shares, new = [], [], []
        for pairs in source.pairs(queried):
            fresh = ~knowledge.known[rows[pairs.protein], knowledge.aspect[pairs.term]]
            raw = np.zeros(len(pairs), np.float32)
            for situation, chosen in zip(SITUATIONS, (fresh, ~fresh), strict=True):
                if situation in self.stacks:
                    raw[chosen] = self.stacks[situation](pairs.of(chosen))
            parts.append(pairs)
            shares.append(consistent(self.consistency, pairs, raw))
            new.append(fresh)
        return Pairs.joined(parts), np.concatenate(shares), np.concatenate(new)


def consistent(consistency: Consistency, pairs: Pairs, probability: Shares) -> Shares:
    """Return probabilities that agree with the ontology; missing pairs do not constrain."""
    shares = np.empty(len(pairs), np.float32)
    proteins, place = np.unique(pairs.protein, return_inverse=True)
    for start in range(0, len(proteins), TOGETHER):
        inside = np.flatnonzero((place >= start) & (place < start + TOGETHER))
        column, term = place[inside] - start, pairs.term[inside]
        dense = np.zeros((consistency.terms, min(TOGETHER, len(proteins) - start)), np.float32)
        known = np.zeros(dense.shape, bool)
        dense[term, column], known[term, column] = probability[inside], True
        shares[inside] = consistency(dense, known)[term, column]
    return shares


def _hidden(
    situation: str,
    knowledge: Knowledge,
    voters: Sequence[Voters],
    pseudo: Sequence[float],
    consistency: Consistency,
    learned: Rows,
    fold: Rows,
    seed: int,
) -> tuple[Pairs, sparse.csr_array]:
    """Return pairs of one situation, fold by fold, and the annotations that were hidden."""
    rows = voters[0].rows
    parts, truths = [], []
    for one in np.unique(fold):
        queried = learned[fold == one]
        inside = np.zeros(len(knowledge.proteins), bool)
        inside[rows[queried]] = True
        if situation == "new":
            seen, judged = knowledge.without(inside), knowledge.known
        else:
            seen = knowledge.with_less(inside, HIDDEN_SHARE, seed + int(one))
            judged = (seen.has.astype(np.float32) @ _by_aspect(knowledge)) > 0
        lost = sparse.csr_array(knowledge.has.astype(np.int8) - seen.has.astype(np.int8))
        lost.eliminate_zeros()
        truths.append(lost[rows])
        predictions = list(PairFeatures.of(seen, voters, pseudo, consistency).pairs(queried))
        pairs = Pairs.joined(predictions)
        parts.append(pairs.of(judged[rows[pairs.protein], knowledge.aspect[pairs.term]]))
    truth = sparse.csr_array(sum(truths[1:], truths[0]).astype(bool))
    return Pairs.joined(parts), truth


def _by_aspect(knowledge: Knowledge) -> Shares:
    """Return ``(T, A)`` 1 where a term is of an aspect."""
    return np.eye(len(knowledge.aspects), dtype=np.float32)[knowledge.aspect]


def _pseudo(
    knowledge: Knowledge, voters: Sequence[Voters], consistency: Consistency, queried: Rows
) -> tuple[float, ...]:
    """Choose the number of pseudo-voters of each predictor by likelihood on hidden proteins."""
    inside = np.zeros(len(knowledge.proteins), bool)
    inside[voters[0].rows[queried]] = True
    seen = knowledge.without(inside)
    ones = PairFeatures.of(seen, voters, [1.0] * len(voters), consistency)
    pairs = Pairs.joined(list(ones.pairs(queried)))
    rows = voters[0].rows[pairs.protein]
    judged = knowledge.known[rows, knowledge.aspect[pairs.term]]
    pairs, rows = pairs.of(judged), rows[judged]
    true = np.asarray(knowledge.has[rows, pairs.term]).ravel().astype(bool)
    best = []
    for k in range(len(voters)):
        voted = pairs.voters[:, k]
        count = pairs.shares[:, k] * (voted + 1) - pairs.frequency
        loss = []
        for pseudo in PSEUDO:
            share = (count + pseudo * pairs.frequency) / (voted + pseudo)
            inside_unit = np.clip(share, 1e-4, 1 - 1e-4)
            loss.append(-np.log(np.where(true, inside_unit, 1 - inside_unit)).mean())
        best.append(PSEUDO[int(np.argmin(loss))])
    return tuple(best)
