"""Scores of an embedding against a term set: pair retrieval and kNN precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ...artifacts import TermSet
from ...errors import SettingError
from ...nodes.ranges import AtLeastOne, Ge, checked
from ..nulls import Metrics
from ..scoring import Tables, Task
from .neighbourhood import neighbour_metrics
from .retrieval import cosine, pair_sets, score_pairs

MAX_NULLS = 20
"""Maximum number of permutations for kNN precision."""


@checked
@dataclass(frozen=True)
class PairScoring:
    """Scores how near proteins of a term are in an embedding.

    Args:
        min_size: Minimum size of a set whose pairs are positives.
        max_size: Largest size of one.
        max_shared_size: Pairs that share a set of up to this size are not negatives; null for any
            size, which leaves no negatives where one set contains every protein.
        neighbours: Number of nearest neighbours for the kNN precision.
    """

    takes: ClassVar[type] = TermSet

    min_size: Annotated[int, Ge(2)] = 3
    max_size: int = 30
    max_shared_size: int | None = None
    neighbours: AtLeastOne = 10

    def __post_init__(self) -> None:
        for small, large in (("min_size", "max_size"), ("max_size", "max_shared_size")):
            bound, value = getattr(self, small), getattr(self, large)
            if value is not None and value < bound:
                raise SettingError(
                    large, f"must be at least {small}, which is {bound}, but got {value}."
                )

    def __call__(self, task: Task[TermSet]) -> tuple[Metrics, Tables]:
        """Return the metrics of `retrieval_metrics` and `neighbour_metrics`, and a ROC curve."""
        embedding = task.embedding
        if embedding is None:
            return {}, {}
        pairs = pair_sets(
            embedding.proteins,
            task.reference,
            min_size=self.min_size,
            max_size=self.max_size,
            max_shared=self.max_shared_size,
            other=task.other,
        )
        scores = score_pairs(cosine(embedding.vectors), pairs) if pairs else None
        near = neighbour_metrics(
            embedding,
            task.reference,
            neighbours=self.neighbours,
            max_size=self.max_shared_size,
            nulls=min(task.nulls, MAX_NULLS),
            seed=task.seed,
        )
        if scores is None:
            return near, {}
        return scores.metrics(task.bootstrap, task.seed) | near, {"roc": scores.roc()}
