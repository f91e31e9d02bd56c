"""A store that also caches results in memory between trials, and counts computed and reused."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from .recipe import Recipe
from .store import Remembered, S, Store

MAX_IN_MEMORY = 24
"""Results kept in memory: those of some trials of thousands of proteins take 100 MB."""


class MemoryStore(Store):
    """A store that also keeps the latest results in memory.

    Args:
        root: The store's folder.

    Attributes:
        computed: Stage -> results made since the last `take_counts`.
        reused: Stage -> results found, in memory or in the folder.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._kept: OrderedDict[str, Remembered[Any]] = OrderedDict()
        self.computed: Counter[str] = Counter()
        self.reused: Counter[str] = Counter()

    def remember(self, recipe: Recipe, kind: type[S], compute: Callable[[], S]) -> Remembered[S]:
        """Return the recipe's result: from memory, from the folder, or computed and kept."""
        key = recipe.key
        if key in self._kept:
            self.reused[recipe.stage] += 1
            self._kept.move_to_end(key)
            return self._kept[key]
        remembered = super().remember(recipe, kind, compute)
        self._kept[key] = replace(remembered, computed=False, seconds=0.0)
        while len(self._kept) > MAX_IN_MEMORY:
            self._kept.popitem(last=False)
        return remembered

    @contextmanager
    def _found(self, recipe: Recipe, write: Callable[[Path], None]) -> Iterator[Remembered[Path]]:
        with super()._found(recipe, write) as entry:
            (self.computed if entry.computed else self.reused)[recipe.stage] += 1
            yield entry

    def take_counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return the counts of computed and of reused results since the last call."""
        counts = dict(self.computed), dict(self.reused)
        self.computed.clear()
        self.reused.clear()
        return counts
