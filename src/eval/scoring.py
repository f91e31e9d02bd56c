"""Interface between `Evaluation` and its scorers: tasks, metrics and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import pandas as pd

from ..artifacts import Embedding, Hierarchy
from .nulls import Metrics

Tables = dict[str, pd.DataFrame]
Reference = TypeVar("Reference", covariant=True)


@dataclass(frozen=True)
class Task(Generic[Reference]):
    """One reference, or half of a term set, with the map and embedding to score.

    Attributes:
        reference: Of the kind that the scorer takes.
        hierarchy: The map; None where an embedding is scored only.
        embedding: The embedding; None where a map is scored only.
        seed: Seed of all random numbers: the evaluation's, and a hash of the reference's name.
        nulls: Number of label-permuted maps for the null of each metric; 0 for none.
        bootstrap: Resamplings for each interval.
        term_fdr: False discovery rate below which a term is accepted.
        other: The other half of the reference, whose pairs do not count; None for the whole.
        tables: Tables of all references from earlier scorers.
    """

    reference: Reference
    hierarchy: Hierarchy | None
    embedding: Embedding | None
    seed: list[int]
    nulls: int = 20
    bootstrap: int = 1000
    term_fdr: float = 0.01
    other: Reference | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


class Scorer(Protocol):
    """Scores a map, an embedding, or both against references of one kind.

    A term set is given as a whole and by halves, one task each. Metrics are named without
    reference and part. Of the halves' tables only ``nulls`` and ``roc`` are kept, with a column
    ``part``; the others are those of the first part.
    """

    @property
    def takes(self) -> type:
        """The kind of reference."""

    def __call__(self, task: Task[Any]) -> tuple[Metrics, Tables]:
        """Return metrics and tables; both empty where there is nothing to score."""
