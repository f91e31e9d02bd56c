"""Pruning of poor trials: during training, and before the map is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from optuna.trial import FrozenTrial

from ...errors import SettingError
from ...nodes.ranges import AtLeastOne, Natural, UnitBelowOne, checked

EMBEDDING = "embedding"
"""Attribute of a trial: the score of its embedding on the tuning half."""


@checked
@dataclass(frozen=True)
class Pruning:
    """Criteria by which trials are pruned.

    Args:
        embedding: A trial whose embedding is among this share of the poorest so far is pruned
            before the map; in 0 .. 1, 0 for none.
        metric: Metric by which an embedding is judged, on the tuning half.
        training: A training whose `terms` are, after any epoch, among this share of the poorest
            so far at that epoch is pruned; in 0 .. 1, 0 for none.
        terms: Values that a training step returns, summed, smaller is better; they must mean the
            same in all trials.
        startup: Trials before any is pruned, at least 1.
        warmup: Epochs before a training may be pruned, at least 0.

    Raises:
        ConfigError: If a number is out of range, or the metric is not on the tuning half.
    """

    embedding: UnitBelowOne = 0.0
    metric: str = "corum.tune.macro_auroc"
    training: UnitBelowOne = 0.0
    terms: Sequence[str] = ("mismatch",)
    startup: AtLeastOne = 8
    warmup: Natural = 2

    def __post_init__(self) -> None:
        if ".tune." not in self.metric:
            raise SettingError(
                "metric",
                f"must be on the tuning half, e.g. corum.tune.macro_auroc, got {self.metric!r}.",
            )

    def poor_embedding(self, value: float, before: Sequence[FrozenTrial]) -> bool:
        """Return whether an embedding is to be pruned, compared with those of other trials."""
        others = [t.user_attrs[EMBEDDING] for t in before if EMBEDDING in t.user_attrs]
        return self._poor(value, others, self.embedding)

    def poor_training(self, epoch: int, value: float, before: Sequence[FrozenTrial]) -> bool:
        """Return whether a training is to be pruned after an epoch, compared with others there."""
        if epoch < self.warmup:
            return False
        others = [t.intermediate_values[epoch] for t in before if epoch in t.intermediate_values]
        return self._poor(-value, [-other for other in others], self.training)

    def _poor(self, value: float, others: Sequence[float], share: float) -> bool:
        if not share or len(others) < self.startup:
            return False
        return bool(value < np.quantile(others, share))
