"""A read-only store for dry runs: which results of an experiment are cached, which are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import CytoweaveError, at_home
from .recipe import Recipe
from .store import RECIPE, Remembered, Store


class NotRememberedError(CytoweaveError):
    """A dry run needs a result that is not in the store."""


class PlanStore(Store):
    """A store that reads results and computes none; nothing is written, not even its folder.

    Args:
        root: The store's folder, which need not be there.

    Attributes:
        stages: Name of each stage that was asked for, and whether its result is there.
    """

    def __init__(self, root: Path) -> None:
        self.root = at_home(root).resolve()
        self.stages: dict[str, bool] = {}

    @contextmanager
    def _found(self, recipe: Recipe, write: Callable[[Path], None]) -> Iterator[Remembered[Path]]:
        place = self.root / recipe.stage / recipe.key
        self.stages[recipe.name] = (place / RECIPE).exists()
        if not self.stages[recipe.name]:
            raise NotRememberedError(f"{recipe.name} is not remembered.")
        yield Remembered(place, recipe.key, False, 0.0)

    def _write_note(self, path: Path, sums: Sequence[str]) -> None:
        """Keep no note of files' checksums."""
