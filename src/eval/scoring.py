"""What a scorer is asked and what it gives: the seam between `Evaluation` and its scorers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import pandas as pd

from ..artifacts import Embedding, Hierarchy
from .nulls import Figures

Tables = dict[str, pd.DataFrame]
Reference = TypeVar("Reference", covariant=True)


@dataclass(frozen=True)
class Task(Generic[Reference]):
    """One reference, or a half of a set of terms, and what is scored against it.

    Attributes:
        reference: Of the kind that the scorer takes.
        hierarchy: The map; None where an embedding is scored only.
        embedding: The embedding; None where a map is scored only.
        seed: Of all draws: the evaluation's, and a number made of the reference's name.
        nulls: Maps of permuted labels that each figure is compared with; 0 for none.
        bootstrap: Resamplings behind each interval.
        term_fdr: False discovery rate below which a term is accepted.
        other: The other half of the reference, whose pairs do not count; None for the whole.
        tables: Tables of all references that the scorers before this one gave.
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

    A set of terms is given as a whole and by halves, a task each. Figures are named by the metric
    alone. Of the halves' tables only ``nulls`` and ``roc`` are kept, with a column ``part``; the
    others are those of the first part that is asked for.
    """

    @property
    def takes(self) -> type:
        """The kind of reference."""

    def __call__(self, task: Task[Any]) -> tuple[Figures, Tables]:
        """Return figures and tables; both empty where there is nothing to score."""
